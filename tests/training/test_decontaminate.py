"""Decontamination: a benchmark's statement is found under other names, and everyday phrases are not."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from prover.errors import InputError
from prover.overlap.shape import shape
from prover.overlap.statements import RUN
from training.decontaminate import filter_statements, held_apart, write_report
from training.jsonl import read_jsonl
from training.statements import Split, TrainingStatement

BENCHMARK = {
    "cubes": "theorem cubes (n : ℕ) (h₀ : 0 < n) (h₁ : n ^ 3 = 27) : n = 3",
    "sums": "theorem sums (x y : ℝ) (h₀ : x + y = 7) (h₁ : x * y = 12) : x ^ 2 + y ^ 2 = 25",
    "recurrence": (
        "theorem recurrence (a : ℕ → ℤ) (h₀ : a 0 = 3) (h₁ : ∀ n, a (n + 1) = 5 * a n - 4 * n + 17) : a 9 = 1"
    ),
    "divides": "theorem divides (n : ℕ) : 11 ∣ 10 ^ (2 * n) - 1",
    "casts": "theorem casts : ∀ x : ℝ, (2 : ℝ) * x = 6 → x = 3",
}


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    path = tmp_path / "benchmark.jsonl"
    rows = [{"name": name, "lean4": {"statement": text}} for name, text in BENCHMARK.items()]
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return path


def statement(text: str) -> TrainingStatement:
    return TrainingStatement("t", text, "", "generated", "family", "train")


def test_what_a_held_out_split_has_under_other_names_is_kept_there_only() -> None:
    def of(split: Split, text: str) -> TrainingStatement:
        return replace(statement(text), split=split)

    train = of("train", "theorem t (n : ℕ) (h : 0 < n) : 1 ≤ n")
    own = of("train", "theorem t (n : ℕ) : n = n")
    validation = of("validation", "theorem t (k : ℕ) (_ : 0 < k) : 1 ≤ k")
    test = of("test", "theorem t : ∀ m : ℕ, 0 < m → 1 ≤ m")
    assert held_apart([train, own, validation, test]) == ([own, test], [train, validation])
    assert held_apart([train, own, validation]) == ([own, validation], [train])


ALIKE = {
    "its own text": (BENCHMARK["sums"], "sums"),
    "other names": ("theorem t (a b : ℝ) (h : a + b = 7) (k : a * b = 12) : a ^ 2 + b ^ 2 = 25", "sums"),
    "other spacing": (
        "theorem t (n : ℕ)\n  (h:0<n) (h' : n^3 = 27) :\n  n  =  3 -- cubes",
        "cubes",
    ),
    "ℕ written out, and a universe": ("theorem t.{u} (n : Nat) (h : 0 < n) (_ : n^3 = 27) : n = 3", "cubes"),
    "another kind of numbers": ("theorem t (n : ℤ) (h : 0 < n) (_ : n^3 = 27) : n = 3", "cubes"),
    "premises behind the colon": ("theorem t : ∀ n : ℕ, 0 < n → n ^ 3 = 27 → n = 3", "cubes"),
    "binders in groups": ("theorem t : ∀ (n : ℕ) (h : 0 < n), n ^ 3 = 27 → n = 3", "cubes"),
    "implicit binders": ("theorem t {n : ℕ} (h : 0 < n) (_ : n^3 = 27) : n = 3", "cubes"),
    "another order of premises": ("theorem t (n : ℕ) (h : n^3 = 27) (_ : 0 < n) : n = 3", "cubes"),
    "more parentheses": ("theorem t (n : ℕ) : 11 ∣ (10 ^ (2 * n)) - 1", "divides"),
    "premises in front of the colon": ("theorem t (y : ℝ) (h : (2 : ℝ) * y = 6) : y = 3", "casts"),
    "the same recurrence, another question": (
        "theorem t (f : ℕ → ℤ) (h : f 0 = 2) (k : ∀ m, f (m + 1) = 5 * f m - 4 * m + 17) : f 2 = 1",
        "recurrence",
    ),
}


@pytest.mark.parametrize("case", ALIKE)
def test_a_statement_of_the_benchmark_is_removed_under(case: str, benchmark: Path) -> None:
    text, name = ALIKE[case]
    kept, removed = filter_statements([statement(text)], [benchmark])
    assert (kept, [item.benchmark for item in removed]) == ([], [name])
    assert removed[0].benchmark_text == BENCHMARK[name]


DIFFERENT = {
    "other constants": "theorem t (n : ℕ) (h₀ : 0 < n) (h₁ : n ^ 3 = 64) : n = 4",
    "other variables in the same places": "theorem t (x y : ℝ) (h₀ : x + x = 7) (h₁ : x * y = 12) : x = 25",
    "one premise less": "theorem t (n : ℕ) (h₁ : n ^ 3 = 27) : n = 3",
    "a law of arithmetic": "theorem t (a b c : ℕ) : a * (b + c) = a * b + a * c",
    "a phrase of it": "theorem t (x y : ℝ) : x ^ 2 + y ^ 2 = (x + y) ^ 2 - 2 * x * y",
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_statement_is_kept_with(case: str, benchmark: Path) -> None:
    own = statement(DIFFERENT[case])
    assert filter_statements([own], [benchmark]) == ([own], [])


def test_kept_statements_stay_in_order_and_all_benchmark_files_count(benchmark: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"name": "one", "lean4": {"statement": "theorem one (p : Prop) : p → ¬¬p"}}\n')
    texts = [DIFFERENT["a phrase of it"], "theorem t (q : Prop) (h : q) : ¬¬q", DIFFERENT["one premise less"]]
    kept, removed = filter_statements(map(statement, texts), [benchmark, other])
    assert [item.text for item in kept] == [texts[0], texts[2]]
    assert [(item.benchmark, item.rule) for item in removed] == [("one", "exact")]


def test_the_report_says_what_was_removed_and_why(benchmark: Path, tmp_path: Path) -> None:
    text = ALIKE["the same recurrence, another question"][0]
    _, removed = filter_statements([statement(text)], [benchmark])
    write_report(tmp_path / "report.jsonl", removed)
    (row,) = read_jsonl(tmp_path / "report.jsonl")
    assert row["text"] == text and row["benchmark"] == "recurrence"
    assert row["rule"] == f"a run of {RUN} tokens"
    assert row["evidence"].startswith("∀ v0 , v1 ( v0 + 1 ) = 5 * v1 v0")


def test_a_file_that_is_no_benchmark_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    path.write_text('{"name": "x"}\n')
    with pytest.raises(InputError, match=r"no\.jsonl:1: .*lean4"):
        filter_statements([], [path])


@pytest.mark.parametrize("text", ["", "2 + 2 = 4", "def f := 3"])
def test_what_is_no_declaration_has_no_shape(text: str) -> None:
    with pytest.raises(InputError, match="no theorem"):
        shape(text)


@pytest.mark.parametrize(
    "text", ["theorem t", "theorem t (", "theorem t (n : ℕ", "theorem t : ∀ x", "theorem"]
)
def test_an_unfinished_text_does_not_break_the_filter(text: str, benchmark: Path) -> None:
    kept, _ = filter_statements([statement(text)], [benchmark])
    assert len(kept) == 1
