"""A worker's view of the model replicas: requests go to the one that has least of ours to do."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from prover.cluster.replica import Answer, Saturated
from prover.errors import ContextLengthError, ModelError
from prover.policy.engine import Completion, Engine, Prompt, Sampling, Usage
from prover.policy.engines.throttle import Throttle
from prover.policy.preset import Preset
from prover.policy.registry import PolicyChoice, open_engine

REPLACED_S = 900.0
"""So long may it take until there is a replica again: models of many gigabytes are read."""

FAILURES = 3
"""Replicas, one after the other, that fail on a request before it is given up."""

_PAUSE_S = 0.05
"""How long nothing is sent after all replicas have refused."""


class Replicas:
    """The replicas that a worker knows of, by the name of their model. `report` is told of broken ones."""

    def __init__(
        self, report: Callable[[str, str], None], answer_s: float, replaced_s: float = REPLACED_S
    ) -> None:
        self._report, self._answer_s, self._replaced_s = report, answer_s, replaced_s
        self._handles: dict[str, dict[str, Any]] = {}
        self._changed = asyncio.Event()
        self._ours: Counter[str] = Counter()

    def set(self, engine: str, handles: dict[str, Any]) -> None:
        """These are there from now on."""
        self._handles[engine] = dict(handles)
        self._changed.set()

    async def open_engine(self, name: str, choice: PolicyChoice, preset: Preset) -> Engine:
        """An engine that asks the replicas; a server of its own is asked directly."""
        if name == "openai":
            return await open_engine(name, choice, preset)
        return ReplicaEngine(name, self)

    async def ask(self, engine: str, prompt: Prompt, sampling: Sampling) -> Answer | None:
        """The answer of the replica that has least to do; None where all are saturated.

        Raises `ContextLengthError`, and `ModelError` where several failed or none is there for long.
        """
        failures, refused = 0, set[str]()
        while True:
            handles = await self._there(engine)
            free = [name for name in handles if name not in refused]
            if not free:
                return None
            name = min(free, key=lambda one: (self._ours[one], random.random()))
            try:
                answer = await self._one(name, handles[name], prompt, sampling)
            except ContextLengthError:
                raise
            except ModelError as error:
                failures += 1
                self._handles[engine].pop(name, None)
                self._report(name, str(error))
                if failures >= FAILURES:
                    raise
                continue
            if isinstance(answer, Answer):
                return answer
            refused.add(name)

    async def _there(self, engine: str) -> dict[str, Any]:
        """The replicas of a model as soon as there is one."""
        try:
            async with asyncio.timeout(self._replaced_s):
                while not self._handles.get(engine):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise ModelError(f"no replica of {engine} for {self._replaced_s:.0f} s") from None
        return self._handles[engine]

    async def _one(self, name: str, replica: Any, prompt: Prompt, sampling: Sampling) -> Answer | Saturated:
        """What a replica says. Raises `ModelError` where it hangs, is gone, or its engine gives no answer."""
        import ray

        self._ours[name] += 1
        request = replica.complete.remote(prompt, sampling)
        try:
            async with asyncio.timeout(self._answer_s):
                answer: Answer | Saturated = await request
            return answer
        except asyncio.CancelledError:
            ray.cancel(request)
            raise
        except TimeoutError:
            ray.cancel(request)
            raise ModelError(f"the replica gave no answer for {self._answer_s:.0f} s") from None
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ModelError):
                raise error.cause from None
            raise ModelError(f"the replica failed: {error.cause}") from error
        except ray.exceptions.RayError as error:
            raise ModelError(f"the replica is gone: {type(error).__name__}") from error
        finally:
            self._ours[name] -= 1


class ReplicaEngine:
    """The `Engine` protocol on replicas of one model that are shared with other workers."""

    def __init__(self, name: str, replicas: Replicas) -> None:
        self.usage = Usage()
        self._name, self._replicas = name, replicas
        self._throttle = Throttle()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        self.usage.requests += 1
        while True:
            async with self._throttle.slot() as slot:
                answer = await self._replicas.ask(self._name, prompt, sampling)
                if answer is not None:
                    slot.answered()
                    self.usage.prompt_tokens += answer.prompt_tokens
                    self.usage.generated_tokens += sum(one.tokens for one in answer.completions)
                    return answer.completions
                self.usage.retries += 1
                slot.refused(random.uniform(_PAUSE_S, 2 * _PAUSE_S))

    async def close(self) -> None:
        """The replicas are the driver's to end."""
