"""Lean for a file that is being written: what stands above is elaborated once, errors are no obstacle."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from prover.editor.outline import Prefix
from prover.errors import StatementError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool, Worker
from prover.lean.protocol import CommandReply, ErrorReply, Json, command_reply, leaves_goals
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import Statement

MAX_ENVIRONMENTS = 400
"""Of the pieces above a declaration, the environments after so many are kept."""

_MAX_PREFIXES = 64


@dataclass(frozen=True, slots=True)
class Said:
    """What Lean says of a text: its errors, and how often (`unsolved`) that goals are left."""

    errors: tuple[str, ...]
    unsolved: int

    def breaks(self, before: Said) -> bool:
        """Whether there is an error here that was not there before. Positions do not count."""
        left = list(before.errors)
        for error in self.errors:
            if error not in left:
                return True
            left.remove(error)
        return self.unsolved > before.unsolved


class FileProver(LeanProver):
    """A `LeanProver` that takes statements out of half-written files.

    A statement's header may be a `Prefix` that was made `known`: each piece is elaborated once, and a change
    below it does not touch it. Errors above or beside the statement are passed over. Cancelling a call leaves
    the process alive: Lean finishes the request at hand, and nothing follows it.
    """

    def __init__(self, pool: LeanPool, limits: LeanLimits) -> None:
        super().__init__(pool, limits)
        self._prefixes: OrderedDict[str, list[tuple[str, str]]] = OrderedDict()

    def with_limits(self, limits: LeanLimits) -> FileProver:
        """The same processes and what they know, under other limits."""
        other = FileProver(self.pool, limits)
        other._prefixes = self._prefixes
        return other

    def known(self, prefix: Prefix) -> str:
        """The header of statements below `prefix`."""
        header = prefix.text
        if header not in self._prefixes:
            self._prefixes[header] = list(zip(_keys(prefix.pieces), prefix.pieces, strict=True))
        self._prefixes.move_to_end(header)
        if len(self._prefixes) > _MAX_PREFIXES:
            self._prefixes.popitem(last=False)
        return header

    async def said(self, statement: Statement, text: str, soft_s: float | None = None) -> Said | None:
        """What Lean says of `text` in the place of the statement's; None where it does not get to an end, or
        not within `soft_s` seconds."""
        worker = await self.pool.worker_for(statement)
        async with worker.lock:
            try:
                await self.pool.ensure_alive(worker)
                reply = await self._elaborate(worker, statement.header, text, soft_s)
            except (SessionDied, SessionTimeout, StatementError):
                return None
        unsolved = sum(leaves_goals(message) for message in reply.messages)
        return Said(tuple(m.text for m in reply.errors if not leaves_goals(m)), unsolved)

    def accepted(self, reply: CommandReply | ErrorReply, what: str) -> CommandReply:
        """Errors of the user's own text are no reason to stop. Raises `StatementError` where Lean gave up."""
        if isinstance(reply, ErrorReply):
            raise StatementError(f"{what} does not elaborate: {reply.text}")
        return reply

    async def header_env(self, worker: Worker, header: str) -> int:
        """The environment after `header`, from the longest beginning of it that this process knows."""
        pieces = self._prefixes.get(header) or [(_keys([header])[0], header)]
        known = next((i for i in range(len(pieces), 0, -1) if pieces[i - 1][0] in worker.envs), 0)
        env: int | None = None
        if known:
            key = pieces[known - 1][0]
            env = worker.envs[key] = worker.envs.pop(key)  # the latest goes last
        for key, piece in pieces[known:]:
            payload: Json = {"cmd": piece} | ({} if env is None else {"env": env})
            reply = command_reply(await self.request(worker, payload, self.limits.start_s))
            taken = self.accepted(reply, "what stands above")
            worker.stale += _proof_states(taken)
            env = worker.envs[key] = taken.env
            if len(worker.envs) > MAX_ENVIRONMENTS:
                worker.stale_envs.append(worker.envs.pop(next(iter(worker.envs))))
        assert env is not None
        return env

    async def request(self, worker: Worker, payload: Json, soft_s: float | None = None) -> Json:
        """As in `LeanProver`, but a caller that is cancelled leaves the process alive, with the request."""
        task = asyncio.create_task(super().request(worker, payload, soft_s))
        task.add_done_callback(_seen)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            worker.left = task
            raise

    async def _elaborate(self, worker: Worker, header: str, text: str, soft_s: float | None) -> CommandReply:
        payload = {"cmd": text, "env": await self.header_env(worker, header)}
        reply = command_reply(await self.request(worker, payload, soft_s or self.limits.start_s))
        taken = self.accepted(reply, "the text")
        worker.stale += _proof_states(taken)
        worker.stale_envs.append(taken.env)
        return taken


def _proof_states(reply: CommandReply) -> list[int]:
    return [sorry.proof_state for sorry in reply.sorries if sorry.proof_state is not None]


def _keys(pieces: Sequence[str]) -> list[str]:
    """A digest of each piece together with all before it."""
    digest, keys = hashlib.sha256(), []
    for piece in pieces:
        digest.update(piece.encode("utf-8", "surrogatepass") + b"\0")
        keys.append(digest.hexdigest())
    return keys


def _seen(task: asyncio.Task[Json]) -> None:
    """A request that nobody waits for any more may fail in silence."""
    if not task.cancelled():
        task.exception()
