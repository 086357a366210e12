"""Several policies as one ranked list."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import pytest

from prover.errors import ModelError
from prover.policy.mixed import MixedPolicy
from prover.types import Candidate, Goal, State, Statement

STATE = State(Statement("t", "theorem t : p"), (), (Goal("⊢ p", "p"),))


class Fixed:
    """Proposes the same candidates whatever it is asked."""

    def __init__(self, *candidates: Candidate) -> None:
        self.candidates, self.closed = list(candidates), False

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self.candidates for _ in states]

    async def close(self) -> None:
        self.closed = True


class Broken(Fixed):
    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        raise ModelError("the server is down")


async def mix(*policies: Fixed, chances: Sequence[float | None] | None = None) -> list[Candidate]:
    return (await MixedPolicy(policies, chances).propose([STATE]))[0]


def tactics(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.tactic for candidate in candidates]


async def test_long_tactics_of_a_model_are_not_drowned_by_a_policy_without_tokens() -> None:
    portfolio = Fixed(*(Candidate(f"p{i}", -0.05 * i) for i in range(1, 20)))
    model = Fixed(Candidate("nlinarith [sq_nonneg (a - b)]", -14.0, 20), Candidate("bad", -90.0, 10))
    assert tactics(await mix(portfolio, model))[0] == "nlinarith [sq_nonneg (a - b)]"


async def test_what_two_policies_propose_comes_before_what_one_does() -> None:
    first = Fixed(Candidate("omega", -1.0, 1), Candidate("simp", -1.0, 1))
    second = Fixed(Candidate("grind", -1.0, 1), Candidate("simp", -1.0, 1))
    mixed = await mix(first, second)
    assert mixed[0].tactic == "simp" and mixed[0].tokens == 2
    one, both = 0.25, 1 - 0.75 * 0.75
    assert mixed[0].logprob == pytest.approx(math.log(both / (2 * one + both)))


async def test_probabilities_add_up_to_one() -> None:
    mixed = await mix(
        Fixed(Candidate("a", -3.0, 2), Candidate("b", -1.0, 2)), Fixed(Candidate("c", -math.inf, 1))
    )
    assert math.fsum(math.exp(c.logprob) for c in mixed) == pytest.approx(1.0)


async def test_the_policy_that_is_more_often_right_comes_first() -> None:
    mixed = await mix(Fixed(Candidate("a", -1.0)), Fixed(Candidate("b", -1.0)), chances=[0.2, 0.6])
    assert tactics(mixed) == ["b", "a"]


async def test_a_policy_that_knows_its_chances_is_taken_at_its_word() -> None:
    knows = Fixed(Candidate("likely", math.log(0.9)), Candidate("hardly", math.log(0.01)))
    model = Fixed(Candidate("first", -0.1), Candidate("second", -3.0))
    assert tactics(await mix(knows, model, chances=[None, 0.5])) == ["likely", "first", "second", "hardly"]


async def test_where_chances_were_learnt_each_tactic_says_its_own() -> None:
    knows, model = Fixed(Candidate("a", math.log(0.9))), Fixed(Candidate("a", -1.0), Candidate("b", -1.0))
    learnt = {one.tactic: one.chance for one in await mix(knows, model, chances=[None, 0.5])}
    assert learnt == {"a": pytest.approx(1 - 0.1 * 0.75), "b": pytest.approx(0.25)}
    assert {one.chance for one in await mix(knows, model)} == {1.0}


async def test_a_policy_with_nothing_to_say_leaves_the_others_their_order() -> None:
    assert tactics(await mix(Fixed(), Fixed(Candidate("a", -2.0), Candidate("b", -1.0)))) == ["b", "a"]


async def test_a_log_probability_that_is_no_number_is_no_candidate() -> None:
    assert tactics(await mix(Fixed(Candidate("a", math.nan)), Fixed(Candidate("b", -1.0)))) == ["b"]


async def test_output_that_is_no_tactic_keeps_its_tokens_and_reason() -> None:
    dropped = Candidate("", -5.0, 7, "sorry")
    assert (await mix(Fixed(Candidate("a", -1.0)), Fixed(dropped)))[-1] == dropped


async def test_a_model_without_an_answer_is_reported_not_left_out() -> None:
    with pytest.raises(ModelError, match="the server is down"):
        await mix(Fixed(Candidate("a", -1.0)), Broken())


async def test_closing_it_closes_all() -> None:
    policies = Fixed(), Fixed()
    await MixedPolicy(policies).close()
    assert all(policy.closed for policy in policies)


async def test_a_cancelled_request_is_cancelled_everywhere() -> None:
    cancelled = asyncio.Event()

    class Slow(Fixed):
        async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
            try:
                await asyncio.sleep(3600)
            finally:
                cancelled.set()
            return []

    request = asyncio.create_task(mix(Slow(), Fixed()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    request.cancel()
    await asyncio.wait_for(cancelled.wait(), 5)
