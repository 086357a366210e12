"""Formal statements inside of documents: found under other names and layouts, and not when they differ."""

from __future__ import annotations

import pytest

from prover.overlap.corpus import Block
from prover.overlap.isar import isar_shape, isar_statements
from prover.overlap.items import Item
from prover.overlap.scan import Lengths, Scanner

LEAN = "(x y : ℝ) (h₀ : x + y = 7) (h₁ : x * y = 12) : x ^ 2 + y ^ 2 = 25"
LET = "(n : ℕ) : let k := 2 * n; k + 3 = 9 → n = 3"
ISAR = """fixes x y :: real
  assumes h0 : "x + y = 7" and h1 : "x * y = 12"
  shows "x^2 + y^2 = 25\""""
ITEMS = [Item("sums", {"lean": LEAN, "isabelle": ISAR}), Item("lets", {"lean": LET})]


def found(document: str) -> list[tuple[str, str, str]]:
    scanner = Scanner(ITEMS, Lengths((), ()), ("text",))
    hits = scanner.scan(Block(0, "text", document.encode(), 0), "f").hits
    return [(h.item, h.part, document[h.start : h.end]) for h in hits if h.rule == "statement"]


ALIKE_IN_LEAN = {
    "as it is": f"theorem t {LEAN}",
    "another keyword": f"lemma some.name' {LEAN}",
    "without a name": f"example {LEAN}",
    "other names": "theorem t (a b : ℝ) (h : a + b = 7) (k : a * b = 12) : a ^ 2 + b ^ 2 = 25",
    "on other lines, tight": "theorem t\n  (x y:ℝ)\n\n  (h₀:x+y=7)(h₁:x*y=12) :\n    x^2+y^2=25",
    "binders apart, and implicit": (
        "theorem t {x : ℝ} (y : ℝ) (h : x + y = 7) (k : x * y = 12) : x ^ 2 + y ^ 2 = 25"
    ),
    "premises behind the colon": "theorem t : ∀ x y : ℝ, x + y = 7 → x * y = 12 → x ^ 2 + y ^ 2 = 25",
    "another order": "theorem t (x y : ℝ) (h₁ : x * y = 12) (h₀ : x + y = 7) : x ^ 2 + y ^ 2 = 25",
    "a comment inside": f"theorem t {LEAN.replace('(h₀', '-- 2 numbers, x + y' + chr(10) + '(h₀')}",
    "numbers of another kind": LEAN.join(["theorem t ", ""]).replace("ℝ", "ℚ"),
}


@pytest.mark.parametrize(
    "ending", [" := by\n  nlinarith", " := sorry", "", "\n\nThis is well known.", "\n```\n"]
)
@pytest.mark.parametrize("case", ALIKE_IN_LEAN)
def test_a_lean_statement_is_found_with(case: str, ending: str) -> None:
    text = ALIKE_IN_LEAN[case]
    if "\n\n" in text and " :=" not in ending:
        text = text.replace("\n\n", "\n")  # Without a proof, an empty line ends the statement.
    document = f"import Mathlib\n\n-- a theorem (of old)\n{text}{ending}"
    ((item, part, inside),) = found(document)
    assert (item, part) == ("sums", "lean")
    assert inside.strip() == text


DIFFERENT_IN_LEAN = {
    "another number": LEAN.replace("12", "13"),
    "another operation": LEAN.replace("x * y", "x - y"),
    "a premise less": LEAN.replace("(h₁ : x * y = 12) ", ""),
    "a premise more": LEAN.replace(" : x ^ 2", " (h₂ : x < y) : x ^ 2"),
    "variables in other places": LEAN.replace("x * y", "x * x"),
}


@pytest.mark.parametrize("case", DIFFERENT_IN_LEAN)
def test_a_lean_statement_is_not_found_with(case: str) -> None:
    assert not found(f"theorem t {DIFFERENT_IN_LEAN[case]} := by simp")


def test_each_theorem_of_a_file_is_looked_at_and_words_about_theorems_are_not() -> None:
    document = (
        "By theorem 3 (see above) and lemma ten: the theorem of x: y.\n"
        "theorem a (n : ℕ) : n + 0 = n := rfl\n"
        f"theorem b {LEAN} := by\n  nlinarith\nlemma c {LEAN} := b\n"
        f"theorem d {LET} := by omega"
    )
    assert [item for item, _, _ in found(document)] == ["sums", "sums", "lets"]


