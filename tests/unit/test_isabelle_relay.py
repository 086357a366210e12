"""The process between our pipes and Isabelle, with a stand-in for Isabelle; and the bash server beside it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from prover.isabelle.bash_server import TIMEOUT_CODE, BashServer
from prover.lean.session import Launch, LeanSession, SessionDied, SessionTimeout

TESTS = Path(__file__).parents[1]
STAND_IN = TESTS / "isabelle_process_stand_in.py"


async def start(*arguments: str) -> LeanSession:
    command = (sys.executable, "-m", "prover.isabelle.relay", sys.executable, str(STAND_IN), *arguments)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS.parent)}
    return await LeanSession.start(Launch(command, env, echoes=False))


async def test_requests_and_replies_pass_whatever_isabelle_prints() -> None:
    session = await start()
    for text in ("x", "ü", "two\n\nlines", "y" * 1_000_000):
        reply = await session.request({"tactic": text}, 20)
        assert reply == {"echo": {"tactic": text}}
    await session.close()


async def test_bytes_that_are_no_utf8_do_not_end_the_session() -> None:
    session = await start()
    assert await session.request({"tactic": "bytes"}, 20) == {"text": "\ufffd"}
    assert await session.request({"tactic": "z"}, 20) == {"echo": {"tactic": "z"}}
    await session.close()


@pytest.mark.parametrize("tactic", ["die", "chatter"])
async def test_an_isabelle_that_ends_or_breaks_the_protocol_ends_the_session(tactic: str) -> None:
    session = await start()
    with pytest.raises(SessionDied):
        await session.request({"tactic": tactic}, 20)
    assert not session.alive


async def test_a_heap_that_is_missing_is_said_by_isabelle_itself() -> None:
    session = await start("no-heap")
    with pytest.raises(SessionDied, match="Missing heap image"):
        await session.request({"tactic": "x"}, 20)


async def test_a_process_without_the_secret_is_not_listened_to() -> None:
    session = await start("wrong-password")
    with pytest.raises((SessionDied, SessionTimeout)):
        await session.request({"tactic": "x"}, 3)


async def test_a_hung_isabelle_is_killed_with_its_relay() -> None:
    session = await start()
    await session.request({"tactic": "x"}, 20)
    children = psutil.Process(session.pid).children(recursive=True)
    with pytest.raises(SessionTimeout):
        await session.request({"tactic": "hang"}, 0.3)
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert children and not alive


def message(*chunks: str) -> bytes:
    encoded = [chunk.encode() for chunk in chunks]
    return ",".join(str(len(chunk)) for chunk in encoded).encode() + b"\n" + b"".join(encoded)


async def read(reader: asyncio.StreamReader) -> list[str]:
    sizes = [int(size) for size in (await reader.readline()).split(b",")]
    return [(await reader.readexactly(size)).decode() for size in sizes]


@asynccontextmanager
async def ask(
    server: BashServer, *chunks: str, secret: str | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    host, port = server.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write((secret or server.password).encode() + b"\n" + message(*chunks))
    await writer.drain()
    yield reader
    writer.close()


def run(script: str, given: str = "", redirect: str = "false", timeout: str = "0") -> tuple[str, ...]:
    putenv = "\x05\x06:\x05\x05\x06:\x05TOOL\x05\x06\x05\x05\x06:\x05of Isabelle\x05\x06\x05\x05\x06\x05"
    return ("run", script, given, "", putenv, redirect, timeout, "a prover")


async def test_a_script_gives_its_code_and_its_lines() -> None:
    script = run('cat; echo "$TOOL"; echo wrong >&2; exit 7', given="in\n")
    async with BashServer() as server, ask(server, *script) as reader:
        assert (await read(reader))[0] == "uuid"
        result = await read(reader)
    assert (result[0], result[1], result[4:]) == ("result", "7", ["2", "in", "of Isabelle", "wrong"])


async def test_a_script_past_its_time_is_ended_with_what_it_started() -> None:
    script = run("sleep 3600 & sleep 3600", timeout="0.2")
    async with BashServer() as server, ask(server, *script) as reader:
        await read(reader)
        assert (await read(reader))[1] == str(TIMEOUT_CODE)


async def test_a_script_is_killed_from_another_connection() -> None:
    async with BashServer() as server, ask(server, *run("sleep 3600")) as reader:
        _, ident = await read(reader)
        async with ask(server, "kill", ident):
            assert (await read(reader))[0] == "result"


async def test_who_does_not_know_the_password_gets_nothing() -> None:
    async with BashServer() as server, ask(server, *run("echo no"), secret="guess") as reader:
        assert await reader.read() == b""


async def test_a_message_of_another_kind_is_refused() -> None:
    async with BashServer() as server, ask(server, "dance") as reader:
        assert await read(reader) == ["failure", "Bad protocol message"]
