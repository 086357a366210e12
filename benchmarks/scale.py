"""How much driver a run needs: attempts per second, memory for many theorems, and Ray's share.

    python -m benchmarks.scale                      # all four tables
    python -m benchmarks.scale --parts driver,hold --theorems 1000000
    python -m benchmarks.scale --parts ray --seconds 0.5

Prover, policy and judge are recorded: they answer at once, so that what is measured is ours. On Ray a theorem
costs sleep, not CPU, so that workers beyond this machine's cores can be had.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.scale_recorded import recorded_tools, theorems, worker_tools
from prover.attempts import Plan
from prover.cluster.messages import Lines
from prover.cluster.outbox import Inbox, pack
from prover.runs.crew import LocalCrew
from prover.runs.drive import Watch, drive
from prover.runs.journal import Journal, JournalFolder, journaled
from prover.runs.problems import open_data
from prover.runs.records import Finished, Job
from prover.runs.store import Store
from prover.search import Budget, SearchSettings
from prover.types import Goal, Hypothesis, State, Statement

PARTS = ("driver", "hold", "news", "ray")
PLAN = Plan(SearchSettings(Budget(expansions=10)))
IN_FLIGHT = 64
RAY_CPUS = 8
TOGETHER = 20
"""Steps that one worker tells of together: those of a second."""

GOAL = Goal(
    "n k : ℕ\nh₀ : 0 < n\nh₁ : n % 5 = 3\nh₂ : ∀ m < n, 2 * m % 5 ≠ 1 ∨ m = k\n⊢ 2 * n % 5 = 1 ∧ k ≤ n",
    "2 * n % 5 = 1 ∧ k ≤ n",
    tuple(Hypothesis(name, "∀ m < n, 2 * m % 5 ≠ 1 ∨ m = k") for name in ("n", "k", "h₀", "h₁", "h₂")),
)
"""A goal of usual length."""


@dataclass(slots=True)
class Meter:
    """What the block took, children left out. Sizes in MiB."""

    wall: float = 0.0
    cpu: float = 0.0
    resident: float = 0.0

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu
        self.resident = psutil.Process().memory_info().rss / 2**20


def driver(attempts: int, console: Console) -> None:
    """The whole driver on recorded tools: claim, search, judge, pack the tree, record."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.create(theorems(attempts), 1)
        meter = Meter()
        with meter():
            asyncio.run(drive(store, LocalCrew(recorded_tools(), PLAN, IN_FLIGHT)))
        assert store.totals().proved == attempts
        size = sum(path.stat().st_size for path in Path(folder).glob("results.sqlite*"))
        store.close()
    table = Table(
        "attempts", "attempts/s", "per CPU second", "bytes stored for each", title="Driver, Ray off"
    )
    table.add_row(
        f"{attempts:,}",
        f"{attempts / meter.wall:,.0f}",
        f"{attempts / meter.cpu:,.0f}",
        f"{size / attempts:,.0f}",
    )
    console.print(table)


