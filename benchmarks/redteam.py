"""The judge against exploits and against honest proofs that look like them: two tables, and a verdict's time.

    python -m benchmarks.redteam

Each file of tests/redteam is judged in one warm Lean process. Exit code 1 if an exploit gets through or an
honest proof is refused.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.redteam_cases import Case, exploits, honest, refusing_rung
from prover.judge import LeanJudge
from prover.judge.lean import RUNGS
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings


@dataclass(frozen=True, slots=True)
class Tried:
    """What the judge made of a case: `rung` as `refusing_rung` gives it, and the seconds of the verdict."""

    case: Case
    rung: str
    seconds: float

    @property
    def as_it_should(self) -> bool:
        return bool(self.rung) == bool(self.case.rung)


async def try_cases(cases: list[Case], console: Console) -> list[Tried]:
    """Judge each case, in order. Lean is started before the clock runs."""
    tried = []
    async with LeanPool(embedded_launch(ensure_lean(console)), PoolSettings(size=0, spares=1)) as pool:
        judge = LeanJudge(pool)
        await judge.judge_file(cases[0].solution, cases[0].challenge)
        for case in track(cases, "Judging", console=console):
            begun = time.perf_counter()
            verdict = await judge.judge_file(case.solution, case.challenge)
            tried.append(Tried(case, refusing_rung(verdict), time.perf_counter() - begun))
        await judge.close()
    return tried


def exploit_table(tried: list[Tried]) -> Table:
    """How many exploits each rung refused."""
    table = Table(title=f"Exploits: {len(tried)} tried, {sum(one.as_it_should for one in tried)} refused")
    table.add_column("refused by")
    table.add_column("exploits", justify="right")
    count = Counter(one.rung for one in tried)
    for rung in RUNGS:
        table.add_row(rung, str(count[rung]))
    table.add_row("nothing: they got through", str(count[""]), style="red" if count[""] else "")
    return table


def honest_table(tried: list[Tried]) -> Table:
    """How many honest proofs passed, and which did not."""
    table = Table(title=f"Honest proofs: {len(tried)} tried, {sum(one.as_it_should for one in tried)} passed")
    table.add_column("refused though honest")
    table.add_column("by")
    for one in tried:
        if not one.as_it_should:
            table.add_row(one.case.about, one.rung)
    return table


def times(tried: list[Tried]) -> str:
    """The seconds of a verdict: median, and the time that one in ten takes longer than."""
    seconds = sorted(one.seconds for one in tried)
    return (
        f"A verdict takes {statistics.median(seconds):.2f} s (median), one in ten more than "
        f"{seconds[len(seconds) * 9 // 10]:.2f} s; of honest proofs "
        f"{statistics.median(one.seconds for one in tried if not one.case.rung):.2f} s."
    )


def main() -> int:
    console = Console(stderr=True)
    bad, good = exploits(), honest()
    tried = asyncio.run(try_cases(bad + good, console))
    out = Console()
    out.print(exploit_table(tried[: len(bad)]))
    out.print(honest_table(tried[len(bad) :]))
    out.print(times(tried))
    return 0 if all(one.as_it_should for one in tried) else 1


if __name__ == "__main__":
    sys.exit(main())
