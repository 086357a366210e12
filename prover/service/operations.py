"""What the service does, whoever asks: suggest, prove, verify, and say how it is. Knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any, Protocol, TypeVar

from prover.attempts import Plan, Tools
from prover.attempts.suggest import advance, suggest
from prover.attempts.theorem import judged, search
from prover.editor.in_place import InPlace
from prover.errors import StatementError
from prover.policy.registry import PolicyChoice
from prover.search import Progress
from prover.service.metrics import Metrics
from prover.service.places import Places, Visit
from prover.service.schema import (
    BudgetAsked,
    ProofOut,
    ProofTextOut,
    ProveAsked,
    ProveInFileAsked,
    StatusOut,
    SuggestAsked,
    SuggestInFileAsked,
    SuggestionsOut,
    TextsOut,
    VerifiedOut,
    VerifyAsked,
    proof_out,
    proof_text_out,
    suggestions_out,
    texts_out,
    verdict_out,
)
from prover.service.status import status_of
from prover.statements.minif2f import Problem
from prover.statements.parse import parse_statement, place_in_source, proof_value, split_proof
from prover.statements.preludes import start_with_prelude
from prover.types import State, Statement

T = TypeVar("T")


class Listener(Protocol):
    """Who follows a search. Every method is called on the event loop and must not wait."""

    def queued(self, visit: Visit) -> None:
        """The statement elaborates; the search waits for its turn."""

    def started(self, statement: Statement, prelude: str) -> None:
        """The search begins."""

    def progress(self, progress: Progress) -> None:
        """It goes on."""

    def judging(self) -> None:
        """A proof was found; the judge has it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service works. The plan's budget is what a search gets where less is not asked for."""

    choice: PolicyChoice
    plan: Plan
    problems: Mapping[str, Problem] = field(default_factory=dict)
    at_a_time: int = 2
    waiting: int = 8
    body_bytes: int = 1 << 22


class Operations:
    """The service's operations on one set of warm tools.

    Each raises `InputError` (`StatementError` with Lean's messages), `Busy`, `ModelError`. Cancelling one
    ends its search; a step that Lean has begun is finished first.
    """

    def __init__(self, tools: Tools, settings: Settings) -> None:
        self.settings, self.metrics = settings, Metrics()
        self.places = Places(settings.at_a_time, settings.waiting)
        self._tools = tools
        self._began = time.monotonic()
        self._jobs: set[asyncio.Task[Any]] = set()
        self._askers = count(1)
        self.metrics.watch(self.places, tools)

    def begin(self, operation: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run an operation as a task of the service's own: it ends in order however its client goes."""
        task = asyncio.create_task(operation)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task

    def stop(self) -> None:
        """End what is under way."""
        for job in self._jobs:
            job.cancel()

    async def close(self) -> None:
        """End what is under way, and wait until it has ended."""
        self.stop()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def suggest(self, asked: SuggestAsked) -> SuggestionsOut:
        """The next tactics, each already run."""
        async with self._started(asked.statement) as (visit, state, prelude):
            await visit.turn()
            here = await advance(self._tools, state, asked.tactics)
            found = await suggest(self._tools, here, asked.count, asked.seconds)
            self.metrics.suggested(found.tried, len(found.found))
            return suggestions_out(found, prelude)

    async def prove(self, asked: ProveAsked, listener: Listener | None = None) -> ProofOut:
        """Search, then judge what was found."""
        plan = self._plan(asked.budget)
        async with self._started(asked.statement) as (visit, state, prelude):
            if listener is not None:
                listener.queued(visit)
            await visit.turn()
            if listener is not None:
                listener.started(state.statement, prelude)
            on_progress = listener.progress if listener is not None else None
            result = await search(self._tools, state.statement, plan, on_progress)
            if listener is not None and result.proof is not None:
                listener.judging()
            done = await judged(self._tools, state.statement, result)
            self.metrics.attempted(done.outcome, result.counts)
            return proof_out(done, prelude, plan.settings.budget)

    async def suggest_in_file(self, asked: SuggestInFileAsked) -> TextsOut:
        """The next tactics at a place of a file, each elaborated there."""
        with self.places.visit() as visit:
            await visit.turn()
            spot = await self._in_place.spot(asked.before, asked.after)
            found, tried = await self._in_place.suggest(spot, asked.count, asked.seconds)
            self.metrics.suggested(tried, len(found))
            return texts_out(spot.state, found, tried)

    async def prove_in_file(self, asked: ProveInFileAsked) -> ProofTextOut:
        """Search for the rest of a proof at a place of a file, and elaborate it there."""
        with self.places.visit() as visit:
            await visit.turn()
            spot = await self._in_place.spot(asked.before, asked.after)
            found, result = await self._in_place.prove(spot, self._plan(asked.budget))
            refused = found is None and result.proof is not None
            self.metrics.attempted("refused" if refused else result.outcome, result.counts)
            return proof_text_out(found, result)

    async def verify(self, asked: VerifyAsked) -> VerifiedOut:
        """The judge's verdict on a proof, found by whomever."""
        text, value = (asked.statement, asked.proof) if asked.proof else split_proof(asked.statement)
        script = proof_value(value)
        async with self._started(text) as (visit, state, prelude):
            await visit.turn()
            verdict = await self._tools.judge.judge(state.statement, script)
            self.metrics.verified(verdict)
            return VerifiedOut(
                name=state.statement.name,
                statement=state.statement.text,
                prelude=prelude,
                verdict=verdict_out(verdict),
            )

    def status(self) -> StatusOut:
        """How the service is, and what it allows."""
        return status_of(self._tools, self.settings, self.places, time.monotonic() - self._began)

    @cached_property
    def _in_place(self) -> InPlace:
        return InPlace(self._tools)

    def _plan(self, asked: BudgetAsked) -> Plan:
        """The service's plan, with no more than is asked for."""
        settings = self.settings.plan.settings
        return replace(
            self.settings.plan, settings=replace(settings, budget=asked.budget().within(settings.budget))
        )

    @asynccontextmanager
    async def _started(self, text: str) -> AsyncIterator[tuple[Visit, State, str]]:
        """A place and the statement's first state. Bad statements are known before a place is waited for."""
        statement = parse_statement(text).own(next(self._askers))
        with self.places.visit() as visit:
            try:
                prelude, state = await start_with_prelude(self._tools.prover, statement)
            except StatementError as error:
                raise _as_asked(error, text, statement) from error
            try:
                yield visit, state, prelude.name
            finally:
                await self._tools.prover.release(state.statement)


def _as_asked(error: StatementError, text: str, statement: Statement) -> StatementError:
    """The error with its messages' places in the text as it was given."""
    messages = [
        replace(
            one,
            start=place_in_source(text, statement, one.start),
            end=one.end and place_in_source(text, statement, one.end),
        )
        for one in error.messages
    ]
    return StatementError(str(error), messages)
