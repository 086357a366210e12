"""The process between a session's pipes and an Isabelle process, which has no standard input of ours.

`python -m prover.isabelle.relay COMMAND…` starts Isabelle, waits until `steps.ML` in it connects to a
loopback port, and hands JSON on between that connection and its own stdin and stdout, framed as Lean's REPL
frames it. What Isabelle prints goes to stderr. It also runs the bash server through which Isabelle calls
external provers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import sys
from asyncio import StreamReader, StreamWriter
from typing import Any

from prover.isabelle.bash_server import BashServer

MAX_MESSAGE = 1 << 28
"""Bytes of the longest message either way."""

_END = b"\n\n"


async def relay(command: list[str]) -> int:
    """Run Isabelle by `command` and hand messages on until stdin ends or Isabelle does; its exit code."""
    password = secrets.token_hex(16)
    connected: asyncio.Future[tuple[StreamReader, StreamWriter]] = asyncio.get_running_loop().create_future()

    async def accept(reader: StreamReader, writer: StreamWriter) -> None:
        secret = await _read_message(reader)
        if not connected.done() and secret is not None and hmac.compare_digest(secret, password.encode()):
            connected.set_result((reader, writer))
        else:
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, limit=MAX_MESSAGE)
    async with listener, BashServer() as bash:
        env = os.environ | {
            "PROVER_STEPS_ADDRESS": f"127.0.0.1:{listener.sockets[0].getsockname()[1]}",
            "PROVER_STEPS_PASSWORD": password,
            "PROVER_BASH_ADDRESS": bash.address,
            "PROVER_BASH_PASSWORD": bash.password,
        }
        isabelle = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr, env=env
        )
        try:
            return await _until_end(isabelle, connected)
        finally:
            await _end(isabelle)


async def _until_end(
    isabelle: asyncio.subprocess.Process, connected: asyncio.Future[tuple[StreamReader, StreamWriter]]
) -> int:
    ended = asyncio.create_task(isabelle.wait())
    both: set[asyncio.Future[Any]] = {ended, connected}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if not connected.done():
        return ended.result() or 1
    talk = asyncio.create_task(_hand_on(*connected.result()))
    talks: set[asyncio.Future[Any]] = {ended, talk}
    await asyncio.wait(talks, return_when=asyncio.FIRST_COMPLETED)
    if talk.done():
        talk.result()
        ended.cancel()
        return 0
    talk.cancel()
    return ended.result() or 1


async def _hand_on(reader: StreamReader, writer: StreamWriter) -> None:
    """One request from stdin, one reply to stdout, again and again."""
    loop = asyncio.get_running_loop()
    requests = StreamReader(limit=MAX_MESSAGE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            request = (await requests.readuntil(_END)).strip()
            writer.write(b"%d\n%s" % (len(request), request))
            await writer.drain()
            reply = await _read_message(reader)
            if reply is None:
                return
            await asyncio.to_thread(_write, reply)


def _write(reply: bytes) -> None:
    sys.stdout.buffer.write(reply.decode("utf-8", "replace").encode() + _END)
    sys.stdout.buffer.flush()


async def _read_message(reader: StreamReader) -> bytes | None:
    """A line with a length, and so many bytes; None at the end or for anything else."""
    try:
        line = await reader.readline()
        size = int(line) if line.strip().isdigit() else -1
        return await reader.readexactly(size) if 0 <= size <= MAX_MESSAGE else None
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None


async def _end(isabelle: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        isabelle.kill()
    await isabelle.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(relay(sys.argv[1:])))
