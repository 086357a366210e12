"""One theorem by sketches: have them written, fill their holes, send back what failed, within one budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from prover.errors import ContextLengthError, InputError, ModelError
from prover.policy.engine import Completion
from prover.search import Budget, Counts, Outcome
from prover.sketch.problem import Problem
from prover.sketch.results import FilledHole, Filler, SketchAttempt, Tried, Watcher, attempted
from prover.sketch.writer import Writer
from prover.types import Message, Position


@dataclass(frozen=True, slots=True)
class SketchSettings:
    """How many sketches, and what they may cost. Raises `InputError` for values that make no sense.

    Of the budget, expansions, steps and Lean's seconds are those of the searches at the holes; tokens are
    all. draws: requests for first sketches of each proof in words. rounds: of repair. repairs: failed
    sketches of one round that go back to the model.
    """

    budget: Budget = field(default_factory=Budget)
    draws: int = 1
    rounds: int = 2
    repairs: int = 2

    def __post_init__(self) -> None:
        for name, least in (("draws", 1), ("rounds", 0), ("repairs", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}")


async def attempt_sketch(
    writer: Writer, filler: Filler, problem: Problem, settings: SketchSettings, watcher: Watcher | None = None
) -> SketchAttempt:
    """Try sketches of `problem` until the judge accepts one with its holes filled.

    Where there is no proof in words the model writes some first. The next answer is asked for while the last
    one's sketches are tried, the likeliest first, each text once. When all first sketches have failed, those
    that came nearest go back to the model, with the prover's messages or the goals of the holes that stayed
    open; so do their repairs, round by round. A model that gives no answer ends the attempt when what is
    there has been tried. Raises `InputError` where there is no proof in words and no prompt for one.
    """
    return await _Attempt(writer, filler, problem, settings, watcher).run()


class _End(Exception):
    """Nothing more is to be tried: a proof is there, or a limit is reached, which the argument names."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What the model is asked for: a first sketch, or one in place of `failed`."""

    problem: Problem
    draw: int = 0
    failed: Tried | None = None


