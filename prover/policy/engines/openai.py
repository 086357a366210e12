"""Any server that speaks OpenAI's protocol: vLLM, llama.cpp, Ollama, hosted models."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prover.errors import InputError, ModelError
from prover.policy.engine import Completion, Engine, EngineSettings, Prompt, Sampling, Usage
from prover.policy.engines.model_server import ModelServer, NotFound, Rejected, Trouble
from prover.policy.engines.openai_format import (
    BadReply,
    Reply,
    model_list,
    read_reply,
    request_body,
)
from prover.policy.engines.throttle import Throttle
from prover.policy.together import together

MOST_REQUESTS = 256
"""Requests in flight at one server."""

_ROUNDS = 3
"""How often a server is asked for the completions that are still missing."""

_BAD_REPLIES = 3
"""How often a server may answer one request with rubbish."""

_OPENING_PATIENCE_S = 5.0
_LONGEST_PAUSE_S = 10.0
_ENVELOPE_BYTES = 1 << 20
_BYTES_PER_TOKEN = 1 << 10
_MOST_BYTES = 1 << 28
_MODEL_LIST_BYTES = 1 << 23


async def open_engine(model: str, settings: EngineSettings, server: str = "") -> Engine:
    """The engine of `model` at `server`, by default at OPENAI_BASE_URL, with the key in OPENAI_API_KEY.

    An empty `model` is the only one that the server lists. Of the settings, only `max_sequences` can be asked
    of a server that runs already. Raises `InputError`, and `ModelError` where the server does not answer.
    """
    address = server or os.environ.get("OPENAI_BASE_URL", "")
    if not address:
        raise InputError("which server? --server URL or OPENAI_BASE_URL; prover serve-model MODEL starts one")
    connection = ModelServer(address, os.environ.get("OPENAI_API_KEY", ""))
    try:
        cards = await _models(connection)
        most = min(settings.max_sequences or MOST_REQUESTS, MOST_REQUESTS)
        return OpenAIEngine(
            connection,
            model or _only_model(cards, connection.url),
            beams=any(card.get("owned_by") == "vllm" for card in cards),
            throttle=Throttle(most=most),
        )
    except BaseException:
        await connection.close()
        raise


class OpenAIEngine:
    """The `Engine` protocol on a server; `beams` says that it is vLLM, which can search with beams.

    A request that fails in a way that may pass is sent again, after growing random pauses that start at
    `backoff_s`, until `patience_s` seconds after its first failure. What the server cannot do (`logprobs`,
    `seed`, several completions in a request) is found out once, and done without from then on.
    """

    def __init__(
        self,
        server: ModelServer,
        model: str,
        *,
        beams: bool = False,
        throttle: Throttle | None = None,
        patience_s: float = 120.0,
        backoff_s: float = 0.5,
    ) -> None:
        self.usage = Usage()
        self.model = model
        self._server = server
        self._beams = beams
        self._throttle = throttle or Throttle(most=MOST_REQUESTS)
        self._patience_s = patience_s
        self._backoff_s = backoff_s
        self._without: dict[str, frozenset[str]] = {}
        self._running: set[asyncio.Task[list[Completion]]] = set()
        self._closed = False

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        """See `Engine`. At temperature 0 all completions would be the same, and there is one."""
        if self._closed:
            raise ModelError("the connection to the model server is closed")
        task = asyncio.ensure_future(self._draw(prompt, sampling))
        self._running.add(task)
        try:
            await asyncio.wait({task})
        finally:
            self._running.discard(task)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if task.cancelled():
            raise ModelError("the connection to the model server was closed")
        return task.result()

    async def close(self) -> None:
        self._closed = True
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._server.close()

    async def _draw(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        """Completions from as many requests as it takes."""
        if sampling.beams:
            return list((await self._beam_search(prompt, sampling)).completions)
        wanted = sampling.n if sampling.temperature > 0 else 1
        drawn: list[Completion] = []
        for _ in range(_ROUNDS):
            if len(drawn) >= wanted:
                break
            parts = self._parts(prompt, sampling, len(drawn), wanted)
            for reply in await together([self._request(prompt, part) for part in parts]):
                drawn.extend(reply.completions)
        return drawn[:wanted]

    async def _beam_search(self, prompt: Prompt, sampling: Sampling) -> Reply:
        if not self._beams:
            raise ModelError(
                f"the server at {self._server.url} is not vLLM: it has no beam search. "
                "Take a preset that samples"
            )
        try:
            return await self._request(prompt, sampling)
        except ModelError as error:
            if "logprobs" not in str(error):
                raise
            raise ModelError(
                f"{error}. {sampling.n} beams need a vLLM server started with "
                f"--max-logprobs {2 * sampling.n} or more, as prover serve-model does"
            ) from None

    def _parts(self, prompt: Prompt, sampling: Sampling, done: int, wanted: int) -> list[Sampling]:
        """The requests for the completions that are missing, each with a seed of its own."""
        singly = "n" in self._without.get(_path(prompt), ())
        sizes = [1] * (wanted - done) if singly else [wanted - done]
        return [
            replace(
                sampling, n=size, seed=None if sampling.seed is None else sampling.seed + done + index * size
            )
            for index, size in enumerate(sizes)
        ]

    async def _request(self, prompt: Prompt, sampling: Sampling) -> Reply:
        """One request, sent again until it is answered or patience is at its end."""
        path = _path(prompt)
        without = self._without.get(path, frozenset())
        patience = _Patience(self._patience_s, self._backoff_s, self._server.url)
        while True:
            try:
                reply = await self._send(path, prompt, sampling, without)
                break
            except Rejected as refusal:
                unneeded = frozenset(refusal.names) - without
                if sampling.beams or not unneeded:
                    raise refusal.error from None
                without |= unneeded
            except (Trouble, BadReply) as trouble:
                self.usage.retries += 1
                await patience.wait(trouble)
        if sampling.n > len(reply.completions) == 1 and not sampling.beams:
            without |= {"n"}
        self._without[path] = self._without.get(path, frozenset()) | without
        self._count(reply)
        return reply

    async def _send(self, path: str, prompt: Prompt, sampling: Sampling, without: frozenset[str]) -> Reply:
        body = request_body(self.model, prompt, sampling, without)
        most = min(_ENVELOPE_BYTES + _BYTES_PER_TOKEN * sampling.n * sampling.max_tokens, _MOST_BYTES)
        async with self._throttle.slot() as slot:
            try:
                answer = await self._server.post(path, body, most)
            except Trouble as trouble:
                if trouble.overload:
                    slot.refused(min(trouble.wait_s, self._patience_s))
                raise
            slot.answered()
        return read_reply(answer, prompt, sampling)

    def _count(self, reply: Reply) -> None:
        self.usage.requests += 1
        self.usage.prompt_tokens += reply.prompt_tokens
        self.usage.generated_tokens += reply.generated_tokens
        if reply.cached_tokens is not None:
            self.usage.cached_tokens = (self.usage.cached_tokens or 0) + reply.cached_tokens


class _Patience:
    """The pauses of one request: random up to a bound that doubles, no shorter than the server asks for."""

    def __init__(self, total_s: float, base_s: float, url: str) -> None:
        self._total_s = total_s
        self._base_s = base_s
        self._url = url
        self._tries = 0
        self._bad_replies = 0
        self._end = 0.0

    async def wait(self, trouble: Trouble | BadReply) -> None:
        """Pause before the next try. Raises `ModelError` where there should be none."""
        now = time.monotonic()
        self._end = self._end or now + self._total_s
        pause = random.uniform(0, min(self._base_s * 2 ** min(self._tries, 16), _LONGEST_PAUSE_S))
        self._tries += 1
        wanted = 0.0
        if isinstance(trouble, Trouble):
            wanted = trouble.wait_s
        else:
            self._bad_replies += 1
        if now >= self._end or now + wanted > self._end or self._bad_replies >= _BAD_REPLIES:
            raise ModelError(self._reason(trouble, wanted))
        await asyncio.sleep(min(max(pause, wanted), self._end - now))

    def _reason(self, trouble: Exception, wanted: float) -> str:
        times = "once" if self._tries == 1 else f"{self._tries} times"
        if isinstance(trouble, BadReply):
            return (
                f"the model server at {self._url} does not answer as the OpenAI protocol says, {times}: "
                f"{trouble}. Is it the right --server URL?"
            )
        asks = f"; it asks to wait for {wanted:.0f} s" if wanted else ""
        return (
            f"the model server at {self._url} was tried {times}, and has no answer: {trouble}{asks}. "
            "Is it running? prover serve-model MODEL starts one, --server URL names another"
        )


async def _models(server: ModelServer) -> Sequence[Mapping[str, Any]]:
    """The models that the server lists; none where it does not say. Raises `ModelError`."""
    patience = _Patience(_OPENING_PATIENCE_S, 0.2, server.url)
    while True:
        try:
            return model_list(await server.get("models", _MODEL_LIST_BYTES))
        except Trouble as trouble:
            await patience.wait(trouble)
        except (BadReply, Rejected, NotFound):
            return []


def _only_model(cards: Sequence[Mapping[str, Any]], url: str) -> str:
    names = sorted(str(card["id"]) for card in cards)
    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(f"the model server at {url} lists no models: --model NAME says which to use")
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    raise InputError(f"the model server at {url} has several models: --model NAME, one of {shown}")


def _path(prompt: Prompt) -> str:
    return "completions" if isinstance(prompt, str) else "chat/completions"
