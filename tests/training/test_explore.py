"""Exploration: it proposes widely, and what has led to proofs comes first the next time."""

from recorded_prover import RecordedProver

from prover.search import Budget, SearchSettings, prove
from prover.types import Goal, Hypothesis, State, Statement
from training.explore import Explorer, shape
from training.ideas import ideas


def goal(target: str, **context: str) -> State:
    lines = [f"{name} : {kind}" for name, kind in context.items()]
    hypotheses = tuple(Hypothesis(name, kind) for name, kind in context.items())
    text = "\n".join([*lines, f"⊢ {target}"])
    return State(Statement("t", "t"), (), (Goal(text, target, hypotheses),))


def test_a_shape_is_a_tactic_without_its_names() -> None:
    assert shape("induction xs <;> simp_all [h₀]") == shape("induction l <;> simp_all [ih]")
    assert shape("simp [List.map]") == "simp [_]" != shape("grind [List.map]")


def test_data_facts_and_constants_of_the_goal_are_used() -> None:
    state = goal("(List.map f xs).length = n", f="α → β", xs="List α", n="ℕ", h="n = xs.length")
    tried = list(ideas(state))
    assert {"induction xs <;> simp_all", "cases n <;> omega", "rw [h]", "simp [List.map]"} <= set(tried)
    assert "cases f <;> simp" not in tried and "rw [f]" not in tried
    assert len(tried) == len(set(tried))


async def test_nothing_is_proposed_where_no_goal_is_open() -> None:
    assert await Explorer(0).propose([State(Statement("t", "t"), (), ())]) == [[]]


async def test_the_same_seed_proposes_the_same() -> None:
    state = goal("a + b = b + a", a="ℕ", b="ℕ")
    assert await Explorer(3).propose([state]) == await Explorer(3).propose([state])
    assert await Explorer(3).propose([state]) != await Explorer(4).propose([state])


async def test_what_proves_is_tried_sooner_the_next_time() -> None:
    """Only `decide` works; after some searches it is among the first that are proposed."""
    table = {"⊢ 2 + 2 = 4": {"decide": "closed"}}
    explorer = Explorer(0, width=200)
    state = State(Statement("t", "⊢ 2 + 2 = 4"), (), (Goal("⊢ 2 + 2 = 4", "2 + 2 = 4"),))
    for _ in range(8):
        result = await prove(
            RecordedProver(table), explorer, state.statement, SearchSettings(budget=Budget(expansions=1))
        )
        assert result.proved and result.graph is not None
        explorer.learn(result.graph)
    ((first, second, third, *_),) = await explorer.propose([state])
    assert "decide" in {first.tactic, second.tactic, third.tactic}
