"""Where theorems come from, and what is said of a source that cannot be read."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prover.errors import InputError, SetupError
from prover.runs.problems import Selection, open_data, open_hub
from prover.runs.store import Store

ROWS = [
    {"name": "n", "split": "valid", "lean4": {"statement": "theorem n (k : ℕ) : 0 ≤ k"}},
    {"name": "r", "split": "valid", "lean4": {"statement": "theorem r (x : ℝ) : x = x"}},
    {"name": "t", "split": "test", "lean4": {"statement": "theorem t : 1 + 1 = 2"}},
]


def data(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["n", "r", "t"]),
        (Selection(split="valid"), ["n", "r"]),
        (Selection(subset="core"), ["n", "t"]),
        (Selection(subset="field"), ["r"]),
        (Selection(sample=9), ["n", "r", "t"]),
    ],
)
def test_a_selection_keeps_the_order_of_the_file(
    tmp_path: Path, selection: Selection, names: list[str]
) -> None:
    source = open_data(data(tmp_path, ROWS))
    assert [theorem.name for theorem in selection.of(source.theorems)] == names


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    source = open_data(data(tmp_path, ROWS))
    drawn = {tuple(t.name for t in Selection(sample=2, seed=seed).of(source.theorems)) for seed in range(20)}
    assert len(drawn) == 3
    again = [[t.name for t in Selection(sample=2, seed=5).of(source.theorems)] for _ in range(2)]
    assert again[0] == again[1]


def test_a_split_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    source = open_data(data(tmp_path, ROWS))
    with pytest.raises(InputError, match="test, valid"):
        list(Selection(split="train").of(source.theorems))


def test_a_wrong_schema_names_line_and_field(tmp_path: Path) -> None:
    path = data(tmp_path, [ROWS[0], {"name": "x", "lean4": {"header": ""}}])
    with pytest.raises(InputError, match=r"data.jsonl:2: field lean4.statement is missing"):
        list(open_data(path).theorems)


def test_a_folder_of_one_theorem_files_is_read_and_its_build_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "A.lean").write_text(
        "import Mathlib\nopen Nat\n\ntheorem a (n : ℕ) : 0 ≤ n := by\n  sorry\n", encoding="utf-8"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "B.lean").write_text("lemma b : 1 = 1 := sorry\n", encoding="utf-8")
    (tmp_path / "Done.lean").write_text("theorem done : 1 = 1 := rfl\n", encoding="utf-8")
    (tmp_path / ".lake").mkdir()
    (tmp_path / ".lake" / "C.lean").write_text("theorem c : 1 = 1 := sorry\n", encoding="utf-8")
    theorems = list(open_data(tmp_path).theorems)
    assert [(t.name, t.statement.text) for t in theorems] == [
        ("a", "theorem a (n : ℕ) : 0 ≤ n"),
        ("b", "theorem b : 1 = 1"),
    ]
    assert theorems[0].statement.header == "import Mathlib\nopen Nat"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("def f := 1\ntheorem a : f = 1 := sorry\n", "one theorem"),
        ("theorem a : 1 = 1 := sorry\ntheorem b : 1 = 1 := sorry\n", "one theorem"),
        ("theorem a : 1 = 1 := rfl\n", "sorry"),
    ],
)
def test_a_folder_of_other_files_is_refused_with_the_reason(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "A.lean").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        open_data(tmp_path)


def test_a_hub_data_set_needs_its_revision() -> None:
    with pytest.raises(InputError, match="DATASET@REVISION"):
        open_hub("owner/set", "valid")


def test_a_hub_data_set_is_asked_for_at_its_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load_dataset(name: str, revision: str, split: str) -> list[dict[str, str]]:
        asked.append((name, revision, split))
        return [{"name": "a", "formal_statement": "theorem a : 1 = 1 := by sorry"}]

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    source = open_hub("owner/set@abc", "valid")
    (theorem,) = source.theorems
    assert asked == [("owner/set", "abc", "validation")]
    assert (theorem.statement.text, theorem.split) == ("theorem a : 1 = 1", "valid")
    assert source.identity == {"hub": "owner/set", "revision": "abc"}


@pytest.mark.parametrize(
    ("row", "field"),
    [({"formal_statement": "theorem a : 1 = 1"}, "name"), ({"name": "a"}, "formal_statement")],
)
def test_a_hub_row_of_another_schema_is_named(
    monkeypatch: pytest.MonkeyPatch, row: dict[str, str], field: str
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=lambda *_, **__: [row]))
    with pytest.raises(InputError, match=f"row 0: field {field}"):
        open_hub("owner/set@abc", "test")


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(SetupError, match="pip install"):
        open_hub("owner/set@abc", "test")


def test_two_problems_of_one_name_are_refused_with_their_lines(tmp_path: Path) -> None:
    path = data(tmp_path, [ROWS[0], ROWS[1], ROWS[0]])
    store = Store(tmp_path)
    with pytest.raises(InputError, match=r"data.jsonl:1 and .*data.jsonl:3"):
        store.create(open_data(path).theorems, 1)
    store.close()


def test_a_large_file_is_read_as_its_theorems_are_asked_for(tmp_path: Path) -> None:
    path = data(tmp_path, ROWS)
    theorems = iter(open_data(path).theorems)
    first = next(theorems)
    path.write_text("")
    assert first.name == ROWS[0]["name"] and list(open_data(data(tmp_path, ROWS)).theorems)[0] == first
