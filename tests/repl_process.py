"""A Lean process that the tests of the protocol talk to, in bytes or in objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from prover.lean.session import Launch, LeanSession

Json = dict[str, Any]

TIMEOUT_S = 60.0


@dataclass
class Repl:
    """One Lean process for the tests of the protocol, started again where a test ended it.

    `work` is the folder that its `path` requests are relative to; the process may only read it.
    """

    launch: Launch
    work: Path
    session: LeanSession

    async def alive(self) -> LeanSession:
        if not self.session.alive:
            self.session = await LeanSession.start(self.launch)
        return self.session


async def raw(repl: Repl, text: bytes, replies: int) -> list[Json]:
    """Write bytes as they are, and read this many replies."""
    process = (await repl.alive())._process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(text)
    await process.stdin.drain()
    return [orjson.loads(await process.stdout.readuntil(b"\n\n")) for _ in range(replies)]


async def ask(repl: Repl, request: Json) -> Json:
    return await (await repl.alive()).request(request, TIMEOUT_S)
