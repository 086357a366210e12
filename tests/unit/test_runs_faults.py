"""What a run keeps, and what it tries again, where the model gives no answer or an attempt ends the run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from prover.errors import InputError, ModelError
from prover.runs.drive import drive
from prover.runs.folder import RunFolder
from prover.runs.journal import JournalFile
from prover.runs.manifest import write_manifest
from prover.runs.progress import Load
from prover.runs.records import Finished, Job, Outcome, Theorem
from prover.runs.store import Store
from prover.search.best_first import OnProgress
from prover.types import Statement

PROVED = Finished(Outcome.PROVED, steps=3)
OUT_OF_REACH = Finished(Outcome.OUT_OF_REACH)

Behaviour = Callable[[], Awaitable[Finished]]


class ScriptedCrew:
    """Makes each attempt as the theorem's script says; the last script is that of all others."""

    def __init__(self, *scripts: Behaviour, places: int = 2) -> None:
        self.scripts, self.places = scripts, places

    async def attempt(self, job: Job, on_progress: OnProgress, saved: JournalFile) -> tuple[str, Finished]:
        number = int(job.theorem.name[1:])
        return "crew", await self.scripts[min(number, len(self.scripts) - 1)]()

    def load(self) -> Load:
        return Load()


def gives(finished: Finished, after: asyncio.Event | None = None) -> Behaviour:
    async def script() -> Finished:
        if after is not None:
            await after.wait()
        return finished

    return script


def fails(error: Exception, after: asyncio.Event | None = None) -> Behaviour:
    async def script() -> Finished:
        if after is not None:
            await after.wait()
        raise error

    return script


DEAD = ModelError("the model server is down")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    store.create((Theorem(f"t{n}", Statement("t", f"theorem t : {n} = {n}")) for n in range(6)), 1)
    write_manifest(tmp_path, {"schema": 1})
    yield store
    store.close()


def outcomes(store: Store) -> dict[str, str]:
    with RunFolder(store.path.parent) as run:
        assert run.totals().claimed == 0
        return {result.theorem.name: result.finished.outcome.value for result in run.results()}


async def later(event: asyncio.Event, seconds: float = 0.1) -> None:
    """Set it when what happened until now has been recorded."""
    await asyncio.sleep(seconds)
    event.set()


async def test_an_attempt_that_ends_during_an_outage_of_the_model_makes_no_failures_of_others(
    store: Store,
) -> None:
    recorded, ended = asyncio.Event(), asyncio.Event()

    async def begun_before() -> Finished:
        await recorded.wait()
        asyncio.get_running_loop().create_task(later(ended))
        return Finished(Outcome.PROVED, steps=3, started=100.0, finished=200.0)

    crew = ScriptedCrew(fails(DEAD), fails(DEAD), begun_before, fails(DEAD, after=ended))
    outage = asyncio.create_task(later(recorded))
    with pytest.raises(ModelError):
        await drive(store, crew)
    await outage
    assert outcomes(store) == {"t2": "proved"}


async def test_an_attempt_that_needs_no_model_does_not_show_that_it_answers(store: Store) -> None:
    crew = ScriptedCrew(fails(DEAD), gives(OUT_OF_REACH), places=1)
    with pytest.raises(ModelError):
        await drive(store, crew)
    assert outcomes(store) == {f"t{n}": "out-of-reach" for n in range(1, 6)}


async def test_a_theorem_that_the_model_answers_not_while_it_answers_those_after_it_has_failed(
    store: Store,
) -> None:
    await drive(store, ScriptedCrew(fails(DEAD), gives(PROVED), places=1))
    assert outcomes(store) == {"t0": "crashed"} | {f"t{n}": "proved" for n in range(1, 6)}


async def test_results_that_are_there_when_an_attempt_ends_the_run_are_kept(store: Store) -> None:
    crew = ScriptedCrew(gives(PROVED), fails(InputError("no such premise")), gives(PROVED))
    with pytest.raises(InputError):
        await drive(store, crew)
    assert outcomes(store) == {"t0": "proved", "t2": "proved", "t3": "proved"}


async def test_results_that_are_there_when_the_run_is_stopped_are_kept(store: Store) -> None:
    made = asyncio.Event()

    async def proved() -> Finished:
        made.set()
        return PROVED

    driving = asyncio.create_task(drive(store, ScriptedCrew(proved, gives(PROVED, after=asyncio.Event()))))
    await made.wait()
    driving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await driving
    assert outcomes(store) == {"t0": "proved"}
