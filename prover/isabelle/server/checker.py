"""Judges whole proofs on an Isabelle server: one session kept warm, a fresh theory for each proof.

The server's word counts for little: `ok` only says that no command failed, `sorry` and `oops` are welcome in
a session, and a check that ran out of time is called finished. A proof holds only if its theory is
consolidated with nothing left, and the theory's own report has every rung.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from pathlib import Path
from typing import Any

from prover.errors import SetupError
from prover.isabelle.backend import DEFAULT_ORACLES
from prover.isabelle.judge import text_refusal
from prover.isabelle.launch import JUDGE, SESSION_FOLDER, build_command, environment
from prover.isabelle.server.connection import (
    Connection,
    Json,
    ServerDied,
    ServerRefused,
    TaskFailed,
    TaskTimeout,
)
from prover.isabelle.server.process import ServerProcess
from prover.isabelle.whole import judged_theory, new_mark, not_elaborated, read_verdict
from prover.scratch import scratch_folder
from prover.types import Statement, Verdict

CHECK_DELAY = 0.1
START_SECONDS = 600.0
MESSAGES = 3


class ServerChecker:
    """One server, one connection, one session; checks run one after the other, each alone in the session.

    A server that dies, or does not let go of a proof, is killed and replaced before the next one.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        logic: str,
        timeout_s: float = 120.0,
        oracles: tuple[str, ...] = DEFAULT_ORACLES,
        env: dict[str, str] | None = None,
        grace_s: float = 5.0,
    ) -> None:
        self._command, self._logic, self._env = command, logic, env or environment()
        self._timeout_s, self._grace_s, self._oracles = timeout_s, grace_s, oracles
        self._server: ServerProcess | None = None
        self._connection: Connection | None = None
        self._session = ""
        self._lock = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._scratch = scratch_folder("isabelle")
        self._folder = Path(self._scratch.name)
        shutil.copy(JUDGE, self._folder / JUDGE.name)

    async def judge(self, statement: Statement, script: str) -> Verdict:
        """The verdict on a proof. Never raises for a bad one; `SetupError` where there is no session."""
        refused = text_refusal(statement, script)
        if refused is not None:
            return refused
        async with self._lock:
            name = f"Prover_{os.getpid()}_{next(self._numbers)}"
            mark = new_mark()
            text = judged_theory(statement, script, name, self._oracles, mark)
            return await self.run_theory(name, text, mark)

    async def run_theory(self, name: str, text: str, mark: str) -> Verdict:
        """The verdict that a theory reports after its mark. It is purged afterwards, come what may."""
        path = self._folder / f"{name}.thy"
        path.write_text(text)
        try:
            connection = await self._ready()
            record = await connection.run("use_theories", self._request(name), self._timeout_s, self._grace_s)
            return verdict_of(record, name, mark)
        except (TaskTimeout, TaskFailed, ServerRefused, ServerDied) as error:
            if not isinstance(error, TaskTimeout) or not error.ended:
                await self._drop()
            return not_elaborated(str(error))
        finally:
            await self._purge(name)
            path.unlink()

    async def close(self) -> None:
        """End the server, and remove the theories."""
        await self._drop()
        self._scratch.cleanup()

    def _request(self, name: str) -> Json:
        return {
            "session_id": self._session,
            "theories": [name],
            "master_dir": str(self._folder),
            "check_delay": CHECK_DELAY,
            "check_limit": int(self._timeout_s / CHECK_DELAY) + 1,
            "watchdog_timeout": self._timeout_s,
        }

    async def _ready(self) -> Connection:
        """The connection with its session; a new server where the old one is gone."""
        if self._connection is not None and self._connection.alive:
            return self._connection
        await self._drop()
        try:
            self._server = await ServerProcess.start(self._command, self._env)
            self._connection = await self._server.connect()
        except ServerDied as error:
            await self._drop()
            raise SetupError(f"there is no Isabelle server: {error}") from error
        arguments = {"session": self._logic, "dirs": [str(SESSION_FOLDER)], "options": ["parallel_proofs=1"]}
        try:
            started = await self._connection.run("session_start", arguments, START_SECONDS)
        except (TaskFailed, ServerRefused) as error:
            await self._drop()
            raise SetupError(
                f"Isabelle's session {self._logic} does not start: {error}; "
                f"build it: {build_command(self._logic)}"
            ) from error
        self._session = str(started["session_id"])
        return self._connection

    async def _purge(self, name: str) -> None:
        """Forget the theory, so that nothing of it runs on. A server that does not answer is given up."""
        if self._connection is None or not self._connection.alive:
            return
        which = {"session_id": self._session, "theories": [name], "master_dir": str(self._folder)}
        try:
            async with asyncio.timeout(10.0):
                await self._connection.ask("purge_theories", which)
        except (TimeoutError, ServerRefused, ServerDied):
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        server, self._server = self._server, None
        if connection is not None:
            await connection.close()
        if server is not None:
            await server.kill()


def verdict_of(record: Json, name: str, mark: str) -> Verdict:
    """What a finished `use_theories` says of our theory, by its own node and not by `ok`.

    The report is the last thing that the theory prints: what a proof prints comes before it.
    """
    node = next((n for n in record.get("nodes", ()) if _is_ours(n, name)), None)
    if node is None:
        return not_elaborated(_messages(record.get("errors", ())) or "the server does not mention the theory")
    errors = [m for m in node.get("messages", ()) if m.get("kind") == "error"]
    if errors:
        return not_elaborated(_messages(errors))
    if not _all_done(node.get("status", {})):
        return not_elaborated("the server stopped before everything had run")
    reports = [str(m.get("message", "")) for m in node.get("messages", ()) if m.get("kind") == "writeln"]
    report = next((text for text in reversed(reports) if text.startswith(mark)), None)
    if report is None:
        return not_elaborated("the theory ran to its end without our report")
    return read_verdict(report, mark)


def _is_ours(node: Json, name: str) -> bool:
    return str(node.get("theory_name", "")).rpartition(".")[2] == name


def _all_done(status: Json) -> bool:
    """Nothing failed, and nothing is left: `ok` alone is also said of a check that was stopped."""
    none_left = all(status.get(key) == 0 for key in ("failed", "unprocessed", "running"))
    done = status.get("ok") is True and status.get("consolidated") is True
    return done and none_left and status.get("canceled") is False


def _messages(messages: Any) -> str:
    """The first error messages, each with its line."""
    lines = []
    for message in list(messages)[:MESSAGES]:
        line = (message.get("pos") or {}).get("line")
        lines.append((f"line {line}: " if line else "") + str(message.get("message", "")))
    return "\n".join(lines)
