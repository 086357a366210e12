"""How one theorem is measured: the budget of CPU seconds, the judge's word, a Lean that dies."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks import policies_worker
from benchmarks.policies_players import Player
from benchmarks.policies_results import Result
from benchmarks.policies_worker import Bench, CpuClock, Job, WorkerSettings
from prover.errors import ModelError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import Launch
from prover.types import Candidate, Checked, Message, Policy, Position, State, Statement

STAND_IN = Path(__file__).parents[1] / "repl_stand_in.py"
LAUNCH = Launch((sys.executable, str(STAND_IN)), env=dict(os.environ))


class JudgedProver(LeanProver):
    """Takes every script but those with `slow` in them: the stand-in for Lean cannot judge."""

    async def check(self, statement: Statement, script: str) -> Checked:
        refused = Checked("forbidden", (Message("error", "not this one", Position(1, 0)),))
        return refused if "slow" in script else Checked()


class Tactics:
    """Proposes the same tactics for every state, after `cpu_s` seconds of hard work."""

    def __init__(self, *tactics: str, cpu_s: float = 0.0) -> None:
        self._tactics, self._cpu_s = tactics, cpu_s
        self.closed = False

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        end = time.process_time() + self._cpu_s
        while time.process_time() < end:
            pass
        return [[Candidate(tactic, -float(i)) for i, tactic in enumerate(self._tactics)] for _ in states]

    async def close(self) -> None:
        self.closed = True


class Broken(Tactics):
    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        raise ModelError("the engine died")


@pytest_asyncio.fixture
async def prover() -> AsyncIterator[LeanProver]:
    prover = JudgedProver(LeanPool(LAUNCH, PoolSettings(size=1, spares=0)), LeanLimits())
    yield prover
    await prover.close()


@pytest.fixture
def bench(prover: LeanProver) -> Bench:
    return Bench(prover, WorkerSettings())


def job(text: str = "theorem t : P", budget_s: float = 5.0, seed: int = 0) -> Job:
    result = Result("portfolio", "generated", seed, "t", budget_s, step_s=2.0)
    return Job(result, Statement("t", text))


def opens(monkeypatch: pytest.MonkeyPatch, *policies: Policy) -> None:
    """Let the bench open these policies, one after the other."""
    waiting = iter(policies)

    async def open_player(name: str, seed: int, model: str) -> Player:
        return Player(next(waiting))

    monkeypatch.setattr(policies_worker, "open_player", open_player)


async def test_a_proof_that_the_judge_takes_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opens(monkeypatch, Tactics("fail", "close"))
    found = await bench.run(job())
    assert (found.outcome, found.script, found.expansions) == ("proved", "close", 1)
    assert found.steps == {"tactic_error": 1, "closed": 1}
    assert 0 < found.cpu_s <= 5.0


async def test_a_proof_that_the_judge_refuses_does_not(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowFirst(Tactics):
        async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
            return [[Candidate("close" if state.path else "slow", 0.0)] for state in states]

    opens(monkeypatch, SlowFirst())
    found = await bench.run(job())
    assert (found.outcome, found.reason) == ("refused", "forbidden: not this one")
    assert found.script == "slow\nclose"


async def test_a_search_ends_when_its_cpu_seconds_are_used_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(monkeypatch, Tactics("a", cpu_s=0.02))
    found = await bench.run(job(budget_s=0.2))
    assert (found.outcome, found.script) == ("budget", "")
    assert found.cpu_s >= 0.2 and found.expansions > 1


async def test_a_proof_that_comes_after_the_budget_does_not_count(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(monkeypatch, Tactics("close", cpu_s=0.1))
    assert (await bench.run(job(budget_s=0.05))).outcome == "budget"


async def test_a_lean_that_dies_costs_a_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opens(monkeypatch, Tactics("die", "close"))
    found = await bench.run(job())
    assert (found.outcome, found.steps) == ("proved", {"crashed": 1, "closed": 1})
    assert found.lean_s > 0  # the new process's start is the tactic's fault
    assert (await bench.run(job("theorem u : P"))).outcome == "proved"


async def test_a_statement_that_does_not_elaborate_is_out_of_reach(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(monkeypatch, Tactics("close"))
    found = await bench.run(job("theorem t : bad"))
    assert (found.outcome, found.reason) == ("out of reach", "bad statement")


async def test_a_model_that_gives_no_answer_is_a_theorem_not_proved(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens(monkeypatch, Broken())
    found = await bench.run(job())
    assert (found.outcome, found.reason) == ("failed", "the engine died")


async def test_a_policy_stays_open_until_the_next_seed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Tactics("close"), Tactics("close")
    opens(monkeypatch, first, second)
    await bench.run(job())
    await bench.run(job())
    assert not first.closed
    await bench.run(job(seed=1))
    assert first.closed and not second.closed
    await bench.close()
    assert second.closed


async def test_the_clock_never_goes_back_when_lean_ends(prover: LeanProver) -> None:
    clock = CpuClock(prover.pool)
    await prover.start(Statement("t", "theorem t : P"))
    own, lean = clock.read()
    assert lean > 0
    await prover.close()
    assert clock.read()[0] >= own and clock.read()[1] >= lean
