"""The client of Isabelle's server, against a stand-in that has the protocol and its traps and no Isabelle."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from isabelle_verdicts import RECORDED

from prover.errors import SetupError
from prover.isabelle.server.checker import ServerChecker, verdict_of
from prover.isabelle.server.connection import (
    Connection,
    ServerDied,
    ServerRefused,
    TaskFailed,
    TaskTimeout,
)
from prover.isabelle.server.framing import FramingError, encode_message, parse_message, read_text
from prover.isabelle.server.process import ServerProcess
from prover.isabelle.theory import header, statement_of
from prover.isabelle.whole import judged_theory, new_mark, read_verdict

TESTS = Path(__file__).parents[1]
COMMAND = (sys.executable, str(TESTS / "isabelle_server_stand_in.py"))
ENV = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS)}
STATEMENT = statement_of('theorem goal: fixes n :: nat shows "n + 0 = n"', header(["Main"]))


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    process = await ServerProcess.start(COMMAND, ENV)
    yield process
    await process.kill()


@pytest_asyncio.fixture
async def connection(server: ServerProcess) -> AsyncIterator[Connection]:
    connection = await server.connect()
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def checker() -> AsyncIterator[ServerChecker]:
    checker = ServerChecker(COMMAND, "Stand_In", timeout_s=2.0, env=ENV)
    yield checker
    await checker.close()


async def texts(data: bytes) -> list[str]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    found = []
    while (text := await read_text(reader)) is not None:
        found.append(text)
    return found


# Framing.


async def test_long_messages_are_counted_and_short_ones_are_lines() -> None:
    assert await texts(b"OK\nNOTE 1\r\n6\nOK\n 1\nOK 2\n") == ["OK", "NOTE 1", "OK\n 1", "OK 2"]


async def test_one_line_end_at_the_end_of_a_long_message_is_the_servers_own() -> None:
    assert await texts(b"4\nOK 1\n") == ["OK 1", ""]
    assert await texts(b"5\nOK 1\nOK\n") == ["OK 1", "OK"]


@pytest.mark.parametrize("data", [b"OK", b"99\nOK\n", b"3\n\xff\xfe\xfd\n", b"999999999999\n"])
async def test_bytes_that_are_no_message(data: bytes) -> None:
    with pytest.raises(FramingError):
        await texts(data)


def test_what_is_sent_is_long_where_a_line_would_not_do() -> None:
    assert encode_message("help") == b"help\n"
    assert encode_message("echo", 1) == b"echo 1\n"
    long = encode_message("echo", "x" * 200)
    size, _, rest = long.partition(b"\n")
    assert int(size) == len(rest)


def test_an_argument_is_any_json_and_a_name_may_stand_alone() -> None:
    assert parse_message('ERROR "Bad command"').argument == "Bad command"
    assert parse_message("OK").argument is None
    with pytest.raises(FramingError):
        parse_message("OK {broken")


# Connection.


async def test_replies_come_in_turn_even_if_many_ask_at_once(connection: Connection) -> None:
    values = [f"{n}" * (n + 1) for n in range(60)]
    assert await asyncio.gather(*(connection.ask("echo", value) for value in values)) == values


async def test_errors_are_said_whether_a_string_or_an_object(connection: Connection) -> None:
    with pytest.raises(ServerRefused, match="Bad command 'nonsense'"):
        await connection.ask("nonsense")
    with pytest.raises(ServerRefused, match="Bad argument for command 'use_theories'"):
        await connection.ask("use_theories", {"session": 1})
    with pytest.raises(ServerRefused, match="No session"):
        await connection.ask("purge_theories", {"session_id": "none"})
    assert await connection.ask("echo", 1) == 1


async def test_a_failed_task_carries_what_the_server_says(connection: Connection) -> None:
    with pytest.raises(TaskFailed, match="Undefined session") as caught:
        await connection.run("session_start", {"session": "No_Such_Session"}, 5)
    assert caught.value.record["kind"] == "error"
    with pytest.raises(TaskFailed, match="Session build failed"):
        await connection.run("session_build", {"session": "HOL"}, 5)
    with pytest.raises(TaskFailed, match="No session"):
        await connection.run("use_theories", {"session_id": "none", "theories": ["A"]}, 5)


async def test_notes_are_no_replies(connection: Connection) -> None:
    """An empty line is answered by a note, and `session_start` notes before it finishes."""
    connection._writer.write(b"\n")
    assert await connection.ask("echo", "after the note") == "after the note"
    record = await connection.run("session_start", {"session": "Stand_In"}, 5)
    assert record["session_id"]


async def test_a_command_that_begins_no_task_is_no_task(connection: Connection) -> None:
    with pytest.raises(ServerDied):
        await connection.run("echo", {"x": 1}, 5)


async def test_a_wrong_password_is_a_closed_door(server: ServerProcess) -> None:
    with pytest.raises(ServerDied, match="refuses the password"):
        await Connection.connect(server.host, server.port, "guess")


async def test_tasks_side_by_side_end_on_their_own_and_a_late_one_is_cancelled(
    connection: Connection, tmp_path: Path
) -> None:
    session = (await connection.run("session_start", {"session": "Stand_In"}, 5))["session_id"]
    (tmp_path / "judge.ML").touch()
    (tmp_path / "Slow.thy").write_text("stand_in_hangs")
    (tmp_path / "Quick.thy").write_text("stand_in_honest")
    where = {"session_id": session, "master_dir": str(tmp_path)}
    slow = asyncio.create_task(connection.run("use_theories", where | {"theories": ["Slow"]}, 1.0))
    quick = await connection.run("use_theories", where | {"theories": ["Quick"]}, 5)
    assert quick["ok"] is True and not slow.done()
    with pytest.raises(TaskTimeout) as caught:
        await slow
    assert caught.value.ended


# Checking.


async def run(checker: ServerChecker, what: str, name: str = "") -> tuple[bool, str]:
    """The verdict on a theory whose proof makes the stand-in behave so."""
    mark = new_mark()
    text = judged_theory(STATEMENT, f"by (rule stand_in_{what})", name or f"T_{what}", (), mark)
    verdict = await checker.run_theory(name or f"T_{what}", text, mark)
    return verdict.proved, verdict.reason


async def test_an_honest_proof_is_accepted_by_its_own_report(checker: ServerChecker) -> None:
    verdict = await checker.judge(STATEMENT, "by (rule stand_in_honest)")
    assert verdict.proved and verdict.axioms == ()


@pytest.mark.parametrize("name", sorted(RECORDED))
async def test_recorded_reports_of_a_real_isabelle_are_read_as_they_are(
    checker: ServerChecker, name: str
) -> None:
    refused = [rung["detail"] for rung in RECORDED[name]["rungs"] if not rung["passed"]]
    assert await run(checker, name) == (not refused, refused[0] if refused else "")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("stopped", "before everything had run"),
        ("running", "before everything had run"),
        ("fails", "line 12: Failed to finish proof"),
        ("silent", "without our report"),
        ("poses", "without our report"),
        ("forges", "Pure.skip_proof"),
        ("hangs", "no end within 2 s"),
    ],
)
async def test_ok_alone_is_no_proof(checker: ServerChecker, what: str, reason: str) -> None:
    proved, said = await run(checker, what)
    assert not proved and reason in said


@pytest.mark.parametrize("what", ["dies", "garbage"])
async def test_a_server_that_ends_costs_one_proof_and_is_replaced(checker: ServerChecker, what: str) -> None:
    proved, _ = await run(checker, what)
    assert not proved
    assert (await run(checker, "honest"))[0]


async def test_a_session_that_does_not_let_go_is_killed_with_its_group(checker: ServerChecker) -> None:
    assert (await run(checker, "honest"))[0]
    assert checker._server is not None
    old = psutil.Process(checker._server.process.pid)
    checker._grace_s = 0.3
    assert not (await run(checker, "deaf"))[0]
    assert not old.is_running() or old.status() == psutil.STATUS_ZOMBIE
    assert (await run(checker, "honest", "Again"))[0]


async def test_a_theory_is_purged_so_that_its_name_is_free(checker: ServerChecker) -> None:
    for _ in range(2):
        assert (await run(checker, "honest", "Same_Name"))[0]


async def test_denied_text_never_reaches_the_server(checker: ServerChecker) -> None:
    verdict = await checker.judge(STATEMENT, "sorry")
    assert not verdict.proved and checker._server is None


async def test_a_session_that_does_not_start_is_named_with_the_command_that_builds_it() -> None:
    checker = ServerChecker(COMMAND, "No_Such_Session", env=ENV)
    with pytest.raises(SetupError, match="isabelle build -b .* No_Such_Session"):
        await checker.judge(STATEMENT, "by simp")
    await checker.close()


async def test_a_command_that_is_no_server_is_said_so() -> None:
    with pytest.raises(ServerDied, match="does not start: no Isabelle here"):
        await ServerProcess.start((sys.executable, "-c", "print('no Isabelle here')"))


async def test_a_start_that_is_cancelled_leaves_no_server(tmp_path: Path) -> None:
    said = tmp_path / "pid"
    write = (
        f"import os, time; print(os.getpid(), file=open({str(said)!r}, 'w'), flush=True); time.sleep(3600)"
    )
    starting = asyncio.create_task(ServerProcess.start((sys.executable, "-c", write)))
    while not said.exists() or not said.read_text():
        await asyncio.sleep(0.02)
    server = psutil.Process(int(said.read_text()))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not server.is_running()


def test_a_report_without_every_rung_proves_nothing() -> None:
    report = RECORDED["honest"]
    assert read_verdict('{"rungs": [], "axioms": []}', "").proved is False
    assert read_verdict("garbage", "").proved is False
    assert read_verdict("[1]", "").proved is False
    assert report["rungs"]


def test_another_theorys_node_is_not_ours() -> None:
    node = {"theory_name": "Draft.Other", "status": {}, "messages": []}
    verdict = verdict_of({"ok": True, "errors": [], "nodes": [node]}, "Mine", new_mark())
    assert not verdict.proved and "does not mention" in verdict.reason
