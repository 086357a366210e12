"""Runs model-written programs, each confined to a process of its own that is ended as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import secrets
import signal
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import orjson
import psutil

from prover.errors import SetupError
from prover.sandbox import Confinement, Limits, sandboxed, sealed, sealed_here

_FOLDER = Path(__file__).resolve().parent
_START_S = 60.0
_LOOK_S = 0.05
_MOST_ERRORS = 1000
_SHELL_PROCESSES = 4096
_FIRST_USER, _USERS = 1 << 24, 1 << 24
"""Where we are root, each program is run as a user of its own that exists nowhere else."""

UNCONFINED = (
    "programs that a model writes run in bubblewrap only, and no bubblewrap of 0.7 or later that is not "
    "set-user-ID runs here: without it they could read your files and reach the network. Install it, or "
    "accept that with --limits-only"
)


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """What one program may take. seconds: by the clock, once Python runs. output_bytes: of its replies.

    memory_bytes: of each process, and of all together. processes: all that it starts, itself included.
    scratch_bytes: of its temporary folder, and of each file.
    """

    seconds: float = 5.0
    memory_bytes: int = 2 << 30
    processes: int = 24
    scratch_bytes: int = 64 << 20
    output_bytes: int = 1 << 16


class PythonTool:
    """Runs programs, `at_a_time` of them side by side; the others wait.

    Raises `SetupError` where bubblewrap does not run, unless `limits_only` accepts resource limits alone.
    """

    def __init__(
        self,
        limits: ToolLimits | None = None,
        at_a_time: int | None = None,
        limits_only: bool = False,
        confinement: Confinement | None = None,
    ) -> None:
        self.confinement: Confinement = confinement or sealed_here()
        if self.confinement == "limits" and not limits_only:
            raise SetupError(UNCONFINED)
        self._limits = limits or ToolLimits()
        self._places = asyncio.Semaphore(at_a_time or os.cpu_count() or 1)
        self._family = _Family()

    async def run(self, program: str, result: str) -> tuple[str | None, str]:
        """The answer that the program leaves in `result` (see `runner`), and where there is none, why.

        Never raises for what the program does; when this returns, nothing of it is left. Raises `SetupError`
        where no program starts.
        """
        task = orjson.dumps({"program": program.encode("utf-8", "replace").decode(), "result": result})
        async with self._places:
            with tempfile.TemporaryDirectory(prefix="prover-program-", ignore_cleanup_errors=True) as scratch:
                channel, ended = await self._run(task, Path(scratch))
        if not channel.ready:
            why = channel.complaint or ended or "it ends at once"
            raise SetupError(f"Python does not start in the sandbox for programs: {why}")
        return (None, ended) if ended else _answer(bytes(channel.output))

    async def _run(self, task: bytes, scratch: Path) -> tuple[_Channel, str]:
        """What came through the channel, and which limit ended it, if one did."""
        transport, channel = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Channel(self._limits.output_bytes),
            *self._command(scratch),
            start_new_session=True,
            cwd=scratch,
            env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
        watch = _Watch(transport.get_pid(), self._limits, self._family)
        try:
            channel.send(task)
            return channel, await watch.look(channel)
        finally:
            _end_group(transport.get_pid())
            if self.confinement == "limits":
                watch.end_all()
            transport.close()
            await channel.ended.wait()

    def _command(self, scratch: Path) -> list[str]:
        size, memory = self._limits.scratch_bytes, self._limits.memory_bytes
        limits = Limits(memory, math.ceil(_START_S + self._limits.seconds), _SHELL_PROCESSES, size)
        toolchain = [Path(sys.prefix), Path(sys.base_prefix)]
        command = [sys.executable, "-I", "-B", str(_FOLDER / "runner.py")]
        if self.confinement == "limits":
            return sandboxed(command, _FOLDER, scratch, limits, toolchain=toolchain, confinement="limits")
        user = _FIRST_USER + secrets.randbelow(_USERS)
        command += [str(self._limits.processes), str(user)]
        return sealed(command, _FOLDER, limits, toolchain=toolchain, private_bytes=size)


class _Channel(asyncio.SubprocessProtocol):
    """The program's end of the line: `over` once it has said all, `ended` once its process is gone."""

    def __init__(self, most: int) -> None:
        self.output, self._most, self._errors = bytearray(), most, b""
        self.over, self.ended = asyncio.Event(), asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether Python has started, and the program's time runs."""
        return self.output.startswith(b"ready\n")

    @property
    def complaint(self) -> str:
        """What the sandbox said where it did not start; the program itself has no way to say such things."""
        return self._errors.decode(errors="replace").strip().partition("\n")[0]

    @property
    def too_much(self) -> bool:
        return len(self.output) > self._most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def send(self, task: bytes) -> None:
        pipe = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        pipe.write(task)
        pipe.write_eof()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._errors = (self._errors + data)[:_MOST_ERRORS]
            return
        if not self.too_much:
            self.output += data
        if self.too_much:
            cast(asyncio.ReadTransport, self._transport.get_pipe_transport(fd)).pause_reading()
        if self.too_much or (self.output.endswith(b"}\n") and b"ready\n" in self.output):
            self.over.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 1:
            self.over.set()

    def process_exited(self) -> None:
        self.over.set()
        self.ended.set()