def hold(count: int, attempts: int, console: Console) -> None:
    """A run of `count` theorems from a file: loaded, then `attempts` of them made."""
    table = Table("", "seconds", "per second", "resident MiB", title=f"{count:,} theorems")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.jsonl"
        with data.open("w", encoding="utf-8") as file:
            for one in theorems(count):
                row = {"name": one.name, "lean4": {"statement": one.statement.text + " := by sorry"}}
                file.write(json.dumps(row) + "\n")
        meter = Meter()
        with meter():
            store = Store(Path(folder))
        table.add_row("at the start", "", "", f"{meter.resident:.0f}")
        with meter():
            store.create(open_data(data).theorems, 1)
        table.add_row(
            "read and stored", f"{meter.wall:.0f}", f"{count / meter.wall:,.0f}", f"{meter.resident:.0f}"
        )
        for part in (1, 2):
            with meter():
                made = asyncio.run(_some(store, attempts // 2))
            table.add_row(
                f"{made:,} attempts ({part})",
                f"{meter.wall:.1f}",
                f"{made / meter.wall:,.0f}",
                f"{meter.resident:.0f}",
            )
        assert store.totals().attempts == count
        store.close()
    console.print(table)


async def _some(store: Store, attempts: int) -> int:
    """Drive until so many attempts are made."""
    made, enough = 0, asyncio.Event()

    def finished(job: Job, result: Finished) -> None:
        nonlocal made
        made += 1
        if made >= attempts:
            enough.set()

    crew = LocalCrew(recorded_tools(), PLAN, IN_FLIGHT)
    driving = asyncio.create_task(drive(store, crew, watch=Watch(finished=finished)))
    await asyncio.wait([driving, asyncio.create_task(enough.wait())], return_when=asyncio.FIRST_COMPLETED)
    driving.cancel()
    await asyncio.gather(driving, return_exceptions=True)
    return made


def news(steps: int, console: Console) -> None:
    """What the driver does for each step of a search elsewhere: the journal's line arrives and is written."""
    with tempfile.TemporaryDirectory() as folder:
        lines = list[bytes]()
        answered = journaled(recorded_tools(), Journal((), lines.append, quiet_s=0.0)).prover
        state = State(Statement("t", "theorem t : p"), (), (GOAL,))

        async def search() -> None:
            for number in range(steps):
                await answered.step(state, f"rw [lemma_{number} h₁, Nat.add_comm]")

        asyncio.run(search())
        box, inbox, sent = JournalFolder(Path(folder)).file(1), Inbox(), 0
        packed = [
            pack([Lines(1, line) for line in lines[start : start + TOGETHER]])
            for start in range(0, steps, TOGETHER)
        ]
        meter = Meter()
        with meter():
            for message in packed:
                sent += len(message)
                for told in inbox.add(message):
                    for one in told:
                        box.write(one.lines)
        box.close()
    written = sum(map(len, lines))
    table = Table("steps", "per CPU second", "bytes sent each", "written each", title="Steps made elsewhere")
    table.add_row(f"{steps:,}", f"{steps / meter.cpu:,.0f}", f"{sent / steps:.0f}", f"{written / steps:.0f}")
    console.print(table)


def on_ray(counts: list[int], each: int, seconds: float, console: Console) -> None:
    """Efficiency against so many workers that lose no time: theorems that cost sleep, evenly shared."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    title = f"Ray on one machine, {seconds} s of sleep a theorem"
    table = Table("workers", "theorems", "seconds", "of linear", "driver CPU ms a theorem", title=title)
    ray.init(
        address="local",
        num_cpus=RAY_CPUS,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    try:
        for workers in counts:
            wall, cpu = asyncio.run(_ray_run(workers, each * workers, seconds, console))
            table.add_row(
                str(workers),
                str(each * workers),
                f"{wall:.2f}",
                f"{each * seconds / wall:.0%}",
                f"{1000 * cpu / (each * workers):.1f}",
            )
    finally:
        ray.shutdown()
    console.print(table)


async def _ray_run(workers: int, count: int, seconds: float, console: Console) -> tuple[float, float]:
    """Wall and CPU seconds from the moment that all workers are ready."""
    from prover.cluster.crew import ClusterSettings, cluster_crew
    from prover.cluster.messages import Work
    from prover.cluster.versions import versions

    work = Work(partial(worker_tools, seconds), PLAN, versions())
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.create(theorems(count), 1)
        async with cluster_crew(work, [], ClusterSettings(workers=workers), console) as crew:
            await crew.all_ready()
            meter = Meter()
            with meter():
                await drive(store, crew)
        assert store.totals().proved == count
        store.close()
    return meter.wall, meter.cpu


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="which tables, with commas between them")
    parser.add_argument("--attempts", type=int, default=20_000, help="of the first tables")
    parser.add_argument("--theorems", type=int, default=1_000_000, help="of the second table")
    parser.add_argument("--workers", default="1,2,4,8", help="of the last")
    parser.add_argument("--each", type=int, default=20, help="theorems for each worker")
    parser.add_argument("--seconds", type=float, default=0.5, help="that a theorem sleeps on Ray")
    args = parser.parse_args()
    console, parts = Console(), args.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]!r}; known: {', '.join(PARTS)}")
    if "driver" in parts:
        driver(args.attempts, console)
    if "hold" in parts:
        hold(args.theorems, args.attempts, console)
    if "news" in parts:
        news(args.attempts, console)
    if "ray" in parts:
        on_ray([int(one) for one in args.workers.split(",")], args.each, args.seconds, console)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"most memory: {peak:.0f} MiB; load average at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
