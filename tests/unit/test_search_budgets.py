"""Budgets: read from the command line's text, each resource on its own."""

import pytest

from prover.errors import InputError
from prover.search import Budget, Counts


def test_reads_every_key() -> None:
    text = "expansions=100, steps=5,tokens=7,lean_s=60,wall_s=1.5"
    assert Budget.parse(text) == Budget(expansions=100, steps=5, tokens=7, lean_s=60.0, wall_s=1.5)


def test_nothing_given_is_unlimited() -> None:
    assert Budget.parse("") == Budget()
    assert Budget().spent(Counts(expansions=10**9, lean_seconds=1e9)) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lean=60", "unknown budget 'lean'; known: expansions, steps, tokens, lean_s, wall_s"),
        ("expansions=many", "expansions: 'many' is not a whole number"),
        ("expansions=1.5", "not a whole number"),
        ("wall_s=soon", "wall_s: 'soon' is not a number of seconds"),
        ("wall_s=-1", "must be finite and not negative"),
        ("wall_s=nan", "must be finite"),
        ("lean_s=inf", "must be finite"),
        ("expansions", "not of the form name=number"),
        ("steps=1,steps=2", "given twice"),
    ],
)
def test_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        Budget.parse(text)


@pytest.mark.parametrize(
    ("budget", "counts"),
    [
        ("expansions=2", Counts(expansions=2)),
        ("steps=2", Counts(steps=2)),
        ("tokens=2", Counts(model_tokens=3)),
        ("lean_s=2", Counts(lean_seconds=2.5)),
        ("wall_s=2", Counts(wall_seconds=2.5)),
    ],
)
def test_a_limit_that_is_reached_is_named(budget: str, counts: Counts) -> None:
    assert Budget.parse(budget).spent(counts) == budget.partition("=")[0]
    assert Budget.parse(budget).spent(Counts()) is None


def test_of_two_budgets_the_tighter_limit_holds_for_each_resource() -> None:
    asked, cap = Budget(expansions=5, wall_s=100.0), Budget(wall_s=30.0, lean_s=60.0)
    assert asked.within(cap) == Budget(expansions=5, wall_s=30.0, lean_s=60.0)
    assert Budget().within(Budget()) == Budget()
