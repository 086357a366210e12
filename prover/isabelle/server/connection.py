"""One long-lived connection to an Isabelle server: commands in turn, tasks side by side.

Tasks belong to the connection that began them: `cancel` works on this one only, and closing it ends them.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from typing import Any

from prover.isabelle.server.framing import (
    MAX_BYTES,
    FramingError,
    ServerMessage,
    encode_message,
    parse_message,
    read_text,
)

Json = dict[str, Any]

HANDSHAKE_SECONDS = 10.0


class ServerDied(Exception):
    """The connection is gone, or what comes is not the protocol."""


class ServerRefused(Exception):
    """A command that the server answers with ERROR."""


class TaskFailed(Exception):
    """A task that ended with FAILED; `record` is all that the server says of it."""

    def __init__(self, record: Json) -> None:
        super().__init__(str(record.get("message", "the task failed")))
        self.record = record


class TaskTimeout(Exception):
    """A task that was cancelled because its time was over. `ended`: whether it then ended."""

    def __init__(self, text: str, ended: bool) -> None:
        super().__init__(text)
        self.ended = ended


class Connection:
    """`connect`, then `ask` and `run`, from as many coroutines as there are; `close`."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._turn = asyncio.Lock()
        self._reply: asyncio.Future[ServerMessage] | None = None
        self._tasks: dict[str, asyncio.Future[Json]] = {}
        self._death: ServerDied | None = None
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, host: str, port: int, password: str) -> Connection:
        """Open a connection and give the password. Raises `ServerDied` where the server hangs up."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                reader, writer = await asyncio.open_connection(host, port, limit=MAX_BYTES)
                writer.write(password.encode() + b"\n")
                await writer.drain()
                greeting = await read_text(reader)
        except (OSError, TimeoutError, FramingError) as error:
            raise ServerDied(f"no Isabelle server at {host}:{port}: {error or 'no answer'}") from error
        if greeting is None or parse_message(greeting).name != "OK":
            writer.close()
            raise ServerDied(f"the Isabelle server at {host}:{port} refuses the password")
        connection = cls(reader, writer)
        connection._reading = asyncio.create_task(connection._read())
        return connection

    @property
    def alive(self) -> bool:
        return self._death is None

    async def ask(self, command: str, argument: Any = None) -> Any:
        """A command and its OK. Raises `ServerRefused` for ERROR, `ServerDied` when the connection ends."""
        async with self._turn:
            if self._death is not None:
                raise self._death
            self._reply = asyncio.get_running_loop().create_future()
            self._writer.write(encode_message(command, argument))
            try:
                await self._writer.drain()
                reply = await self._reply
            except asyncio.CancelledError:
                # The reply would still come, and be taken for the next command's.
                self._die("a command was given up before its reply")
                raise
            except ConnectionError as error:
                raise self._die(str(error)) from error
            finally:
                self._reply = None
        if reply.name == "ERROR":
            raise ServerRefused(_error_text(reply.argument))
        return reply.argument

    async def run(self, command: str, argument: Json, timeout_s: float, grace_s: float = 5.0) -> Json:
        """A command that begins a task, and the record with which the task finishes.

        After `timeout_s` seconds it is cancelled, and has `grace_s` to end. Raises `TaskFailed`,
        `TaskTimeout`, and what `ask` raises.
        """
        started = await self.ask(command, argument)
        ident = started.get("task") if isinstance(started, dict) else None
        if ident not in self._tasks:
            raise self._die(f"{command} began no task: {started!r}")
        task = self._tasks[ident]
        try:
            done, _ = await asyncio.wait({task}, timeout=timeout_s)
            if not done:
                await self.ask("cancel", {"task": ident})
                done, _ = await asyncio.wait({task}, timeout=grace_s)
                raise TaskTimeout(f"{command}: no end within {timeout_s:g} s", bool(done))
            return task.result()
        finally:
            self._tasks.pop(ident, None)
            if task.done() and not task.cancelled():
                task.exception()

    async def close(self) -> None:
        """Hang up; the server ends this connection's tasks."""
        self._die("the connection is closed")
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while (text := await read_text(self._reader)) is not None:
                self._dispatch(parse_message(text))
            self._die("the Isabelle server hung up")
        except (FramingError, ConnectionError, ValueError) as error:
            self._die(f"not the server's protocol: {error}")

    def _dispatch(self, message: ServerMessage) -> None:
        """What is not a reply or a task's end is a note, and nobody's business."""
        record = message.argument
        match message.name:
            case "OK" | "ERROR":
                self._answer(message)
            case "FINISHED" | "FAILED" if isinstance(record, dict):
                task = self._tasks.get(str(record.get("task")))
                if task is None or task.done():
                    return
                if message.name == "FINISHED":
                    task.set_result(record)
                else:
                    task.set_exception(TaskFailed(record))

    def _answer(self, message: ServerMessage) -> None:
        """An OK or ERROR. A task is known from here on: its end may be the very next message."""
        if message.name == "OK" and isinstance(message.argument, dict) and "task" in message.argument:
            self._tasks[str(message.argument["task"])] = asyncio.get_running_loop().create_future()
        if self._reply is None or self._reply.done():
            self._die("a reply to no command")
        else:
            self._reply.set_result(message)

    def _die(self, why: str) -> ServerDied:
        if self._death is None:
            self._death = ServerDied(why)
        waiting: list[asyncio.Future[Any]] = [*self._tasks.values()]
        waiting += [self._reply] if self._reply else []
        for future in waiting:
            if not future.done():
                future.set_exception(self._death)
        self._writer.close()
        return self._death


def _error_text(argument: Any) -> str:
    """What an ERROR says: a string, or an object with a message."""
    if isinstance(argument, dict):
        return str(argument.get("message", argument))
    return str(argument)
