"""Faults of the scripts that made AlgebraicStack, each with the test that this code does not have it.

What they were is read off EleutherAI's `math-lm` repository, folder `proof_pile_2/algebraic_stack`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prover.overlap.text import Text
from training.corpus.contamination import Benchmarks
from training.corpus.prepare import parser, run
from training.corpus.sources import FORMAL, LANGUAGES, language_of
from training.jsonl import read_jsonl, write_jsonl

TOKENIZER = Path(__file__).parents[2] / "prover" / "models" / "small"

ADDITION = "theorem add_things (a b c d : ℕ) (h : a + 7 = b) (k : c + 9 = d) : a + c + 16 = b + d"
PRODUCT = "theorem Foo.product (p q : ℤ) (h : p * q = 91) (k : 1 < p) (l : p < q) : p = 7"
ISABELLE = """theorem mathd_numbertheory_99:
  fixes n :: nat
  assumes "2 * n mod 47 = 15"
  shows "n mod 47 = 31"
"""
THEORY = """theory Mine imports Main begin

lemma renamed:
  fixes k :: nat
  assumes h: "(2 * k) mod 47 = 15"
  shows "k mod 47 = 31"
  using assms by presburger

end
"""


def prepared(data: Path, out: Path, *benchmarks: Path, sizes: str = "64") -> dict[str, Any]:
    arguments = ["--source", f"formal={data}", "--tokenizer", str(TOKENIZER), "--out", str(out)]
    arguments += ["--seq-len", sizes, "--workers", "1", "--hold-out", "0"]
    return run(parser().parse_args([*arguments, *(f"--benchmark={path}" for path in benchmarks)]))


def dropped(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["rule"], row.get("benchmark", "")) for row in read_jsonl(Path(report["dropped"]))]


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """Two theorems of one file, one of them without a dot in its name, and one of Isabelle."""
    rows = [
        {"name": "add_things", "file": "A.lean", "lean4": {"statement": ADDITION}},
        {"name": "Foo.product", "file": "A.lean", "lean4": {"statement": PRODUCT}},
        {"name": "mathd_numbertheory_99", "isabelle": {"statement": ISABELLE}},
    ]
    path = tmp_path / "benchmark.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_all_theorems_of_one_benchmark_file_count_not_only_the_last(tmp_path: Path, benchmark: Path) -> None:
    """Names were kept in a table with one place for each file."""
    rows = [{"text": f"{text.replace('add_things', 'x')} := by omega"} for text in (ADDITION, PRODUCT)]
    write_jsonl(tmp_path / "data" / "github-lean-train-0000.jsonl.zst", rows)
    report = prepared(tmp_path / "data", tmp_path / "out", benchmark)
    assert dropped(report) == [("exact", "add_things"), ("exact", "Foo.product")]


@pytest.mark.parametrize("name", ["add_things", "Foo.product"])
def test_a_theorem_is_known_by_its_statement_with_a_dot_in_its_name_or_without(
    benchmark: Path, name: str
) -> None:
    """Names without a dot were never found."""
    text = {"add_things": ADDITION, "Foo.product": PRODUCT}[name]
    text = f"namespace N\n\n{text.replace(name, 'renamed')} := by\n  omega\n"
    found = Benchmarks([benchmark]).find(Text(text), "lean")
    assert found is not None and found.benchmark == name


def test_the_whole_document_goes_not_only_what_stands_before_the_next_blank_line(
    tmp_path: Path, benchmark: Path
) -> None:
    proof = f"{ADDITION} := by\n  have : True := trivial\n\n  omega\n\ntheorem other : 1 = 1 := rfl\n"
    write_jsonl(tmp_path / "data" / "github-lean-train-0000.jsonl.zst", [{"text": proof}])
    assert prepared(tmp_path / "data", tmp_path / "out", benchmark)["tokens"] == 0


def distinct(number: int) -> str:
    return " ".join(f"word{number * 100 + place}" for place in range(60))


def test_every_shard_has_its_documents_not_only_the_first(tmp_path: Path) -> None:
    """Places in the list of documents were multiplied by the size of a shard twice: later shards were
    empty."""
    for shard in range(4):
        rows = [{"text": distinct(10 * shard + number)} for number in range(10)]
        write_jsonl(tmp_path / "data" / f"github-coq-train-{shard:04}.jsonl.zst", rows)
    report = prepared(tmp_path / "data", tmp_path / "out")
    assert [one["documents"] for one in report["corpora"]] == [40]
    assert [counts["kept"] for counts in report["counts"].values()] == [10] * 4


def test_an_empty_shard_of_a_release_is_noticed(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "data" / "github-coq-train-0000.jsonl.zst", [{"text": distinct(1)}])
    write_jsonl(tmp_path / "data" / "github-coq-train-0001.jsonl.zst", [])
    report = prepared(tmp_path / "data", tmp_path / "out")
    assert report["files_without_documents"] == ["formal/github-coq-train-0001.jsonl.zst"]


def test_no_two_languages_are_run_together() -> None:
    """A comma was missing between two names of a list: `haskellpython`."""
    known = set(LANGUAGES.values())
    assert {"haskell", "python", "matlab", *FORMAL} <= known
    assert not {a + b for a in known for b in known if len(a) > 1 and len(b) > 1} & known
    assert [language_of(f"{name}0000.jsonl.zst") for name in ("haskell", "python")] == ["haskell", "python"]


def test_minif2f_is_looked_for_in_isabelle_too(tmp_path: Path, benchmark: Path) -> None:
    """Only the statements of another test set were removed there."""
    write_jsonl(tmp_path / "data" / "github-isabelle-train-0000.jsonl.zst", [{"text": THEORY}])
    report = prepared(tmp_path / "data", tmp_path / "out", benchmark)
    assert report["tokens"] == 0 and dropped(report)[0][1] == "mathd_numbertheory_99"


def test_a_fork_of_a_benchmark_is_found_whatever_its_repository_is_called(
    tmp_path: Path, benchmark: Path
) -> None:
    """Repositories were left out by their exact name."""
    row = {"text": f"import Mathlib\n\n{ADDITION} := sorry", "meta": {"repo": "someone/minif2f-lean4-fork"}}
    write_jsonl(tmp_path / "data" / "github-lean-train-0000.jsonl.zst", [row])
    assert dropped(prepared(tmp_path / "data", tmp_path / "out", benchmark)) == [("name", "add_things")]


def test_documents_that_share_a_passage_are_not_all_but_one_dropped(tmp_path: Path) -> None:
    """One shared piece of 2,048 characters was enough."""
    licence = " ".join(f"clause{place} of" for place in range(200))
    assert len(licence) > 2048
    texts = [licence + "\n" + " ".join(distinct(number) for number in range(n, n + 12)) for n in (0, 20)]
    write_jsonl(tmp_path / "data" / "github-lean-train-0000.jsonl.zst", [{"text": text} for text in texts])
    assert prepared(tmp_path / "data", tmp_path / "out")["fates"] == {"kept": 2}
