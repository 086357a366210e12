"""When states are the same up to names, and when goals can be proved apart."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_prover import parse_goal

from prover.search.goals import canonical_key, exact_key, independent
from prover.types import Goal, Hypothesis


def same(left: str, right: str) -> bool:
    return canonical_key([parse_goal(left)]) == canonical_key([parse_goal(right)])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x : ℕ, h : x > 0 ⊢ x ≠ 0", "n : ℕ, hn : n > 0 ⊢ n ≠ 0"),
        ("x : ℕ, y : ℕ ⊢ x < y", "b : ℕ, a : ℕ ⊢ a < b"),
        ("h₁ : p, h₂ : q ⊢ r", "h₂ : q, h₁ : p ⊢ r"),
        ("a✝ : ℕ, h✝¹ : a✝ = 1 ⊢ q a✝", "x✝ : ℕ, h✝ : x✝ = 1 ⊢ q x✝"),
        ("x : ℕ, h : 2 * x.succ = 4 ⊢ p", "y : ℕ, h' : 2 * y.succ = 4 ⊢ p"),
        ("α : Type, x : α, h : x ∈ s ⊢ x ∈ t", "β : Type, b : β, hb : b ∈ s ⊢ b ∈ t"),
        ("⊢ f ?a = ?b", "⊢ f ?x = ?y"),
        ("x : ℕ, y : ℕ, h : x < y, g : y < 9 ⊢ p", "g : y < 9, h : z < y, y : ℕ, z : ℕ ⊢ p"),
    ],
)
def test_names_and_order_of_hypotheses_do_not_matter(left: str, right: str) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x : ℕ, y : ℕ ⊢ x < y", "x : ℕ, y : ℕ ⊢ x < x"),
        ("x : ℕ ⊢ x = 0", "x : ℤ ⊢ x = 0"),
        ("x : ℕ, h : x = 1 ⊢ p", "x : ℕ ⊢ p"),
        ("n : ℕ ⊢ Nat.n = 1", "m : ℕ ⊢ Nat.m = 1"),
        ("h : p ⊢ h1 = 0", "g : p ⊢ g1 = 0"),
        ("⊢ f ?a = ?b", "⊢ f ?a = ?a"),
        ("h : p ⊢ q", "h✝ : p ⊢ q"),
    ],
)
def test_everything_else_does(left: str, right: str) -> None:
    assert not same(left, right)


def test_a_value_is_part_of_a_hypothesis() -> None:
    one, two, none = (Goal("", "p x", (Hypothesis("x", "ℕ", value),)) for value in ("1", "2", None))
    assert len({canonical_key([goal]) for goal in (one, two, none)}) == 3


def test_a_case_tag_is_no_difference_unless_another_goal_mentions_it() -> None:
    left, right = Goal("case a\n⊢ p", "p", case="a"), Goal("case b\n⊢ p", "p", case="b")
    mentions_a = Goal("⊢ q ?a", "q ?a")
    assert canonical_key([left]) == canonical_key([right])
    assert canonical_key([left, mentions_a]) != canonical_key([right, mentions_a])


def test_a_goal_without_structure_stands_for_its_text() -> None:
    assert canonical_key([Goal("h : p ⊢ q")]) != canonical_key([Goal("g : p ⊢ q")])
    assert canonical_key([Goal("⊢ q ?m.12")]) == canonical_key([Goal("⊢ q ?m.7")])


def test_a_context_that_shows_one_name_twice_stands_for_its_text() -> None:
    assert not same("x : ℕ, x : ℤ ⊢ p x", "y : ℕ, y : ℤ ⊢ p y")


def test_the_order_of_goals_matters() -> None:
    goals = [parse_goal("p"), parse_goal("q")]
    assert canonical_key(goals) != canonical_key(goals[::-1])
    assert exact_key(goals) != exact_key(goals[::-1])


@pytest.mark.parametrize(
    ("goals", "apart"),
    [
        (["p", "q"], True),
        (["p ?a", "q ?b"], True),
        (["p ?a", "q ?a"], False),
        (["p ?a", "r", "q ?b", "s ?a"], False),
        (["xs.get? n = a", "ys.get? n = b"], True),
    ],
)
def test_goals_are_independent_when_they_share_no_metavariable(goals: list[str], apart: bool) -> None:
    assert independent([parse_goal(text) for text in goals]) is apart
    assert independent([Goal(text) for text in goals]) is apart


def test_a_goal_that_is_the_metavariable_of_another_is_not_independent_of_it() -> None:
    assert not independent([Goal("⊢ p ?w", "p ?w"), Goal("case w\n⊢ ℕ", "ℕ", case="w")])
    assert not independent([Goal("⊢ p ?w"), Goal("case w\n⊢ ℕ")])
    assert independent([Goal("case v\n⊢ p ?w", "p ?w", case="v"), Goal("⊢ ℕ", "ℕ")])


def test_metavariables_that_the_text_hides_count() -> None:
    shared = frozenset({"_uniq.5"})
    assert not independent([Goal("⊢ p", "p", metavariables=shared), Goal("⊢ q", "q", metavariables=shared)])


NAMES = ["x", "y", "h", "h₁", "n'", "a✝", "inst✝¹", "«odd name»", "ξ"]
TYPES = ["ℕ", "ℤ", "{0} < 3", "{0}+{1} = 2", "{3} ∣ {0}", "({4}) = {2}", "P {0}.succ", "Q {7} {5}", "¬{6}"]


@given(st.permutations(NAMES), st.permutations(range(len(TYPES))))
def test_any_renaming_and_shuffling_gives_the_same_key(names: list[str], order: list[int]) -> None:
    def goal(names: list[str], order: Iterable[int]) -> Goal:
        context = tuple(Hypothesis(names[index], TYPES[index].format(*names)) for index in order)
        return Goal("", "R {2} {8}".format(*names), context)

    assert canonical_key([goal(NAMES, range(len(TYPES)))]) == canonical_key([goal(names, order)])
