"""Compares our concurrent loop with a sequential one in the manner of LLEMMA's released script.

    python -m benchmarks.loop [--model FOLDER] [--policy vllm] [--theorems 96] [--in-flight 48]

Both run in one process on the same engine, the same Lean pool, the same theorems and budgets. The sequential
loop takes one theorem at a time: it draws the samples of one state, waits for all, then tries them in Lean
one after the other. Ours has many theorems under way. In both a proof counts once the judge accepts it.
Without --model a tiny Llama is made and taught, in about a minute, to answer the benchmark's own kind of
statement.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import random
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.own_time import CpuMeter, CpuShares
from benchmarks.tuned_llama import PROMPT, Pair, make_tuned_llama
from prover.attempts import Attempt, Plan, Tools, open_tools
from prover.attempts.home import embedded_home
from prover.attempts.many import attempt_many
from prover.lean.backend import LeanProver
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import PoolSettings
from prover.policy.engine import Engine, EngineSettings, Sampling
from prover.policy.model import ModelPolicy
from prover.policy.preset import Preset, PromptFormat
from prover.policy.registry import PolicyChoice, open_engine
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow, Shares
from prover.statements.preludes import prelude
from prover.types import Closed, Open, Policy, Statement


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one loop did in `seconds`."""

    name: str
    seconds: float
    expansions: int
    steps: int
    proofs: int
    shares: Shares
    cpu: CpuShares


def statements(number: int) -> list[Statement]:
    """Statements of a few kinds: a step or two to a proof for most, none for every sixth, which is false."""
    header = prelude("core").header
    kinds: list[Callable[[int], str]] = [
        lambda k: f"(n : ℕ) (h : n % {k + 3} = 1) : (2 * n) % {k + 3} = 2",
        lambda k: f"(a b : ℕ) (h : a + {k} = b) : a ≤ b ∧ b = a + {k}",
        lambda k: f"(p q : Prop) (h : p ∧ q) (k : {k} = {k}) : q ∧ p",
        lambda k: f": ∃ n : ℕ, n + {k} = {3 * k + 1}",
        lambda k: f"(x y : ℤ) (h : x - y = {k}) : x = y + {k}",
        lambda k: f"(n : ℕ) (h : n < {k + 5}) : n + 1 < {k + 5}",
    ]
    texts = [f"theorem t{i} {kinds[i % len(kinds)](i // len(kinds) + 1)}" for i in range(number)]
    return [Statement(f"t{i}", text, header) for i, text in enumerate(texts)]


def training_pairs(number: int = 4000) -> list[Pair]:
    """States of the kinds that `statements` makes, with larger numbers, and tactics that fit, not always."""
    draw = random.Random(0)
    pairs = []
    for _ in range(number):
        k, m = draw.randrange(1, 60), draw.randrange(1, 60)
        pairs.append(
            draw.choice(
                [
                    (f"n : ℕ\nh : n % {k} = 1\n⊢ 2 * n % {k} = 2", draw.choice(["omega", "simp [h]"])),
                    (f"a b : ℕ\nh : a + {k} = b\n⊢ a ≤ b ∧ b = a + {k}", "constructor"),
                    (f"a b : ℕ\nh : a + {k} = b\n⊢ a ≤ b", draw.choice(["omega", "grind"])),
                    (f"a b : ℕ\nh : a + {k} = b\n⊢ b = a + {k}", draw.choice(["omega", "exact h.symm"])),
                    (f"p q : Prop\nh : p ∧ q\nk : {k} = {k}\n⊢ q ∧ p", "exact ⟨h.2, h.1⟩"),
                    (f"⊢ ∃ n, n + {k} = {m}", f"exact ⟨{draw.randrange(40)}, rfl⟩"),
                    (f"x y : ℤ\nh : x - y = {k}\n⊢ x = y + {k}", draw.choice(["omega", "linarith"])),
                    (f"n : ℕ\nh : n < {k}\n⊢ n + 1 < {k}", f"by_cases h{m} : n = {m}"),
                    (
                        f"n : ℕ\nh : n < {k}\nh{m} : n = {m}\n⊢ n + 1 < {k}",
                        draw.choice(["omega", "simp_all"]),
                    ),
                    (f"n : ℕ\nh : n < {k}\nh{m} : ¬n = {m}\n⊢ n + 1 < {k}", f"by_cases h{k} : n = {k}"),
                ]
            )
        )
    return pairs


async def sequential(
    tools: Tools, engine: Engine, sampling: Sampling, theorems: list[Statement], expansions: int
) -> tuple[int, int, int]:
    """Expansions, steps and proofs of a loop that does one thing at a time.

    Best-first by the sum of mean token log-probabilities; output goes to Lean as it comes, each text once.
    """
    totals = [0, 0, 0]
    for theorem in theorems:
        order = count()
        root = await tools.prover.start(theorem)
        queue, seen = [(0.0, next(order), root)], set[str]()
        for _ in range(expansions):
            if not queue:
                break
            score, _, state = heapq.heappop(queue)
            seen.add(state.text)
            totals[0] += 1
            with tools.flow.asking():
                answers = await engine.complete(PROMPT.replace("{{state}}", state.text), sampling)
            scored = {a.text.strip(): (a.logprob or 0.0) / max(a.tokens, 1) for a in answers}
            for tactic, mean in sorted(scored.items(), key=lambda item: -item[1]):
                totals[1] += 1
                with tools.flow.stepping():
                    result = await tools.prover.step(state, tactic)
                tools.flow.stepped(result.seconds)
                if isinstance(result, Closed):
                    script = "\n".join(str(step) for step in result.path)
                    totals[2] += (await tools.judge.judge(theorem, script)).proved
                    queue.clear()
                    break
                if isinstance(result, Open) and result.state.text not in seen:
                    heapq.heappush(queue, (score - mean, next(order), result.state))
        await tools.prover.release(theorem)
    return totals[0], totals[1], totals[2]


