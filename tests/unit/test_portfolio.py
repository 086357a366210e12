"""The portfolio policy: which shapes of goals lead to which kinds of tactics. No Lean runs here."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.policy.portfolio import MAX_CANDIDATES, PortfolioPolicy, candidates
from prover.policy.portfolio.polynomials import complete_squares, difference, polynomial, rational_roots, show
from prover.policy.portfolio.terms import evaluate, parse
from prover.types import Goal, Hypothesis, State, Statement


def state(target: str, *context: str, hidden: tuple[str, ...] = ()) -> State:
    """A state with one goal; each line of the context is `name : type`, or several names before the colon."""
    hypotheses = []
    for line in context:
        names, _, kind = line.partition(" : ")
        hypotheses += [Hypothesis(name, kind, None, name not in hidden) for name in names.split()]
    text = "\n".join([*context, f"⊢ {target}"])
    return State(Statement("t", f"theorem t : {target}"), (), (Goal(text, target, tuple(hypotheses)),))


def tactics(target: str, *context: str, hidden: tuple[str, ...] = ()) -> list[str]:
    return [candidate.tactic for candidate in candidates(state(target, *context, hidden=hidden))]


def offered(found: list[str], *parts: str) -> bool:
    """Whether some tactic contains all the parts."""
    return any(all(part in tactic for part in parts) for tactic in found)


# What is hostile.

HUGE = "1" + "0" * 5000
LONG = "9" * 900
SEQUENCE = ("a : ℕ → ℝ", "h₀ : a 0 = 1", "h : ∀ (n : ℕ), a (n + 1) = 1 - a n")


@pytest.mark.parametrize(
    ("target", "context"),
    [
        (f"x = {HUGE}", ("x : ℝ", f"h : x ^ 2 = {HUGE}")),
        ("a 9 = 1", (SEQUENCE[0], f"h₀ : a 0 = {HUGE}", SEQUENCE[2])),
        ("a 9 = 1", (*SEQUENCE[:2], f"h : ∀ (n : ℕ), a (n + 1) = {HUGE} - a n")),
        ("a 9 = 1", (*SEQUENCE[:2], f"h : ∀ (n : ℕ), a (n + {HUGE}) = 1 - a n")),
        ("a 9 = 1", (SEQUENCE[0], "h₀ : a 0 = 1/00", SEQUENCE[2])),
        (f"x ^ 2 + {' * '.join([LONG] * 6)} * x ≥ 0", ("x : ℝ",)),
        (f"Nat.gcd ({' * '.join([LONG] * 6)} * n + 1) ({LONG} * n + 7) = 1", ("n : ℕ",)),
        ("x = ²", ("x : ℝ", "h : x * ² = 3", "g : x ^ ² = 4", "s : √² = 2")),
        (" + ".join(f"x{i}" for i in range(60)) + " ≤ " + " + ".join(f"y{i}" for i in range(60)), ("x : ℝ",)),
    ],
)
def test_no_goal_is_too_large_or_too_strange_to_be_looked_at(target: str, context: tuple[str, ...]) -> None:
    assert tactics(target, *context)


# Closers and structure.


def test_linear_arithmetic_over_the_naturals_is_tried_first() -> None:
    assert tactics("2 * n % 5 = 1", "n : ℕ", "h : n % 5 = 3")[0] == "omega"


def test_a_closed_statement_about_numbers_is_decided_in_the_kernel() -> None:
    assert "decide +kernel" in tactics("2 ^ 8 % 5 = 1")[:3]


def test_nothing_about_reals_is_decided() -> None:
    assert not offered(tactics("x ≤ x", "ℝ : Type", "x : ℝ"), "decide +kernel")


def test_a_universal_statement_is_introduced_under_its_own_names() -> None:
    found = tactics("∀ x > 0, x ≤ x ^ 2", "n : ℕ")
    assert "intros" in found and "intro x h0" in found


def test_an_implication_is_introduced() -> None:
    assert "intro h0" in tactics("a = b → b = a", "a b : ℕ")


def test_conjunctions_and_witnesses_are_taken_apart_before_costly_rules() -> None:
    found = tactics("y ≤ 4", "x y : ℝ", "h₀ : 0 < x ∧ 0 < y", "h₁ : ∃ z, x ≤ z")
    assert offered(found, "obtain ⟨h₀_1, h₀_2⟩ := h₀", "obtain ⟨z, h₁⟩ := h₁")
    assert not offered(found, "sq_nonneg")


def test_alternatives_in_goal_and_context() -> None:
    found = tactics("a = 1 ∨ a = 2", "a : ℤ", "h : a < 2 ∨ 5 < a")
    assert {"left", "right", "rcases h with h | h"} <= set(found)


def test_witnesses_are_computed_where_that_is_possible() -> None:
    assert "refine ⟨12, ?_⟩" in tactics("∃ n, n * n = 144")
    assert "refine ⟨0, ?_⟩" in tactics("∃ n, f n = 3", "f : ℕ → ℕ")


def test_least_elements_are_shown_in_two_parts() -> None:
    assert "constructor" in tactics("IsLeast {n | 5 < n} 6")


def test_variables_given_by_an_equation_are_replaced() -> None:
    assert "subst_vars" in tactics("n % 2 = 0", "n k : ℕ", "h : n = 2 * k")


# Rules by shape.


def test_inequalities_get_the_completed_square_as_a_hint() -> None:
    assert offered(tactics("6 * x ≤ x ^ 2 + 9", "x : ℝ"), "sq_nonneg ((-3) + x)", "grind")


def test_inequalities_are_multiplied_with_their_negation() -> None:
    assert offered(tactics("x ≤ 3", "x : ℝ", "h : x * x ≤ 9"), "byContradiction", "mul_pos (sub_pos.2 hn)")


def test_quotients_are_cleared() -> None:
    found = tactics("a / b ≤ c", "a b c : ℝ", "h : 0 < b")
    assert offered(found, "div_le_iff₀") and offered(found, "field_simp")


def test_functions_given_by_an_equation_are_unfolded_where_they_stand() -> None:
    found = tactics("f 3 = 7", "f : ℝ → ℝ", "h₀ : ∀ (x : ℝ), f x = 2 * x + 1", "h₁ : f 1 = 3")
    assert "simp only [h₀] at h₁ ⊢" in found


def test_a_recursive_equation_is_never_simplified_with() -> None:
    context = ("u : ℕ → ℕ", "h₀ : u 0 = 1", "h₁ : ∀ (n : ℕ), u (n + 1) = 2 * u n")
    found = tactics("u n = 2 ^ n", "n : ℕ", *context)
    assert not offered(found, "simp_all") and not offered(found, "simp only [h₁] at *")


def test_universal_facts_are_applied_at_small_numbers_and_at_those_in_sight() -> None:
    found = tactics("a = 1", "a b : ℝ", "h : ∀ (x : ℝ), a * x + b = x + 17")
    assert offered(found, "h 0", "h 1", "h (-1)") and offered(found, "h 17")


def test_conditions_of_universal_facts_are_left_to_grind() -> None:
    found = tactics("f 3 = 0", "f : ℝ → ℝ", "h : ∀ (x : ℝ), x ≠ 2 → f x = 0")
    assert offered(found, "h 3 (by grind)")


def test_remainders_are_tried_one_by_one() -> None:
    found = tactics("a ^ 2 % 3 = 0 ∨ a ^ 2 % 3 = 1", "a : ℤ")
    assert offered(found, "a % 3 = 0 ∨ a % 3 = 1 ∨ a % 3 = 2", "Int.mul_emod")


def test_powers_modulo_a_number_go_by_their_period() -> None:
    found = tactics("3 ∣ n", "n : ℕ", "h : 7 ∣ 2 ^ n - 1")
    assert offered(found, "2 ^ (3 * k + 1) % 7 = 2", "n / 3")


def test_finite_sets_are_counted_by_the_kernel() -> None:
    found = tactics("S.card = 4", "S : Finset ℕ", "h : ∀ (n : ℕ), n ∈ S ↔ n ∣ 10")
    assert offered(found, "Finset.eq_filter_range h 11", "decide +kernel")


def test_the_least_member_of_a_set_is_computed() -> None:
    context = ("S : Set ℕ", "u : ℕ", "h₀ : ∀ (n : ℕ), n ∈ S ↔ 0 < n ∧ 5 * n % 7 = 1", "h₁ : IsLeast S u")
    assert offered(tactics("u + 1 = 4", *context), "u ≤ 3", "h₁.2 3")


def test_sums_go_by_induction() -> None:
    found = tactics("∑ k ∈ Finset.range n, k * 2 = n * (n - 1)", "n : ℕ")
    assert offered(found, "induction n with", "Finset.sum_range_succ")


def test_induction_starts_where_the_context_says() -> None:
    found = tactics("n ^ 2 ≤ 2 ^ n", "n : ℕ", "h : 4 ≤ n")
    assert offered(found, "∃ m, n = 4 + m", "induction m")


def test_bounded_unknowns_are_searched() -> None:
    found = tactics("b = 9", "a b : ℕ", "h₀ : a ≤ 9", "h₁ : b ≤ 9", "h₂ : 10 * a + b = a * b + a + b")
    assert offered(found, "∀ a : Nat, a < 10 → ∀ b : Nat, b < 10 →", "decide +kernel")


def test_a_product_that_is_a_number_gives_divisors() -> None:
    assert offered(tactics("a ≤ 6", "a b : ℕ", "h : a * b = 6"), "a ∈ [1, 2, 3, 6]")


def test_a_known_equation_replaces_a_variable_before_an_inequality_is_attacked() -> None:
    found = tactics("b < a", "x y a b : ℝ", "h : x + y = a")
    assert "subst_vars" in found and not offered(found, "sq_nonneg")


def test_a_bilinear_equation_is_a_product() -> None:
    found = tactics("x = 3", "x y : ℕ", "h : x * y + x + y = 11")
    assert offered(found, "(x + (1)) ∣ 12")


def test_exponents_are_bounded_by_the_number_they_give() -> None:
    assert offered(tactics("x + y = 3", "x y : ℕ", "h : 2 ^ x * 3 ^ y = 18"), "x < 5", "y < 3")


def test_a_repeating_sequence_is_looked_up_by_its_period() -> None:
    context = (
        "u : ℕ → ℤ",
        "h₀ : u 0 = 1",
        "h₁ : u 1 = 2",
        "h₂ : ∀ (n : ℕ), n ≥ 2 → u n = u (n - 1) - u (n - 2)",
    )
    assert offered(tactics("u 100 = -2", *context), "u (6 * k + 0) = 1", "have f100 : u 100 = -2")


def test_a_sequence_with_equal_differences_has_a_closed_form() -> None:
    step = "h : ∀ (n : ℕ), a (n + 2) - a (n + 1) = a (n + 1) - a n"
    assert offered(tactics("a 50 = 99", "a : ℕ → ℝ", step), "a n = a 0 + n * (a 1 - a 0)", "hf 50")


def test_polynomial_equations_are_factored() -> None:
    found = tactics("x = 2", "x : ℝ", "h : x ^ 2 - 5 * x + 6 = 0", "h' : x < 3")
    assert offered(found, "(x - (2)) * (x - (3))", "mul_eq_zero")


def test_two_primes_with_the_same_quadratic_equation_are_found_by_their_sum() -> None:
    equations = ("h₃ : ↑m ^ 2 - 8 * ↑m + k = 0", "h₄ : ↑n ^ 2 - 8 * ↑n + k = 0")
    context = ("m n : ℕ", "k : ℝ", "h₀ : Nat.Prime m", "h₁ : Nat.Prime n", "h₂ : m ≠ n", *equations)
    assert offered(
        tactics("k = 15", *context), "(↑m : ℝ) + (↑n : ℝ) - (8)", "(m = 3 ∧ n = 5) ∨ (m = 5 ∧ n = 3)"
    )


def test_roots_of_square_numbers_are_known() -> None:
    found = tactics("Real.sqrt 49 = 7", "ℝ : Type", "x : ℝ")
    assert offered(found, "Real.«sqrt» (49 : ℝ) = 7")


def test_integer_parts_of_numbers_are_computed() -> None:
    assert offered(tactics("⌊9 / 160 * 100⌋ = 5", "ℝ : Type", "x : ℝ"), "Int.floor (9 / 160 * 100 : ℝ) = 5")


def test_a_common_divisor_of_lines_divides_a_number() -> None:
    assert offered(tactics("(n + 7).gcd (2 * n + 1) ≤ 13", "n : ℕ"), "2 * (n + 7) - 1 * (2 * n + 1) = 13")


# Discipline.


async def test_the_policy_answers_for_each_state_best_first() -> None:
    states = [state("x = x", "x : ℕ"), state("∀ n, n = n"), State(Statement("t", ""), (), ())]
    answers = await PortfolioPolicy().propose(states)
    assert len(answers) == 3 and answers[2] == []
    for answer in answers[:2]:
        assert [c.logprob for c in answer] == sorted((c.logprob for c in answer), reverse=True)
        assert all(c.logprob < 0 for c in answer)


def test_the_same_goal_gets_the_same_candidates() -> None:
    context = ("x y : ℝ", "f : ℝ → ℝ", "h : ∀ (x : ℝ), f x = x ^ 2", "h' : f x + f y = 2")
    assert candidates(state("x * y ≤ 1", *context)) == candidates(state("x * y ≤ 1", *context))


def test_names_that_cannot_be_typed_are_not_used() -> None:
    names = ["h✝", "«odd name»", "from", "inst✝¹", "h.1"]
    context = [f"{name} : 0 < y ∧ y < 5" for name in names if " " not in name]
    hypotheses = tuple(Hypothesis(name, "∃ z, y < z") for name in names)
    goal = Goal("⊢ y ≤ 4", "y ≤ 4", (Hypothesis("y", "ℕ"), *hypotheses))
    found = [c.tactic for c in candidates(State(Statement("t", ""), (), (goal,)))]
    found += tactics("y ≤ 4", "y : ℕ", *context, hidden=tuple(names))
    assert found and not any(name in tactic for tactic in found for name in names)


def test_an_inaccessible_hypothesis_is_not_used() -> None:
    assert not offered(tactics("y ≤ 4", "y : ℕ", "hsecret : 0 < y ∧ y < 5", hidden=("hsecret",)), "hsecret")


def test_lists_are_bounded_and_without_repetition() -> None:
    context = [f"h{i} : ∀ (x : ℝ), f{i} x = x ^ 2 - {i} * x" for i in range(20)]
    functions = [f"f{i} : ℝ → ℝ" for i in range(20)]
    variables = " ".join(f"x{i}" for i in range(20))
    facts = [f"g{i} : x{i} ^ 2 - 5 * x{i} + 6 = 0 ∨ x{i} = 1" for i in range(20)]
    found = tactics("x0 ^ 2 / x1 ≤ 4", f"{variables} : ℝ", *functions, *context, *facts)
    assert len(found) == len(set(found)) <= MAX_CANDIDATES
    assert max(map(len, found)) < 20_000


@pytest.mark.parametrize(
    "target",
    [
        "",
        "(" * 3000 + "x" + ")" * 3000,
        "-" * 5000 + "x ≤ 1",
        "x ^ 99999999999 ≤ 1",
        "9" * 10_000 + " ≤ x",
        "u n = " + "9" * 6000,
        "u n = " + "'" * 6000,
        "x ≤ " + " + ".join(["x"] * 5000),
        "∃",
        "∀ , x",
        "⌊⌋ = 1 / 0",
        "x / 0 ≤ 1",
        "a ∣ b ∧",
        "IsLeast",
        "𝔽 ⟨⟩ ⊢ ✝ « \x00 \ud800",
        "⌊1 / (2 - 2)⌋ = 0",
        "(n + 7).gcd () ≤ 1",
        "x ^ 2 * (x + y + z + w) ^ 6 * (a + b + c + d) ^ 6 ≤ 0",
    ],
)
def test_hostile_goals_are_survived_quickly(target: str) -> None:
    began = time.perf_counter()
    context = ("x a b n : ℕ", "u : ℕ → ℕ", f"h : {target}", f"h' : ∀ (n : ℕ), u n = {target}", "u0 : u 0 = 1")
    assert len(tactics(target, *context)) <= MAX_CANDIDATES
    assert len(tactics(target, "x y z w : ℝ", "ℝ : Type", f"h : {target}")) <= MAX_CANDIDATES
    assert time.perf_counter() - began < 2


_PIECES = st.sampled_from(
    "x y n 0 1 2 17 999 + - * / % ^ = ≠ < ≤ ≥ ∣ ∧ ∨ ¬ → ↔ ( ) ∀ ∃ , ⌊ ⌋ ↑ √ ⁻¹ ! "
    "f u S ∈ ∑ | log sqrt gcd Prime".split()
)


@settings(max_examples=150)
@given(st.lists(_PIECES, max_size=30), st.lists(_PIECES, max_size=30))
def test_no_text_makes_it_raise(left: list[str], right: list[str]) -> None:
    context = (
        "x y : ℝ",
        "n : ℕ",
        "f : ℝ → ℝ",
        "u : ℕ → ℕ",
        "S : Finset ℕ",
        f"h : ∀ (n : ℕ), {' '.join(left)}",
    )
    found = tactics(" ".join(left), *context, f"k : {' '.join(right)}", f"l : u 1 = {' '.join(right)}")
    assert 0 < len(found) <= MAX_CANDIDATES


# The arithmetic underneath.


def _poly(text: str) -> dict:
    term = parse(text)
    assert term is not None
    found = polynomial(term)
    assert found is not None
    return found


def test_precedence_is_leans() -> None:
    assert _poly("-x ^ 2 + 2 * 3 - 1") == _poly("5 - x * x")
    assert _poly("x - y - 1") == _poly("x - (y + 1)")


def test_applications_are_variables_of_a_polynomial() -> None:
    assert _poly("f (x + 1) * 2") == {(("f (x + 1)", 1),): Fraction(2)}


def test_a_shown_polynomial_reads_back() -> None:
    poly = _poly("(x - y / 2) ^ 2 * 3 - 7")
    assert _poly(show(poly)) == poly


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 5))
def test_completed_squares_cover_a_quadratic(a: int, b: int, c: int) -> None:
    term = parse(f"0 ≤ {c} * (x + ({a}) * y) ^ 2 + (y - ({b})) ^ 2")
    assert term is not None
    poly = difference(term)
    assert poly is not None
    roots = [_poly(square) for square in complete_squares(poly)]
    total = sum(value for monomial, value in poly.items() if len(monomial) == 1 and monomial[0][1] == 2)
    assert len(roots) == 2 and total > 0


@given(st.lists(st.fractions(-5, 5, max_denominator=12), min_size=1, max_size=3))
def test_rational_roots_are_found_with_multiplicity(roots: list[Fraction]) -> None:
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [s - root * c for s, c in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    assert sorted(rational_roots(coefficients)) == sorted(roots)


@pytest.mark.parametrize(
    ("text", "natural", "value"),
    [
        ("3 - 5", True, 0),
        ("3 - 5", False, -2),
        ("7 % 0", True, 7),
        ("7 / 0", True, 0),
        ("-7 % 2", False, 1),
        ("-7 / 2", False, -4),
        ("2 ^ n = 8 ∧ ¬ n = 4", True, True),
        ("0 ∣ n", True, False),
        ("n ∣ 12", True, True),
    ],
)
def test_values_are_leans(text: str, natural: bool, value: int) -> None:
    term = parse(text)
    assert term is not None
    assert evaluate(term, {"n": 3}, natural) == value


def test_values_that_are_too_large_are_not_computed() -> None:
    term = parse("2 ^ (2 ^ (2 ^ n))")
    assert term is not None
    assert evaluate(term, {"n": 100}, True) is None
