"""What becomes of a theorem's search when its model server dies, comes back, refuses or answers rubbish."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from misbehaving_server import (
    Behaviour,
    Exchange,
    MisbehavingServer,
    answers,
    never_answers,
    replies,
    status,
)
from recorded_prover import RecordedProver

from prover.policy.engine import Sampling
from prover.policy.engines.model_server import ModelServer
from prover.policy.engines.openai import OpenAIEngine
from prover.policy.model import ModelPolicy
from prover.policy.preset import Preset, PromptFormat
from prover.search import Outcome, SearchResult, SearchSettings, prove
from prover.types import Statement

PRESET = Preset(
    "test",
    "The state, and nothing else.",
    "",
    prompt=PromptFormat(step="{{state}}"),
    samplings=(Sampling(n=2, max_tokens=8),),
)
TABLE = {
    "first": {"step": ["second"]},
    "second": {"finish": "closed"},
    "other": {"step": ["second"]},
    "fork": {"left": ["long"], "right": ["second"]},
    "long": {"finish": "closed"},
}
TOO_LONG = "This model's maximum context length is 8 tokens. However, your prompt contains 9 input tokens."


def by_state(**behaviours: Behaviour) -> Behaviour:
    """Answers by the goal that the prompt shows; a prompt that shows none of them is too long as well."""

    async def behave(exchange: Exchange) -> None:
        prompt = str(exchange.body["prompt"])
        known = (then for goal, then in behaviours.items() if goal in prompt)
        await next(known, status(400, TOO_LONG))(exchange)

    return behave


@asynccontextmanager
async def policy_at(server: MisbehavingServer, patience_s: float) -> AsyncIterator[ModelPolicy]:
    engine = OpenAIEngine(ModelServer(server.url), "tiny", patience_s=patience_s, backoff_s=0.01)
    policy = ModelPolicy(engine, PRESET)
    try:
        async with asyncio.timeout(20):
            yield policy
    finally:
        await policy.close()


async def search(policy: ModelPolicy, goal: str) -> SearchResult:
    return await prove(RecordedProver(TABLE), policy, Statement(goal, goal), SearchSettings())


async def asked(server: MisbehavingServer, requests: int) -> None:
    while len(server.requests) < requests:
        await asyncio.sleep(0.005)


async def test_a_server_that_dies_fails_the_theorem_with_the_reason_and_its_tree_stays() -> None:
    async with MisbehavingServer(then=by_state(first=answers("step"), second=never_answers)) as server:
        async with policy_at(server, patience_s=0.2) as policy:
            running = asyncio.create_task(search(policy, "first"))
            await asked(server, 2)
            await server.stop()
            result = await running
        await server.start()
    assert result.outcome is Outcome.FAILED and not result.proved
    assert "Is it running" in result.failure and server.url in result.failure
    assert result.graph is not None and [node.text for node in result.graph.nodes] == ["first", "second"]


async def test_a_server_that_comes_back_lets_the_theorem_go_on_where_it_was() -> None:
    script: list[Behaviour] = [answers("step"), never_answers]
    async with MisbehavingServer(script, then=answers("finish")) as server, policy_at(server, 10) as policy:
        running = asyncio.create_task(search(policy, "first"))
        await asked(server, 2)
        await server.stop()
        await asyncio.sleep(0.1)
        await server.start()
        result = await running
    assert result.outcome is Outcome.PROVED
    assert [body["prompt"] for body in server.bodies] == ["first", "second", "second"]


async def test_a_theorem_whose_requests_fail_does_not_hold_up_the_others() -> None:
    behaviour = by_state(first=status(500, "no luck"), other=answers("step"), second=answers("finish"))
    async with MisbehavingServer(then=behaviour) as server, policy_at(server, patience_s=0.3) as policy:
        failed, proved = await asyncio.gather(search(policy, "first"), search(policy, "other"))
    assert failed.outcome is Outcome.FAILED and "no luck" in failed.failure
    assert proved.outcome is Outcome.PROVED


async def test_rubbish_fails_the_theorem_with_the_reason() -> None:
    async with MisbehavingServer(then=replies(b"<html>")) as server, policy_at(server, 5) as policy:
        result = await search(policy, "first")
    assert result.outcome is Outcome.FAILED and "not JSON" in result.failure


async def test_a_state_that_is_too_long_for_the_model_fails_alone() -> None:
    both = replies({"choices": [{"text": "left"}, {"text": "right"}]})
    behaviour = by_state(fork=both, long=status(400, TOO_LONG), second=answers("finish"))
    async with MisbehavingServer(then=behaviour) as server, policy_at(server, 5) as policy:
        result = await search(policy, "fork")
    assert result.outcome is Outcome.PROVED
    assert any("long" in body["prompt"] for body in server.bodies)
