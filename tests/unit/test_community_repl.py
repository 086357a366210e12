"""A client of the community REPL never sends what ends it, takes no false success, and rebuilds what is lost.

The REPL here is a stand-in that replays what the real Lean said (`community_repl_stand_in.py`).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from protocol_scenarios import COMMUNITY, contains
from stepping import opened

from prover.errors import StatementError
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.native.community import CommunityLaunch, CommunitySession
from prover.lean.native.refusals import forbidden
from prover.lean.native.verify import COMMUNITY_RUNGS
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import SessionDied
from prover.types import (
    Closed,
    Crashed,
    Focus,
    Forbidden,
    MemoryLimit,
    Open,
    ParseError,
    Statement,
    TacticError,
    Timeout,
)

TESTS = Path(__file__).parents[1]
COMMAND = (sys.executable, str(TESTS / "community_repl_stand_in.py"), str(TESTS / "community_dialogues.json"))
LAUNCH = CommunityLaunch(COMMAND, dict(os.environ))
BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", "import Init\n")


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[LeanPool]:
    async with LeanPool(LAUNCH, PoolSettings(size=1, spares=1)) as pool:
        yield pool


@pytest.fixture
def prover(pool: LeanPool) -> LeanProver:
    return LeanProver(pool, LeanLimits(step_s=0.5, grace_s=0.5))


def run(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(COMMAND, input=text, capture_output=True, text=True, timeout=30)


# The stand-in has the REPL's own framing.


@pytest.mark.parametrize("name", COMMUNITY)
async def test_the_stand_in_holds_the_conversations_of_the_real_one(name: str) -> None:
    session = await LAUNCH.start()
    for request, expected in COMMUNITY[name]:
        reply = await session.request(request, 10)
        assert contains(reply, expected), f"to {request}\nwant {expected}\ngot  {reply}"
    await session.close()


@pytest.mark.parametrize("text", ["\n", "no json\n\n", "[]\n\n", '{"cmd": 5}\n\n', '{"tactic": "rfl"}\n\n'])
def test_a_blank_line_and_what_is_no_request_end_the_stand_in(text: str) -> None:
    done = run(text + '{"cmd": "def f := 1"}\n\n')
    assert done.returncode != 0 and not done.stdout
    assert done.stderr.startswith("uncaught exception: ")


def test_the_stand_in_glues_the_lines_of_a_request() -> None:
    assert "no recording" not in run('{"cmd":\n"def f := 1"}\n\n').stdout
    glued = run('{"cmd": "def f :=\n1"}\n\n').stdout
    assert "no recording" in glued and "def f :=1" in glued


def test_comments_have_no_reply_and_the_end_of_the_input_is_a_normal_end() -> None:
    done = run('# one\n\n-- two\n\n{"cmd": "def f := 1"}\n\n')
    assert done.returncode == 0 and done.stdout.count('"env"') == 1


# What the client makes of it.


async def test_steps_branch_and_a_false_success_is_none(prover: LeanProver) -> None:
    """`exact nope` leaves no goals, with an error message beside them."""
    root = await prover.start(BOTH)
    assert [h.name for h in root.goals[0].hypotheses] == ["p", "q", "hp", "hq"]
    assert isinstance(await prover.step(root, "exact nope"), TacticError)
    assert isinstance(await prover.step(root, "exact ("), ParseError)
    assert isinstance(await prover.step(root, "exact sorry"), Forbidden)
    assert isinstance(await prover.step(root, "exact ⟨hp, hq⟩"), Closed)


async def test_a_focused_goal_is_proved_while_the_others_wait(prover: LeanProver) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    for goal, target, closing in ((0, "p", "exact hp"), (1, "q", "exact hq")):
        focused = await opened(prover, split, Focus(goal))
        assert [g.target for g in focused.goals] == [target]
        assert [g.target for g in (await opened(prover, focused, "all_goals skip")).goals] == [target]
        assert isinstance(await prover.step(focused, closing), Closed)
        assert isinstance(await prover.step(focused, "exact nope"), TacticError)


async def test_a_goal_that_is_not_there_cannot_be_focused(prover: LeanProver) -> None:
    root = await prover.start(BOTH)
    assert isinstance(await prover.step(root, Focus(3)), TacticError)


async def test_a_script_is_checked_and_judged_by_plain_requests(prover: LeanProver, pool: LeanPool) -> None:
    assert (await prover.check(BOTH, "constructor\n· exact hp\n· exact hq")).proved
    assert (await prover.check(BOTH, "exact ⟨hp, nope⟩")).failure == "tactic_error"
    assert (await prover.check(BOTH, "trivial\ntheorem x : 1 = 1 := rfl")).failure == "parse_error"
    assert (await prover.check(BOTH, "exact ⟨hp, by admit⟩")).failure == "forbidden"
    judge = LeanJudge(pool)
    verdict = await judge.judge(BOTH, "exact ⟨hp, hq⟩")
    assert verdict.proved and tuple(rung.name for rung in verdict.rungs) == COMMUNITY_RUNGS
    assert not (await judge.judge(BOTH, "exact ⟨hp, nope⟩")).proved
    await judge.close()


@pytest.mark.parametrize(
    "tactic",
    [
        'simp (config := match (IO.println "{}" : IO Unit) () with | _ => {})',
        'simp (maxSteps := match println! "{}" () with | _ => 100)',
        'simp (config := match «IO».FS.writeFile "x" "y" () with | _ => {})',
        "exact «sorryAx» _ true",
        'simp (config := match (show System.FilePath from "x").readDir () with | _ => {})',
        'simp (maxSteps := match unsafeIO (.println "{}") with | _ => 100)',
        'have := eval% (match unsafeIO (.println "{}") with | .ok _ => 0 | _ => 1)',
        "have := eval% 1",
        "trace (toString 1)",
        'trace s!"{1}"',
        'simp (maxSteps := s!"{1}".length)',
        "plausible",
        "with_panel_widgets [A]\n  rfl",
        "aesop (config := unsafeCast 1)",
    ],
)
def test_what_would_run_in_a_configuration_is_refused(tactic: str) -> None:
    """What it prints could look like the REPL's next replies. Guillemets make no other name."""
    assert forbidden(tactic)


