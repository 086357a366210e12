"""The engine for OpenAI-compatible servers against servers that fail, refuse, or mean harm."""

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from misbehaving_server import (
    Behaviour,
    MisbehavingServer,
    answers,
    closes_at_once,
    closes_mid_body,
    never_answers,
    replies,
    sends_endlessly,
    sends_rubbish,
    status,
)
from openai_requests import ONE, ask, bounded, engine_at

from prover.errors import ContextLengthError, InputError, ModelError
from prover.policy.engines.model_server import ModelServer
from prover.policy.engines.openai import OpenAIEngine

KEY = "sk-a-secret-that-nobody-sees"


@pytest.fixture(autouse=True)
async def nothing_hangs() -> AsyncIterator[None]:
    async with bounded():
        yield


# Faults that pass.


@pytest.mark.parametrize(
    "fault",
    [
        status(429, "slow down", {"Retry-After": "0"}),
        status(503, "loading"),
        status(500, "engine stumbled"),
        status(502),
        status(408),
        status(409),
        status(425),
        sends_rubbish,
        replies(b"\x00\xff\xfe<html>"),
        replies(b'{"choices": ['),
        replies(b""),
        replies([1, 2, 3]),
        replies({"choices": []}),
        replies({"choices": "simp"}),
        replies({"choices": [None]}),
        replies({"choices": [{"message": {"content": 5}}]}),
        closes_mid_body,
        closes_at_once,
    ],
)
async def test_a_fault_that_passes_costs_another_try(fault: Behaviour) -> None:
    result, server, engine = await ask(fault, fault)
    assert [c.text for c in result] == ["simp"]
    assert len(server.requests) == 3 and engine.usage.retries == 2 and engine.usage.requests == 1


async def test_a_server_that_never_answers_is_asked_again_after_the_time_limit() -> None:
    result, server, _ = await ask(never_answers, timeout_s=0.2)
    assert [c.text for c in result] == ["simp"] and server.hung_up == 1


async def test_a_slow_server_is_waited_for() -> None:
    result, server, _ = await ask(answers(after_s=0.3))
    assert [c.text for c in result] == ["simp"] and len(server.requests) == 1


async def test_a_server_that_is_restarted_answers_the_request_that_waited() -> None:
    async with MisbehavingServer([never_answers]) as server:
        engine = engine_at(server, backoff_s=0.02)
        waiting = asyncio.create_task(engine.complete("p", ONE))
        while not server.requests:
            await asyncio.sleep(0.01)
        await server.stop()
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await server.start()
        (completion,) = await waiting
        await engine.close()
    assert completion.text == "simp" and engine.usage.retries >= 1


@pytest.mark.parametrize("number", [429, 500])
async def test_retry_after_is_heeded(number: int) -> None:
    began = asyncio.get_running_loop().time()
    await ask(status(number, "later", {"Retry-After": "0.3"}))
    assert asyncio.get_running_loop().time() - began >= 0.29


# Faults that do not pass.


async def test_a_server_that_is_down_ends_in_an_error_that_says_what_to_do() -> None:
    server = MisbehavingServer()
    await server.start()
    await server.stop()
    engine = engine_at(server, patience_s=0.2)
    with pytest.raises(ModelError, match="Is it running.*prover serve-model") as error:
        await engine.complete("p", ONE)
    assert server.url in str(error.value) and engine.usage.retries > 1
    await engine.close()


async def test_a_wait_beyond_all_patience_ends_at_once() -> None:
    result, server, _ = await ask(status(429, "quota", {"Retry-After": "3600"}))
    assert isinstance(result, ModelError) and "3600 s" in str(result) and len(server.requests) == 1


async def test_rubbish_is_not_asked_for_again_and_again() -> None:
    result, server, _ = await ask(*[replies(b"<html>hello</html>")] * 9)
    assert (
        isinstance(result, ModelError) and "right --server URL" in str(result) and len(server.requests) == 3
    )


async def test_a_huge_body_is_not_read_to_its_end() -> None:
    result, server, _ = await ask(sends_endlessly())
    assert isinstance(result, ModelError) and "longer than" in str(result)


async def test_an_error_in_a_good_status_is_an_error() -> None:
    result, *_ = await ask(replies({"error": {"message": "no such thing"}}))
    assert isinstance(result, ModelError) and "no such thing" in str(result)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (status(401, "bad key"), "OPENAI_API_KEY"),
        (status(403, "not for you"), "OPENAI_API_KEY"),
        (status(404, "The model `x` does not exist."), "--model"),
        (status(307, ""), "--server"),
        (status(400, "temperature is out of range"), "temperature is out of range"),
        (status(429, "no credit", code="insufficient_quota"), "no credit"),
    ],
)
async def test_an_error_that_will_not_pass_is_said_at_once(fault: Behaviour, says: str) -> None:
    result, server, _ = await ask(fault)
    assert isinstance(result, ModelError) and says in str(result) and len(server.requests) == 1