class _Watch:
    """Looks at a program's processes now and then: the system's limits are of each process alone."""

    def __init__(self, pid: int, limits: ToolLimits, family: _Family) -> None:
        self._pid, self._limits, self._family = pid, limits, family
        self._seen: dict[int, psutil.Process] = {}

    def end_all(self) -> None:
        """End every process that was ever seen: without bubblewrap a session of its own escapes the group."""
        for process in self._seen.values():
            with contextlib.suppress(psutil.Error):
                process.kill()

    async def look(self, channel: _Channel) -> str:
        """Until the program has said all, or passes a limit; which one, else nothing."""
        clock = asyncio.get_running_loop().time
        end, begun = clock() + _START_S, False
        while not channel.over.is_set():
            if not begun and channel.ready:
                end, begun = clock() + self._limits.seconds, True
            if clock() > end:
                return "time limit"
            if passed := self._passed():
                return passed
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(channel.over.wait(), _LOOK_S)
        return "output limit" if channel.too_much else ""

    def _passed(self) -> str:
        processes, memory = self._family.under(self._pid), 0
        self._seen |= {one.pid: one for one in processes}
        if len(processes) > self._limits.processes:
            return "process limit"
        for process in processes:
            with contextlib.suppress(psutil.Error):
                memory += process.memory_info().rss
        return "memory limit" if memory > self._limits.memory_bytes else ""


class _Family:
    """All processes that we started, and what they started: one look serves the programs of that moment.

    A look reads what the machine has of processes, ours or not.
    """

    def __init__(self) -> None:
        self._children: dict[int, list[psutil.Process]] = {}
        self._looked = -math.inf

    def under(self, pid: int) -> list[psutil.Process]:
        """What `pid` started, at most `_LOOK_S` ago, and what that started."""
        if time.monotonic() - self._looked >= _LOOK_S:
            self._look()
        found: dict[int, psutil.Process] = {}
        left = [pid]
        while left:
            fresh = [one for one in self._children.get(left.pop(), ()) if one.pid not in found]
            found |= {one.pid: one for one in fresh}
            left += [one.pid for one in fresh]
        return list(found.values())

    def _look(self) -> None:
        self._children, self._looked = defaultdict(list), time.monotonic()
        for one in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                self._children[one.ppid()].append(one)


def _end_group(pid: int) -> None:
    """With the group ends bubblewrap, and with that all that runs in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _answer(output: bytes) -> tuple[str | None, str]:
    """From the channel's last line, which a program may have written itself: it is its answer in any case."""
    try:
        reply = orjson.loads(output.strip().rpartition(b"\n")[2])
    except orjson.JSONDecodeError:
        return None, "the program ended without an answer"
    answer = reply.get("answer") if isinstance(reply, dict) else None
    if isinstance(answer, str):
        return answer, ""
    error = reply.get("error") if isinstance(reply, dict) else None
    return None, f"error in the program: {error[:60]}" if isinstance(error, str) else "no answer"
