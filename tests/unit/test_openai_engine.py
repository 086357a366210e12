"""The engine for OpenAI-compatible servers: what it asks, what it makes of answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from misbehaving_server import (
    MisbehavingServer,
    answers,
    choice,
    never_answers,
    rejects,
    replies,
    status,
)
from openai_requests import CHAT, FOUR, ONE, ask, bounded, engine_at

from prover.errors import InputError, ModelError
from prover.policy.engine import Engine, EngineSettings, Prompt, Sampling
from prover.policy.engines.openai import open_engine
from prover.policy.engines.throttle import Throttle

KEY = "sk-a-secret-that-nobody-sees"


@pytest.fixture(autouse=True)
async def nothing_hangs() -> AsyncIterator[None]:
    async with bounded():
        yield


# Servers that answer well.


async def test_a_text_goes_to_the_completions_endpoint_with_all_that_was_asked() -> None:
    sampling = Sampling(n=4, temperature=0.7, top_p=0.9, max_tokens=8, stop=("---",), seed=3)
    result, server, _ = await ask(sampling=sampling)
    assert server.requests[0].path == "/v1/completions"
    assert server.bodies == [
        {"model": "tiny", "prompt": "⊢ 0 = 0", "n": 4, "temperature": 0.7, "top_p": 0.9, "max_tokens": 8}
        | {"stop": ["---"], "seed": 3, "logprobs": 1}
    ]
    assert [(c.text, c.tokens, c.logprob, c.truncated) for c in result] == [("simp", 2, -0.75, False)] * 4


async def test_a_conversation_goes_to_the_chat_endpoint() -> None:
    result, server, _ = await ask(prompt=CHAT, sampling=FOUR)
    assert server.requests[0].path == "/v1/chat/completions"
    turns = [{"role": "system", "content": "You prove."}, {"role": "user", "content": "⊢ 0 = 0"}]
    assert server.bodies[0]["messages"] == turns and server.bodies[0]["logprobs"] is True
    assert [(c.text, c.tokens, c.logprob) for c in result] == [("simp", 2, -0.75)] * 4


async def test_a_completion_that_ran_into_its_limit_is_marked() -> None:
    result, *_ = await ask(answers(finish="length"))
    assert result[0].truncated


async def test_at_temperature_0_one_completion_is_asked_for() -> None:
    result, server, _ = await ask(sampling=Sampling(n=4, temperature=0, max_tokens=8))
    assert len(result) == 1 and [body["n"] for body in server.bodies] == [1]


async def test_usage_counts_tokens_requests_and_the_prefix_cache() -> None:
    told = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 80}}
    _, _, engine = await ask(status(500), answers(usage=told))
    usage = engine.usage
    assert (usage.requests, usage.retries, usage.prompt_tokens, usage.generated_tokens) == (1, 1, 100, 7)
    assert usage.cached_tokens == 80 and usage.cache_hit_rate == 0.8


@pytest.mark.parametrize(
    "told", [{}, {"prompt_tokens": -5, "completion_tokens": "many"}, {"prompt_tokens": True}]
)
async def test_where_the_server_counts_no_tokens_they_are_estimated(told: dict[str, Any]) -> None:
    result, _, engine = await ask(answers("norm_num at h", logprobs=None, usage=told))
    assert result[0].tokens > 1 and engine.usage.generated_tokens == result[0].tokens
    assert engine.usage.prompt_tokens > 1 and engine.usage.cached_tokens is None


async def test_tokens_without_logprobs_are_shared_out_by_length() -> None:
    choices = [choice("x" * size, chat=False, logprobs=None) for size in (10, 30)]
    usage = {"prompt_tokens": 1, "completion_tokens": 20}
    result, *_ = await ask(replies({"choices": choices, "usage": usage}), sampling=Sampling(n=2))
    assert [c.tokens for c in result] == [5, 15] and [c.logprob for c in result] == [None, None]


async def test_text_from_the_stop_on_is_cut_with_its_tokens() -> None:
    written = choice("simp\n---\nmore", chat=False, finish="length")
    written["logprobs"] = {"tokens": ["simp", "\n", "---", "\nmore"], "token_logprobs": [-1, -2, -4, -8]}
    stops = Sampling(stop=("\nmore", "---"))
    result, *_ = await ask(replies({"choices": [written]}), sampling=stops)
    assert (result[0].text, result[0].tokens, result[0].logprob) == ("simp\n", 3, -7.0)
    assert not result[0].truncated


# What a server does not offer.


@pytest.mark.parametrize("prompt", ["⊢ 0 = 0", CHAT])
async def test_a_server_that_rejects_logprobs_is_asked_without(prompt: Prompt) -> None:
    async with MisbehavingServer(then=rejects("logprobs")) as server:
        engine = engine_at(server)
        for _ in range(2):
            (completion,) = await engine.complete(prompt, ONE)
            assert completion.text == "simp" and completion.logprob is None
        await engine.close()
    assert ["logprobs" in body for body in server.bodies] == [True, False, False]


async def test_a_server_that_rejects_several_parameters_is_asked_without_all_of_them() -> None:
    everything = Sampling(n=3, seed=7, stop=("---",), max_tokens=8)
    result, server, _ = await ask(
        *[rejects("logprobs", "seed", "n", "stop", "max_tokens")] * 8, sampling=everything
    )
    assert len(result) == 3
    assert set(server.bodies[-1]) == {"model", "prompt", "temperature", "top_p", "max_completion_tokens"}


async def test_a_validation_error_that_names_only_a_place_is_understood() -> None:
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    result, server, _ = await ask(replies({"detail": detail}, 422), sampling=Sampling(seed=1))
    assert result[0].text == "simp" and "seed" not in server.bodies[1]


async def test_a_parameter_that_was_not_to_blame_is_not_given_up() -> None:
    blames = status(400, "'logprobs' are fine, the rest is not")
    async with MisbehavingServer([blames, blames]) as server:
        engine = engine_at(server)
        with pytest.raises(ModelError):
            await engine.complete("p", ONE)
        (completion,) = await engine.complete("p", ONE)
        await engine.close()
    assert completion.logprob == -0.75


async def test_a_server_that_rejects_n_is_asked_n_times() -> None:
    result, server, _ = await ask(*[rejects("n")] * 9, sampling=Sampling(n=4, seed=10))
    assert len(result) == 4
    assert [body.get("seed") for body in server.bodies] == [10, 10, 11, 12, 13]


async def test_a_server_that_ignores_n_is_asked_for_the_rest_and_remembered() -> None:
    async with MisbehavingServer(then=answers(most=1)) as server:
        engine = engine_at(server)
        assert len(await engine.complete("p", FOUR)) == 4
        assert len(server.bodies) == 4
        assert len(await engine.complete("p", FOUR)) == 4
        await engine.close()
    assert all(body.get("n", 1) == 1 for body in server.bodies[1:])


async def test_choices_that_are_missing_are_asked_for_a_bounded_number_of_times() -> None:
    result, server, _ = await ask(*[answers(most=2)] * 20, sampling=Sampling(n=16))
    assert len(result) == 6 and [body["n"] for body in server.bodies] == [16, 14, 12]


async def test_more_choices_than_asked_for_are_left_out() -> None:
    many = replies({"choices": [choice("simp", chat=False)] * 50})
    for sampling in (FOUR, Sampling(n=4, temperature=0, beams=True)):
        result, *_ = await ask(many, sampling=sampling, beams=True)
        assert len(result) == 4


async def test_beams_are_asked_of_vllm() -> None:
    beams = Sampling(n=4, temperature=0, beams=True)
    result, server, _ = await ask(sampling=beams, beams=True)
    assert len(result) == 4 and server.bodies[0]["use_beam_search"] is True and server.bodies[0]["n"] == 4


async def test_beams_are_refused_where_the_server_is_not_vllm() -> None:
    result, server, _ = await ask(sampling=Sampling(n=4, temperature=0, beams=True))
    assert isinstance(result, ModelError) and "beam search" in str(result) and not server.bodies


async def test_beams_that_the_server_is_not_set_up_for_say_how_to_start_it() -> None:
    says = "Requested sample logprobs of 64, which is greater than max allowed: 20"
    async with MisbehavingServer([status(400, says, param="logprobs")]) as server:
        engine = engine_at(server, beams=True)
        with pytest.raises(ModelError, match="--max-logprobs 64"):
            await engine.complete("p", Sampling(n=32, temperature=0, beams=True))
        (completion,) = await engine.complete("p", ONE)
        await engine.close()
    assert completion.logprob is not None


# How many at a time, cancelling, closing.


async def test_requests_in_flight_are_limited_and_halved_by_refusals() -> None:
    throttle = Throttle(start=8)
    async with MisbehavingServer([status(503)] * 4, then=answers(after_s=0.01)) as server:
        engine = engine_at(server, throttle=throttle)
        await asyncio.gather(*(engine.complete("p", ONE) for _ in range(30)))
        await engine.close()
    assert server.most_at_once <= 8 and len(server.requests) == 34


async def test_cancelling_closes_the_connection() -> None:
    async with MisbehavingServer([never_answers]) as server:
        engine = engine_at(server)
        waiting = asyncio.create_task(engine.complete("p", ONE))
        while not server.requests:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while not server.hung_up:
            await asyncio.sleep(0.01)
        assert len(await engine.complete("p", ONE)) == 1
        await engine.close()


async def test_closing_ends_the_requests_that_wait() -> None:
    async with MisbehavingServer(then=never_answers) as server:
        engine = engine_at(server, throttle=Throttle(start=1))
        waiting = [asyncio.create_task(engine.complete("p", ONE)) for _ in range(3)]
        while not server.requests:
            await asyncio.sleep(0.01)
        await engine.close()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(end) for end in ends] == [ModelError] * 3
    with pytest.raises(ModelError, match="closed"):
        await engine.complete("p", ONE)


# Opening.


async def opened(
    server: MisbehavingServer, model: str = "", settings: EngineSettings | None = None
) -> Engine:
    return await open_engine(model, settings or EngineSettings(), server.url)


async def test_the_only_model_of_a_server_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    async with MisbehavingServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/v1/")
        engine = await open_engine("", EngineSettings())
        await engine.complete("p", Sampling(n=2, temperature=0, beams=True))
        await engine.close()
    assert server.bodies[0]["model"] == "tiny"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_several_models_are_listed() -> None:
    async with MisbehavingServer(models=[{"id": "small"}, {"id": "large"}, "junk", {"id": 7}]) as server:
        with pytest.raises(InputError, match="large, small"):
            await opened(server)
        engine = await opened(server, "large")
        await engine.complete("p", ONE)
        with pytest.raises(ModelError, match="not vLLM"):
            await engine.complete("p", Sampling(n=2, temperature=0, beams=True))
        await engine.close()
    assert server.bodies[0]["model"] == "large"


async def test_no_server_and_no_address_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(InputError, match="OPENAI_BASE_URL"):
        await open_engine("m", EngineSettings())
    for bad in ("ftp://host", "http://", "http://me:password@[::1"):
        with pytest.raises(InputError, match="no address") as error:
            await open_engine("m", EngineSettings(), bad)
        assert "password" not in str(error.value)
    server = MisbehavingServer()
    await server.start()
    await server.stop()
    monkeypatch.setattr("prover.policy.engines.openai._OPENING_PATIENCE_S", 0.1)
    with pytest.raises(ModelError, match="Is it running"):
        await opened(server, "m")