async def test_what_a_server_says_is_shown_short_and_clean() -> None:
    result, *_ = await ask(status(400, "\x1b[31mred\x07\n" + "long " * 10_000))
    assert len(str(result)) < 500 and str(result).isprintable()


@pytest.mark.parametrize(
    ("code", "error", "excess"),
    [
        (
            400,
            {
                "message": "This model's maximum context length is 256 tokens. However, your prompt contains "
                "at least 512 input tokens, which exceeds this limit even without any output tokens.",
                "type": "BadRequestError",
                "param": "input_tokens",
            },
            2.0,
        ),
        (
            400,
            {
                "message": "This model's maximum context length is 256 tokens. However, your prompt contains "
                "9000 characters (more than 3000 characters, which is the upper bound for 256 input tokens)."
            },
            3.0,
        ),
        (
            400,
            {
                "message": "This model's maximum context length is 4000 tokens. However, your messages "
                "resulted in 6000 tokens. Please reduce the length of the messages.",
                "code": "context_length_exceeded",
            },
            1.5,
        ),
        (
            400,
            {
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 1024,
                "n_ctx": 256,
            },
            4.0,
        ),
        (400, {"message": "Input length (300) exceeds model's maximum context length (200)."}, 1.5),
        (
            400,
            {
                "message": "The decoder prompt (length 256) plus the number of requested output tokens "
                "(at least 1) is longer than the maximum model length of 256."
            },
            1.0,
        ),
        (500, {"message": "request (512 tokens) exceeds the available context size (256 tokens)"}, 2.0),
        (400, {"message": "prompt is too long"}, None),
    ],
)
async def test_a_prompt_that_is_too_long_is_told_apart(code: int, error: Any, excess: float | None) -> None:
    result, server, _ = await ask(replies({"error": error}, code))
    assert isinstance(result, ContextLengthError) and result.excess == excess and len(server.requests) == 1


# Hostile contents.


@pytest.mark.parametrize("text", [rb"simp \xff\xfe", rb"simp \ud800", rb"simp \udc00\ud800 x"])
async def test_text_that_is_no_unicode_is_repaired(text: bytes) -> None:
    raw = text.replace(rb"\xff\xfe", b"\xff\xfe")
    result, *_ = await ask(replies(b'{"choices": [{"text": "' + raw + b'"}]}'))
    assert result[0].text.startswith("simp \ufffd") and result[0].text.encode()


async def test_a_prompt_that_is_no_unicode_can_be_sent() -> None:
    result, server, _ = await ask(prompt="x\ud800")
    assert result[0].text == "simp" and server.bodies[0]["prompt"] == "x\ufffd"


@pytest.mark.parametrize("bad", [math.nan, -math.inf, None, "low", True, 10**400, {}])
async def test_logprobs_that_are_no_numbers_count_as_none(bad: Any) -> None:
    listed = {"tokens": ["a", "b"], "token_logprobs": [-0.5, bad]}
    raw = json.dumps({"choices": [{"text": "simp", "logprobs": listed}]}).encode()
    result, *_ = await ask(replies(raw))
    assert result[0].logprob is None and result[0].tokens == 2


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"choices": ' + b"9" * 5_000 + b"}", b"null", b'"x"'])
async def test_json_made_to_hurt_is_rubbish(body: bytes) -> None:
    result, *_ = await ask(*[replies(body)] * 3)
    assert isinstance(result, ModelError)


async def test_the_key_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"Incorrect API key provided: {KEY}"
    result, server, engine = await ask(status(401, echo), key=KEY)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert isinstance(result, ModelError) and KEY not in str(result)
    assert KEY not in caplog.text and KEY not in repr(engine) and KEY not in repr(vars(engine))


async def test_a_password_in_the_address_is_never_shown() -> None:
    async with MisbehavingServer([status(400, "no")]) as server:
        url = server.url.replace("://", "://me:password@")
        engine = OpenAIEngine(ModelServer(url), "tiny")
        with pytest.raises(ModelError) as error:
            await engine.complete("p", ONE)
        await engine.close()
    assert "password" not in str(error.value) and server.requests[0].headers["authorization"].startswith(
        "Basic"
    )


@pytest.mark.parametrize("key", ["sk-secret\nmore", "sk-sécret"])
def test_a_key_that_cannot_be_sent_is_refused_unshown(key: str) -> None:
    with pytest.raises(InputError, match="OPENAI_API_KEY") as error:
        ModelServer("http://localhost:1", key)
    assert "cret" not in str(error.value)


async def test_a_server_on_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    result, *_ = await ask()
    assert result[0].text == "simp"
