"""Proves a miniF2F file on the embedded Lean and prints proved / attempted / out of reach for each prelude.

python -m benchmarks.minif2f --data valid.jsonl [--lean-seconds 60] [--sample 60] [--out results.jsonl]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from prover.attempts import Plan, Tools, attempt
from prover.errors import StatementError
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.policy.portfolio import PortfolioPolicy
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.statements.minif2f import Problem, load
from prover.statements.preludes import start_with_prelude

SAMPLE_SEED = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One problem's line of the result file."""

    name: str
    prelude: str
    outcome: str
    lean_s: float = 0.0
    wall_s: float = 0.0
    steps: int = 0
    expansions: int = 0
    script: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    tools: Tools
    plan: Plan

    async def run(self, problem: Problem) -> Row:
        began = time.perf_counter()
        try:
            chosen, state = await start_with_prelude(self.tools.prover, problem.statement)
        except StatementError as error:
            reason = error.messages[0].text if error.messages else str(error)
            return Row(problem.name, "none", "out of reach", reason=reason)
        done = await attempt(self.tools, state.statement, self.plan)
        counts = done.result.counts
        refused = done.verdict is not None and not done.verdict.proved
        outcome = "proved" if done.proved else "refused" if refused else done.result.outcome.value
        row = Row(problem.name, chosen.name, outcome, counts.lean_seconds, time.perf_counter() - began)
        reason = done.verdict.reason if done.verdict is not None else ""
        return replace(
            row, steps=counts.steps, expansions=counts.expansions, script=done.script or "", reason=reason
        )


async def run_all(bench: Bench, problems: list[Problem], workers: int, out: Path | None) -> list[Row]:
    console = Console(stderr=True)
    queue = list(reversed(problems))
    rows: list[Row] = []

    async def work() -> None:
        while queue:
            row = await bench.run(queue.pop())
            rows.append(row)
            proved = sum(r.outcome == "proved" for r in rows)
            console.print(
                f"{len(rows)}/{len(problems)} proved {proved}  {row.outcome:12} {row.prelude:5} "
                f"{row.lean_s:6.1f} s {row.name}",
                highlight=False,
            )
            if out is not None:
                with out.open("ab") as file:
                    file.write(orjson.dumps(row) + b"\n")

    await asyncio.gather(*(work() for _ in range(workers)))
    return rows


def print_table(rows: list[Row]) -> None:
    table = Table("prelude", "proved", "attempted", "share")
    for name in ("core", "field"):
        mine = Counter(row.outcome for row in rows if row.prelude == name)
        attempted = mine.total()
        table.add_row(name, str(mine["proved"]), str(attempted), f"{mine['proved'] / max(1, attempted):.1%}")
    proved = sum(row.outcome == "proved" for row in rows)
    reach = sum(row.prelude != "none" for row in rows)
    table.add_row("in reach", str(proved), str(reach), f"{proved / max(1, reach):.1%}")
    table.add_row("all", str(proved), str(len(rows)), f"{proved / max(1, len(rows)):.1%}")
    Console().print(table)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--names", help="only problems whose name contains this")
    parser.add_argument("--sample", type=int, help="only so many, drawn with a fixed seed")
    parser.add_argument("--lean-seconds", type=float, default=60.0)
    parser.add_argument("--step-seconds", type=float, default=5.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    problems = [p for p in load(args.data) if not args.names or args.names in p.name]
    if args.sample:
        problems = random.Random(SAMPLE_SEED).sample(problems, min(args.sample, len(problems)))
    async with LeanPool(embedded_launch(ensure_lean()), PoolSettings(size=args.processes)) as pool:
        judge = LeanJudge(pool)
        prover = LeanProver(pool, LeanLimits(step_s=args.step_seconds))
        tools = Tools(prover, judge, PortfolioPolicy(), Flow(args.processes))
        bench = Bench(tools, Plan(SearchSettings(budget=Budget(lean_s=args.lean_seconds))))
        rows = await run_all(bench, problems, args.processes, args.out)
        await judge.close()
    print_table(rows)


if __name__ == "__main__":
    asyncio.run(main())
