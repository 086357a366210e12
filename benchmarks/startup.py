"""Times a Lean process from nothing to its first answers, and weighs it.

    python -m benchmarks.startup [--runs 5]

`first answer` is a theorem elaborated on plain `Init`; `core` and `field` add the import of a prelude.
Resident memory is the process's own, at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.protocol import CommandReply, command_reply
from prover.lean.session import Launch, LeanSession
from prover.statements.preludes import prelude

TIMEOUT_S = 300.0
FIRST = "theorem first (n : Nat) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds since the process was started, and its resident bytes at the end."""

    first: float
    core: float
    field: float
    bytes: int


async def measure(launch: Launch) -> Start:
    began = time.perf_counter()
    session = await LeanSession.start(launch)
    seconds = []
    try:
        for text in (FIRST, prelude("core").header, prelude("field").header):
            reply = command_reply(await session.request({"cmd": text}, TIMEOUT_S))
            assert isinstance(reply, CommandReply) and not reply.errors, reply
            seconds.append(time.perf_counter() - began)
        return Start(*seconds, bytes=session.resident_bytes())
    finally:
        await session.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description="Times the start of an embedded Lean process.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    launch = embedded_launch(ensure_lean())
    starts = [await measure(launch) for _ in range(runs)]
    table = Table("", "min", "median", "max", title=f"{runs} starts")
    for label in ("first", "core", "field"):
        values = [getattr(start, label) for start in starts]
        row = (min(values), median(values), max(values))
        table.add_row("first answer, s" if label == "first" else f"+ {label}, s", *(f"{v:.2f}" for v in row))
    sizes = [start.bytes / 1e6 for start in starts]
    table.add_row("resident, MB", *(f"{v:.0f}" for v in (min(sizes), median(sizes), max(sizes))))
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
