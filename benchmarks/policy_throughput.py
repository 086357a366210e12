"""Measures tokens a second through our vLLM policy against the bare engine, on the same requests.

    python -m benchmarks.policy_throughput [--model FOLDER] [--requests 64] [--n 8] [--max-tokens 64]

One process, one engine, warm; the two sides take turns, each round with states that the prefix cache does not
know. Without a model a tiny one with random weights is made: the engine is then as fast as it can be, and our
part weighs most.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.tiny_llama import make_tiny_llama
from prover.policy.engine import EngineSettings, Sampling
from prover.policy.engines.vllm import VllmEngine, open_engine
from prover.policy.model import ModelPolicy
from prover.policy.preset import Preset, PromptFormat
from prover.types import Goal, State, Statement

HEADER = "Lean 4 tactic state, then the tactic.\n" * 3
STATE = "case {number}\nx y : ℝ\nn : ℕ\nh₀ : 0 < n\nh₁ : x ^ n + y ≤ {number}\n⊢ |x * y| ≤ {number} / 2"

Side = Callable[[list[str]], Awaitable[int]]
"""Answers all goals at once and returns how many tokens were generated."""


def through_policy(engine: VllmEngine, sampling: Sampling) -> Side:
    """As the search asks: states in, tactics out."""
    form = PromptFormat(step=HEADER + "{{state}}\n")
    policy = ModelPolicy(engine, Preset("benchmark", "", "", prompt=form, samplings=(sampling,)))

    async def answer(goals: list[str]) -> int:
        states = [State(Statement(goal, goal), (), (Goal(goal),)) for goal in goals]
        return sum(c.tokens for candidates in await policy.propose(states) for c in candidates)

    return answer


def bare(engine: VllmEngine, sampling: Sampling) -> Side:
    """The engine that is inside ours, asked with texts and nothing else done."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    parameters = SamplingParams(
        n=sampling.n,
        max_tokens=sampling.max_tokens,
        stop=list(sampling.stop),
        logprobs=0,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )
    names = (f"bare-{number}" for number in itertools.count())

    async def one(goal: str) -> int:
        prompt = {"prompt": f"{HEADER}{goal}\n"}
        async for output in engine.llm.generate(prompt, parameters.clone(), next(names)):
            tokens = sum(len(completion.token_ids) for completion in output.outputs)
        return tokens

    async def answer(goals: list[str]) -> int:
        return sum(await asyncio.gather(*map(one, goals)))

    return answer


async def measure(sides: dict[str, Side], requests: int, rounds: int) -> dict[str, list[float]]:
    """Tokens a second of each side in each round; a first round warms up and does not count."""
    numbers, rates = itertools.count(), {name: list[float]() for name in sides}
    for turn in range(rounds + 1):
        for name in sorted(sides, reverse=turn % 2 == 1):
            goals = [STATE.format(number=next(numbers)) for _ in range(requests)]
            began = time.perf_counter()
            tokens = await sides[name](goals)
            if turn:
                rates[name].append(tokens / (time.perf_counter() - began))
    return rates


async def main() -> None:
    parser = argparse.ArgumentParser(description="Measures our vLLM policy against the bare engine.")
    parser.add_argument("--model", help="a model's folder or its name on the hub; a tiny one by default")
    parser.add_argument("--requests", type=int, default=32, help="prompts that are in flight together")
    parser.add_argument("--n", type=int, default=8, help="completions of each prompt")
    parser.add_argument("--max-tokens", type=int, default=64, help="tokens of each completion")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    sampling = Sampling(n=options.n, max_tokens=options.max_tokens, stop=("---",))
    with tempfile.TemporaryDirectory() as folder:
        model = options.model or str(make_tiny_llama(Path(folder), vocabulary=512, context=1024))
        engine = await open_engine(model, EngineSettings(dtype="auto" if options.model else "float32"))
        try:
            sides = {"bare engine": bare(engine, sampling), "our policy": through_policy(engine, sampling)}
            rates = await measure(sides, options.requests, options.rounds)
        finally:
            await engine.close()
    table = Table(
        "", "tokens/s, median", "lowest", "highest", title=f"{options.requests} requests, n = {options.n}"
    )
    for name, values in rates.items():
        table.add_row(name, f"{median(values):.0f}", f"{min(values):.0f}", f"{max(values):.0f}")
    pairs = zip(rates["our policy"], rates["bare engine"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    Console().print(table, f"ratio, median of {options.rounds} rounds: {ratio:.3f} (target: at least 0.95)")


if __name__ == "__main__":
    asyncio.run(main())
