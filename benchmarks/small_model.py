"""Measures candidates a second of the small model on the CPU, as the search asks for them.

    python -m benchmarks.small_model [--model FOLDER] [--n 16] [--states 40] [--dtype int8]

States come as in a search, one after the other, through the policy: prompt, samples, tactics. `distinct` are
the tactics that differ; processor seconds are those of the whole process.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from prover.models import small_model
from prover.policy.engines.ctranslate2 import open_engine
from prover.policy.model import ModelPolicy
from prover.policy.preset import load_preset
from prover.types import Goal, State, Statement

STATE = (
    "α : Type u_1\ninst✝ : BEq α\nxs ys : List α\nm n k : ℕ\nh₀ : 0 < n\nh₁ : n % {a} = {b}\n"
    "h₂ : xs.length + m ≤ {a} * k\nih : ∀ (m : ℕ), m < n → (xs ++ ys).length ≤ m + {b}\n"
    "⊢ (ys ++ xs).length + {b} * n ≤ m + {a} * (k + n) ∧ 2 * n % {a} = {b}"
)
"""About 150 tokens with the tokenizer that ships."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of all states together; seconds of the clock and of the processors."""

    candidates: int
    distinct: int
    tokens: int
    wall_s: float
    cpu_s: float


async def measure(policy: ModelPolicy, states: list[State]) -> Measured:
    """Asks for each state's tactics, one state at a time, after one that warms up."""
    await policy.propose(states[:1])
    wall, cpu = time.perf_counter(), time.process_time()
    answers = [(await policy.propose([state]))[0] for state in states]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Measured(
        candidates=sum(map(len, answers)),
        distinct=sum(len({one.tactic for one in answer if one.tactic}) for answer in answers),
        tokens=sum(one.tokens for answer in answers for one in answer),
        wall_s=wall,
        cpu_s=cpu,
    )


async def run(model: Path, n: int, count: int, dtype: str) -> Measured:
    preset = load_preset("prover-small")
    preset = replace(preset, samplings=tuple(replace(one, n=n) for one in preset.samplings))
    engine = await open_engine(str(model), replace(preset.engine, dtype=dtype))
    policy = ModelPolicy(engine, preset)
    goals = [Goal(STATE.format(a=3 + number, b=number % 3)) for number in range(count)]
    try:
        return await measure(
            policy, [State(Statement("t", "theorem t : True"), (), (goal,)) for goal in goals]
        )
    finally:
        await policy.close()


def show(measured: Measured, title: str) -> Table:
    table = Table(title=title)
    for name in ("candidates", "distinct", "tokens each", "per second", "per processor second", "distinct/s"):
        table.add_column(name, justify="right")
    table.add_row(
        str(measured.candidates),
        str(measured.distinct),
        f"{measured.tokens / measured.candidates:.1f}",
        f"{measured.candidates / measured.wall_s:,.0f}",
        f"{measured.candidates / measured.cpu_s:,.0f}",
        f"{measured.distinct / measured.wall_s:,.0f}",
    )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="Candidates a second of the small model.")
    parser.add_argument("--model", type=Path, help="a folder (default: the model that ships)")
    parser.add_argument("--n", type=int, default=16, help="samples of a state (default 16)")
    parser.add_argument("--states", type=int, default=40)
    parser.add_argument("--dtype", default="auto", help="auto (int8), int8 or float32")
    arguments = parser.parse_args()
    model = arguments.model or small_model()
    measured = asyncio.run(run(model, arguments.n, arguments.states, arguments.dtype))
    Console().print(show(measured, f"{model}, {arguments.n} samples of {arguments.states} states"))


if __name__ == "__main__":
    main()
