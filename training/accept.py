"""Whether a proof is one to learn from: the kernel takes it, and it does not use the theorem that it proves.

A library theorem is in the environment while it is proved again. Its `simp` and `grind` attributes are taken
away by the statement's header; that no term of the proof names it is seen here, in Lean's own print-out.
What other theorems of the library were proved with is not in the environment, so it cannot be looked at.
"""

from __future__ import annotations

import re

from prover.errors import StatementError
from prover.lean.backend import LeanProver
from prover.lean.protocol import CommandReply, ErrorReply, command_reply
from prover.lean.session import SessionDied, SessionTimeout
from prover.types import Statement

_SECONDS = 20.0
_PRINT = "set_option pp.all true\nset_option pp.maxSteps 10000000\nset_option pp.deepTerms true\n"


async def accepts(prover: LeanProver, statement: Statement, script: str, without: str = "") -> bool:
    """Elaborate the theorem as a whole, and look for the name `without` in its term and its lemmas' terms."""
    body = script.replace("\n", "\n  ")
    worker = await prover.pool.worker_for(statement)
    async with worker.lock:
        try:
            env = await prover.header_env(worker, statement.header)
            reply = await _command(prover, statement, f"{statement.text} := by\n  {body}", env)
            if reply is None:
                return False
            return not without or not await _names(prover, statement, reply.env, without)
        except (SessionDied, SessionTimeout, StatementError):
            return False


async def _names(prover: LeanProver, statement: Statement, env: int, without: str) -> bool:
    """Whether the theorem's term, or that of a lemma that a tactic made for it, names `without`."""
    wanted = re.compile(rf"(?<![\w.]){re.escape(without)}(?![\w.'])")
    lemma = re.compile(rf"(?<![\w.]){re.escape(statement.name)}\.[\w.]+")
    waiting, seen = [statement.name], {statement.name}
    while waiting:
        reply = await _command(prover, statement, f"{_PRINT}#print {waiting.pop()}", env)
        if reply is None:
            return True  # what cannot be looked at is not learnt from
        text = "\n".join(message.text for message in reply.messages).partition(":=")[2]
        if wanted.search(text):
            return True
        new = set(lemma.findall(text)) - seen
        seen |= new
        waiting.extend(new)
    return False


async def _command(prover: LeanProver, statement: Statement, text: str, env: int) -> CommandReply | None:
    """The reply to a command, None where it has an error or a `sorry`."""
    worker = await prover.pool.worker_for(statement)
    payload = {"cmd": text, "env": env}
    reply = command_reply(await prover.pool.request(worker, payload, _SECONDS, prover.limits.grace_s))
    if isinstance(reply, ErrorReply) or reply.errors or reply.sorries:
        return None
    return reply
