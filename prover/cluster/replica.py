"""The actor that holds a language model and answers many workers; it says so when it has enough to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prover.errors import ModelError
from prover.policy.engine import Completion, Engine, Prompt, Sampling

OpenModel = Callable[[], Awaitable[Engine]]
"""Opens the engine that a replica holds."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's completions. `prompt_tokens` are those read since the replica's last answer."""

    completions: list[Completion]
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Saturated:
    """A refusal: so many requests are in flight, and no more are taken."""

    in_flight: int


class Replica:
    """An asynchronous Ray actor. At most `most` requests are with the engine; nothing waits here."""

    def __init__(self, open_model: OpenModel, most: int) -> None:
        self._open_model, self._most = open_model, most
        self._engine: Engine | None = None
        self._in_flight = self._told = 0

    async def open(self) -> None:
        """Load the model. Raises `ModelError`, `SetupError`."""
        self._engine = await self._open_model()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Answer | Saturated:
        """Raises `ContextLengthError` and `ModelError`."""
        if self._engine is None:
            raise ModelError("the model is not loaded")
        if self._in_flight >= self._most:
            return Saturated(self._in_flight)
        self._in_flight += 1
        try:
            completions = await self._engine.complete(prompt, sampling)
        finally:
            self._in_flight -= 1
        read = self._engine.usage.prompt_tokens
        new, self._told = read - self._told, read
        return Answer(completions, new)

    async def close(self) -> None:
        """End the engine and its processes."""
        if self._engine is not None:
            await self._engine.close()
