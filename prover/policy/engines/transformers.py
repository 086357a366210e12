"""A transformers model in this process, on a GPU or the CPU: what waits is generated in one batch."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from prover.errors import ModelError
from prover.policy.engine import Completion, EngineSettings, Prompt, Sampling, Usage
from prover.policy.engines.cores import half_of_the_cores
from prover.policy.engines.generation import Request, generate
from prover.policy.engines.hub import explain_model_error, quiet_hub
from prover.policy.engines.tokens import (
    TextEnd,
    completion_room,
    end_tokens,
    prompt_tokens,
    scored_tokens,
)

_SEQUENCES = 64
"""Completions computed at the same time, where the settings do not say."""
_CLOSED = "the engine was closed"


class TransformersEngine:
    """The `Engine` protocol on a model of the transformers library.

    It computes in one thread, a batch after the other; what arrives meanwhile makes up the next batch.
    """

    def __init__(self, model: Any, tokenizer: Any, context: int, sequences: int) -> None:
        self.usage = Usage()
        self.model = model
        self._tokenizer = tokenizer
        self._ends = end_tokens(tokenizer, model.generation_config.eos_token_id)
        self._context = context
        self._sequences = sequences
        self._waiting: deque[tuple[Request, asyncio.Future[list[Completion]]]] = deque()
        self._worker = ThreadPoolExecutor(1, "transformers", _use_half_of_the_cores)
        self._batches: asyncio.Task[None] | None = None
        self._stopped = threading.Event()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        ids = prompt_tokens(self._tokenizer, prompt)
        # An encoder reads the prompt apart from the answer, but has a limit of its own.
        room = completion_room(len(ids), sampling.max_tokens, self._context)
        if self._stopped.is_set():
            raise ModelError(_CLOSED)
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Completion]] = loop.create_future()

        def finish(completions: list[Completion], generated: int) -> None:
            loop.call_soon_threadsafe(self._settle, answer, completions, generated)

        end = TextEnd(self._decode, self._ends, sampling.stop)
        request = Request(ids, replace(sampling, max_tokens=room), end, finish, answer.cancelled)
        self._waiting.append((request, answer))
        if self._batches is None or self._batches.done():
            self._batches = asyncio.ensure_future(self._run())
        return await answer

    async def score(self, prompt: str, continuation: str) -> tuple[float, bool]:
        """As `Scorer` has it; one text at a time."""
        if self.model is None or self.model.config.is_encoder_decoder:
            raise ModelError(
                _CLOSED if self.model is None else "this model has no likelihoods of given texts"
            )
        ids, before = scored_tokens(self._tokenizer.encode, prompt, continuation, self._context)
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._score, ids, before)

    def _score(self, ids: list[int], before: int) -> tuple[float, bool]:
        import torch

        with torch.inference_mode():
            row = torch.tensor([ids], device=self.model.device)
            logprobs = self.model(input_ids=row).logits[0, before - 1 : -1].float().log_softmax(-1)
        wanted = row[0, before:]
        chosen = logprobs.gather(1, wanted[:, None]).sum()
        return float(chosen), bool((logprobs.argmax(-1) == wanted).all())

    async def close(self) -> None:
        self._stopped.set()
        if self._batches is not None:
            await self._batches
        self._worker.shutdown()
        self.model = None

    async def _run(self) -> None:
        """Generates for as long as something waits; a failed batch's requests end in `ModelError`."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(0)  # requests that are sent together come in one batch
            batch = self._next_batch()
            try:
                if batch and not self._stopped.is_set():
                    requests = [request for request, _ in batch]
                    await loop.run_in_executor(
                        self._worker, generate, self.model, requests, self._stopped.is_set
                    )
                reason = _CLOSED
            except Exception as error:  # of torch, of the model's code: the next batch may still do
                reason = f"{type(error).__name__}: {error}"
            await asyncio.sleep(0)  # the answers that the thread has sent come first
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(ModelError(explain_model_error(reason, "the model") or reason))

    def _next_batch(self) -> list[tuple[Request, asyncio.Future[list[Completion]]]]:
        """The longest waiting requests, as many as may be computed at the same time, at least one."""
        batch = list[tuple[Request, asyncio.Future[list[Completion]]]]()
        rows = 0
        while self._waiting and (not batch or rows + self._waiting[0][0].sampling.n <= self._sequences):
            request, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((request, answer))
                rows += request.sampling.n
        return batch

    def _settle(
        self, answer: asyncio.Future[list[Completion]], completions: list[Completion], generated: int
    ) -> None:
        self.usage.generated_tokens += generated
        if not answer.done():
            answer.set_result(completions)

    def _decode(self, tokens: Any) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))


def _use_half_of_the_cores() -> None:
    import torch

    torch.set_num_threads(half_of_the_cores())


async def open_engine(model: str, settings: EngineSettings, server: str = "") -> TransformersEngine:
    """Loads a model, by its name on the hub or by its folder; `server` is not used.

    Raises `ModelError` with the reason, and `ImportError` where torch or transformers is not installed.
    """
    return await asyncio.to_thread(_load, model, settings)


def _load(model: str, settings: EngineSettings) -> TransformersEngine:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    quiet_hub()
    disable_progress_bar()  # it would be drawn across the live line of the search
    torch.manual_seed(settings.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        config = AutoConfig.from_pretrained(model)
        kind: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        loaded = kind.from_pretrained(model, dtype=settings.dtype).to(device).eval()
        tokenizer = AutoTokenizer.from_pretrained(model)
    except Exception as error:  # whatever the hub, the files and the model's code raise
        text = str(error)
        raise ModelError(explain_model_error(text, model) or f"{model}: {text}") from error
    return TransformersEngine(
        loaded, tokenizer, _context(config, settings), settings.max_sequences or _SEQUENCES
    )


def _context(config: Any, settings: EngineSettings) -> int:
    """The settings' context, the model's own where that is shorter; relative positions have no limit."""
    longest = getattr(config, "max_position_embeddings", None)
    return min(settings.context or longest or 2048, longest or settings.context or 2048)
