"""One Lean process that speaks the REPL protocol: a request, a reply, and its end by our hand or its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

import orjson
import psutil

from prover.lean.protocol import RUNGS, Json, ProtocolError
from prover.processes import kill_tree
from prover.sandbox import Sandbox
from prover.scratch import scratch_folder

REPLY_LIMIT = 1 << 28
"""Bytes of the longest reply that is read; a longer one ends the process."""

STDERR_LINES = 40
"""How much of the process's stderr an error message carries."""

_LAST_WORDS_S = 1.0
"""How long the stderr of a process that has ended is waited for: one that it left behind may hold it open."""


class SessionDied(Exception):
    """The process ended, or broke the protocol. The text carries the tail of its stderr."""


class SessionTimeout(Exception):
    """No reply in time; the process group was killed."""


class Session(Protocol):
    """Who answers the requests of our protocol, one at a time: a process, or a server elsewhere."""

    requests: int

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""

    def resident_bytes(self) -> int:
        """Memory that it takes of this machine."""

    async def request(self, payload: Json, timeout_s: float) -> Json:
        """Send one request and read its reply. Raises `SessionTimeout` and `SessionDied`."""

    async def close(self) -> None:
        """End it, and wait until it is gone."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a Lean process: its command line, environment and folder.

    `soft_timeout`: the server understands `timeoutMs` and stops a request itself. `rungs`: what its `verify`
    asserts, in order. `assistant`: its name. `sandbox`: where it is confined, unless it confines itself.
    `echoes`: its replies carry the `requestId` of their request, which no text that Lean runs can know.
    """

    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: str | None = None
    soft_timeout: bool = True
    rungs: tuple[str, ...] = RUNGS
    assistant: str = "Lean"
    sandbox: Sandbox | None = None
    echoes: bool = True

    async def start(self) -> Session:
        """A process of this launch. It answers when it has loaded; requests wait for that."""
        return await LeanSession.start(self)


@dataclass(eq=False)
class LeanSession:
    """One process, one request at a time. `start` it, `request`, and `close` it."""

    _process: asyncio.subprocess.Process
    _assistant: str = "Lean"
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _echoes: bool = True
    requests: int = field(default=0, init=False)
    _killed: bool = field(default=False, init=False)
    _asking: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._drain = asyncio.create_task(self._drain_stderr())

    @classmethod
    async def start(cls, launch: Launch) -> Self:
        """Start the process. It answers when it has loaded; requests wait for that."""
        scratch, command = None, list(launch.command)
        with contextlib.ExitStack() as undo:
            if launch.sandbox is not None:
                scratch = scratch_folder("lean")
                undo.callback(scratch.cleanup)
                command = launch.sandbox.line(command, Path(scratch.name), launch.env)
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=launch.env or None,
                cwd=launch.cwd,
                start_new_session=True,
                limit=REPLY_LIMIT,
            )
            undo.callback(kill_tree, process)
            session = cls(process, launch.assistant, scratch, launch.echoes)
            undo.pop_all()
        return session

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and not self._killed and not self._unasked()

    def _unasked(self) -> bool:
        """Whether output lies there behind a reply: the true one, maybe, behind a forged one."""
        idle = self.requests > 0 and not self._asking
        return idle and bool(getattr(self._process.stdout, "_buffer", b""))

    def resident_bytes(self) -> int:
        """Resident memory of the process and of those that it started (bubblewrap does), 0 once it has
        ended."""
        try:
            process = psutil.Process(self.pid)
            return sum(_resident(one) for one in (process, *process.children(recursive=True)))
        except psutil.Error:
            return 0

    async def request(self, payload: Json, timeout_s: float) -> Json:
        """Send one request and read its reply.

        Text with half a surrogate pair, which no UTF-8 can hold, is never sent: it is answered like text that
        does not parse. Raises `SessionTimeout` after `timeout_s` seconds and `SessionDied` when the process
        ends or answers with something else than JSON; the process is gone in either case.
        """
        unasked = self._unasked()
        self.requests += 1
        self._asking = True
        try:
            if unasked:
                raise ProtocolError("there is output that no request asked for")
            async with asyncio.timeout(timeout_s):
                return await self._exchange(payload)
        except orjson.JSONEncodeError:
            return {"message": "Lean error:\n<input>:1:1: this is no Unicode text", "kind": "parse"}
        except TimeoutError:
            await self.close()
            raise SessionTimeout(f"no reply within {timeout_s:g} s") from None
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ProtocolError,
        ) as error:
            await self.close()
            raise SessionDied(self._obituary(error)) from error
        except asyncio.CancelledError:
            # A reply would still come, and be taken for the next one's.
            self.kill()
            raise
        finally:
            self._asking = False

    async def _exchange(self, payload: Json) -> Json:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        number = secrets.token_hex(16)
        stdin.write(orjson.dumps({"requestId": number} | payload if self._echoes else payload) + b"\n\n")
        await stdin.drain()
        reply = json_object(await stdout.readuntil(b"\n\n"))
        if self._echoes and reply.pop("requestId", None) != number:
            raise ProtocolError("a reply that does not name its request")
        return reply

    async def _drain_stderr(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        with contextlib.suppress(ValueError, ConnectionError):
            while chunk := await stderr.read(1 << 14):
                self._stderr.extend(chunk.decode("utf-8", "replace").splitlines()[-STDERR_LINES:])

    def _obituary(self, error: Exception) -> str:
        code = self._process.returncode
        how = "broke the protocol" if code is None else f"ended with {_exit_name(code)}"
        ended = f"{self._assistant} {how}"
        tail = "\n".join(self._stderr)
        reason = str(error) if isinstance(error, ProtocolError) else ""
        return "\n".join(part for part in (ended, reason, tail) if part)

    def kill(self) -> None:
        """Kill the process and all that it started, at once."""
        if not self._killed:
            self._killed = True
            kill_tree(self._process)

    async def close(self) -> None:
        """Kill the process and all that it started, wait for its end, and remove its temporary folder."""
        self.kill()
        await self._process.wait()
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(self._drain, _LAST_WORDS_S)
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()
        if self._scratch is not None:
            await asyncio.to_thread(self._scratch.cleanup)


def json_object(raw: bytes) -> Json:
    """A reply from its text. Raises `ProtocolError`."""
    try:
        reply = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ProtocolError(f"not JSON: {raw[:200]!r}") from error
    if not isinstance(reply, dict):
        raise ProtocolError(f"not an object: {raw[:200]!r}")
    return reply


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _exit_name(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def env_with(names: Sequence[str]) -> dict[str, str]:
    """The environment variables `names` of ours, and no others: Lean runs other people's text."""
    return {name: os.environ[name] for name in names if name in os.environ}
