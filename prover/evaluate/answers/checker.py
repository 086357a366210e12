"""Asks a confined process whether answers are equal, and ends it when it takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import orjson

from prover.errors import SetupError
from prover.sandbox import Limits, sandboxed

INSTALL = "checking answers needs packages that are not installed: pip install 'prover[eval]'"

LIMITS = Limits(memory_bytes=4 << 30, processes=4096, file_bytes=1 << 20)
_START_S = 120.0
_PACKAGE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether two answers are equal; `trouble` is why that could not be found out, and then they are not."""

    equal: bool
    trouble: str = ""


class AnswerChecker:
    """One process that compares answers; it is started when asked first and again after it had to be ended.

    `seconds` is the time limit of one comparison. Equal texts are equal without asking.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        if util.find_spec("math_verify") is None:
            raise SetupError(INSTALL)
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._known: dict[tuple[str, str], Answered] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="prover-answers-")

    async def equal(self, reference: str, answer: str) -> Answered:
        """Never raises for what the answer is. Raises `SetupError` where the process does not start."""
        if answer.strip() and reference.strip() == answer.strip():
            return Answered(True)
        key = reference, answer
        async with self._turn:
            if key not in self._known:
                self._known[key] = await self._ask(reference, answer)
        return self._known[key]

    async def close(self) -> None:
        """End the process."""
        await self._end()
        self._folder.cleanup()

    async def _ask(self, reference: str, answer: str) -> Answered:
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(orjson.dumps([reference, answer]) + b"\n")
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), self._seconds)
            found = orjson.loads(line)
            return Answered(found["equal"] is True, str(found.get("error", "")))
        except TimeoutError:
            await self._end()
            return Answered(False, "time limit")
        except (OSError, orjson.JSONDecodeError, KeyError):
            await self._end()
            return Answered(False, "the checker ended")
        except asyncio.CancelledError:
            await self._end()
            raise

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
            await self._end()
            raise SetupError(f"the process that checks answers does not start; {INSTALL}")
        return self._process

    def _command(self) -> list[str]:
        python = [sys.executable, "-m", "prover.evaluate.answers.process"]
        toolchain = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent]
        return sandboxed(python, _PACKAGE, Path(self._folder.name), LIMITS, toolchain=toolchain)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
