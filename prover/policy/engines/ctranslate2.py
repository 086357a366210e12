"""A small model on the CPU by CTranslate2: no torch, and the fastest runtime for models of some megabytes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prover.errors import ModelError
from prover.policy.engine import Completion, EngineSettings, Prompt, Sampling, Usage
from prover.policy.engines.beams import BeamSearch
from prover.policy.engines.cores import half_of_the_cores
from prover.policy.engines.ctranslate2_convert import converted
from prover.policy.engines.tokens import TextEnd, completion_room, scored_tokens, well_formed

_CONTEXT = 2048
_CLOSED = "the engine was closed"
_HOW = (
    "it takes what `prover export-model` makes, or a Llama as Hugging Face stores it: config.json, "
    "model.safetensors and tokenizer.json"
)


class CTranslate2Engine:
    """The `Engine` protocol on a converted model. It answers one request after the other, in a thread.

    Batches of several prompts are no faster here than one prompt's n completions together: keys and values
    of each completion are read apart, and prompts of other lengths are read token by token.
    """

    def __init__(self, folder: Path, settings: EngineSettings, automatic: str = "default") -> None:
        """`automatic` is the kind of numbers where the settings leave it open."""
        import ctranslate2
        from tokenizers import Tokenizer

        ctranslate2.set_random_seed(settings.seed)
        self.usage = Usage()
        self._folder = folder
        self._type = automatic if settings.dtype == "auto" else settings.dtype
        self._model = self._generator()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        longest = config.get("max_position_embeddings", settings.context or _CONTEXT)
        self._context = min(settings.context or longest, longest)
        self._end = str(config.get("eos_token", "</s>"))
        self._worker = ThreadPoolExecutor(1, "ctranslate2")
        self._stopped = threading.Event()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        if not isinstance(prompt, str):
            raise ModelError("the ctranslate2 engine continues texts, it holds no conversations")
        ids = self._tokenizer.encode(well_formed(prompt)).ids
        room = completion_room(len(ids), sampling.max_tokens, self._context)
        if self._stopped.is_set():
            raise ModelError(_CLOSED)
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        job = _Job(ids, replace(sampling, max_tokens=room))
        try:
            answer = asyncio.get_running_loop().run_in_executor(self._worker, self._run, job)
            completions = await answer
        finally:
            # Where the caller was cancelled, the thread stops at the next token.
            job.cancelled.set()
        self.usage.generated_tokens += job.generated
        if self._stopped.is_set():
            raise ModelError(_CLOSED)
        return completions

    async def score(self, prompt: str, continuation: str) -> tuple[float, bool]:
        """As `Scorer` has it; one text at a time."""
        if self._stopped.is_set():
            raise ModelError(_CLOSED)
        ids, before = scored_tokens(
            lambda text: self._tokenizer.encode(text).ids, prompt, continuation, self._context
        )
        self.usage.requests += 1
        self.usage.prompt_tokens += len(ids)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._score, ids, before)

    def _score(self, ids: list[int], before: int) -> tuple[float, bool]:
        import numpy

        view = self._model.forward_batch([self._words(ids)], return_log_probs=True)
        rows = numpy.array(view)[0, before - 1 : -1]
        wanted = ids[before:]
        chosen = rows[range(len(wanted)), wanted]
        return float(chosen.sum()), bool((rows.argmax(-1) == wanted).all())

    async def close(self) -> None:
        self._stopped.set()
        await asyncio.to_thread(self._worker.shutdown)
        self._model = None

    def _generator(self) -> Any:
        import ctranslate2

        threads = half_of_the_cores()
        return ctranslate2.Generator(str(self._folder), intra_threads=threads, compute_type=self._type)

    def _run(self, job: _Job) -> list[Completion]:
        if self._stopped.is_set() or job.cancelled.is_set():
            return []
        try:
            return self._beams(job) if job.sampling.beams else self._samples(job)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise ModelError(f"{self._folder}: {error}") from error

    def _samples(self, job: _Job) -> list[Completion]:
        """All completions of a prompt; each stops at its own end."""
        import ctranslate2

        sampling, end = job.sampling, self._text_end(job.sampling)
        model, greedy = self._model, sampling.temperature == 0
        if sampling.seed is not None and not greedy:
            # A generator's threads take the seed that is set when they start.
            ctranslate2.set_random_seed(sampling.seed)
            model = self._generator()
        texts = [_Text() for _ in range(1 if greedy else sampling.n)]

        def token(step: Any) -> bool:
            """Whether the completion is over: called by the runtime for each token of each one."""
            text = texts[step.hypothesis_id]
            if text.ended is None:
                text.tokens.append(step.token_id)
                text.logprob += step.log_prob
                text.ended = end.text(text.tokens)
            return text.ended is not None or job.cancelled.is_set() or self._stopped.is_set()

        model.generate_batch(
            [self._words(job.ids)],
            max_length=sampling.max_tokens,
            include_prompt_in_result=False,
            sampling_topk=1 if greedy else 0,
            sampling_topp=1 if greedy else sampling.top_p,
            sampling_temperature=1 if greedy else sampling.temperature,
            num_hypotheses=len(texts),
            return_scores=True,
            callback=token,
        )
        job.generated = sum(len(text.tokens) for text in texts)
        return [text.completion(end) for text in texts if text.tokens]

    def _beams(self, job: _Job) -> list[Completion]:
        """The runtime's own beam search, which knows no stop strings and is not cut short."""
        if job.sampling.stop:
            return self._stopped_beams(job)
        sampling, end = job.sampling, self._text_end(job.sampling)
        (answer,) = self._model.generate_batch(
            [self._words(job.ids)],
            max_length=sampling.max_tokens,
            include_prompt_in_result=False,
            beam_size=sampling.n,
            num_hypotheses=sampling.n,
            length_penalty=sampling.length_penalty,
            return_scores=True,
            return_end_token=True,
        )
        found = []
        for tokens, score in zip(answer.sequences_ids, answer.scores, strict=True):
            text = end.text(tokens)
            logprob = score * len(tokens) ** sampling.length_penalty
            shown = end.decode(tokens) if text is None else text
            found.append(Completion(shown, len(tokens), logprob, text is None))
        job.generated = sum(beam.tokens for beam in found)
        return found

    def _stopped_beams(self, job: _Job) -> list[Completion]:
        """A beam search by questions for the likeliest next tokens, so that stop strings end beams."""
        search = BeamSearch(job.sampling, self._text_end(job.sampling))
        k = min(search.choices, self._tokenizer.get_vocab_size())
        while not (search.over or job.cancelled.is_set() or self._stopped.is_set()):
            answers = self._model.generate_batch(
                [self._words([*job.ids, *beam.tokens]) for beam in search.live],
                max_length=1,
                include_prompt_in_result=False,
                beam_size=k,
                num_hypotheses=k,
                return_scores=True,
                return_end_token=True,
            )
            job.generated += len(answers)
            search.step(
                [
                    {ids[0]: score for ids, score in zip(answer.sequences_ids, answer.scores, strict=True)}
                    for answer in answers
                ]
            )
        return search.result()

    def _text_end(self, sampling: Sampling) -> TextEnd:
        end = self._tokenizer.token_to_id(self._end)
        ends = frozenset[int]() if end is None else frozenset({end})
        return TextEnd(lambda tokens: self._tokenizer.decode(list(tokens)), ends, sampling.stop)

    def _words(self, ids: Sequence[int]) -> list[str]:
        return [str(self._tokenizer.id_to_token(one)) for one in ids]


