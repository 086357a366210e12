"""The vLLM engine in this process, on GPUs or on its CPU build: continuous batching, prefix caching."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prover.errors import ModelError
from prover.policy.engine import Completion, EngineSettings, Prompt, Sampling, Usage
from prover.policy.engines.beams import BeamSearch
from prover.policy.engines.hub import explain_model_error, quiet_hub
from prover.policy.engines.tokens import (
    TextEnd,
    completion_room,
    end_tokens,
    prompt_tokens,
    scored_tokens,
)
from prover.policy.engines.vllm_start import MOST_BEAMS, EngineLog, engine_arguments, quiet_start
from prover.policy.together import together

_CLOSED = "the engine was closed"

_LONGER_THAN_THE_MODEL = "greater than the derived max_model_len"
"""What vLLM says of a context that the model does not have: then it gets the model's own."""


def _nothing() -> None:
    """In place of what is done already."""


class VllmEngine:
    """The `Engine` protocol on vLLM's `AsyncLLM`, which computes in processes of its own.

    Use it on the event loop that it was opened on.
    """

    def __init__(self, llm: Any, model: str, log: EngineLog) -> None:
        self.usage = Usage(cached_tokens=0)
        self.llm = llm
        """The bare engine, None once it is closed."""
        self._model = model
        self._log = log
        self._tokenizer = llm.get_tokenizer()
        self._ends = end_tokens(
            self._tokenizer, llm.model_config.try_get_generation_config().get("eos_token_id")
        )
        self._context = llm.model_config.max_model_len
        self._ids = itertools.count()
        self._open: set[str] = set()
        self._dead = ""

    @property
    def unfinished(self) -> int:
        """Requests that the engine is working on; each of the n completions of a prompt is one."""
        return int(self.llm.output_processor.get_num_unfinished_requests()) if self.llm else 0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        ids = prompt_tokens(self._tokenizer, prompt)
        room = completion_room(len(ids), sampling.max_tokens, self._context)
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        if sampling.beams:
            return await self._beams(ids, sampling, room)
        # All completions of a greedy search are the same, and vLLM refuses to compute more than one.
        n = sampling.n if sampling.temperature > 0 else 1
        # The first is asked for alone: the others always find the prompt in the cache, and would hide whether
        # it was there before.
        requests = [self._ask(ids, self._parameters(sampling, 1, room))]
        if n > 1:
            seed = None if sampling.seed is None else sampling.seed + 1
            requests.append(self._ask(ids, self._parameters(sampling, n - 1, room, seed)))
        answers = await together(requests)
        completions = [_completion(output) for answer in answers for output in answer.outputs]
        self._count(answers[0], sum(c.tokens for c in completions))
        return completions

    async def score(self, prompt: str, continuation: str) -> tuple[float, bool]:
        """As `Scorer` has it."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        # One place is kept: the engine generates a token in any case.
        ids, before = scored_tokens(self._tokenizer.encode, prompt, continuation, self._context - 1)
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        answer = await self._ask(
            ids,
            SamplingParams(
                temperature=0.0, max_tokens=1, prompt_logprobs=1, output_kind=RequestOutputKind.FINAL_ONLY
            ),
        )
        found = [answer.prompt_logprobs[place][ids[place]] for place in range(before, len(ids))]
        return sum(one.logprob for one in found), all(one.rank == 1 for one in found)

    async def close(self) -> None:
        self._dead = self._dead or _CLOSED
        llm, self.llm = self.llm, None
        if llm is None:
            return
        with contextlib.suppress(Exception):  # a dead engine has told its waiting requests already
            await llm.abort(list(self._open))
        await asyncio.to_thread(llm.shutdown)
        llm.shutdown = _nothing  # its finaliser would call it again, when half of vLLM is gone

    def _parameters(self, sampling: Sampling, n: int, room: int, seed: int | None = None) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        return SamplingParams(
            n=n,
            temperature=sampling.temperature,
            top_p=sampling.top_p if sampling.temperature > 0 else 1.0,
            max_tokens=room,
            stop=list(sampling.stop),
            seed=sampling.seed if seed is None else seed,
            logprobs=0,  # of the chosen tokens only
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    async def _beams(self, ids: list[int], sampling: Sampling, room: int) -> list[Completion]:
        """A beam search in one-token requests: the prefix cache holds what the beams have in common."""
        if sampling.n > MOST_BEAMS:
            raise ModelError(f"at most {MOST_BEAMS} beams, not {sampling.n}")
        end = TextEnd(self._decode, self._ends, sampling.stop)
        search = BeamSearch(replace(sampling, max_tokens=room), end)
        while not search.over:
            parameters = _next_token(search.choices)
            requests = [self._ask([*ids, *beam.tokens], parameters.clone()) for beam in search.live]
            answers = await together(requests)
            self._count(answers[0] if not search.live[0].tokens else None, len(answers))
            search.step([_logprobs(answer) for answer in answers])
        return search.result()

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    async def _ask(self, ids: list[int], parameters: Any) -> Any:
        """One request's final output. Raises `ModelError` where the engine is dead or closed."""
        from vllm.exceptions import VLLMError
        from vllm.inputs.engine import tokens_input

        if self._dead:
            raise ModelError(self._dead)
        name = str(next(self._ids))
        self._open.add(name)
        output = None
        try:
            async for answer in self.llm.generate(tokens_input(ids), parameters, name):
                output = answer
        except VLLMError as error:
            raise ModelError(self._reason(error)) from error
        finally:
            self._open.discard(name)
        if output is None or any(one.finish_reason in ("abort", "error") for one in output.outputs):
            raise ModelError(self._dead or f"{self._model}: the engine gave the request up")
        return output

    def _reason(self, error: Exception) -> str:
        """Why there is no answer; a dead engine's reason is kept for the requests to come."""
        if self._dead or self.llm is None or not self.llm.errored:
            return self._dead or f"{self._model}: {error.__cause__ or error}"
        self._dead = f"{self._model}: the vLLM engine ended: {self._log.reason()}"
        return self._dead

    def _count(self, first: Any, generated: int) -> None:
        """Counts what was generated, and what of the prompt `first` found in the cache."""
        cached = (first.num_cached_tokens or 0) if first else 0
        self.usage.cached_tokens = (self.usage.cached_tokens or 0) + cached
        self.usage.generated_tokens += generated


