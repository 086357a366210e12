"""An Isabelle server of our own: started, found by what it prints, and ended with all that it started."""

from __future__ import annotations

import asyncio
import re
import uuid
from dataclasses import dataclass

from prover.isabelle.server.connection import Connection, ServerDied
from prover.processes import end_tree

_ADDRESS = re.compile(r'server "[^"]*" = ([\d.]+):(\d+) \(password "([^"]+)"\)')

START_SECONDS = 120.0


@dataclass(slots=True)
class ServerProcess:
    """A running server, and where it listens."""

    process: asyncio.subprocess.Process
    host: str
    port: int
    password: str

    @classmethod
    async def start(cls, command: tuple[str, ...], env: dict[str, str] | None = None) -> ServerProcess:
        """`command` is `isabelle server`; a name of its own is added. Raises `ServerDied`."""
        name = f"prover-{uuid.uuid4().hex[:12]}"
        process = await asyncio.create_subprocess_exec(
            *command,
            "-n",
            name,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env=env,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                host, port, password = await _address(process)
        except (TimeoutError, ServerDied) as error:
            await end_tree(process)
            raise ServerDied(str(error) or f"no server within {START_SECONDS:g} s") from error
        except BaseException:
            await end_tree(process)
            raise
        return cls(process, host, port, password)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def connect(self) -> Connection:
        """A new connection. Raises `ServerDied`."""
        return await Connection.connect(self.host, self.port, self.password)

    async def kill(self) -> None:
        """End the server and everything that it started."""
        await end_tree(self.process)


async def _address(process: asyncio.subprocess.Process) -> tuple[str, int, str]:
    assert process.stdout is not None
    said = []
    while line := (await process.stdout.readline()).decode("utf-8", "replace"):
        if found := _ADDRESS.search(line):
            return found[1], int(found[2]), found[3]
        said.append(line.strip())
    raise ServerDied(f"isabelle server does not start: {' '.join(said)[-500:]}")