@dataclass(eq=False)
class _Job:
    ids: list[int]
    sampling: Sampling
    cancelled: threading.Event = field(default_factory=threading.Event)
    generated: int = 0


@dataclass(eq=False)
class _Text:
    """One completion as it grows; `ended` is its text once it has ended."""

    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0
    ended: str | None = None

    def completion(self, end: TextEnd) -> Completion:
        text = end.decode(self.tokens) if self.ended is None else self.ended
        return Completion(text, len(self.tokens), self.logprob, self.ended is None)


async def open_engine(model: str, settings: EngineSettings, server: str = "") -> CTranslate2Engine:
    """Loads a converted model from its folder (`model.bin`, `tokenizer.json`), or a Hugging Face Llama.

    The latter is converted at first use; its weights are taken in int8 where the settings leave it open.
    `server` is not used. Raises `ModelError` with the reason, and `ImportError` where a package is missing.
    """
    return await asyncio.to_thread(_load, model, settings)


def _load(model: str, settings: EngineSettings) -> CTranslate2Engine:
    folder, automatic = Path(model).expanduser(), "default"
    if not (folder / "model.bin").is_file():
        if not (folder / "model.safetensors").is_file():
            raise ModelError(f"{model} has neither model.bin nor model.safetensors: {_HOW}")
        folder, automatic = converted(folder), "int8"
    try:
        return CTranslate2Engine(folder, settings, automatic)
    except Exception as error:  # tokenizers raises nothing more exact
        if isinstance(error, ImportError):
            raise
        raise ModelError(f"{model} is damaged, or no CTranslate2 model: {error}") from error
