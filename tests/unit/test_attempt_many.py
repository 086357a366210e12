"""Many theorems on the same tools: how many are under way, what one's failure means for the others."""

from __future__ import annotations

import asyncio
from typing import Any

from recorded_prover import RecordedProver, Table, TablePolicy

from prover.attempts import Attempt, Plan, Tools
from prover.attempts.many import attempt_many
from prover.errors import StatementError
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.types import Rung, Statement, Verdict


class Recorded(RecordedProver):
    async def release(self, statement: Statement) -> None:
        pass


class SlowJudge:
    """Accepts everything, one proof at a time."""

    def __init__(self) -> None:
        self.lock, self.waiting, self.most_waiting = asyncio.Lock(), 0, 0

    async def judge(self, statement: Statement, script: str) -> Verdict:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        async with self.lock:
            await asyncio.sleep(0.01)
        self.waiting -= 1
        return Verdict((Rung("kernel", True),))


def tools(table: Table) -> Tools:
    prover: Any = Recorded(table)
    judge: Any = SlowJudge()
    return Tools(prover, judge, TablePolicy(table), Flow())


def theorems(count: int) -> tuple[Table, list[Statement]]:
    goals = [f"p{number}" for number in range(count)]
    return {g: {"go": {"result": "closed", "sleep": 0.01}} for g in goals}, [Statement(g, g) for g in goals]


async def test_each_statement_comes_back_once_with_what_came_of_it() -> None:
    table, statements = theorems(20)
    statements.insert(7, Statement("nonsense", "nonsense"))
    found = {s.name: done async for s, done in attempt_many(tools(table), statements, Plan(), 4)}
    assert isinstance(found.pop("nonsense"), StatementError)
    assert len(found) == 20 and all(isinstance(done, Attempt) and done.proved for done in found.values())


async def test_no_more_than_asked_for_are_searched_at_a_time() -> None:
    table, statements = theorems(20)
    used = tools(table)
    assert [done async for done in attempt_many(used, statements, Plan(), 3)]
    assert used.prover.most_running == 3  # type: ignore[attr-defined]


async def test_searches_go_on_while_proofs_wait_for_the_judge() -> None:
    """All places were taken by theorems that waited for the judge, and model and Lean had nothing to do."""
    table, statements = theorems(20)
    used = tools(table)
    assert [done async for done in attempt_many(used, statements, Plan(), 3)]
    assert 3 < used.judge.most_waiting <= 6  # type: ignore[attr-defined]


async def test_leaving_early_ends_what_is_under_way() -> None:
    table, statements = theorems(20)
    slow = {"slow": {"go": {"result": "closed", "sleep": 60}}}
    used = tools(table | slow)
    plan = Plan(SearchSettings(Budget(wall_s=60)))
    attempts = attempt_many(used, [Statement("slow", "slow"), *statements], plan, 2)
    async for _ in attempts:
        break
    await attempts.aclose()  # type: ignore[attr-defined]
    assert used.prover.running == 0  # type: ignore[attr-defined]