async def concurrent(
    tools: Tools, theorems: list[Statement], plan: Plan, in_flight: int
) -> tuple[int, int, int]:
    """Expansions, steps and proofs of ours."""
    totals = [0, 0, 0]
    async for _, done in attempt_many(tools, theorems, plan, in_flight):
        if isinstance(done, Attempt):
            totals[0] += done.result.counts.expansions
            totals[1] += done.result.counts.steps
            totals[2] += done.proved
    return totals[0], totals[1], totals[2]


async def measure(name: str, tools: Tools, run: Coroutine[None, None, tuple[int, int, int]]) -> Outcome:
    began = time.perf_counter()
    with CpuMeter() as meter:
        expansions, steps, proofs = await run
    seconds = time.perf_counter() - began
    return Outcome(name, seconds, expansions, steps, proofs, tools.flow.shares(), meter.shares())


def print_table(outcomes: list[Outcome]) -> None:
    table = Table("", *(outcome.name for outcome in outcomes))
    rows: dict[str, Callable[[Outcome], str]] = {
        "seconds": lambda o: f"{o.seconds:.1f}",
        "expansions/s": lambda o: f"{o.expansions / o.seconds:.2f}",
        "Lean steps/s": lambda o: f"{o.steps / o.seconds:.1f}",
        "proofs": lambda o: str(o.proofs),
        "proofs/h": lambda o: f"{3600 * o.proofs / o.seconds:.0f}",
        "model idle": lambda o: f"{1 - o.shares.model:.0%}",
        "Lean idle": lambda o: f"{1 - o.shares.lean:.0%}",
        "neither busy": lambda o: f"{o.shares.waiting:.0%}",
        "our code, of CPU time": lambda o: f"{o.cpu.ours:.1%}",
        "engine front end": lambda o: f"{o.cpu.front_end:.1%}",
        "cores in use": lambda o: f"{o.cpu.total_s / o.seconds:.2f}",
    }
    for label, show in rows.items():
        table.add_row(label, *(show(outcome) for outcome in outcomes))
    first, second = (outcome.expansions / outcome.seconds for outcome in outcomes)
    Console().print(table)
    Console().print(f"expansions/s, ours to sequential: {second / first:.2f}", highlight=False)


async def compare(args: argparse.Namespace, model: Path) -> list[Outcome]:
    sampling = Sampling(n=args.n, temperature=args.temperature, max_tokens=args.max_tokens, stop=("\n---",))
    engine_settings = EngineSettings(dtype="float32", context=512, max_sequences=args.max_sequences)
    preset = Preset(
        "loop", "", "", prompt=PromptFormat(step=PROMPT), samplings=(sampling,), engine=engine_settings
    )
    theorems = statements(args.theorems)
    budget = Budget(expansions=args.expansions)
    plan = Plan(SearchSettings(budget=budget, score="llemma", concurrency=args.concurrency))

    async def policy() -> Policy:
        engine = await open_engine(args.policy, PolicyChoice(model=str(model)), preset)
        return ModelPolicy(engine, preset)

    processes = PoolSettings(size=args.processes, spares=0)
    async with open_tools(embedded_home(ensure_lean()), policy, pool=processes) as waiting:
        _, tools = await waiting.with_policy(warm_up(waiting.prover, theorems, args.processes))
        engine = tools.policy.engine  # type: ignore[attr-defined]
        await concurrent(tools, statements(4), plan, args.in_flight)  # warms engine and judge
        before = replace(tools, flow=Flow(args.processes))
        outcomes = [
            await measure(
                "sequential", before, sequential(before, engine, sampling, theorems, args.expansions)
            )
        ]
        after = replace(tools, flow=Flow(args.processes))
        outcomes.append(await measure("ours", after, concurrent(after, theorems, plan, args.in_flight)))
    return outcomes


async def warm_up(prover: LeanProver, theorems: list[Statement], processes: int) -> None:
    """Every Lean process has imported the header before the clock starts."""
    await asyncio.gather(*(prover.start(theorem) for theorem in theorems[:processes]))
    await asyncio.gather(*(prover.release(theorem) for theorem in theorems[:processes]))


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, help="a Hugging Face folder")
    parser.add_argument("--policy", default="vllm", choices=["vllm", "transformers", "ctranslate2"])
    parser.add_argument("--theorems", type=int, default=96)
    parser.add_argument("--expansions", type=int, default=8, help="of one theorem")
    parser.add_argument("--n", type=int, default=32, help="samples of one state")
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--processes", type=int, default=2, help="of Lean")
    parser.add_argument("--in-flight", type=int, default=48, help="theorems under way in our loop")
    parser.add_argument("--concurrency", type=int, default=0, help="states of one theorem; 0 adapts")
    parser.add_argument("--max-sequences", type=int, default=256)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or make_tuned_llama(Path(folder), training_pairs())
        print_table(await compare(args, model))


if __name__ == "__main__":
    asyncio.run(main())
