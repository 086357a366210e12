"""A run on a recorded prover, as a process of its own that may be killed; it says what it recorded.

    python tests/recorded_run.py FOLDER [--theorems N] [--attempts K] [--step-seconds S] [--resume]

A line `ack ID FINISHED` is printed once a result is in the store; with --steps, a line `step …` before each
step that the prover is asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from recorded_prover import RecordedProver, Table, TablePolicy
from rich.console import Console

from prover.attempts import Plan, Tools
from prover.errors import ProverError, StatementError
from prover.lean.pool import PoolCounts
from prover.runs.crew import LocalCrew
from prover.runs.drive import DriveSettings, Watch
from prover.runs.records import Finished, Job, Theorem
from prover.runs.run import Request, Stopped, run
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.types import Message, Position, Rung, State, Statement, Step, StepResult, Verdict

PROVED, HOPELESS, NONSENSE = "proved", "hopeless", "nonsense"


def kind_of(number: int) -> str:
    """What becomes of theorem `number`: of three, one has no proof, of seven, one does not elaborate."""
    return NONSENSE if number % 7 == 6 else HOPELESS if number % 3 == 2 else PROVED


@dataclass
class RunProver(RecordedProver):
    """A recorded prover that works where Lean would."""

    talk: bool = False

    def __post_init__(self) -> None:
        self.pool = SimpleNamespace(counts=PoolCounts())

    async def start(self, statement: Statement) -> State:
        try:
            return await super().start(statement)
        except StatementError as error:
            raise StatementError(str(error), [Message("error", str(error), Position(1, 0))]) from error

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        if self.talk:
            print("step", state.statement.name, len(state.path), step, flush=True)
        return await super().step(state, step, within_s)

    async def release(self, statement: Statement) -> None:
        """Nothing is kept."""


class QuickJudge:
    """Accepts every proof of a theorem that is not false."""

    async def judge(self, statement: Statement, script: str) -> Verdict:
        return Verdict((Rung("kernel", True),))


def theorem(number: int) -> Theorem:
    name = f"t{number}"
    text = name if kind_of(number) == NONSENSE else f"{kind_of(number)} {number}"
    return Theorem(name, Statement(name, text))


def table(theorems: int, seconds: float) -> Table:
    """Proofs of three steps, with a failure on the way; hopeless theorems end after two."""
    rows: dict[str, dict[str, Any]] = {}
    for number in range(theorems):
        a, b, c = theorem(number).statement.text, f"b {number}", f"c {number}"
        rows[a] = {"no": _slow("error: no", seconds), "go": _slow([b], seconds)}
        rows[b] = {"go": _slow([c], seconds)} if kind_of(number) == PROVED else {"no": "error: no"}
        rows[c] = {"end": _slow("closed", seconds)}
        if kind_of(number) == NONSENSE:
            del rows[a]
    return rows


def _slow(result: Any, seconds: float) -> dict[str, Any]:
    return {"result": result, "sleep": seconds, "seconds": seconds}


def recorded_tools(rows: Table, talk: bool = False, judge: Any = None) -> Tools:
    prover: Any = RunProver(rows, talk=talk)
    return Tools(prover, judge or QuickJudge(), TablePolicy(rows), Flow())


def request(theorems: int, attempts: int = 1, watch: Watch | None = None, **manifest: Any) -> Request:
    return Request(
        manifest={"schema": 1, "theorems": theorems, "attempts": attempts} | manifest,
        theorems=lambda: (theorem(number) for number in range(theorems)),
        attempts=attempts,
        plan=Plan(SearchSettings(Budget(steps=50))),
        drive=DriveSettings(in_flight=4),
        watch=watch or Watch(),
    )


def opener(tools: Tools) -> Any:
    @asynccontextmanager
    async def opened(request: Request) -> AsyncIterator[LocalCrew]:
        yield LocalCrew(tools, request.plan, request.drive.in_flight)

    return opened


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theorems", type=int, default=100)
    parser.add_argument("--attempts", type=int, default=1)
    parser.add_argument("--step-seconds", type=float, default=0.0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--steps", action="store_true")
    args = parser.parse_args()

    def acknowledge(job: Job, finished: Finished) -> None:
        print("ack", job.id, repr(finished.finished), flush=True)

    tools = recorded_tools(table(args.theorems, args.step_seconds), talk=args.steps)
    wanted = request(args.theorems, args.attempts, Watch(finished=acknowledge))
    try:
        run(args.folder, wanted, opener(tools), args.resume, Console(stderr=True, quiet=True))
    except Stopped:
        print("stopped", flush=True)
        return 130
    except ProverError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("complete", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
