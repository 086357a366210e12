"""The policies of the comparison, opened by name and fitted with meters."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prover.policy.chances import read_chances
from prover.policy.costs import read_costs
from prover.policy.engine import Completion, Engine, Prompt, Sampling
from prover.policy.mixed import MixedPolicy
from prover.policy.model import ModelPolicy
from prover.policy.portfolio import PortfolioPolicy
from prover.policy.preset import SearchDefaults, load_preset
from prover.policy.registry import PolicyChoice, open_engine, shares_of
from prover.types import Candidate, Policy, State

PARTS = ("portfolio", "small", "random")
"""What a policy's name may be made of, with "+" between: `random` is the portfolio in random order."""

MODEL, PRESET, RUNTIME = "small", "prover-small", "ctranslate2"


class RandomOrder:
    """The portfolio's candidates, their log-probabilities dealt out at random: by seed and state."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self._policy, self._seed = policy, seed

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        answers = await self._policy.propose(states)
        return [self._dealt(*both) for both in zip(states, answers, strict=True)]

    async def close(self) -> None:
        await self._policy.close()

    def _dealt(self, state: State, candidates: list[Candidate]) -> list[Candidate]:
        shuffled = random.Random(f"{self._seed}\n{state.text}").sample(candidates, len(candidates))
        pairs = zip(shuffled, candidates, strict=True)
        return [replace(drawn, logprob=place.logprob) for drawn, place in pairs]


class MeteredEngine:
    """An engine, and what was asked of it so far: CPU seconds of this process meanwhile, and completions."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.usage = engine, engine.usage
        self.cpu_s, self.completions = 0.0, 0
        self._asked, self._began = 0, 0.0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        if not self._asked:
            self._began = time.process_time()
        self._asked += 1
        try:
            answer = await self._engine.complete(prompt, sampling)
        finally:
            self._asked -= 1
            if not self._asked:
                self.cpu_s += time.process_time() - self._began
        self.completions += len(answer)
        return answer

    async def close(self) -> None:
        await self._engine.close()


class CountingPolicy:
    """A policy, and how many states it was asked about."""

    def __init__(self, policy: Policy) -> None:
        self.close = policy.close
        self._policy = policy
        self.expansions = 0

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        self.expansions += len(states)
        return await self._policy.propose(states)


@dataclass(slots=True)
class Player:
    """A policy as it was opened, its meter where it has a model, and how it wants to be searched with."""

    policy: Policy
    engine: MeteredEngine | None = None
    search: SearchDefaults = SearchDefaults()

    def read(self) -> tuple[float, int]:
        """CPU seconds and completions of the model so far."""
        return (self.engine.cpu_s, self.engine.completions) if self.engine else (0.0, 0)


async def open_player(name: str, seed: int, model: str) -> Player:
    """The policy `name`, parts with "+" between. Raises as `open_policy` does."""
    names = name.split("+")
    costs = read_costs(Path(model)) if MODEL in names else None
    chances = read_chances(Path(model)) if set(names) == {"portfolio", MODEL} else None
    policies: list[Policy] = []
    player = Player(PortfolioPolicy())
    for part in names:
        if part == MODEL:
            preset = load_preset(PRESET)
            preset = replace(preset, engine=replace(preset.engine, seed=seed))
            choice = PolicyChoice((RUNTIME,), preset=PRESET, model=model).complete()
            player.engine = MeteredEngine(await open_engine(RUNTIME, choice, preset))
            player.search = preset.search
            policies.append(ModelPolicy(player.engine, preset))
        else:
            portfolio = PortfolioPolicy(chances)
            policies.append(RandomOrder(portfolio, seed) if part == "random" else portfolio)
    mixed = len(policies) > 1
    player.policy = MixedPolicy(policies, shares_of(names, chances), costs) if mixed else policies[0]
    return player
