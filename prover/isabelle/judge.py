"""The judge for Isabelle: a proof is run again after our own statement, and its fact says what it rests on.

The rungs, in order (`judge.ML`; success is never the absence of an error):

- `syntax`: nothing in the text is denied by token, it is one proof of commands that a proof may have, and
  nothing follows it;
- `elaborates`: statement and proof run without an error within the time limit, and the proof has ended;
- `statement`: the fact of the statement's name exists, is the proposition of the statement elaborated on its
  own, and has no hypotheses; the proof adds no other fact;
- `variables`: every free variable of the statement is declared by `fixes` or `for`;
- `oracles`: the fact rests on no oracle but those allowed (`eval`'s);
- `axioms`: the proof adds no axiom.
"""

from __future__ import annotations

from prover.isabelle.backend import DEFAULT_ORACLES, verify_payload
from prover.isabelle.launch import RUNGS, setup_failure
from prover.isabelle.rules import refusal_in_context, refusal_in_proof
from prover.isabelle.symbols import encode
from prover.judge.lean import TIME_IS_UP, LeanJudge
from prover.lean.pool import LeanPool
from prover.lean.protocol import Json
from prover.types import Rung, Statement, Verdict

_NO_ANSWER = "Isabelle did not finish judging"
_BEFORE = ("the header does not elaborate", _NO_ANSWER)


class IsabelleJudge(LeanJudge):
    """Judges one proof at a time, in a process that searches nothing. `oracles`: those allowed."""

    def __init__(
        self, pool: LeanPool, timeout_s: float = 120.0, oracles: tuple[str, ...] = DEFAULT_ORACLES
    ) -> None:
        super().__init__(pool, timeout_s)
        self.oracles = oracles

    async def judge(self, statement: Statement, script: str) -> Verdict:
        """The verdict on `script`, a whole proof. Never raises for a bad one.

        Raises `SetupError` for an import or a session that is not there.
        """
        refused = text_refusal(statement, script)
        if refused is not None:
            return refused
        verdict = await super().judge(statement, script)
        # Of what is said before the proof has run only: a proof's own errors may say anything.
        lacking = setup_failure(verdict.reason) if verdict.reason.startswith(_BEFORE) else None
        if lacking is not None:
            raise lacking
        if verdict.reason == TIME_IS_UP or verdict.reason.startswith(_NO_ANSWER):
            return Verdict((Rung(RUNGS[0], True), Rung(RUNGS[1], False, verdict.reason)))
        return verdict

    def _payload(self, statement: Statement, script: str) -> Json:
        return verify_payload(statement, script, self.oracles)

    def _header(self, statement: Statement) -> str:
        return encode(statement.header)


def text_refusal(statement: Statement, script: str) -> Verdict | None:
    """The verdict on a text that Isabelle is not to see, or None. Lines count from the proof's first."""
    before = refusal_in_context(encode(f"{statement.header}\n{statement.text}"))
    if before is not None:
        return syntax_refused(f"before the proof: {before.reason}")
    inside = refusal_in_proof(encode(script))
    if inside is None:
        return None
    place = f"line {inside.place.line}, column {inside.place.column}"
    return syntax_refused(f"{place}: {inside.reason}")


def syntax_refused(reason: str) -> Verdict:
    """A proof that is refused before it runs."""
    return Verdict((Rung(RUNGS[0], False, reason),))
