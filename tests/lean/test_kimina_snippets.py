"""The client of a Kimina Lean Server on the real Lean: whole snippets, the results of steps on states."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kimina_stand_in import KiminaStandIn
from repl_process import Json, Repl, ask

from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.native.kimina import KiminaLaunch
from prover.lean.pool import LeanPool, PoolSettings
from prover.statements.preludes import prelude
from prover.types import Closed, Focus, Forbidden, Open, Position, Statement, TacticError

CORE = prelude("core").header
BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", CORE)
FALSE = Statement("t", "theorem t : (1 : ℕ) = 2", CORE)


@pytest_asyncio.fixture
async def kimina(repl: Repl) -> AsyncIterator[LeanPool]:
    async def elaborate(code: str) -> Json:
        return await ask(repl, {"cmd": code})

    async with (
        KiminaStandIn(elaborate) as server,
        LeanPool(KiminaLaunch((), url=server.url), PoolSettings(spares=0)) as pool,
    ):
        yield pool


async def test_snippets_give_the_results_of_steps(prover: LeanProver, kimina: LeanPool) -> None:
    theirs = LeanProver(kimina, LeanLimits(step_s=60, start_s=60))
    mine_root, their_root = await prover.start(BOTH), await theirs.start(BOTH)
    assert mine_root == their_root
    for step in ("constructor", "exact ⟨hp, hq⟩", "exact hp", "exact missing", "exact sorry", "have h := hp"):
        mine, other = await prover.step(mine_root, step), await theirs.step(their_root, step)
        assert type(mine) is type(other), (step, mine, other)
        if isinstance(mine, Open) and isinstance(other, Open):
            assert mine.state.goals == other.state.goals


async def test_goals_are_proved_apart_and_holes_of_a_text_where_they_stand(kimina: LeanPool) -> None:
    prover = LeanProver(kimina, LeanLimits(step_s=60, start_s=60))
    split = await prover.step(await prover.start(BOTH), "constructor")
    assert isinstance(split, Open)
    right = await prover.step(split.state, Focus(1))
    assert isinstance(right, Open) and [g.target for g in right.state.goals] == ["q"]
    assert isinstance(await prover.step(right.state, "exact hp"), TacticError)
    assert isinstance(await prover.step(right.state, "exact hq"), Closed)
    for text, place in (
        (
            "theorem u (p : Prop) (hp : p) : p ∧ p := by\n  constructor\n  · sorry\n  · exact hp",
            Position(3, 4),
        ),
        ("theorem u (p : Prop) (hp : p) : p ∧ p :=\n  ⟨sorry, hp⟩", Position(2, 3)),
    ):
        root = await prover.start(Statement("u", text, CORE, place=place))
        assert isinstance(await prover.step(root, "exact nope"), TacticError)
        assert isinstance(await prover.step(root, "exact hp"), Closed)


@pytest.mark.parametrize(
    "script", ["rfl", "exact sorryAx _ true", "rfl)\ntheorem u : 1 = 1 := (rfl", "rfl\n#exit"]
)
async def test_no_cheat_is_called_proved(kimina: LeanPool, script: str) -> None:
    judge = LeanJudge(kimina)
    assert not (await judge.judge(FALSE, script)).proved
    assert (await judge.judge(BOTH, "exact ⟨hp, hq⟩")).proved
    await judge.close()
    prover = LeanProver(kimina, LeanLimits(step_s=60, start_s=60))
    assert isinstance(await prover.step(await prover.start(FALSE), script), Forbidden | TacticError)
