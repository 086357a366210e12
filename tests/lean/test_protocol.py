"""The REPL's protocol on the real Lean: what each kind of request is answered with.

A scenario is a list of requests with what their replies must contain. Its ids count from 0, as in a
fresh process; `converse` moves them to where the shared process stands.
"""

from __future__ import annotations

import asyncio
import os
import time

import orjson
import pytest
from protocol_scenarios import ALL, OPEN, Like, Scenario, contains, shifted
from repl_process import TIMEOUT_S, Repl, ask, raw

from prover.lean.session import LeanSession


async def next_ids(repl: Repl) -> dict[str, int]:
    reply = await ask(repl, {"cmd": "example : True := sorry"})
    return {"env": reply["env"] + 1, "proofState": reply["sorries"][0]["proofState"] + 1}


async def converse(repl: Repl, scenario: Scenario) -> None:
    first = await next_ids(repl)
    back = {field: -n for field, n in first.items()}
    for request, expected in scenario:
        reply = shifted(await ask(repl, shifted(request, first)), back)
        assert contains(reply, expected), f"to {request}\nwant {expected}\ngot  {reply}"


@pytest.mark.parametrize("name", ALL)
async def test_replies(repl: Repl, name: str) -> None:
    await converse(repl, ALL[name])


@pytest.mark.parametrize("deep", ["[" * 1_000_000, '{"a":' * 200_000, '{"cmd": "' + "(" * 2_000 + '"}'])
async def test_deep_nesting_is_an_error_reply(repl: Repl, deep: str) -> None:
    session = await repl.alive()
    [reply] = await raw(repl, deep.encode() + b"\n\n", 1)
    assert "message" in reply or reply["messages"][0]["severity"] == "error"
    assert repl.session is session and session.alive
    assert contains(await ask(repl, {"cmd": "#check 1"}), {"messages": [{"data": "1 : Nat"}]})


@pytest.mark.parametrize(
    "text",
    [
        b"not json",
        b"[]",
        b"5",
        b"null",
        b'{"cmd": "#check 1"',
        b"\xff\xfe",
        b'{"cmd": 1, "cmd": 2}',
        b'"\\ud800"',
    ],
)
async def test_text_that_is_no_request_is_an_error_reply(repl: Repl, text: bytes) -> None:
    session = await repl.alive()
    [reply] = await raw(repl, text + b"\n\n", 1)
    assert reply.keys() == {"message"} and reply["message"].startswith("Could not parse")
    assert repl.session is session and session.alive


@pytest.mark.parametrize("text", [b'{"cmd": "#check \xff\xfe"}', b'{"cmd": "#check \\ud800"}'])
async def test_text_that_is_no_unicode_is_a_message_of_lean(repl: Repl, text: bytes) -> None:
    [reply] = await raw(repl, text + b"\n\n", 1)
    assert contains(reply, {"messages": [{"severity": "error"}]})


CHECK = {"messages": [{"data": "1 : Nat"}]}
FRAMES = {
    "blank lines before a request": (b'\n\n \t\n{"cmd": "#check 1"}\n\n', [CHECK]),
    "lines of a request are joined": (b'{"cmd":\n"#check\n  1"}\n\n', [CHECK]),
    "line ends are trimmed": (b'{"cmd": "#check 1"}  \r\n\r\n', [CHECK]),
    "two requests at once": (b'{"cmd": "#check 1"}\n\n{"cmd": "#check 1"}\n\n', [CHECK, CHECK]),
    "comments have no reply": (b'# one\n\n-- two\n\n{"cmd": "#check 1"}\n\n', [CHECK]),
    "a comment takes the lines after it": (b'# one\n{"cmd": "#eval 5"}\n\n{"cmd": "#check 1"}\n\n', [CHECK]),
}


@pytest.mark.parametrize("name", FRAMES)
async def test_framing(repl: Repl, name: str) -> None:
    text, expected = FRAMES[name]
    assert contains(await raw(repl, text, len(expected)), expected)


async def test_a_character_may_be_cut_by_a_read(repl: Repl) -> None:
    # The server reads 64 KiB at a time: three bytes a character put every second cut inside one.
    comment = "∀" * 100_000
    reply = await ask(repl, {"cmd": f"-- {comment}\n#check 1"})
    assert contains(reply, {"messages": [{"data": "1 : Nat", "pos": {"line": 2, "column": 0}}]})


async def test_a_long_request(repl: Repl) -> None:
    assert contains(await ask(repl, {"cmd": "-- " + "x" * 10_000_000}), {"messages": None})


