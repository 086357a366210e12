"""Measures tactic steps a second of one Lean process, and what we add to the time Lean itself reports.

    python -m benchmarks.lean_steps [--steps 200]

Each step runs on the same saved state, through the search's own backend: request, reply, typed goals.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from statistics import median

from rich.console import Console
from rich.table import Table

from prover.lean.backend import LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.statements.preludes import prelude
from prover.types import State, Statement

CASES = (
    ("no-op", "skip", "theorem s (a b : ℕ) (h : a < b) : a + 1 ≤ b"),
    ("intro", "intro a b h", "theorem s : ∀ a b : ℕ, a < b → a + 1 ≤ b"),
    ("omega", "omega", "theorem s (a b : ℕ) (h : a < b) : a + 1 ≤ b"),
    ("grind", "grind", "theorem s (a b : ℤ) (h : a = b + 1) : a * a = b * b + 2 * b + 1"),
    ("failing omega", "omega", "theorem s (a b : ℕ) (h : a < b) : a * b = 7"),
)


async def measure(prover: LeanProver, state: State, tactic: str, steps: int) -> tuple[float, float, float]:
    """Steps a second, then median milliseconds of Lean and of ours; the first steps do not count."""
    lean, ours = [], []
    for _ in range(steps + 5):
        began = time.perf_counter()
        result = await prover.step(state, tactic)
        wall = time.perf_counter() - began
        lean.append(result.seconds)
        ours.append(wall - result.seconds)
    total = sum(lean[5:]) + sum(ours[5:])
    return steps / total, median(lean[5:]) * 1e3, median(ours[5:]) * 1e3


async def main() -> None:
    parser = argparse.ArgumentParser(description="Measures tactic steps a second of one Lean process.")
    parser.add_argument("--steps", type=int, default=200)
    steps = parser.parse_args().steps
    table = Table("tactic", "steps/s", "Lean, ms", "ours, ms", title=f"{steps} steps each, one process")
    async with LeanPool(embedded_launch(ensure_lean()), PoolSettings(spares=0)) as pool:
        prover = LeanProver(pool)
        for label, tactic, text in CASES:
            state = await prover.start(Statement("s", text, prelude("core").header))
            rate, lean, ours = await measure(prover, state, tactic, steps)
            table.add_row(label, f"{rate:.0f}", f"{lean:.2f}", f"{ours:.2f}")
            await prover.release(state.statement)
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
