"""Best-first search on recorded tables: how long a tactic may take, and when it is tried again."""

from typing import Any

import pytest
from recorded_prover import RecordedProver, TablePolicy
from test_search_best_first import script, search

from prover.search import Budget, Outcome, Progress, SearchSettings, prove
from prover.types import Candidate, Statement

SLOW = {
    "goal": {"slow": {"result": "closed", "needs": 3.0}, "quick": ["p"]},
    "p": {"also slow": {"result": "closed", "needs": 3.0}, "bad": "error: no"},
}


async def test_a_tactic_that_takes_long_waits_for_all_that_does_not() -> None:
    prover, policy = RecordedProver(SLOW), TablePolicy(SLOW, {"goal": {"slow": -0.5, "quick": -1.0}})
    result = await prove(prover, policy, Statement("t", "goal"), SearchSettings(first_s=0.5))
    assert script(result) == "slow"
    at_first = [("goal", "slow"), ("goal", "quick"), ("p", "also slow"), ("p", "bad")]
    assert prover.log == [*at_first, ("goal", "slow"), ("p", "also slow"), ("goal", "slow")]
    assert result.counts.lean_seconds == 0.5 + 0.5 + 2.0 + 2.0 + 3.0
    assert (policy.asked, result.counts.expansions) == (["goal", "p"], 2)


async def test_a_tactic_that_was_stopped_early_stands_in_the_graph_once() -> None:
    result = await search(SLOW, first_s=0.5)
    assert result.graph is not None
    root = result.graph.root
    assert [edge.tactic for edge in (*root.edges, *root.failures)].count("slow") == 1


async def test_where_the_budget_ends_first_the_stopped_try_is_in_the_graph() -> None:
    result = await search(SLOW, first_s=0.5, budget=Budget(steps=2))
    assert result.graph is not None
    (edge,) = result.graph.root.failures
    assert (edge.tactic, edge.kind, edge.message, edge.seconds) == ("slow", "timeout", "early", 0.5)


async def test_a_tactic_gets_its_time_though_no_more_states_may_be_expanded() -> None:
    policy, budget = TablePolicy(SLOW), Budget(expansions=1)
    result = await prove(
        RecordedProver(SLOW), policy, Statement("t", "goal"), SearchSettings(budget, first_s=0.5)
    )
    assert (script(result), policy.asked) == ("slow", ["goal"])


async def test_when_nothing_but_states_that_may_not_be_expanded_is_left_the_budget_is_the_reason() -> None:
    table = {"goal": {"slow": {"result": "error: no", "needs": 3.0}, "quick": ["p"]}, "p": {"good": "closed"}}
    seen: list[Progress] = []
    settings = SearchSettings(Budget(expansions=1), first_s=0.5)
    result = await prove(
        RecordedProver(table), TablePolicy(table), Statement("t", "goal"), settings, seen.append
    )
    assert (result.outcome, result.budget, result.counts.steps) == (Outcome.BUDGET, "expansions", 4)
    assert (seen[-1].open_goals, seen[-1].goal) == (1, "goal")


async def test_a_state_with_tactics_to_try_again_is_not_hopeless() -> None:
    table = {
        "goal": {"split": ["a", "b"], "other": ["c"]},
        "a": {"slow": {"result": "closed", "needs": 1.0}},
        "b": {"trivial": "closed"},
        "c": {"bad": "error: no"},
    }
    assert script(await search(table, first_s=0.5)) == "split\n· slow\n· trivial"


async def test_a_way_back_to_a_state_that_waits_for_another_try_is_a_cycle() -> None:
    table = {
        "goal": {"slow": {"result": "closed", "needs": 1.0}, "there": ["p"]},
        "p": {"back": ["goal"], "more": ["goal", "q"]},
        "q": {"bad": "error: no"},
    }
    policy = TablePolicy(table, {"goal": {"slow": -0.5, "there": -1.0}})
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"), SearchSettings(first_s=0.5))
    assert (script(result), result.counts.cycles) == ("slow", 2)


@pytest.mark.parametrize(("chance", "first"), [(1.0, 0.5), (0.2, 0.5), (0.1, 0.25), (0.001, 0.05)])
async def test_the_less_likely_a_tactic_the_less_time_it_gets_at_first(chance: float, first: float) -> None:
    class Unsure:
        async def propose(self, states: Any) -> list[list[Candidate]]:
            return [[Candidate("slow", -0.5, chance=chance)] for _ in states]

        async def close(self) -> None: ...

    settings = SearchSettings(Budget(steps=1), first_s=0.5)
    result = await prove(RecordedProver(SLOW), Unsure(), Statement("t", "goal"), settings)
    assert result.counts.lean_seconds == pytest.approx(first)


async def test_without_a_first_limit_a_tactic_gets_its_time_at_once() -> None:
    prover = RecordedProver(SLOW)
    await prove(prover, TablePolicy(SLOW), Statement("t", "goal"), SearchSettings(first_s=None))
    assert prover.log == [("goal", "slow")]
