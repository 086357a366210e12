"""A Kimina Lean Server behind our protocol: what is sent, and what its troubles cost. Its Lean is a table
here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from kimina_stand_in import KiminaStandIn
from stepping import opened

from prover.errors import SetupError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.native.kimina import KiminaLaunch
from prover.lean.pool import LeanPool, PoolSettings
from prover.types import Closed, Crashed, Focus, Forbidden, Open, Statement, TacticError, Timeout

BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", "import Init\nopen Nat\n")


async def lean(code: str) -> dict[str, Any]:
    """A Lean that knows `constructor`, `exact hp`, `exact hq` and nothing else."""
    reply: dict[str, Any] = {"env": 0}
    goals = ["⊢ p ∧ q"]
    waiting: list[str] = []
    for number, raw in enumerate(code.split("\n"), start=1):
        match raw.strip():
            case "constructor":
                goals = ["case left\n⊢ p", "case right\n⊢ q"]
            case "rotate_left 1":
                goals = goals[1:] + goals[:1]
            case "case' _ =>":
                goals, waiting = goals[:1], goals[1:]
            case "exact hp" | "exact hq" as exact if goals and goals[0].endswith(exact[-1]):
                goals = goals[1:]
            case "sorry" | "all_goals sorry":
                place = {"line": number, "column": len(raw) - len("sorry")}
                reply.setdefault("sorries", []).extend({"goal": goal, "pos": place} for goal in goals)
                goals, waiting = waiting, []
            case text if text.startswith(("exact", "simp")):
                error = {"severity": "error", "pos": {"line": number, "column": 0}, "data": f"no: {text}"}
                reply.setdefault("messages", []).append(error)
    return {key: value for key, value in reply.items() if value != []}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[KiminaStandIn]:
    async with KiminaStandIn(lean) as server:
        yield server


@pytest_asyncio.fixture
async def prover(server: KiminaStandIn) -> AsyncIterator[LeanProver]:
    launch = KiminaLaunch((), url=server.url)
    async with LeanPool(launch, PoolSettings(size=1, spares=0)) as pool:
        yield LeanProver(pool, LeanLimits(step_s=2, grace_s=2))


def code(server: KiminaStandIn) -> str:
    return str(server.bodies[-1]["snippets"][0]["code"])


async def test_a_step_sends_all_steps_so_far_and_reads_what_is_left(
    prover: LeanProver, server: KiminaStandIn
) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    assert [goal.target for goal in split.goals] == ["p", "q"]
    left = await opened(prover, split, "exact hp")
    assert code(server) == (f"{BOTH.header}\n{BOTH.text} := by\n  constructor\n  exact hp\n  all_goals sorry")
    assert isinstance(await prover.step(left, "exact hq"), Closed)
    assert isinstance(await prover.step(left, "exact hp"), TacticError)


async def test_a_focused_goal_is_a_block_of_its_own(prover: LeanProver, server: KiminaStandIn) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    focused = await opened(prover, split, Focus(1))
    assert [goal.target for goal in focused.goals] == ["q"]
    assert isinstance(await prover.step(focused, "exact hq"), Closed)
    block = (
        "  constructor\n  rotate_left 1\n  case' _ =>\n    exact hq\n    all_goals sorry\n  all_goals sorry"
    )
    assert code(server).endswith(block)


@pytest.mark.parametrize(
    "tactic",
    ["sorry", "native_decide", "trivial\ntheorem x : True := trivial", "skip\n#print x", "run_tac 1"],
)
async def test_nothing_that_begins_a_command_or_leaves_a_hole_is_sent(
    prover: LeanProver, server: KiminaStandIn, tactic: str
) -> None:
    root = await prover.start(BOTH)
    sent = len(server.bodies)
    assert isinstance(await prover.step(root, tactic), Forbidden)
    assert len(server.bodies) == sent


async def test_a_busy_server_is_asked_again(prover: LeanProver, server: KiminaStandIn) -> None:
    server.trouble = [429, 503]
    root = await prover.start(BOTH)
    assert isinstance(await prover.step(root, "constructor"), Open)


async def test_lean_out_of_time_is_a_soft_timeout(prover: LeanProver, server: KiminaStandIn) -> None:
    root = await prover.start(BOTH)
    server.trouble = ["timeout"]
    result = await prover.step(root, "constructor")
    assert isinstance(result, Timeout) and not result.hard
    assert server.bodies[-1]["timeout"] == 2


async def test_a_server_that_breaks_off_costs_the_step_and_no_state(
    prover: LeanProver, server: KiminaStandIn
) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    server.trouble = ["rubbish"]
    assert isinstance(await prover.step(split, "exact hp"), Crashed)
    await server.stop()
    assert isinstance(await prover.step(split, "exact hp"), Crashed)
    await server.start()
    assert isinstance(await prover.step(split, "exact hp"), Open)


async def test_a_wrong_key_names_the_variable(prover: LeanProver, server: KiminaStandIn) -> None:
    server.trouble = [401]
    with pytest.raises(SetupError, match="KIMINA_API_KEY"):
        await prover.start(BOTH)


async def test_time_is_that_of_the_server(prover: LeanProver) -> None:
    result = await prover.step(await prover.start(BOTH), "constructor")
    assert result.seconds == 0.25
