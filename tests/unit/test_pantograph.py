"""Pantograph behind our protocol: the same prover, judge and pool, on a stand-in for its REPL."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from stepping import opened

from prover.errors import StatementError
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.native.pantograph import PantographLaunch, PantographSession, goal_text
from prover.lean.native.verify import COMMUNITY_RUNGS
from prover.lean.pool import LeanPool, PoolSettings
from prover.types import (
    Closed,
    Crashed,
    Focus,
    Forbidden,
    ParseError,
    Statement,
    TacticError,
    Timeout,
)

TESTS = Path(__file__).parents[1]
COMMAND = (sys.executable, str(TESTS / "pantograph_stand_in.py"), str(TESTS / "community_dialogues.json"))
LAUNCH = PantographLaunch(COMMAND, dict(os.environ))
BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", "import Init\n")


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[LeanPool]:
    async with LeanPool(LAUNCH, PoolSettings(size=1, spares=0)) as pool:
        yield pool


@pytest.fixture
def prover(pool: LeanPool) -> LeanProver:
    return LeanProver(pool, LeanLimits(step_s=0.5, grace_s=0.5))


async def test_goals_come_as_data_and_as_lean_shows_them(prover: LeanProver) -> None:
    [goal] = (await prover.start(BOTH)).goals
    assert goal.text == "p q : Prop\nhp : p\nhq : q\n⊢ p ∧ q" and goal.target == "p ∧ q"
    assert [(h.name, h.type, h.accessible) for h in goal.hypotheses][:2] == [
        ("p", "Prop", True),
        ("q", "Prop", True),
    ]


def test_a_case_a_value_and_a_name_that_cannot_be_typed_are_shown() -> None:
    variables = [
        {"userName": "n✝", "isInaccessible": True, "type": {"pp": "Nat"}},
        {"userName": "k", "type": {"pp": "Nat"}, "value": {"pp": "5"}},
    ]
    goal = {"userName": "h", "target": {"pp": "k = n✝"}, "vars": variables}
    assert goal_text(goal) == "case h\nn✝ : Nat\nk : Nat := 5\n⊢ k = n✝"


async def test_steps_branch_and_each_failure_has_its_kind(prover: LeanProver) -> None:
    root = await prover.start(BOTH)
    assert isinstance(await prover.step(root, "exact nope"), TacticError)
    assert isinstance(await prover.step(root, "exact ("), ParseError)
    assert isinstance(await prover.step(root, "exact sorry"), Forbidden)
    assert isinstance(await prover.step(root, "exact ⟨hp, hq⟩"), Closed)


async def test_a_goal_is_proved_while_its_siblings_sleep(prover: LeanProver) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    for goal, target, closing in ((0, "p", "exact hp"), (1, "q", "exact hq")):
        focused = await opened(prover, split, Focus(goal))
        assert [g.target for g in focused.goals] == [target]
        assert isinstance(await prover.step(focused, "exact nope"), TacticError)
        assert isinstance(await prover.step(focused, closing), Closed)


async def test_a_script_is_checked_and_judged(prover: LeanProver, pool: LeanPool) -> None:
    assert (await prover.check(BOTH, "constructor\n· exact hp\n· exact hq")).proved
    checked = await prover.check(BOTH, "exact ⟨hp, nope⟩")
    assert checked.failure == "tactic_error"
    assert [(m.start.line, m.start.column) for m in checked.messages if m.severity == "error"] == [(1, 11)]
    assert (await prover.check(BOTH, "trivial\ntheorem x : 1 = 1 := rfl")).failure == "parse_error"
    judge = LeanJudge(pool)
    verdict = await judge.judge(BOTH, "exact ⟨hp, hq⟩")
    assert verdict.proved and tuple(rung.name for rung in verdict.rungs) == COMMUNITY_RUNGS
    await judge.close()


async def test_a_statement_that_does_not_elaborate_has_leans_messages(prover: LeanProver) -> None:
    with pytest.raises(StatementError) as caught:
        await prover.start(Statement("t", "theorem t (n : Nat) :\n  n = foo.bar", "import Init\n"))
    assert "foo" in caught.value.messages[0].text and caught.value.messages[0].start.line == 2


@pytest.mark.parametrize(("tactic", "kind"), [("die", Crashed), ("hang", Timeout)])
async def test_a_lost_process_costs_the_step_and_no_state(
    prover: LeanProver, tactic: str, kind: type
) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    assert isinstance(await prover.step(split, f"stand_in {tactic}"), kind)
    focused = await opened(prover, split, Focus(1))
    assert isinstance(await prover.step(focused, "exact hq"), Closed)


async def test_an_interrupted_step_keeps_its_process(prover: LeanProver, pool: LeanPool) -> None:
    root = await prover.start(BOTH)
    result = await prover.step(root, "stand_in slow")
    assert isinstance(result, Timeout) and not result.hard
    assert pool.counts.hard_timeouts == 0


async def test_holes_have_the_places_that_their_bytes_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pantograph counts bytes of all the text so far; the protocol counts code points of the request's
    lines."""
    first, second = "theorem a : ∀ n : ℕ, n = n := by simp", "theorem b (ε : ℕ) : ε = ε := by\n  sorry"
    goal = {"target": {"pp": "ε = ε"}, "vars": []}

    async def call(session: PantographSession, command: str, **payload: object) -> dict[str, object]:
        whole = str(payload.get("file", "")).encode()
        hole = whole.find(b"sorry")
        unit = {"goals": [goal], "goalStateId": 7, "goalSrcBoundaries": [(hole, hole + 5)]}
        return {"units": [unit if hole >= 0 else {}]}

    monkeypatch.setattr(PantographSession, "_call", call)
    session = await LAUNCH.start()
    for env, text in ((None, "import Mathlib"), (0, first), (1, second)):
        reply = await session.request({"cmd": text, "env": env}, 5)
    assert [hole["pos"] for hole in reply["sorries"]] == [{"line": 2, "column": 2}]
    await session.close()


async def test_released_states_are_deleted_in_pantograph(prover: LeanProver, pool: LeanPool) -> None:
    await opened(prover, await prover.start(BOTH), "constructor")
    session = (await pool.worker_for(BOTH)).session
    assert isinstance(session, PantographSession)
    await prover.release(BOTH)
    await prover.start(BOTH)
    assert not [known for known in session._state.goals.values() if len(known.goals) == 2]


async def test_an_older_header_is_elaborated_again_when_it_is_gone_back_to(prover: LeanProver) -> None:
    bare = Statement("both", BOTH.text)
    first = await prover.start(BOTH)
    assert (await prover.start(bare)).goals == first.goals
    assert (await prover.check(BOTH, "exact ⟨hp, hq⟩")).proved
    assert (await prover.check(bare, "exact ⟨hp, hq⟩")).proved
