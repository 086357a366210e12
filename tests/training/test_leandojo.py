"""LeanDojo's benchmark files become steps and statements; what is wrong with a file is said with its place.

The data here are made up in the layout of LeanDojo Benchmark 4.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prover.errors import InputError
from prover.lean.native.dojo import SOURCE as SOURCE_FORM
from training.jsonl import read_jsonl
from training.leandojo.__main__ import main
from training.leandojo.benchmark import read_benchmark, read_premises
from training.leandojo.theorems import statement_of, steps
from training.statements import load_statements

SOURCE = """import Mathlib.Order.Basic

namespace Made.Up

/-- Two is two. -/
@[simp]
theorem two_eq (a b : ℕ) (h : a = b) : b = a ∧ True := by
  constructor
  · rw [h]
  · trivial

theorem by_cases : ∀ n : ℕ, n = n
  | 0 => rfl
  | _ + 1 => rfl
"""


def theorem(**changed: Any) -> dict[str, Any]:
    premise = {
        "full_name": "Eq.symm",
        "def_path": "Init/Prelude.lean",
        "def_pos": [1, 1],
        "def_end_pos": [1, 2],
    }
    tactics = [
        {
            "tactic": "constructor",
            "annotated_tactic": ["constructor", []],
            "state_before": "a b : ℕ\nh : a = b\n⊢ b = a ∧ True",
            "state_after": "case left\n⊢ b = a\n\ncase right\n⊢ True",
        },
        {
            "tactic": "exact h.symm",
            "annotated_tactic": ["exact h.<a>symm</a>", [premise, premise]],
            "state_before": "case left\n⊢ b = a",
            "state_after": "no goals",
        },
    ]
    return {
        "url": "https://github.com/made/up",
        "commit": "0" * 40,
        "file_path": "Made/Up.lean",
        "full_name": "Made.Up.two_eq",
        "start": [5, 1],
        "end": [10, 12],
        "traced_tactics": tactics,
    } | changed


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    folder = tmp_path / "random"
    folder.mkdir()
    (folder / "train.json").write_text(json.dumps([theorem()]))
    cases = theorem(full_name="Made.Up.by_cases", start=[12, 1], end=[14, 17], traced_tactics=[])
    (folder / "val.json").write_text(json.dumps([cases]))
    (tmp_path / "checkout" / "Made").mkdir(parents=True)
    (tmp_path / "checkout" / "Made" / "Up.lean").write_text(SOURCE)
    return folder


def test_steps_have_states_premises_and_the_way_there(benchmark: Path) -> None:
    first, second = steps(read_benchmark(benchmark)[0])
    assert first["text"] == "[GOAL]a b : ℕ\nh : a = b\n⊢ b = a ∧ True[PROOFSTEP]constructor"
    assert first["goals_after"] == ["case left\n⊢ b = a", "case right\n⊢ True"] and not first["closes"]
    assert second["path"] == ["constructor"] and second["premises"] == ["Eq.symm"] and second["closes"]
    assert (second["name"], second["group"], second["split"]) == ("Made.Up.two_eq", "Made/Up.lean", "train")


def test_a_theorem_says_where_leandojo_finds_it(benchmark: Path) -> None:
    match = SOURCE_FORM.fullmatch(read_benchmark(benchmark)[0].source)
    assert match is not None and match["file"] == "Made/Up.lean"


def test_a_statement_is_cut_out_of_the_checkout_with_all_that_stands_before_it(benchmark: Path) -> None:
    traced, cases = read_benchmark(benchmark)
    found = statement_of(traced, benchmark.parent / "checkout")
    assert found is not None
    assert found.text.endswith("theorem two_eq (a b : ℕ) (h : a = b) : b = a ∧ True")
    assert found.header == "import Mathlib.Order.Basic\n\nnamespace Made.Up\n\n"
    assert statement_of(cases, benchmark.parent / "checkout") is None


def test_a_checkout_of_another_commit_is_noticed(benchmark: Path) -> None:
    (benchmark.parent / "checkout" / "Made" / "Up.lean").write_text("-- moved\n" * 3 + SOURCE)
    with pytest.raises(InputError, match="does not state Made.Up.two_eq: not commit 000"):
        statement_of(read_benchmark(benchmark)[0], benchmark.parent / "checkout")


def test_premises_are_read_from_the_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    premise = {"full_name": "Eq.symm", "code": "theorem Eq.symm : a = b → b = a", "kind": "theorem"}
    corpus.write_text(json.dumps({"path": "Init/Core.lean", "imports": [], "premises": [premise]}) + "\n")
    assert read_premises(corpus) == {"Eq.symm": "theorem Eq.symm : a = b → b = a"}
    corpus.write_text("{}\n")
    with pytest.raises(InputError, match=r"corpus\.jsonl:1"):
        read_premises(corpus)


def test_the_command_writes_both_files(benchmark: Path, tmp_path: Path) -> None:
    out, stated = tmp_path / "steps.jsonl.zst", tmp_path / "statements.jsonl"
    checkout = str(tmp_path / "checkout")
    main([str(benchmark), "--out", str(out), "--checkout", checkout, "--statements", str(stated)])
    assert len(list(read_jsonl(out))) == 2
    assert [one.name for one in load_statements(stated)] == ["Made.Up.two_eq"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "broken JSON"),
        (json.dumps([{"url": "x"}]), "theorem 1: KeyError 'commit'"),
        (json.dumps([theorem(start=[1])]), "theorem 1: ValueError"),
        (json.dumps([theorem(traced_tactics=[{}])]), "theorem 1: KeyError 'tactic'"),
    ],
)
def test_a_broken_file_is_named_with_the_place(benchmark: Path, content: str, says: str) -> None:
    (benchmark / "train.json").write_text(content)
    with pytest.raises(InputError, match=says):
        read_benchmark(benchmark)


def test_a_folder_without_a_split_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none of train\.json, val\.json, test\.json"):
        read_benchmark(tmp_path)
