"""Documents that have what a benchmark has: found under other names, in Lean, Isabelle and in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from prover.errors import InputError
from prover.overlap.shape import shape_of_code
from prover.overlap.statements import StatementIndex
from prover.overlap.text import Text
from training.corpus.contamination import (
    CODE,
    PROSE,
    Benchmarks,
    Contamination,
    is_distinctive,
    lean_statements,
)
from training.corpus.likely import LikelyStatements
from training.generated.dataset import generate
from training.generated.families import FAMILIES

WORDS = (
    "Let a be a sequence with first term three such that every later term is five times the one before it "
    "less four. Find the ninth term."
)
MINIF2F = {
    "name": "mathd_algebra_478",
    "split": "test",
    "lean4": {
        "header": "import Mathlib\nopen BigOperators Real Nat Topology Rat Set Finset Polynomial Filter",
        "statement": "theorem mathd_algebra_478 (b h v : ℝ) (h₀ : 0 < b ∧ 0 < h ∧ 0 < v)\n"
        "  (h₁ : v = 1 / 3 * (b * h)) (h₂ : b = 30) (h₃ : h = 13 / 2) : v = 65",
    },
    "isabelle": {
        "statement": "theorem mathd_algebra_478:\n  fixes b h v :: real\n"
        '  assumes "0 < b \\<and> 0 < h \\<and> 0 < v"\n'
        '    and "v = 1 / 3 * (b * h)"\n    and "b = 30"\n    and "h = 13 / 2"\n  shows "v = 65"'
    },
    "informal": {"statement": WORDS, "proof": "Nothing."},
}
PROOFNET = {
    "id": "Rudin|exercise_1_1b",
    "formal_statement": "theorem exercise_1_1b (x : ℝ) (y : ℚ) (h : y ≠ 0) : "
    "irrational x -> irrational (x * y) :=",
    "nl_statement": "Short.",
}


@pytest.fixture(scope="module")
def benchmarks(tmp_path_factory: pytest.TempPathFactory) -> Benchmarks:
    folder = tmp_path_factory.mktemp("benchmarks")
    (folder / "minif2f.jsonl").write_text(json.dumps(MINIF2F))
    (folder / "proofnet.json").write_text(json.dumps([PROOFNET]))
    (folder / "own.lean").write_text(
        "import Mathlib\n\ntheorem first_of_mine (x : ℕ) : 11 ∣ 10 ^ (2 * x) - 1 := by sorry\n\n"
        "lemma second_of_mine (p q r : Prop) : (p → q → r) ↔ (p ∧ q → r) := by sorry\n"
    )
    return Benchmarks([folder / name for name in ("minif2f.jsonl", "proofnet.json", "own.lean")])


def find(benchmarks: Benchmarks, text: str, language: str) -> Contamination | None:
    return benchmarks.find(Text(text), language)


BEFORE = "import Mathlib\n\n/-! Notes. -/\n\n"
CASES = {
    "a name, in any language": ("Require Import X.\n(* see mathd_algebra_478 *)", "coq", "name", 2),
    "a name, whatever its case": ("MATHD_ALGEBRA_478", "text", "name", 1),
    "a Lean statement under other names": (
        f"{BEFORE}lemma vol (base height vol : ℝ) (a : 0 < base ∧ 0 < height ∧ 0 < vol)\n"
        "    (e : vol = 1 / 3 * (base * height)) (f : base = 30) (g : height = 13 / 2) :\n"
        "    vol = 65 := by\n  subst f g; norm_num at *; linarith\n",
        "lean",
        "exact",
        5,
    ),
    "a Lean statement in an example": (
        "example (z : ℕ) : 11 ∣ 10 ^ (2 * z) - 1 := by omega",
        "lean",
        "exact",
        1,
    ),
    "the second statement of a file": (
        "theorem x (a b c : Prop) : (a → b → c) ↔ (a ∧ b → c) := by\n  tauto",
        "lean",
        "exact",
        1,
    ),
    "Lean 3": (
        "lemma q (a : ℝ) (b : ℚ) (h : b ≠ 0) : irrational a -> irrational (a * b) :=\nbegin\n  sorry\nend",
        "lean",
        "exact",
        1,
    ),
    "a statement as the state that its proof begins with": (
        "[GOAL]⊢ True[PROOFSTEP]trivial\n[GOAL]case x\nr s t : ℝ\nh₀ : 0 < r ∧ 0 < s ∧ 0 < t\nh₁ : t =\n"
        "    1 / 3 * (r * s)\nh₂ : r = 30\nh₃ : s = 13 / 2\n⊢ t = 65[PROOFSTEP]nlinarith",
        "lean-steps",
        "exact",
        2,
    ),
    "an Isabelle statement under other names": (
        "theory T imports Main begin\nlemma vol:\n  fixes x y z :: real\n"
        '  assumes a: "0 < x ∧ 0 < y ∧ 0 < z"\n  and c: "x = 30" and b: "z = 1/3 * (x*y)" and d: "y = 13/2"\n'
        '  shows "z = 65"\n  using assms by simp\nend',
        "isabelle",
        "exact",
        2,
    ),
    "a problem in words, laid out in another way": (
        "% notes\n" + WORDS.replace(" ", "\n", 5).upper() + "\nGood luck.",
        "tex",
        f"{PROSE} words in a row",
        2,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_left_out_for_a_benchmark_is(case: str, benchmarks: Benchmarks) -> None:
    text, language, rule, line = CASES[case]
    found = find(benchmarks, text, language)
    assert found is not None and (found.rule, found.line) == (rule, line)
    assert found.file.endswith(("minif2f.jsonl", "proofnet.json", "own.lean"))
    assert found.evidence


DIFFERENT = {
    "the header of a benchmark": (MINIF2F["lean4"]["header"] + "\n", "lean"),  # type: ignore[index]
    "a name that many books have": ("theorem exercise_1_1b : 1 + 1 = 2 := rfl", "lean"),
    "the statement with other numbers": (
        "theorem vol (b h v : ℝ) (p : 0 < b ∧ 0 < h ∧ 0 < v) (e : v = 1 / 3 * (b * h)) (f : b = 31) : v = 65",
        "lean",
    ),
    "fewer words in a row than count": (" ".join(WORDS.split()[: PROSE - 1]), "text"),
    "the way variables begin": (
        "theorem a (b h v : ℝ) (h₀ : 0 < b ∧ 0 < h ∧ 0 < v) : b < b + v := by linarith",
        "lean",
    ),
    "nothing": ("", "lean"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_kept_beside_a_benchmark_is(case: str, benchmarks: Benchmarks) -> None:
    assert find(benchmarks, *DIFFERENT[case]) is None


def test_a_longer_name_is_another(benchmarks: Benchmarks) -> None:
    assert find(benchmarks, "mathd_algebra_4781 mathd_algebra_47", "lean") is None


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("mathd_algebra_478", True),
        ("imo_1959_p1", True),
        ("amc12a_2002_p6", True),
        ("induction_1pxpownlt1pnx", True),
        ("exercise_1_1b", False),
        ("exercise_13_2_4", False),
        ("theorem_12", False),
        ("main", False),
        ("commutative", False),
        ("minif2f.jsonl:3", False),
        ("ex1", False),
    ],
)
def test_a_name_counts_where_it_says_which_item_is_meant(name: str, tells: bool) -> None:
    assert is_distinctive(name) is tells


def test_statements_are_found_in_lean_text_and_nowhere_else() -> None:
    text = (
        "-- theorem in_a_comment : 1 = 1\n/- lemma neither : 2 = 2 -/\n"
        "theorem a (n : ℕ) : n = n := by\n  have := theorem_name\n  rfl\n\n"
        "@[simp] lemma b : (let x := 1; x) = 1 := rfl\n"
        "theorem c : ℕ → ℕ\n  | 0 => 1\n  | n => n\n\nexample : True := trivial"
    )
    assert [signature.split(":")[0].split()[1] for _, signature in lean_statements(text)] == [
        "a",
        "b",
        "c",
        "_",
    ]


@pytest.mark.parametrize(
    "text", ["lemma", 'lemma "', "lemma foo:", 'theorem x: fixes y shows "', "lemma \\<open>"]
)
def test_an_unfinished_isabelle_text_does_not_break_the_search(text: str, benchmarks: Benchmarks) -> None:
    assert find(benchmarks, text, "isabelle") is None


@pytest.mark.parametrize(
    "text", ["theorem", "lemma x", "theorem x (", "example", "theorem x : «", "lemma .{"]
)
def test_an_unfinished_lean_text_does_not_break_the_search(text: str, benchmarks: Benchmarks) -> None:
    assert find(benchmarks, text, "lean") is None


def test_a_benchmark_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(InputError, match="nothing to compare"):
        Benchmarks([tmp_path / "empty.jsonl"])
    with pytest.raises(InputError, match=r"gone\.jsonl"):
        Benchmarks([tmp_path / "gone.jsonl"])
    (tmp_path / "broken.json").write_text("[")
    with pytest.raises(InputError, match="no JSON"):
        Benchmarks([tmp_path / "broken.json"])


def test_formal_text_needs_a_longer_run_than_words(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    row = {"name": "n", "code": "Theorem foo : " + " ".join(letters)}
    (tmp_path / "b.jsonl").write_text(json.dumps(row))
    benchmark = Benchmarks([tmp_path / "b.jsonl"])
    assert find(benchmark, " ".join(letters[: CODE - 1]), "coq") is None
    found = find(benchmark, " ".join(letters), "coq")
    assert found is not None and found.rule == f"{CODE} words in a row"


def test_a_statement_that_is_not_read_shares_nothing_with_a_benchmark() -> None:
    known, others = ([statement.text for statement in generate(seed, 500, FAMILIES)] for seed in (1, 2))
    index, likely = StatementIndex(), LikelyStatements()
    for number, text in enumerate(known):
        index.add(f"item{number}", text, shape_of_code(text))
        likely.add(shape_of_code(text))
    document = "\n\n".join(f"{text} := by simp" for text in [*renamed(known), *others])
    stated = [signature for _, signature in lean_statements(document)]
    worth = likely.among(stated)
    shares = [index.find(shape_of_code(signature)) is not None for signature in stated]
    assert len(stated) == 1000 and sum(shares) >= 500
    assert all(read or not share for read, share in zip(worth, shares, strict=True))
    assert sum(worth) < 900


def renamed(texts: list[str]) -> list[str]:
    """With other names, and other words for the same."""
    return [re.sub(r"\b([a-z])\b", r"\1'", text).replace("ℕ", "Nat") for text in texts]