def _completion(output: Any) -> Completion:
    return Completion(
        output.text, len(output.token_ids), output.cumulative_logprob, output.finish_reason == "length"
    )


def _next_token(k: int) -> Any:
    """Parameters of a request for the k most likely next tokens."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=0.0,
        max_tokens=1,
        logprobs=k,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _logprobs(answer: Any) -> dict[int, float]:
    return {token: entry.logprob for token, entry in answer.outputs[0].logprobs[0].items()}


async def open_engine(model: str, settings: EngineSettings, server: str = "") -> VllmEngine:
    """Starts vLLM with a model, by its name on the hub or by its folder; `server` is not used.

    It takes half a minute, in a thread; cancelling ends what has been started. Raises `ModelError` with
    the reason, and `ImportError` where vllm is not installed.
    """
    abandoned = threading.Event()
    with quiet_start() as log:
        starting = asyncio.ensure_future(asyncio.to_thread(_start, model, settings, log, abandoned))
        try:
            llm = await asyncio.shield(starting)
        except asyncio.CancelledError:
            abandoned.set()
            raise
    engine = VllmEngine(llm, model, log)
    try:
        # The first request compiles what is left to compile, and has the engine's death noticed from here on.
        await engine.complete("x", Sampling(max_tokens=1))
    except BaseException:
        await engine.close()
        raise
    engine.usage = Usage(cached_tokens=0)
    return engine


def _start(model: str, settings: EngineSettings, log: EngineLog, abandoned: threading.Event) -> Any:
    from vllm.v1.engine.async_llm import AsyncLLM

    quiet_hub()
    try:
        llm = AsyncLLM.from_engine_args(engine_arguments(model, settings))
    except Exception as error:  # whatever vLLM and the libraries under it raise for a model or a machine
        if settings.context is not None and _LONGER_THAN_THE_MODEL in str(error):
            return _start(model, replace(settings, context=None), log, abandoned)
        text = log.reason() if "Engine core initialization failed" in str(error) else str(error)
        raise ModelError(explain_model_error(text, model) or f"{model}: {text}") from error
    if abandoned.is_set():
        llm.shutdown()
    return llm
