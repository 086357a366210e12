"""What every language-model runtime offers: a prompt in, scored completions out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from prover.errors import InputError


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = str | tuple[ChatMessage, ...]
"""A text to be continued, or a conversation to be answered by the model's own chat template."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How completions are drawn. Raises `InputError` for values that make no sense.

    n: completions of one prompt. beams: they are the best `n` of a beam search, and `temperature` is 0; what
    counts is log-probability / tokens ** length_penalty (0: the sum, 1: the mean).
    max_tokens: of each completion. stop: texts that end one; they are not part of it.
    """

    n: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    beams: bool = False
    length_penalty: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.n < 1 or self.max_tokens < 1:
            raise InputError("n and max_tokens must be at least 1")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise InputError("temperature must not be negative, top_p must be above 0 and at most 1")
        if self.beams and self.temperature != 0:
            raise InputError("a beam search has temperature 0")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote. `logprob` is natural, summed over `tokens`; None where the runtime tells none.

    It is the model's own, at temperature 1, whatever the completion was drawn with. `truncated`: it was cut
    off at `max_tokens`.
    """

    text: str
    tokens: int
    logprob: float | None
    truncated: bool = False


@dataclass(slots=True)
class Usage:
    """What an engine has done so far, in tokens and requests.

    `cached_tokens` are those prompt tokens that the prefix cache saved; None where the engine does not tell.
    """

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    cached_tokens: int | None = None

    @property
    def cache_hit_rate(self) -> float | None:
        """The share of prompt tokens that were in the prefix cache, 0 to 1."""
        if self.cached_tokens is None or not self.prompt_tokens:
            return None
        return self.cached_tokens / self.prompt_tokens


class Engine(Protocol):
    """A language-model runtime. Every method may be called concurrently."""

    usage: Usage

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        """At most `sampling.n` completions, in any order. Cancelling it ends the request in the engine too.

        Raises `ContextLengthError` for a prompt that is too long, `ModelError` where no answer is to be had.
        """
        ...

    async def close(self) -> None:
        """End processes and connections. Requests that still wait end in `ModelError`."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """An engine that also tells how likely a given text is."""

    async def score(self, prompt: str, continuation: str) -> tuple[float, bool]:
        """The natural log-probability of `continuation` after `prompt`, and whether it is the greedy one.

        The two are read as one text, and split where the prompt alone would end. Raises as `complete` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How an engine runs a model. None and "auto" leave the choice to the engine.

    context: tokens of prompt and completion together. tensor_parallel: GPUs that share the model.
    gpu_memory: share of a GPU's memory that may be used, 0 to 1. kv_cache_gib: size of the key-value cache on
    machines without one. max_sequences: completions computed at the same time. max_batch_tokens: tokens in
    one step of the engine.
    """

    dtype: str = "auto"
    context: int | None = None
    tensor_parallel: int = 1
    gpu_memory: float = 0.9
    kv_cache_gib: float = 1.0
    max_sequences: int | None = None
    max_batch_tokens: int | None = None
    seed: int = 0


def as_text(prompt: Prompt) -> str:
    """The prompt's contents, one turn after the other, for logs and for counting."""
    return prompt if isinstance(prompt, str) else "\n\n".join(turn.content for turn in prompt)
