"""A run from request to end: the folder is made or found, what is left is attempted, proofs are written."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from prover.attempts import Plan
from prover.runs.bundle import write_proofs
from prover.runs.crew import Crew
from prover.runs.drive import DriveSettings, Watch, drive
from prover.runs.folder import RunFolder, locked
from prover.runs.languages import language_of
from prover.runs.manifest import Manifest, begun, go_on, write_manifest
from prover.runs.progress import RunProgress
from prover.runs.records import Finished, Job, Theorem
from prover.runs.store import DATABASE, Store
from prover.search import Progress
from prover.signals import signals_to_end


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run. `manifest` states all of it but the statements, which `theorems` gives when asked.

    `watch` is told of what happens, as the progress line is.
    """

    manifest: Manifest
    theorems: Callable[[], Iterable[Theorem]]
    attempts: int
    plan: Plan
    drive: DriveSettings
    watch: Watch = field(default_factory=Watch)


Opener = Callable[[Request], AbstractAsyncContextManager[Crew]]
"""Opens the crew that makes a request's attempts."""


class Stopped(Exception):
    """The run was asked to stop, and has: what is recorded is safe."""


def run(folder: Path, request: Request, open_crew: Opener, resume: bool, console: Console) -> None:
    """Begin the run or go on with it, to its end.

    Raises `InputError` where the folder holds a run and `resume` is not asked for, a run of another
    configuration, or one that another process is at; `Stopped` after a signal to end; `ModelError`,
    `DiskFullError`. Whatever happens, what has been recorded stays, and the same call with `resume` goes on.
    """
    begun(folder, resume)
    with locked(folder):
        store = _open_store(folder, request, console)
        try:
            store.free_all()
            asyncio.run(_drive(store, request, open_crew, console))
        finally:
            try:
                with RunFolder(folder) as finished:
                    write_proofs(finished)
            finally:
                store.close()


def _open_store(folder: Path, request: Request, console: Console) -> Store:
    """The folder's store, made where there is no whole one yet: the manifest is written last."""
    if RunFolder.exists(folder):
        go_on(folder, request.manifest, console)
        return Store(folder)
    for leftover in folder.glob(f"{DATABASE}*"):
        leftover.unlink()
    store = Store(folder)
    try:
        store.create(request.theorems(), request.attempts)
        write_manifest(
            folder, request.manifest | {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        )
    except BaseException:
        store.close()
        raise
    return store


async def _drive(store: Store, request: Request, open_crew: Opener, console: Console) -> None:
    totals = store.totals()
    if totals.done == totals.attempts:
        return
    prover = language_of(request.manifest).title
    with stoppable() as stopped, RunProgress(totals, console, prover) as progress:
        try:
            async with open_crew(request) as crew:
                progress.load = crew.load
                watch = _both(request.watch, Watch(progress.step, progress.finished))
                await drive(store, crew, request.drive.seed, watch)
        except asyncio.CancelledError:
            if stopped():
                raise Stopped from None
            raise


@contextlib.contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Signals cancel the task that runs this; a second one ends the process as usual."""
    loop, task, stopped = asyncio.get_running_loop(), asyncio.current_task(), False
    signals = signals_to_end()

    def stop() -> None:
        nonlocal stopped
        stopped = True
        for number in signals:
            loop.remove_signal_handler(number)
        if task is not None:
            task.cancel()

    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield lambda: stopped
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _both(one: Watch, other: Watch) -> Watch:
    def step(job: Job, progress: Progress) -> None:
        one.step(job, progress)
        other.step(job, progress)

    def finished(job: Job, done: Finished) -> None:
        one.finished(job, done)
        other.finished(job, done)

    return Watch(step, finished)
