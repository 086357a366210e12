"""One attempt, from a job to what came of it. Who has tools can run it: the driver, a worker elsewhere."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace

from prover.attempts.theorem import Attempt, Plan, judged, search
from prover.attempts.tools import Tools
from prover.errors import MissingImportError, ModelError, ProverError, StatementError
from prover.runs.journal import Journal, journaled
from prover.runs.records import Finished, Job, Outcome
from prover.runs.seeds import seeded
from prover.runs.trees import pack_tree
from prover.search import Outcome as SearchOutcome
from prover.search import SearchResult
from prover.search.best_first import OnProgress
from prover.statements.preludes import start_with_prelude

_DETAIL_CHARS = 2000

_SMALL = 100
"""Nodes of a graph that is packed at once."""

_OUTCOMES = {SearchOutcome.EXHAUSTED: Outcome.GAVE_UP, SearchOutcome.BUDGET: Outcome.BUDGET}


@dataclass(slots=True)
class _Clock:
    """When the attempt was handed out, began and claimed a proof, by the wall and by a steady clock."""

    asked: float
    began: float = 0.0
    started: float = 0.0
    searched: float = 0.0


async def run_job(
    tools: Tools,
    job: Job,
    plan: Plan,
    place: AbstractAsyncContextManager[object] | None = None,
    on_progress: OnProgress | None = None,
    journal: Journal | None = None,
) -> Finished:
    """Search and judge. `place` is held while the search runs, not while the proof waits for the judge. With
    `journal`, a best-first search that was cut off goes on where it was; other strategies begin anew.

    What goes wrong is part of the result, an unexpected error too (`crashed`), so that one theorem cannot end
    a run. Raised is what says nothing of the theorem: `ModelError` where the model gives no answer,
    `InputError` where the plan does not go with the policy, `DiskFullError` and `SetupError` of the journal.
    """
    clock = _Clock(time.monotonic())
    try:
        mine = replace(tools, policy=seeded(tools.policy, job.seed))
        if journal is not None and plan.strategy == "best-first":
            mine = journaled(mine, journal)
        return await _run(mine, job, plan, place or nullcontext(), on_progress, clock)
    except StatementError as error:
        return _timed(_not_begun(tools, job, error), clock)
    except MissingImportError as error:
        return _timed(Finished(Outcome.OUT_OF_REACH, str(error)[:_DETAIL_CHARS]), clock)
    except ProverError:
        raise
    except Exception as error:
        return _timed(Finished(Outcome.CRASHED, f"{type(error).__name__}: {error}"[:_DETAIL_CHARS]), clock)


async def _run(
    tools: Tools,
    job: Job,
    plan: Plan,
    place: AbstractAsyncContextManager[object],
    on_progress: OnProgress | None,
    clock: _Clock,
) -> Finished:
    async with place:
        clock.began, clock.started = time.monotonic(), time.time()
        statement = job.theorem.statement.own(job.attempt)
        prelude, state = await start_with_prelude(tools.prover, statement, tools.home.headers)
        result = await search(tools, state.statement, plan, on_progress)
    clock.searched = time.monotonic()
    if result.outcome is SearchOutcome.FAILED:
        raise ModelError(result.failure)
    done = await judged(tools, state.statement, result)
    return _timed(_finished(done, result, prelude.name, await _tree(result)), clock)


async def _tree(result: SearchResult) -> bytes:
    """The packed graph; a large one is packed in a thread, for it takes a while."""
    if result.graph is None:
        return b""
    if len(result.graph.nodes) < _SMALL:
        return pack_tree(result.graph)
    return await asyncio.to_thread(pack_tree, result.graph)


def _finished(done: Attempt, result: SearchResult, prelude: str, tree: bytes) -> Finished:
    counts = result.counts
    outcome = _OUTCOMES.get(result.outcome, Outcome.PROVED if done.proved else Outcome.REFUSED)
    return Finished(
        outcome=outcome,
        detail=done.verdict.reason[:_DETAIL_CHARS] if done.verdict is not None else "",
        budget=result.budget or "",
        prelude=prelude,
        header=done.statement.header,
        script=done.script or "",
        verdict=done.verdict,
        expansions=counts.expansions,
        steps=counts.steps,
        model_tokens=counts.model_tokens,
        model_seconds=counts.model_seconds,
        lean_seconds=counts.lean_seconds,
        wall_seconds=counts.wall_seconds,
        solved_at=counts.expansions if outcome is Outcome.PROVED else None,
        errors=dict(counts.errors),
        tree=tree,
    )


def _not_begun(tools: Tools, job: Job, error: StatementError) -> Finished:
    """A statement that is not taken; where nothing is said of it, it is the prover that failed."""
    messages = [message.text for message in error.messages]
    outcome = Outcome.OUT_OF_REACH if messages else Outcome.INIT_ERROR
    prelude = tools.home.headers(job.theorem.statement)[0].name
    return Finished(outcome, "\n".join(messages or [str(error)])[:_DETAIL_CHARS], prelude=prelude)


def _timed(finished: Finished, clock: _Clock) -> Finished:
    now = time.monotonic()
    began = clock.began or now
    return replace(
        finished,
        judge_seconds=now - clock.searched if clock.searched else 0.0,
        queue_seconds=began - clock.asked,
        started=clock.started or time.time(),
        finished=time.time(),
    )
