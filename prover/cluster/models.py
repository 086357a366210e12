"""The replicas of a run's language models, kept at their number by the driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from prover.cluster.faults import Fault
from prover.cluster.hand import WorkerLost, end, heard
from prover.cluster.replica import OpenModel, Replica
from prover.errors import ModelError, ProverError

LOAD_S = 1800.0
"""A replica that has not loaded its model by then is given up."""

FAILED_STARTS = 3
"""Replicas in a row that cannot load their model, while none answers, before the run is given up."""

AGAIN_S = 60.0
"""After so many in a row, so long is waited before the next one is tried, while others answer."""


@dataclass(frozen=True, slots=True)
class Model:
    """A language model, under the name of its policy, and how many replicas of it run on what each.

    most: requests that a replica takes at a time.
    """

    name: str
    open: OpenModel
    replicas: int = 1
    cpus: int = 1
    gpus: int = 0
    most: int = 16


@dataclass(slots=True)
class _Kept:
    model: Model
    ready: dict[str, Any] = field(default_factory=dict)
    failed_starts: int = 0


class Models:
    """All replicas. `tell` is given a model's new ones whenever they change, `give_up` why there are none.

    What is lost is added to `faults`.
    """

    def __init__(
        self,
        models: Sequence[Model],
        tell: Callable[[str, dict[str, Any]], None],
        give_up: Callable[[ProverError], None],
        note: Callable[[str], None],
        faults: list[Fault],
    ) -> None:
        self._kept = {model.name: _Kept(model) for model in models}
        self._tell, self._give_up, self._note, self._faults = tell, give_up, note, faults
        self._actors: dict[str, tuple[str, Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = count(1)

    @property
    def cpus(self) -> int:
        """What all replicas together take."""
        return sum(kept.model.cpus * kept.model.replicas for kept in self._kept.values())

    def handles(self) -> dict[str, dict[str, Any]]:
        """The replicas that are ready, for each model by name."""
        return {name: dict(kept.ready) for name, kept in self._kept.items()}

    async def start(self) -> None:
        """Begin to load all replicas."""
        for kept in self._kept.values():
            for _ in range(kept.model.replicas):
                self._begin(kept)

    def replace(self, name: str, reason: str) -> None:
        """A replica does not answer: end it and load another. A second report of the same changes nothing."""
        if name not in self._actors:
            return
        kept = self._kept[self._actors[name][0]]
        self._note(f"{name} is replaced: {reason}")
        self._drop(name)
        self._tell(kept.model.name, dict(kept.ready))
        self._faults.append(Fault(name, reason))
        self._begin(kept, self._faults[-1])

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        ready = {name for kept in self._kept.values() for name in kept.ready}
        await asyncio.gather(*(end(actor, name in ready) for name, (_, actor) in self._actors.items()))

    def _drop(self, name: str) -> None:
        import ray

        engine, actor = self._actors.pop(name)
        self._kept[engine].ready.pop(name, None)
        ray.kill(actor)

    def _begin(self, kept: _Kept, instead: Fault | None = None) -> None:
        import ray

        model, name = kept.model, f"replica {next(self._numbers)} of {kept.model.name}"
        remote: Any = ray.remote(Replica)
        options = remote.options(
            num_cpus=model.cpus, num_gpus=model.gpus, max_restarts=0, max_concurrency=10_000
        )
        self._actors[name] = (model.name, options.remote(model.open, model.most))
        task = asyncio.create_task(self._load(kept, name, instead))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, kept: _Kept, name: str, instead: Fault | None) -> None:
        actor = self._actors[name][1]
        try:
            await heard(actor.open.remote(), LOAD_S)
        except (WorkerLost, ProverError) as error:
            await self._failed_start(kept, name, error)
            return
        kept.failed_starts = 0
        kept.ready[name] = actor
        if instead is not None:
            self._note(f"{name} answers after {instead.recovered():.1f} s")
        self._tell(kept.model.name, dict(kept.ready))

    async def _failed_start(self, kept: _Kept, name: str, error: WorkerLost | ProverError) -> None:
        """Another one is tried, after a while where several have failed, unless none answers."""
        kept.failed_starts += 1
        if kept.failed_starts >= FAILED_STARTS:
            if not kept.ready:
                self._give_up(error if isinstance(error, ProverError) else ModelError(f"{name}: {error}"))
                return
            await asyncio.sleep(AGAIN_S)
        self.replace(name, str(error))
