"""Asks confined processes whether answers are equal, and ends one that takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psutil

from prover.errors import SetupError
from prover.sandbox import Limits, sandboxed

INSTALL = "checking answers needs packages that are not installed: pip install 'prover[eval]'"

LIMITS = Limits(memory_bytes=4 << 30, processes=4096, file_bytes=1 << 20)
MOST_PROCESSES = 8
"""Each takes some 150 MB."""

MOST_CHARS = 20_000
"""Of an answer that is compared; a longer one is equal to nothing but itself."""

_MOST_KNOWN = 20_000
_START_S = 120.0
_PACKAGE = Path(__file__).resolve().parents[3]

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether two answers are equal; `trouble` is why that could not be found out, and then they are not."""

    equal: bool
    trouble: str = ""


class AnswerChecker:
    """Processes that compare answers; one is started when it is needed, and again after it had to be ended.

    seconds: the time limit of one comparison. processes: at most so many, by default as many as half of the
    cores, the others being the model's. Equal texts are equal without asking.
    """

    def __init__(self, seconds: float = 10.0, processes: int | None = None) -> None:
        if util.find_spec("math_verify") is None:
            raise SetupError(INSTALL)
        self.processes = processes or _half_of_the_cores()
        self._folder = tempfile.TemporaryDirectory(prefix="prover-answers-")
        self._all = [_Process(Path(self._folder.name), seconds) for _ in range(self.processes)]
        self._idle: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()
        for one in self._all:
            self._idle.put_nowait(one)
        self._equal: dict[tuple[str, str], Answered] = {}
        self._buckets: dict[str, str | None] = {}

    async def equal(self, reference: str, answer: str) -> Answered:
        """Never raises for what the answer is. Raises `SetupError` where a process does not start."""
        if answer.strip() and reference.strip() == answer.strip():
            return Answered(True)
        if len(answer) > MOST_CHARS:
            return Answered(False, "too long")
        key = reference, answer
        if key not in self._equal:
            reply = await self._ask([reference, answer])
            found = Answered(reply.get("equal") is True, str(reply.get("error", "")))
            _remember(self._equal, key, found)
            return found
        return self._equal[key]

    async def bucket(self, answer: str) -> str | None:
        """A name that the answers share which are equal to this one; None where it may be equal to any other.

        An answer for which it cannot be found in time has a name of its own.
        """
        if len(answer) > MOST_CHARS:
            return f"text {answer}"
        if answer not in self._buckets:
            reply = await self._ask([answer])
            found: str | None = reply.get("bucket", f"text {answer}")
            _remember(self._buckets, answer, found)
            return found
        return self._buckets[answer]

    async def close(self) -> None:
        """End the processes."""
        for one in self._all:
            await one.end()
        self._folder.cleanup()

    async def _ask(self, question: list[str]) -> dict[str, Any]:
        process = await self._idle.get()
        try:
            return await process.ask(question)
        finally:
            self._idle.put_nowait(process)


class _Process:
    """One process, asked one thing at a time."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder, self._seconds = folder, seconds
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, question: list[str]) -> dict[str, Any]:
        """The reply; what is `error` where there is none in time."""
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")  # orjson takes no lone surrogate.
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), self._seconds)
            found = orjson.loads(line)
            return found if isinstance(found, dict) else {}
        except TimeoutError:
            await self.end()
            return {"error": "time limit"}
        except (OSError, orjson.JSONDecodeError):
            await self.end()
            return {"error": "the checker ended"}
        except asyncio.CancelledError:
            await self.end()
            raise

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={"PATH": os.defpath, "PYTHONPATH": str(_PACKAGE), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert self._process.stdout is not None
        try:
            ready = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        except TimeoutError:
            ready = b""
        if b"ready" not in ready:
            await self.end()
            raise SetupError(f"the process that checks answers does not start; {INSTALL}")
        return self._process

    def _command(self) -> list[str]:
        python = [sys.executable, "-m", "prover.evaluate.answers.process"]
        toolchain = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent]
        return sandboxed(python, _PACKAGE, self._folder, LIMITS, toolchain=toolchain)


def _half_of_the_cores() -> int:
    return max(1, min(MOST_PROCESSES, (psutil.cpu_count() or 1) // 2))


def _remember(known: dict[Any, V], key: Hashable, value: V) -> None:
    """Keep it, in a table that does not grow for ever."""
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[key] = value
