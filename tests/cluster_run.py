"""A recorded run on a Ray cluster, as a process of its own that may be killed; it says what it recorded.

    python tests/cluster_run.py FOLDER ADDRESS [--theorems N] [--step-seconds S] [--workers N]

Workers keep notes in a folder of their own: each step that was asked for in `steps`, and when they were last
at one in `workers/PID`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from recorded_prover import Table, TablePolicy
from recorded_run import QuickJudge, RunProver, request, table
from rich.console import Console

from prover.attempts import Tools
from prover.cluster.connect import connected
from prover.cluster.crew import ClusterCrew, ClusterSettings, cluster_crew
from prover.cluster.messages import Work
from prover.cluster.models import Model
from prover.cluster.versions import versions
from prover.policy.registry import OpenEngine
from prover.runs.drive import Watch
from prover.runs.records import Finished, Job
from prover.runs.run import Request, run
from prover.search.flow import Flow
from prover.types import Policy, State, Step, StepResult

OpenTools = Callable[[OpenEngine], AbstractAsyncContextManager[Tools]]


@dataclass
class NotingProver(RunProver):
    """Writes down each step before it is run, in a file that all workers share."""

    notes: Path = field(default_factory=Path)

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        (self.notes / "workers" / str(os.getpid())).touch()
        with (self.notes / "steps").open("a") as file:
            file.write(f"{state.statement.name} {len(state.path)} {step}\n")
        return await super().step(state, step, within_s)


def noted_tools(rows: Table, notes: Path, policy: Policy) -> Tools:
    """Recorded tools of a worker, whose process is known by its notes."""
    (notes / "workers").mkdir(parents=True, exist_ok=True)
    (notes / "workers" / str(os.getpid())).touch()
    prover: object = NotingProver(rows, notes=notes)
    judge: object = QuickJudge()
    return Tools(prover, judge, policy, Flow())  # type: ignore[arg-type]


@asynccontextmanager
async def table_tools(theorems: int, seconds: float, notes: Path, _: OpenEngine) -> AsyncIterator[Tools]:
    rows = table(theorems, seconds)
    yield noted_tools(rows, notes, TablePolicy(rows))


@dataclass
class OnCluster:
    """Opens a run's crew, which `crew` then is. `answer_s`: time limit of a replica's answer."""

    tools: OpenTools
    settings: ClusterSettings = field(default_factory=ClusterSettings)
    models: Sequence[Model] = ()
    answer_s: float = 60.0
    crew: ClusterCrew | None = None

    @asynccontextmanager
    async def __call__(self, wanted: Request) -> AsyncIterator[ClusterCrew]:
        work = Work(self.tools, wanted.plan, versions(), self.answer_s)
        quiet = Console(stderr=True, quiet=True)
        async with cluster_crew(work, self.models, self.settings, quiet) as self.crew:
            await self.crew.all_ready()
            yield self.crew


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("address")
    parser.add_argument("--theorems", type=int, default=40)
    parser.add_argument("--step-seconds", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=None)
    args = parser.parse_args()

    def acknowledge(job: Job, finished: Finished) -> None:
        print("ack", job.id, repr(finished.finished), flush=True)

    wanted = request(args.theorems, watch=Watch(finished=acknowledge))
    notes = args.folder.with_name("notes")
    tools = partial(table_tools, args.theorems, args.step_seconds, notes)
    opener = OnCluster(tools, ClusterSettings(workers=args.workers))
    with connected(args.address):
        run(args.folder, wanted, opener, True, Console(stderr=True, quiet=True))
    print("complete", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