async def test_a_reply_that_does_not_fit_into_a_non_blocking_pipe_arrives_whole(repl: Repl) -> None:
    """Node can make its pipes non-blocking, and a reply of more than 64 KiB then ended Lean."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    command, env = repl.launch.command, repl.launch.env
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=writer, stderr=asyncio.subprocess.DEVNULL, env=env
    )
    os.close(writer)
    with open(reader, "rb") as replies:
        assert process.stdin is not None
        process.stdin.write(orjson.dumps({"cmd": f'#check "{"x" * 1_000_000}"'}))
        process.stdin.close()
        reply = orjson.loads(await asyncio.to_thread(replies.read))
    assert len(reply["messages"][0]["data"]) > 1_000_000
    assert await process.wait() == 0


async def test_a_request_that_the_end_cuts_off_is_still_answered(repl: Repl) -> None:
    session = await LeanSession.start(repl.launch)
    process = session._process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b'{"cmd": "#check 1"}')
    process.stdin.close()
    assert contains(orjson.loads(await process.stdout.read()), CHECK)
    assert await process.wait() == 0
    await session.close()


async def test_the_time_that_lean_took(repl: Repl) -> None:
    reply = await ask(repl, {"cmd": "example : 10 < 20 := by decide", "time": True})
    assert 0 < reply.get("nanoseconds", 0) < TIMEOUT_S * 1e9, reply


async def test_every_reply_names_its_request(repl: Repl) -> None:
    """Those of Lean, and those that are given in its stead: the session believes no other."""
    assert contains(await ask(repl, {"cmd": "#check 1"}), CHECK | {"requestId": None})
    for request in (b'"cmd": "#check 1"', b'"tactic": 5', b'"cmd": ' + b"[" * 2_000 + b"]" * 2_000):
        [reply] = await raw(repl, b'{"requestId":"0f",' + request + b"}\n\n", 1)
        assert reply["requestId"] == "0f", reply
    [reply] = await raw(repl, b'{"cmd": "#check 1"}\n\n', 1)
    assert "requestId" not in reply


def long_statement(n: int = 14) -> str:
    """A goal on which `omega` splits 2ⁿ cases: more than a minute of work."""
    names = [f"a{i}" for i in range(n)]
    cases = " ".join(f"(h{i} : {a} = 0 ∨ {a} = 2)" for i, a in enumerate(names))
    return f"example ({' '.join(names)} : Nat) {cases} : {' + '.join(names)} ≠ 7"


async def test_a_time_limit_stops_the_request_and_keeps_the_process(repl: Repl) -> None:
    ids = await next_ids(repl)
    session = await repl.alive()
    text = f"set_option maxHeartbeats 0 in\n{long_statement()} := by omega"
    started = time.monotonic()
    reply = await ask(repl, {"cmd": text, "timeoutMs": 300, "env": ids["env"] - 1})
    assert reply == {"message": "interrupted"} and time.monotonic() - started < 10
    assert repl.session is session
    assert (await ask(repl, {"cmd": "def f := 1"}))["env"] == ids["env"]


async def test_a_step_past_its_time_is_of_kind_interrupted(repl: Repl) -> None:
    state = (await ask(repl, {"cmd": f"{long_statement()} := by sorry"}))["sorries"][0]["proofState"]
    request = {"proofState": state, "tactic": "omega", "timeoutMs": 300, "detail": True}
    assert contains(await ask(repl, request), {"kind": "interrupted"})
    assert (await ask(repl, request | {"tactic": "intro"}))["proofStatus"] == OPEN


async def test_a_file_is_elaborated_like_its_text(repl: Repl) -> None:
    (repl.work / "sub").mkdir(exist_ok=True)
    (repl.work / "sub" / "file.lean").write_text("theorem aé : 1 = 1 := by\n  sorry\n", encoding="utf-8")
    reply = await ask(repl, {"path": "sub/file.lean", "allTactics": True})
    assert contains(
        reply, {"sorries": [{"goal": "⊢ 1 = 1", "pos": {"line": 2, "column": 2}}], "tactics": [{}]}
    )


HOSTILE = {
    "reads a file of the host": 'IO.FS.readFile "/etc/passwd"',
    "reads the environment": 'IO.FS.readFile "/proc/self/environ"',
    "lists the host": 'System.FilePath.readDir "/home"',
    "climbs out of its folder": 'IO.FS.readFile "/project/../../etc/passwd"',
    "starts a process": 'IO.Process.output { cmd := "id" }',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_code_that_runs_at_elaboration_reads_nothing_outside(repl: Repl, name: str) -> None:
    reply = await ask(repl, {"cmd": f"#eval {HOSTILE[name]}"})
    assert contains(reply, {"messages": [{"severity": "error"}]}), reply
    assert "root:" not in str(reply)


async def test_code_that_runs_at_elaboration_writes_nothing(repl: Repl) -> None:
    target = repl.work / "written"
    outside = ("/project/written", str(target), "/build/written", "/toolchain/lib/lean/written")
    for path in outside:
        reply = await ask(repl, {"cmd": f'#eval IO.FS.writeFile "{path}" "x"'})
        assert contains(reply, {"messages": [{"severity": "error"}]}), (path, reply)
    assert not target.exists()


async def test_output_of_evaluated_code_cannot_be_taken_for_a_reply(repl: Repl) -> None:
    forged = 'IO.println "\\n{\\"env\\": 7}\\n\\n"'
    text = f"#eval ({forged} : IO Unit)\nrun_cmd {forged}\ninitialize {forged}"
    ids = await next_ids(repl)
    reply = await ask(repl, {"cmd": "import Lean\n" + text})
    assert reply["env"] == ids["env"]
    assert contains(await ask(repl, {"cmd": "#check 1"}), CHECK)


async def test_a_deep_recursion_is_an_error_and_the_process_lives(repl: Repl) -> None:
    session = await repl.alive()
    statement = "example (d : Nat → Nat) (h : ∀ n, d (n + 3) = d (n + 2) + d n) : d 2022 = d 5 := by sorry"
    state = (await ask(repl, {"cmd": statement}))["sorries"][0]["proofState"]
    reply = await ask(repl, {"proofState": state, "tactic": "simp_all"})
    assert contains(reply, {"message": Like("^Lean error:\n"), "proofState": None})
    assert repl.session is session and session.alive
    assert contains(await ask(repl, {"proofState": state, "tactic": "skip"}), {"goals": [Like("d 2022")]})