ALIKE_IN_ISABELLE = {
    "as it is": f"theorem t:\n  {ISAR}",
    "without a name, other names": (
        'lemma fixes a b :: real assumes "a + b = 7" and k: "a * b = 12" shows "a^2 + b^2 = 25"'
    ),
    "types inside": 'lemma t: assumes "(a::real) + b = 7" "a * b = 12" shows "a^2 + b^2 = (25::real)"',
    "implications": r'theorem "x + y = 7 \<Longrightarrow> x * y = 12 \<Longrightarrow> x^2 + y^2 = 25"',
    "brackets of premises": 'lemma t: "⟦ x + y = 7; x * y = 12 ⟧ ⟹ (x::real)^2 + y^2 = 25"',
    "cartouches": "lemma t [simp]: assumes ‹x*y = 12› ‹x+y = 7› shows ‹x^2+y^2=25›",
    "if": 'corollary t: "x^2 + y^2 = 25" if "x + y = 7" and "x * y = 12" for x y :: real',
    "more parentheses and a comment": (
        'lemma (* of 1900 *) t: assumes "(x + y) = 7" and "(x * y) = 12" shows "(x^2) + (y^2) = 25"'
    ),
}


@pytest.mark.parametrize("ending", ["\n  by simp", " proof -", "\n\nA remark.", "", "\nlemma u: True"])
@pytest.mark.parametrize("case", ALIKE_IN_ISABELLE)
def test_an_isabelle_statement_is_found_with(case: str, ending: str) -> None:
    text = ALIKE_IN_ISABELLE[case]
    ((item, part, inside),) = found(f"theory T imports Main begin\n\n{text}{ending}")
    assert (item, part, inside.strip()) == ("sums", "isabelle", text)


@pytest.mark.parametrize(
    ("old", "new"),
    [("12", "13"), ("x * y", "x - y"), (' and h1 : "x * y = 12"', ""), ("x * y", "y * y"), ("= 7", "< 7")],
)
def test_an_isabelle_statement_is_not_found_with_something_else(old: str, new: str) -> None:
    assert old in ISAR
    assert not found(f"theorem t: {ISAR.replace(old, new)} by simp")


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (r'lemma "\<forall>n::nat. n \<le> 3 \<longrightarrow> P n"', 'lemma "∀m. m <= 3 --> (P m)"'),
        ('lemma "x ≠ y ∧ A"', r'lemma "a ~= b & B"'),
        (r'lemma "(\<Sum>k\<in>{1..n}. k) = n"', 'theorem "(∑ i ∈ {1..m}. i) = m"'),
        ('lemma fixes f :: "nat ⇒ real" shows "f 1 = 2"', 'lemma "(g :: nat => real) 1 = 2"'),
        ('theorem (in monoid) foo [simp]: "(n::nat) + m = m + n" by simp', 'lemma "a + b = b + (a::nat)"'),
        ("lemma ‹x + y = (y + x :: nat)› for x y :: nat", 'lemma "a + b = b + (a::nat)"'),
        ('lemma "[| p x; x ~= 0 |] ==> EX y. x <= y"', 'lemma assumes "p x" "x ≠ 0" shows "∃z. x ≤ z"'),
        ('lemma "x > 0 ∧ y > 0 ⟶ real x > 1"', 'lemma if "(a > 0 & b > 0)" shows "int a > 1"'),
        ('lemma defines "a ≡ 2" shows "a = 1"', 'lemma assumes "b ≡ 2" shows "b = 1"'),
        ('schematic_goal "f x = 1"', 'lemma "f y = 1" sledgehammer [timeout = 3] by simp'),
    ],
)
def test_symbols_and_names_do_not_count_in_isabelle(first: str, other: str) -> None:
    assert isar_shape(first).key == isar_shape(other).key


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ('lemma "(A ⟹ B) ⟹ C"', 'lemma "A ⟹ B ⟹ C"'),
        ('lemma "∀x. P x ⟶ Q x"', 'lemma assumes "∀x. P x" shows "Q x"'),
        ('lemma "(A ⟷ B) ⟶ C"', 'lemma "A ⟷ (B ⟶ C)"'),
        ('lemma assumes "A" shows "B" and "C"', 'lemma assumes "A" and "B" shows "C"'),
        ('lemma defines "a ≡ 2" shows "a = 1"', 'lemma defines "a ≡ 3" shows "a = 1"'),
    ],
)
def test_what_is_assumed_and_what_is_shown_counts_in_isabelle(first: str, other: str) -> None:
    assert isar_shape(first).key != isar_shape(other).key


def test_isabelle_statements_are_those_that_lines_begin() -> None:
    text = '(* a *)\nlemma a: "1 = 1" by simp\n  theorem "2 = 2"\n(* the lemma of *) x lemma b: "3 = 3"'
    found = [(place, isar_shape(one).parts) for place, one in isar_statements(text)]
    assert found == [(8, (("1", "=", "1"),)), (33, (("2", "=", "2"),))]


@pytest.mark.parametrize(
    "text", ["theorem", "lemma t: fixes", 'lemma "', "example (", "theorem t (", "lemma t : ∀"]
)
def test_an_unfinished_theorem_breaks_nothing(text: str) -> None:
    assert not found(text)
