"""The bash server that Isabelle asks to run external provers, which a raw ML process does not have.

The protocol is that of `src/Pure/System/isabelle_system.ML`: a password line, then messages of several
chunks, `len1,len2,…` in a line and then so many bytes. `run, script, input, cwd, putenv, redirect, timeout,
description` is answered by `uuid, id` and later by `result, code, elapsed ms, cpu ms, number of output lines,
lines…`; `kill, id` comes on a connection of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import re
import secrets
import time
import uuid
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process

from prover.processes import kill_tree

TIMEOUT_CODE = 142
"""The exit code that stands for a script's time limit."""

_PAIRS = re.compile("\x05\x06:\x05([^\x05\x06]*)\x05\x06\x05\x05\x06:\x05([^\x05\x06]*)\x05\x06\x05")


class BashServer:
    """Runs scripts for one Isabelle process; leaving it ends those that still run."""

    def __init__(self) -> None:
        self.password = secrets.token_hex(16)
        self.address = ""
        self._processes: dict[str, Process] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> BashServer:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        for process in self._processes.values():
            kill_tree(process)
        if self._server is not None:
            self._server.close()

    async def _handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            secret = (await reader.readline()).strip()
            if hmac.compare_digest(secret, self.password.encode()):
                await self._answer(await _read(reader), writer)
        writer.close()

    async def _answer(self, chunks: list[bytes], writer: StreamWriter) -> None:
        match [chunk.decode("utf-8", "replace") for chunk in chunks]:
            case ["kill", ident]:
                if ident in self._processes:
                    kill_tree(self._processes[ident])
            case ["run", script, given, cwd, putenv, redirect, timeout, _]:
                await self._run(script, given, _folder(cwd), _variables(putenv), redirect, timeout, writer)
            case _:
                await _write(writer, ["failure", "Bad protocol message"])

    async def _run(
        self,
        script: str,
        given: str,
        folder: str | None,
        variables: dict[str, str],
        redirect: str,
        timeout: str,
        writer: StreamWriter,
    ) -> None:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            script,
            stdin=PIPE if given else DEVNULL,
            stdout=PIPE,
            stderr=STDOUT if redirect == "true" else PIPE,
            cwd=folder,
            env=os.environ | variables,
        )
        ident = str(uuid.uuid4())
        self._processes[ident] = process
        try:
            await _write(writer, ["uuid", ident])
            code, out, err = await _finish(process, given, float(timeout))
        finally:
            kill_tree(process)
            del self._processes[ident]
        elapsed = str(int((time.monotonic() - began) * 1000))
        lines = _lines(out)
        await _write(writer, ["result", str(code), elapsed, elapsed, str(len(lines)), *lines, *_lines(err)])


async def _finish(process: Process, given: str, timeout: float) -> tuple[int, bytes, bytes]:
    """Its exit code and output; after `timeout` seconds (0: never) it is ended."""
    try:
        async with asyncio.timeout(timeout or None):
            out, err = await process.communicate(given.encode() if given else None)
    except TimeoutError:
        kill_tree(process)
        return TIMEOUT_CODE, b"", b""
    code = process.returncode or 0
    return (128 - code if code < 0 else code), out or b"", err or b""


def _folder(yxml: str) -> str | None:
    """An optional text as Isabelle's YXML has it."""
    found = re.search("\x05\x06:\x05([^\x05\x06]*)\x05\x06\x05", yxml)
    return found[1] if found else None


def _variables(yxml: str) -> dict[str, str]:
    return dict(_PAIRS.findall(yxml))


def _lines(output: bytes) -> list[str]:
    return output.decode("utf-8", "replace").splitlines()


async def _read(reader: StreamReader) -> list[bytes]:
    sizes = [int(part) for part in (await reader.readline()).split(b",")]
    return [await reader.readexactly(size) for size in sizes]


async def _write(writer: StreamWriter, chunks: list[str]) -> None:
    encoded = [chunk.encode() for chunk in chunks]
    header = ",".join(str(len(chunk)) for chunk in encoded)
    writer.write(header.encode() + b"\n" + b"".join(encoded))
    with contextlib.suppress(ConnectionError):
        await writer.drain()