@pytest.mark.parametrize(
    "tactic",
    [
        "exact hIO.println",
        "simp (config := { decide := true })",
        'have := "IO"',
        'trace "hello"',
        "rw [trace_add]",
        "simp [trace, eval]",
        "exact (p.eval n) % 2",
    ],
)
def test_a_name_that_only_looks_like_an_action_is_not_refused(tactic: str) -> None:
    assert not forbidden(tactic)


async def test_a_verdict_that_a_proof_printed_is_none(
    prover: LeanProver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies that are printed while Lean is at work come first; the true ones are left behind."""
    transmit, printed = CommunitySession._transmit, list[dict[str, object]]()

    async def forged(session: CommunitySession, payload: dict[str, object]) -> dict[str, object]:
        text = str(payload.get("cmd"))
        if "theorem" in text and "nope" in text:
            honest = await transmit(session, payload | {"cmd": text.replace("nope", "hq")})
            types, axioms = [await transmit(session, {"cmd": one, "env": honest["env"]}) for one in asked]
            printed.extend([honest, types, types, axioms])
        if "#check" in text or "#print axioms" in text:
            seen.append(text)
        printed.append(await transmit(session, payload))
        return printed.pop(0)

    seen: list[str] = []
    asked: list[str] = []
    monkeypatch.setattr(CommunitySession, "_transmit", forged)
    assert (await prover.check(BOTH, "exact ⟨hp, hq⟩")).proved
    asked[:] = [seen[0], seen[-1]]
    assert not (await prover.check(BOTH, "exact ⟨hp, nope⟩")).proved
    assert len(printed) > 0


async def test_messages_of_a_script_are_at_its_own_lines(prover: LeanProver) -> None:
    checked = await prover.check(BOTH, "exact ⟨hp, nope⟩")
    assert [(m.start.line, m.start.column) for m in checked.messages if m.severity == "error"] == [(1, 11)]


async def test_a_statement_that_does_not_elaborate_has_leans_messages(prover: LeanProver) -> None:
    with pytest.raises(StatementError) as caught:
        await prover.start(Statement("t", "theorem t (n : Nat) :\n  n = foo.bar", "import Init\n"))
    assert "foo" in caught.value.messages[0].text and caught.value.messages[0].start.line == 2


@pytest.mark.parametrize(
    ("tactic", "kind"),
    [("die", Crashed), ("overflow", Crashed), ("oom", MemoryLimit), ("hang", Timeout)],
)
async def test_a_lost_process_costs_the_step_and_its_ids_come_back_by_replay(
    prover: LeanProver, tactic: str, kind: type
) -> None:
    split = await opened(prover, await prover.start(BOTH), "constructor")
    focused = await opened(prover, split, Focus(1))
    assert isinstance(await prover.step(focused, f"stand_in {tactic}"), TacticError | kind)
    assert isinstance(await prover.step(split, f"stand_in {tactic}"), kind)
    assert isinstance(await prover.step(focused, "exact hq"), Closed)


async def test_a_process_is_killed_with_all_that_it_started(prover: LeanProver) -> None:
    root = await prover.start(BOTH)
    result = await prover.step(root, "stand_in child")
    assert isinstance(result, TacticError)
    child = psutil.Process(int(result.message))
    assert isinstance(await prover.step(root, "stand_in hang"), Timeout)
    await asyncio.sleep(0.1)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_output_of_native_code_is_not_taken_for_a_reply(prover: LeanProver) -> None:
    root = await prover.start(BOTH)
    assert isinstance(await prover.step(root, "stand_in noise"), Open)
    assert isinstance(await prover.step(root, "exact ⟨hp, hq⟩"), Closed)


async def test_what_would_end_the_process_is_never_sent(prover: LeanProver, pool: LeanPool) -> None:
    root = await prover.start(BOTH)
    pid = (await pool.worker_for(BOTH)).session.pid
    for text in (
        "exact \ud800",
        "(" * 5_000 + "simp" + ")" * 5_000,
        "\n\n",
        "",
        "# \n\n",
        "exact\n\n\n⟨hp, hq⟩",
    ):
        assert isinstance(await prover.step(root, text), ParseError | TacticError), text[:20]
    assert isinstance(await prover.step(root, "exact ⟨hp, hq⟩"), Closed)
    assert (await pool.worker_for(BOTH)).session.pid == pid


async def test_a_process_that_has_grown_is_recycled_between_theorems() -> None:
    settings = PoolSettings(size=1, spares=0, max_bytes=80_000_000)
    async with LeanPool(LAUNCH, settings) as pool:
        prover = LeanProver(pool)
        root = await prover.start(BOTH)
        pid = (await pool.worker_for(BOTH)).session.pid
        await opened(prover, root, "stand_in grow 100")
        await prover.release(BOTH)
        await prover.start(BOTH)
        assert (await pool.worker_for(BOTH)).session.pid != pid and pool.counts.recycled == 1


async def test_memory_is_that_of_the_whole_tree_of_processes() -> None:
    """`lake env` starts the REPL as a child: its own memory says nothing."""
    launch = CommunityLaunch(("/bin/sh", "-c", '"$@"; true', "sh", *COMMAND), dict(os.environ))
    session = await launch.start()
    await session.request({"cmd": "def f := 1"}, 10)
    assert session.resident_bytes() > psutil.Process(session.pid).memory_info().rss + 5_000_000
    await session.close()


async def test_imports_are_loaded_once_for_all_headers_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each theorem of a file has another header, all with the same imports."""
    sent: list[dict[str, object]] = []

    async def transmit(session: CommunitySession, payload: dict[str, object]) -> dict[str, object]:
        sent.append(payload)
        return {"env": len(sent) - 1}

    monkeypatch.setattr(CommunitySession, "_transmit", transmit)
    session = await LAUNCH.start()
    top = "/- of\nimport lines -/\nimport Mathlib\nimport Mine -- here\n"
    for rest in ("\ndef a := 1\n", "\ndef a := 1\n\ntheorem b : a = 1 := rfl\n"):
        await session.request({"cmd": top + rest}, 5)
    await session.request({"cmd": "def c := 1"}, 5)
    assert sent == [
        {"cmd": top.rstrip()},
        {"cmd": "\n\n\n\n\ndef a := 1\n", "env": 0},
        {"cmd": "\n\n\n\n\ndef a := 1\n\ntheorem b : a = 1 := rfl\n", "env": 0},
        {"cmd": "def c := 1"},
    ]
    await session.close()


async def test_the_header_is_elaborated_once_in_a_process(prover: LeanProver, pool: LeanPool) -> None:
    await prover.start(BOTH)
    session = (await pool.worker_for(BOTH)).session
    before = session.requests
    await prover.check(BOTH, "exact ⟨hp, hq⟩")
    await prover.check(BOTH, "exact ⟨hp, hq⟩")
    assert session.requests == before + 2


async def test_how_a_process_ended_is_said_with_its_last_words() -> None:
    session = await LAUNCH.start()
    await session.request({"cmd": f"{BOTH.text} := by\n  sorry", "env": 99}, 10)
    with pytest.raises(SessionDied, match="Could not parse as a valid JSON command"):
        await session.request({"cmd": 5}, 10)
