"""Whether a proof is one to learn from: the kernel takes it, and it does not name the theorem that it proves.

A library theorem is in the environment while it is proved again. Its header takes its `simp` and `grind`
attributes away, and here its script is looked through for its name. What decision procedures use inside, and
what other theorems of the library were proved with, is not looked at: the latter is not in the environment.
"""

from __future__ import annotations

import re

from prover.errors import StatementError
from prover.lean.backend import LeanProver
from prover.lean.protocol import ErrorReply, command_reply
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import Statement

_SECONDS = 20.0


async def accepts(prover: LeanProver, statement: Statement, script: str, without: str = "") -> bool:
    """Elaborate the theorem as a whole, unless its script names `without`."""
    if without and names(script, without):
        return False
    body = script.replace("\n", "\n  ")
    worker = await prover.pool.worker_for(statement)
    async with worker.lock:
        try:
            env = await prover.header_env(worker, statement.header)
            payload = {"cmd": f"{statement.text} := by\n  {body}", "env": env}
            answer = await prover.pool.request(worker, payload, _SECONDS, prover.limits.grace_s)
        except (SessionDied, SessionTimeout, StatementError):
            return False
        reply = command_reply(answer)
        if isinstance(reply, ErrorReply):
            return False
        worker.stale_envs.append(reply.env)
        return not reply.errors and not reply.sorries


def names(script: str, theorem: str) -> bool:
    """Whether a script names a theorem, in full or by what is left where its namespace is open."""
    parts = theorem.split(".")
    ways = (".".join(parts[start:]) for start in range(len(parts)))
    return any(re.search(rf"(?<![\w']){re.escape(way)}(?![\w'!?])", script) for way in ways)
