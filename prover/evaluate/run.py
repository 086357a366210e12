"""A run of questions from folder to end: what is not answered yet is asked, graded and recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from prover.errors import ContextLengthError
from prover.evaluate.answers.checker import AnswerChecker
from prover.evaluate.grade import Grader, Programs
from prover.evaluate.questions import Question
from prover.evaluate.store import AnswerStore, Sample
from prover.evaluate.task import Task
from prover.policy.engine import Completion, Engine, Sampling
from prover.policy.together import together
from prover.runs.folder import locked
from prover.runs.manifest import MANIFEST, Manifest, begun, go_on, write_manifest
from prover.runs.run import Stopped, stoppable
from prover.runs.store import DATABASE

SAMPLES_A_REQUEST = 16
"""What a killed run loses at most of each question that was under way."""

TOO_LONG = "the prompt is longer than the model's context"
_PLAIN_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are asked. samples: of each, drawn as `sampling` says. in_flight: requests at a time."""

    task: Task
    shots: int
    sampling: Sampling
    samples: int = 1
    chat: bool = False
    in_flight: int = 64
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run. `manifest` states all of it. `engine` and `tool` are opened when there is work."""

    manifest: Manifest
    questions: Callable[[], Iterator[Question]]
    settings: Settings
    engine: Callable[[], Awaitable[Engine]]
    tool: Callable[[], Programs] | None = None


def run(folder: Path, request: Request, resume: bool, console: Console) -> None:
    """Begin the run or go on with it, to its end. Raises as `prover.runs.run.run` does."""
    begun(folder, resume)
    with locked(folder), _open(folder, request, console) as store:
        asyncio.run(answer_all(store, request, console))


def _open(folder: Path, request: Request, console: Console) -> AnswerStore:
    """The folder's store, made where there is no whole one yet: the manifest is written last."""
    if (folder / MANIFEST).is_file():
        go_on(folder, request.manifest, console)
        return AnswerStore(folder)
    for leftover in folder.glob(f"{DATABASE}*"):
        leftover.unlink()
    store = AnswerStore(folder)
    try:
        store.create(request.questions())
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        write_manifest(folder, request.manifest | {"created": created})
    except BaseException:
        store.close()
        raise
    return store


async def answer_all(store: AnswerStore, request: Request, console: Console) -> None:
    """Ask and vote on what is not recorded yet, on this event loop. Raises `Stopped`, and as `run` does."""
    with stoppable() as stopped:
        try:
            async with AsyncExitStack() as stack:
                runner = _Runner(store, request, stack, console)
                await runner.ask_all()
                await runner.vote_all()
        except asyncio.CancelledError:
            if stopped():
                raise Stopped from None
            raise


class _Runner:
    """One run's work. What it opens is closed with `stack`."""

    def __init__(self, store: AnswerStore, request: Request, stack: AsyncExitStack, console: Console) -> None:
        self._store, self._request, self._stack, self._console = store, request, stack, console
        self._settings = request.settings
        self._grader: Grader | None = None

    async def ask_all(self) -> None:
        """Every request that is not recorded yet, `in_flight` of them at a time."""
        jobs = self._jobs()
        if not jobs:
            return
        engine = await self._request.engine()
        self._stack.push_async_callback(engine.close)
        grader = await self._open_grader()
        waiting = iter(jobs)
        with CountBar(self._console, "asking", len(jobs)) as progress:

            async def worker() -> None:
                for key, question, numbers in waiting:
                    self._store.record(key, await self._ask(engine, grader, question, numbers))
                    progress.advance()

            await together([worker() for _ in range(min(self._settings.in_flight, len(jobs)))])

    async def vote_all(self) -> None:
        """The majority's answer of every question that has all its samples and no vote yet."""
        if self._settings.samples == 1:
            return
        done = self._store.votes()
        left = [(key, question) for key, question in self._store.questions() if key not in done]
        if not left:
            return
        grader = await self._open_grader()
        waiting = iter(left)
        with CountBar(self._console, "counting votes", len(left)) as progress:

            async def worker() -> None:
                for key, question in waiting:
                    self._store.vote(key, await grader.vote(question, self._store.samples(key)))
                    progress.advance()

            await together([worker() for _ in range(min(2 * grader.processes, len(left)))])

    def _jobs(self) -> list[tuple[int, Question, list[int]]]:
        recorded, jobs = self._store.numbers(), []
        for start in range(0, self._settings.samples, SAMPLES_A_REQUEST):
            chunk = range(start, min(start + SAMPLES_A_REQUEST, self._settings.samples))
            for key, question in self._store.questions():
                if missing := [number for number in chunk if number not in recorded.get(key, ())]:
                    jobs.append((key, question, missing))
        return jobs

    async def _open_grader(self) -> Grader:
        if self._grader is None:
            checker = AnswerChecker()
            self._stack.push_async_callback(checker.close)
            tool = self._request.tool() if self._request.tool else None
            self._grader = Grader(self._settings.task, checker, tool)
        return self._grader

    async def _ask(
        self, engine: Engine, grader: Grader, question: Question, numbers: Sequence[int]
    ) -> list[Sample]:
        settings, start = self._settings, time.monotonic()
        prompt = settings.task.prompt_for(question.problem, settings.shots, settings.chat)
        sampling = settings.sampling
        if sampling.temperature > 0:
            sampling = replace(sampling, n=len(numbers), seed=settings.seed + numbers[0])
        try:
            completions = await engine.complete(prompt, sampling)
        except ContextLengthError:
            return [Sample(number, "", 0, False, None, False, TOO_LONG) for number in numbers]
        seconds = time.monotonic() - start
        completions += [Completion("", 0, None)] * (len(numbers) - len(completions))
        graded = [
            grader.grade(question, number, completion, seconds)
            for number, completion in zip(numbers, completions, strict=False)
        ]
        return list(await asyncio.gather(*graded))


class CountBar:
    """A bar on a terminal, elsewhere a line every few seconds."""

    def __init__(self, console: Console, label: str, total: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._console, self._label, self._total, self._done, self._shown = (
            console,
            label,
            total,
            0,
            time.monotonic(),
        )

    def __enter__(self) -> CountBar:
        self._bar.start()
        self._task = self._bar.add_task(self._label, total=self._total)
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def advance(self) -> None:
        self._done += 1
        self._bar.advance(self._task)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._shown > _PLAIN_EVERY_S:
            self._shown = now
            self._console.print(f"{self._label}: {self._done}/{self._total}", markup=False)
