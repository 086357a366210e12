"""A search with a language model: no answer, states that are too long, output that is no tactic."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from recorded_prover import RecordedProver, Table, TablePolicy

from prover.errors import ContextLengthError, ModelError
from prover.search import Budget, Outcome, SearchResult, SearchSettings, prove
from prover.search.flow import Flow
from prover.types import Candidate, State, Statement

TWO_STEPS: Table = {"goal": {"intro": ["p"]}, "p": {"exact h": "closed"}}


class Failing(TablePolicy):
    """Raises what `failures` lists for a goal; answers otherwise."""

    failures: dict[str, Exception] = {}

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        if error := self.failures.get(states[0].goals[0].text):
            raise error
        return await super().propose(states)


def failing(table: Table, **failures: Exception) -> Failing:
    policy = Failing(table)
    policy.failures = failures
    return policy


async def search(table: Table, policy: TablePolicy, settings: SearchSettings | None = None) -> SearchResult:
    return await prove(RecordedProver(table), policy, Statement("t", "goal"), settings)


async def test_a_model_without_an_answer_ends_the_search_and_keeps_its_tree() -> None:
    result = await search(TWO_STEPS, failing(TWO_STEPS, p=ModelError("the server is down")))
    assert (result.outcome, result.failure) == (Outcome.FAILED, "the server is down")
    assert result.graph is not None and [n.text for n in result.graph.nodes] == ["goal", "p"]
    assert result.counts.expansions == 2 and not result.proved


async def test_other_theorems_go_on_when_one_gets_no_answer() -> None:
    policy = failing(TWO_STEPS | {"other": {"exact h": "closed"}}, p=ModelError("too busy"))
    prover = RecordedProver(policy.table)
    first, second = await asyncio.gather(
        *(prove(prover, policy, Statement(text, text)) for text in ("goal", "other"))
    )
    assert first.outcome is Outcome.FAILED and second.proved


async def test_a_state_too_long_for_the_model_is_given_up_and_others_are_tried() -> None:
    table: Table = {"goal": {"long": ["q"], "short": ["p"]}, "q": {}, "p": {"exact h": "closed"}}
    result = await search(table, failing(table, q=ContextLengthError("5000 tokens, at most 4096")))
    assert result.proved and result.counts.errors["context_length"] == 1


async def test_output_that_is_no_tactic_is_counted_with_its_tokens_and_not_tried() -> None:
    class Chatty(TablePolicy):
        async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
            lists = await super().propose(states)
            return [[*candidates, Candidate("", -2.0, 9, "sorry")] for candidates in lists]

    result = await search(TWO_STEPS, Chatty(TWO_STEPS, tokens=1))
    assert result.counts.errors == {"dropped: sorry": 2}
    assert (result.counts.steps, result.counts.model_tokens) == (2, 20)


async def test_candidates_are_tried_in_the_order_of_the_score_in_use() -> None:
    class Long(TablePolicy):
        async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
            return [[Candidate("short", -2.0, 1), Candidate("a long one", -6.0, 10)]]

    table: Table = {"goal": {"short": "closed", "a long one": "closed"}}
    by_score = [
        (await search(table, Long(table), SearchSettings(score=score))).proof
        for score in ("normalized", "llemma")
    ]
    assert [proof.tactic for proof in by_score if proof] == ["short", "a long one"]


WAITING_TWICE: Table = {
    "goal": {"a": ["p"], "b": ["q"]},
    "q": {"c": ["r"]},
    "p": {"c": ["r"]},
    "r": {"fail": "error: no"},
}


async def test_without_merging_a_state_that_waits_is_expanded_again() -> None:
    choices = {"goal": {"a": -1.0, "b": -1.1}, "p": {"c": -1.0}, "q": {"c": -1.0}}
    expanded = []
    for merge in (True, False):
        policy = TablePolicy(WAITING_TWICE, choices)
        await search(WAITING_TWICE, policy, SearchSettings(merge=merge))
        expanded.append(policy.asked)
    assert [goals.count("r") for goals in expanded] == [1, 2]


async def test_without_merging_a_state_that_was_expanded_is_not_queued_again() -> None:
    table: Table = {"goal": {"loop": ["p"]}, "p": {"back": ["goal"], "stay": ["p"]}}
    policy = TablePolicy(table)
    result = await search(table, policy, SearchSettings(merge=False))
    assert policy.asked == ["goal", "p"] and result.outcome is Outcome.EXHAUSTED


async def test_without_splitting_goals_stay_together() -> None:
    table: Table = {"goal": {"constructor": ["p", "q"]}, "p": {"left": "closed"}, "q": {"right": "closed"}}
    result = await search(table, TablePolicy(table), SearchSettings(split=False))
    assert result.proof is not None and result.proof.script() == "constructor\nleft\nright"


async def test_a_slow_model_is_asked_for_several_states_at_once() -> None:
    goals = [f"p{n}" for n in range(40)]
    table: Table = {"goal": {goal: [goal] for goal in goals}} | {goal: {"x": "error: no"} for goal in goals}

    class Slow(TablePolicy):
        asking = most = 0

        async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
            self.asking += 1
            self.most = max(self.most, self.asking)
            await asyncio.sleep(0.06)
            self.asking -= 1
            return await super().propose(states)

    policy, flow = Slow(table), Flow()
    settings = SearchSettings(Budget(wall_s=20), concurrency=0)
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"), settings, flow=flow)
    assert result.counts.expansions == 41 and policy.most > 1
    assert flow.shares().model > flow.shares().lean
