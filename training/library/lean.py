"""Asks the embedded Lean for the theorems of its library and for texts that read back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from prover.errors import ProverError
from prover.lean.protocol import CommandReply, ErrorReply, command_reply
from prover.lean.session import Launch, LeanSession, SessionDied, SessionTimeout
from training.library.names import Theorem

PROGRAM = Path(__file__).with_name("extract.lean")

STALL_SECONDS = 60.0
"""A theorem that takes longer is given up; the slowest that is found takes under two."""

START_SECONDS = 1800.0
"""For the program to load and for the list: half a minute, but much longer on a machine that is busy."""

GIVE_UP = 5
"""Processes in a row that end before their first theorem: then it is not the theorems' fault."""

_LOOK_SECONDS = 0.5

Progress = Callable[[int], None]
"""Called with the number of theorems done so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """What Lean found of a theorem: its text and how it was printed, or why it is `lost`.

    erase: the lines that take its attributes away. hash: Lean's own of the type, blind to binder names.
    """

    name: str
    text: str = ""
    way: str = ""
    erase: tuple[str, ...] = ()
    hash: str = ""
    lost: str = ""


@dataclass(slots=True)
class Extractor:
    """One Lean process at a time, which writes into `scratch`, the folder that `launch` gives it."""

    launch: Launch
    scratch: Path
    header: str
    _session: LeanSession | None = field(default=None, init=False)
    _env: int = field(default=0, init=False)

    async def theorems(self) -> list[Theorem]:
        """The theorems of Init and Std that the header imports, without internal and deprecated ones.

        Raises `ProverError` where Lean fails.
        """
        try:
            await self._command("list", START_SECONDS)
        except (SessionDied, SessionTimeout) as error:
            raise ProverError(f"the extraction failed: {error}") from error
        return [Theorem(row["name"], row["module"]) for row in _rows(self.scratch / "names.jsonl")]

    async def texts(self, wanted: dict[str, str], progress: Progress = lambda done: None) -> list[Found]:
        """What is found of the theorems `wanted` (name -> flat name), in order.

        A theorem at which Lean crashes, or stays longer than `STALL_SECONDS`, is lost; the rest goes on.
        """
        found: list[Found] = []
        names = list(wanted)
        barren = 0
        while len(found) < len(names):
            rest = names[len(found) :]
            rows, failure = await self._texts_until_crash(
                {name: wanted[name] for name in rest}, partial(_shifted, progress, len(found))
            )
            found += [Found(**row | {"erase": tuple(row.get("erase", ()))}) for row in rows]
            if len(rows) < len(rest):
                found.append(Found(rest[len(rows)], lost=failure or "no answer"))
                barren = 0 if rows else barren + 1
            if barren == GIVE_UP:
                raise ProverError(f"the extraction failed {GIVE_UP} times without a result: {failure}")
        progress(len(found))
        return found

    async def _texts_until_crash(
        self, wanted: dict[str, str], progress: Progress
    ) -> tuple[list[dict[str, Any]], str]:
        lines = (orjson.dumps({"name": name, "flat": flat}) for name, flat in wanted.items())
        (self.scratch / "wanted.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        out = self.scratch / "found.jsonl"
        out.write_bytes(b"")
        failure = ""
        request = asyncio.create_task(self._command("write", START_SECONDS + STALL_SECONDS * len(wanted)))
        try:
            failure = await self._watch(request, out, progress)
        except (SessionDied, SessionTimeout) as error:
            self._session = None
            failure = "crash: " + str(error).replace("\n", " ")[:200]
        finally:
            request.cancel()
        return list(_rows(out)), failure

    async def _watch(self, request: asyncio.Task[None], out: Path, progress: Progress) -> str:
        """Wait for the request to end; ends it where `out` has not grown for too long, and says so."""
        size, quiet = 0, -START_SECONDS
        while not (await asyncio.wait([request], timeout=_LOOK_SECONDS))[0]:
            now = out.stat().st_size
            quiet = 0.0 if now > size else quiet + _LOOK_SECONDS
            size = now
            progress(out.read_bytes().count(b"\n"))
            if quiet > STALL_SECONDS:
                await self.close()
                await asyncio.wait([request])
                request.exception()
                return "too slow"
        await request
        return ""

    async def _command(self, name: str, seconds: float) -> None:
        """Run a command of the program. Raises `ProverError` with Lean's message where it fails."""
        session = await self._ready()
        text = f"run_cmd Library.{name} {json.dumps(self.header, ensure_ascii=False)}"
        reply = command_reply(await session.request({"cmd": text, "env": self._env}, seconds))
        if isinstance(reply, ErrorReply) and reply.kind == "crash":
            await self.close()
            raise SessionDied(reply.text)
        _succeed(reply)

    async def _ready(self) -> LeanSession:
        if self._session is None or not self._session.alive:
            self._session = await LeanSession.start(self.launch)
            program = PROGRAM.read_text(encoding="utf-8")
            reply = await self._session.request({"cmd": program}, START_SECONDS)
            self._env = _succeed(command_reply(reply)).env
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _shifted(progress: Progress, base: int, done: int) -> None:
    progress(base + done)


def _succeed(reply: CommandReply | ErrorReply) -> CommandReply:
    if isinstance(reply, ErrorReply):
        raise ProverError(f"the extraction failed: {reply.text}")
    if reply.errors:
        raise ProverError(f"the extraction failed: {reply.errors[0].text}")
    return reply


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines only: the last of a process that was killed may be cut off."""
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield orjson.loads(line)
