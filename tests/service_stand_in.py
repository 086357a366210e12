"""The service on a prover that answers from a table: the same HTTP, without Lean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
from recorded_prover import RecordedProver, Table, TablePolicy, parse_goal

from prover.attempts import Plan, Tools
from prover.errors import StatementError
from prover.lean.pool import PoolCounts
from prover.policy.registry import PolicyChoice
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.service.app import create_app
from prover.service.operations import Operations, Settings
from prover.service.server import Server, bind, url_of
from prover.types import Message, Position, Rung, State, Statement, Verdict

HOSTILE = "<img src=x onerror=document.title='owned'>"

TABLE: Table = {
    "p ∧ q": {"nonsense": f"error: {HOSTILE}", "constructor": ["p", "q"], "skip_it": ["p ∧ q ∧ q"]},
    "p": {"simp": "error: no", "assumption": "closed"},
    "q": {HOSTILE: ["q'"], "exact hq": "closed"},
    "slow": {"wait": {"result": ["slower"], "sleep": 0.05}, "again": {"result": ["slowest"], "sleep": 0.05}},
    "slower": {"wait": {"result": ["end"], "sleep": 600}},
    "hopeless": {"simp": "error: no"},
    "cheat": {"cheat": "closed"},
}
"""What is asked for is `theorem goal : …` or just what stands there."""

_HEAD = "theorem goal : "


@dataclass
class StandInProver(RecordedProver):
    """A `RecordedProver` that is asked for theorems; those that it does not know do not elaborate."""

    started: list[Statement] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    pool: Any = field(default_factory=lambda: SimpleNamespace(counts=PoolCounts()))

    async def start(self, statement: Statement) -> State:
        goal = statement.text.removeprefix(_HEAD)
        if goal not in self.table:
            place = Position(1, len(_HEAD))
            raise StatementError(
                "the statement does not elaborate",
                [Message("error", f"unknown identifier {HOSTILE}", place, Position(1, len(_HEAD) + 3))],
            )
        self.started.append(statement)
        return State(statement, (), (parse_goal(goal),))

    async def release(self, statement: Statement) -> None:
        self.released.append(statement.text)


class StandInJudge:
    """Refuses what cheats."""

    async def judge(self, statement: Statement, script: str) -> Verdict:
        cheats = "cheat" in script
        return Verdict((Rung("syntax", True), Rung("kernel", not cheats, "it cheats" if cheats else "")))


def make_operations(table: Table = TABLE, **settings: Any) -> Operations:
    prover: Any = StandInProver(table)
    judge: Any = StandInJudge()
    policy: Any = TablePolicy(table)
    plan = Plan(SearchSettings(budget=Budget(lean_s=60, wall_s=30), progress_every_s=0.0))
    choice = PolicyChoice(("portfolio",))
    return Operations(Tools(prover, judge, policy, Flow()), Settings(choice, plan, **settings))


@dataclass(frozen=True)
class Running:
    """A service that answers at `url`; `prover` is the stand-in behind it."""

    url: str
    operations: Operations
    prover: Any
    client: httpx.AsyncClient


@asynccontextmanager
async def serving(operations: Operations, token: str = "") -> AsyncIterator[Running]:
    """The service on a free port of this machine, in this event loop."""
    server = Server(create_app(operations, token))
    with bind("127.0.0.1", 0) as bound:
        url = url_of(bound)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            try:
                yield Running(url, operations, operations._tools.prover, client)
            finally:
                operations.stop()
                server.end()
                await task
                await operations.close()


async def until(happened: Any, seconds: float = 20.0) -> None:
    """Wait until `happened()`; fails where that takes too long."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.01)


def metric(text: str, name: str) -> float:
    """The value of a metric, labels and all, as it stands in a line of `text`."""
    lines: Mapping[str, str] = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
    return float(lines.get(name, 0))
