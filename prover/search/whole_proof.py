"""Whole-proof sampling: draw complete scripts, check each, have the best failed ones repaired, repeat."""

from __future__ import annotations

import asyncio
import heapq
import textwrap
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from prover.errors import ContextLengthError, InputError, ModelError, StatementError
from prover.search.best_first import OnProgress
from prover.search.budgets import Budget, Counts
from prover.search.flow import Flow
from prover.search.results import Outcome, Progress, SearchResult
from prover.search.scores import logprob
from prover.types import Attempted, Candidate, Message, ProofPolicy, ProofTree, Prover, State, Statement

_MESSAGES = 8
"""How many messages of a failed script are kept, errors before others."""

_MESSAGE_CHARS = 1_000
"""How much of each of them is kept."""


@dataclass(frozen=True, slots=True)
class WholeProofSettings:
    """How to sample and repair. Raises `InputError` for values that make no sense.

    Of the budget, expansions are requests to the policy, steps are scripts checked; requests that are in
    flight when its expansions or tokens are spent still count, and their scripts are checked.
    draws: requests for first proofs, each for as many scripts as the policy samples. rounds: of repair.
    repairs: requests of each round, one for a failed script. concurrency: requests of this theorem that are
    with the policy at the same time; 0 adapts it (see `flow`). keep: failed scripts that are remembered.
    progress_every_s: least seconds between two progress records.
    """

    budget: Budget = field(default_factory=Budget)
    draws: int = 4
    rounds: int = 2
    repairs: int = 4
    concurrency: int = 4
    keep: int = 64
    progress_every_s: float = 0.1

    def __post_init__(self) -> None:
        for name, least in (("draws", 1), ("rounds", 0), ("repairs", 0), ("concurrency", 0), ("keep", 1)):
            if getattr(self, name) < least:
                raise InputError(f"{name} must be at least {least}, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class WholeProofResult(SearchResult):
    """How the sampling ended; there is no graph. `attempts`: the scripts that failed, in the order of checks.

    Where more than `WholeProofSettings.keep` failed, they are the best ranked.
    """

    attempts: tuple[Attempted, ...] = ()


async def prove_whole(
    prover: Prover,
    policy: ProofPolicy,
    statement: Statement,
    settings: WholeProofSettings | None = None,
    on_progress: OnProgress | None = None,
    flow: Flow | None = None,
) -> WholeProofResult:
    """Sample whole proofs until one checks. Many calls may run concurrently, as with `prove`.

    A script is checked as soon as it is there, the likeliest of those that wait first, each text once. While
    the model has a free place, and all first proofs are asked for, it is given the best failed script: the
    one whose first error is furthest down (its end counts, for an error at a block's beginning tells what is
    left at its end), then the one with the fewest errors, then the likeliest. Each is repaired once.

    What scripts do is part of the result and never raised; so is a model that gives no answer: no more is
    asked then, and what was received is still checked. Raises `StatementError` where the statement does not
    elaborate or is a hole of a larger text, and what else `prover.start` raises.
    """
    if statement.place is not None:
        raise StatementError("a whole proof cannot stand for one of a declaration's holes: use best-first")
    sampling = _Sampling(
        prover, policy, statement, settings or WholeProofSettings(), on_progress, flow or Flow()
    )
    return await sampling.run()


class _OutOfBudget(Exception):
    """A limit, named by the argument, is reached."""


@dataclass(frozen=True, slots=True)
class _Script:
    """A script to check; `round` is 0 for a first proof, else the number of repairs that led to it."""

    text: str
    logprob: float
    round: int


@dataclass(slots=True)
class _Failed:
    """A script that failed, its place in the order of checks, and its rank, higher is better."""

    attempt: Attempted
    round: int
    number: int
    rank: tuple[int, int, float]
    repaired: bool = False


class _Sampling:
    """One theorem's scripts: those that wait for the prover, those that failed, and what has been spent."""

    def __init__(
        self,
        prover: Prover,
        policy: ProofPolicy,
        statement: Statement,
        settings: WholeProofSettings,
        on_progress: OnProgress | None,
        flow: Flow,
    ) -> None:
        self._prover, self._policy, self._statement = prover, policy, statement
        self._settings, self._on_progress, self._flow = settings, on_progress, flow
        self._for_checks = settings.budget.within_expansion()
        self._counts = Counts()
        self._waiting: list[tuple[float, int, _Script]] = []
        self._seen: set[str] = set()
        self._order = count()
        self._failed: list[_Failed] = []
        self._asked: Counter[int] = Counter()
        self._asking = 0
        self._checking: str | None = None
        self._proof: str | None = None
        self._spent: str | None = None
        self._failure = ""
        self._began = self._reported = time.monotonic()

    async def run(self) -> WholeProofResult:
        """Sample until the end or the wall clock's; what is in flight is then cancelled and awaited."""
        sampling = asyncio.create_task(self._sample())
        try:
            done, _ = await asyncio.wait({sampling}, timeout=self._settings.budget.wall_s)
            if done:
                sampling.result()
            else:
                self._spent = "wall_s"
        except _OutOfBudget as stop:
            self._spent = str(stop)
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
        return self._result()

    def _result(self) -> WholeProofResult:
        """A proof counts even if it arrived together with the end of a budget."""
        self._counts.wall_seconds = time.monotonic() - self._began
        self._report(final=True)
        attempts = tuple(one.attempt for one in sorted(self._failed, key=lambda one: one.number))
        if self._proof is not None:
            proof = ProofTree(self._proof)
            return WholeProofResult(Outcome.PROVED, None, proof, self._counts, None, attempts=attempts)
        if self._failure:
            return WholeProofResult(Outcome.FAILED, None, None, self._counts, None, self._failure, attempts)
        outcome = Outcome.EXHAUSTED if self._spent is None else Outcome.BUDGET
        return WholeProofResult(outcome, self._spent, None, self._counts, None, attempts=attempts)

    async def _sample(self) -> None:
        """Keep model and prover busy until a script checks or nothing is left to do.

        The budget ends it between two checks: the last one that is paid for runs to its end.
        """
        state = await self._prover.start(self._statement)
        running: set[asyncio.Task[None]] = set()
        try:
            while self._proof is None:
                running |= {asyncio.create_task(task) for task in self._due(state)}
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.gather(*done)
                if self._proof is None and self._checking is None and (running or self._waiting):
                    self._spend(self._for_checks)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _due(self, state: State) -> list[Coroutine[None, None, None]]:
        """What can begin now: a check, where none is running, and requests, where the model has a place."""
        due: list[Coroutine[None, None, None]] = []
        if self._checking is None and self._waiting:
            script = heapq.heappop(self._waiting)[2]
            self._checking = script.text
            due.append(self._check(script))
        places = self._settings.concurrency or self._flow.width
        while self._asking < places and (request := self._next_request()):
            self._asking += 1
            due.append(self._ask(state, *request))
        return due

    # Asking the model.

    def _next_request(self) -> tuple[int, list[Attempted]] | None:
        """The round of the next request and what it is to repair; None where there is none to be made."""
        if self._failure or self._spent is not None:
            return None
        failed = self._best_failed() if self._asked[0] >= self._settings.draws else None
        if failed is None and self._asked[0] >= self._settings.draws:
            return None
        try:
            self._spend(self._settings.budget)
        except _OutOfBudget as stop:
            self._spent = str(stop)
            return None
        number = failed.round + 1 if failed else 0
        self._asked[number] += 1
        self._counts.expansions += 1
        if failed is None:
            return number, []
        failed.repaired = True
        return number, [failed.attempt]

    def _best_failed(self) -> _Failed | None:
        """The failed script that is most worth a repair, of those whose next round has requests left."""
        open_rounds = {n for n in range(self._settings.rounds) if self._asked[n + 1] < self._settings.repairs}
        open_ones = [one for one in self._failed if not one.repaired and one.round in open_rounds]
        return max(open_ones, key=lambda one: one.rank, default=None)

    async def _ask(self, state: State, number: int, failed: Sequence[Attempted]) -> None:
        began = time.monotonic()
        try:
            with self._flow.asking():
                proposed = await self._policy.proofs(state, failed)
        except ContextLengthError:
            self._counts.errors["context_length"] += 1
            return
        except ModelError as error:
            self._failure = self._failure or str(error) or type(error).__name__
            return
        finally:
            self._asking -= 1
            self._counts.model_seconds += time.monotonic() - began
        self._counts.model_tokens += sum(candidate.tokens for candidate in proposed)
        for candidate in proposed:
            self._receive(candidate, number)
        self._report()

    def _receive(self, candidate: Candidate, number: int) -> None:
        text = textwrap.dedent(candidate.tactic).strip()
        if candidate.dropped:
            self._counts.errors[f"dropped: {candidate.dropped}"] += 1
        elif text and text not in self._seen:
            self._seen.add(text)
            script = _Script(text, logprob(candidate), number)
            heapq.heappush(self._waiting, (-script.logprob, next(self._order), script))

    # Checking scripts.

    async def _check(self, script: _Script) -> None:
        self._counts.steps += 1
        self._report()
        try:
            with self._flow.stepping():
                checked = await self._prover.check(self._statement, script.text)
        finally:
            self._checking = None
        self._flow.stepped(checked.seconds)
        self._counts.lean_seconds += checked.seconds
        if checked.proved:
            self._proof = script.text
            return
        self._counts.errors[checked.failure] += 1
        self._remember(script, checked.messages)

    def _remember(self, script: _Script, messages: Sequence[Message]) -> None:
        attempt = Attempted(script.text, _shortened(messages))
        rank = (*_rank(messages), script.logprob)
        self._failed.append(_Failed(attempt, script.round, self._counts.steps, rank))
        if len(self._failed) > self._settings.keep:
            self._failed.remove(min(self._failed, key=lambda one: one.rank))

    # Budgets and progress.

    def _spend(self, budget: Budget) -> None:
        self._counts.wall_seconds = time.monotonic() - self._began
        spent = budget.spent(self._counts)
        if spent is not None:
            raise _OutOfBudget(spent)

    def _report(self, final: bool = False) -> None:
        now = time.monotonic()
        if self._on_progress is None or not (
            final or now - self._reported >= self._settings.progress_every_s
        ):
            return
        self._reported = now
        elapsed, counts = now - self._began, self._counts
        self._on_progress(
            Progress(
                expansions=counts.expansions,
                steps=counts.steps,
                open_goals=len(self._waiting),
                best_score=self._waiting[0][2].logprob if self._waiting else 0.0,
                steps_per_s=counts.steps / elapsed if elapsed > 0 else 0.0,
                lean_seconds=counts.lean_seconds,
                elapsed_s=elapsed,
                goal=self._checking or "",
                shares=self._flow.shares(),
            )
        )


def _rank(messages: Sequence[Message]) -> tuple[int, int]:
    """How far a script got, higher is better: the line of its first error's end, and minus its errors."""
    ends = [(message.end or message.start).line for message in messages if message.severity == "error"]
    return min(ends, default=0), -len(ends)


def _shortened(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The first messages, errors before others, each cut at the end, with a mark."""
    errors_first = sorted(messages, key=lambda message: message.severity != "error")[:_MESSAGES]
    return tuple(
        message
        if len(message.text) <= _MESSAGE_CHARS
        else replace(message, text=message.text[:_MESSAGE_CHARS] + " …")
        for message in errors_first
    )