class _Attempt:
    def __init__(
        self,
        writer: Writer,
        filler: Filler,
        problem: Problem,
        settings: SketchSettings,
        watcher: Watcher | None,
    ) -> None:
        self._writer, self._filler, self._settings, self._watcher = writer, filler, settings, watcher
        self._given, self._problem = problem, problem
        self._counts = Counts()
        self._seen: set[str] = set()
        self._tried: list[tuple[Tried, Problem]] = []
        self._underway: Tried | None = None
        self._budget: str | None = None
        self._failure = ""
        self._began = time.monotonic()

    async def run(self) -> SketchAttempt:
        try:
            async with asyncio.timeout(self._settings.budget.wall_s):
                await self._rounds()
        except TimeoutError:
            self._budget = "wall_s"
            self._keep_what_was_underway()
        except _End as end:
            self._budget = str(end) or None
        self._counts.wall_seconds = time.monotonic() - self._began
        tried = tuple(one for one, _ in self._tried)
        return SketchAttempt(
            self._problem,
            self._outcome(tried),
            self._budget,
            self._failure,
            tried,
            self._counts,
            not self._given.proof,
        )

    def _outcome(self, tried: tuple[Tried, ...]) -> Outcome:
        if tried and tried[-1].proved:
            return Outcome.PROVED
        if self._failure:
            return Outcome.FAILED
        return Outcome.EXHAUSTED if self._budget is None else Outcome.BUDGET

    async def _rounds(self) -> None:
        problems = await self._problems()
        first = (_Request(problem, draw) for problem in problems for draw in range(self._settings.draws))
        await self._round(0, first)
        for number in range(1, self._settings.rounds + 1):
            await self._round(number, self._repairs(number - 1))

    async def _problems(self) -> list[Problem]:
        """The problem with each proof in words that is to be sketched."""
        if self._given.proof:
            return [self._given]
        self._stage("writing a proof in words")
        answers = await self._paid(_Request(self._given), draft=True)
        texts = dict.fromkeys(answer.text.strip() for answer in answers)
        return [replace(self._given, proof=text) for text in texts if text]

    def _repairs(self, number: int) -> Iterator[_Request]:
        """For the failed sketches of round `number` that came nearest."""
        failed = [(one, problem) for one, problem in self._tried if one.round == number and one.messages]
        failed.sort(key=lambda pair: pair[0].rank, reverse=True)
        return (_Request(problem, failed=one) for one, problem in failed[: self._settings.repairs])

    async def _round(self, number: int, requests: Iterable[_Request]) -> None:
        """Ask, and try what comes. Raises `_End` with a proof, or at the end of the budget."""
        async with aclosing(self._answers(iter(requests))) as answers:
            async for request, completions in answers:
                self._problem = request.problem
                texts = self._sketches(completions)
                for place, text in enumerate(texts, start=1):
                    await self._try(request.problem, number, text, f"sketch {place} of {len(texts)}")

    async def _answers(
        self, requests: Iterator[_Request]
    ) -> AsyncGenerator[tuple[_Request, list[Completion]], None]:
        """The answer to each request; the next one is asked while the last is used."""
        self._stage("writing a sketch")
        current = next(requests, None) if not self._failure else None
        task = asyncio.create_task(self._paid(current)) if current else None
        try:
            while current is not None and task is not None:
                answer, asked = await task, current
                current = next(requests, None) if not self._failure else None
                task = asyncio.create_task(self._paid(current)) if current else None
                yield asked, answer
        finally:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _paid(self, request: _Request, draft: bool = False) -> list[Completion]:
        """What the model writes; nothing where it gives no answer, which ends all asking."""
        self._spend()
        failed = attempted(request.failed) if request.failed else []
        try:
            if draft:
                answer = await self._writer.drafts(request.problem)
            else:
                answer = await self._writer.sketches(request.problem, request.draw, failed)
        except ContextLengthError:
            self._counts.errors["context_length"] += 1
            return []
        except ModelError as error:
            self._failure = self._failure or str(error) or type(error).__name__
            return []
        self._counts.model_tokens += sum(completion.tokens for completion in answer)
        return answer

    def _sketches(self, completions: list[Completion]) -> list[str]:
        """The new sketches among the answers, the likeliest first."""
        found: list[str] = []
        for completion in sorted(completions, key=_mean, reverse=True):
            parsed = self._filler.read(completion)
            if parsed.dropped:
                self._counts.errors[f"dropped: {parsed.dropped}"] += 1
            elif parsed.text and parsed.text not in self._seen:
                self._seen.add(parsed.text)
                found.append(parsed.text)
        return found

    async def _try(self, problem: Problem, number: int, text: str, stage: str) -> None:
        self._spend()
        self._stage(f"round {number}, {stage}" if number else stage)
        every = number < self._settings.rounds and self._settings.repairs > 0
        left = self._settings.budget.after(self._counts)
        self._underway = Tried(text, elaborated=False, round=number)
        tried = await self._filler.fill(text, every, left, self._watcher, self._hole_ended)
        self._underway = None
        self._keep(replace(tried, round=number), problem)
        if tried.proved:
            raise _End
        if tried.model_failure:
            self._failure = self._failure or tried.model_failure
            raise _End

    def _keep(self, tried: Tried, problem: Problem) -> None:
        self._counts += tried.counts
        self._tried.append((tried, problem))

    def _hole_ended(self, hole: FilledHole, counts: Counts) -> None:
        if (one := self._underway) is not None:
            holes = (*one.holes, hole)
            self._underway = replace(one, elaborated=True, holes=holes, counts=one.counts + counts)

    def _keep_what_was_underway(self) -> None:
        """The sketch that the wall clock ended, with the holes that had been tried and what they cost."""
        if (one := self._underway) is not None:
            why = f"The time ran out while this was tried; its holes tried until then: {len(one.holes)}."
            self._keep(replace(one, messages=(Message("error", why, Position(1, 0)),)), self._problem)

    def _spend(self) -> None:
        """Raises `_End` at the end of the budget."""
        self._counts.wall_seconds = time.monotonic() - self._began
        spent = self._settings.budget.spent(self._counts)
        if spent is not None:
            raise _End(spent)

    def _stage(self, text: str) -> None:
        if self._watcher is not None:
            self._watcher.stage(text)


def _mean(completion: Completion) -> float:
    """A completion's log-probability for each token; nothing known is likeliest, and keeps its place."""
    return (completion.logprob or 0.0) / max(completion.tokens, 1)
