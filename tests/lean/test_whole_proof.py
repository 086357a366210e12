"""Whole scripts on the real Lean: what a check says and where, and a repair that the judge accepts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool
from prover.search.whole_proof import WholeProofSettings, prove_whole
from prover.statements.preludes import prelude
from prover.types import Attempted, Candidate, Closed, Position, State, Statement

CORE = prelude("core").header
MOD = Statement("t", "theorem t (n : ℕ)\n    (h : n % 5 = 3) :\n    2 * n % 5 = 1", CORE)
BOTH = Statement("t", "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q", CORE)

_NAMES = [f"a{i}" for i in range(14)]
_CASES = " ".join(f"(h{name} : {name} = 0 ∨ {name} = 2)" for name in _NAMES)
SLOW = Statement("t", f"theorem t ({' '.join(_NAMES)} : ℕ) {_CASES} : {' + '.join(_NAMES)} ≠ 7", CORE)
"""`omega` has 2¹⁴ cases to look at."""


async def test_a_script_of_several_lines_checks_and_is_judged(prover: LeanProver, judge: LeanJudge) -> None:
    script = "have k : 2 * n % 5 = 2 * (n % 5) % 5 := by\n  omega\nrw [k, h]"
    checked = await prover.check(MOD, script)
    assert checked.proved and checked.messages == () and checked.seconds > 0
    assert (await judge.judge(MOD, script)).proved


async def test_an_error_has_its_line_and_column_in_the_script(prover: LeanProver) -> None:
    checked = await prover.check(MOD, "have a := h\nhave b : n = foo := by simp\nomega")
    assert checked.failure == "tactic_error" and not checked.proved
    message = checked.messages[0]
    assert "foo" in message.text and message.severity == "error"
    assert (message.start, message.end) == (Position(2, 13), Position(2, 16))


async def test_what_is_left_at_the_end_is_told_with_the_scripts_extent(prover: LeanProver) -> None:
    (message,) = (await prover.check(BOTH, "constructor\n· exact hp\nskip")).messages
    assert "⊢ q" in message.text
    assert (message.start, message.end) == (Position(1, 0), Position(3, 4))


async def test_each_error_that_lean_recovers_from_is_told(prover: LeanProver) -> None:
    checked = await prover.check(BOTH, "constructor\n· exact one\n· exact two")
    assert [(m.start.line, m.start.column) for m in checked.messages] == [(2, 8), (3, 8)]


REFUSED = {
    "sorry": ("have a := h\nsorry", "forbidden"),
    "sorry in a term": ("exact (show False from sorry).elim", "forbidden"),
    "native_decide": ("native_decide", "forbidden"),
    "an end and an example": ("omega\nend foo\nexample : True := trivial", "parse_error"),
    "another theorem": ("omega\n\ntheorem other : (1 : ℕ) = 2 := by sorry", "parse_error"),
    "an axiom": ("exact easy\n\naxiom easy : (1 : ℕ) = 2", "parse_error"),
    "no tactic": ("", "parse_error"),
    "an open bracket": ("exact (h", "parse_error"),
    "carriage returns": ("skip\r\nomega", "parse_error"),
    "sorryAx by its name": ("exact sorryAx _ true", "parse_error"),
    "the theorem by itself": ("exact t n h", "tactic_error"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_proof_is_refused_with_one_message_or_more(prover: LeanProver, name: str) -> None:
    script, failure = REFUSED[name]
    checked = await prover.check(MOD, script)
    assert checked.failure == failure and not checked.proved
    assert checked.messages[0].text and checked.messages[0].severity == "error"
    if failure != "tactic_error":
        assert len(checked.messages) == 1 and checked.messages[0].start.line == 1


async def test_a_script_that_does_not_parse_says_where(prover: LeanProver) -> None:
    checked = await prover.check(MOD, "skip\nexact (h")
    assert [(m.start, m.text[:23]) for m in checked.messages] == [(Position(2, 8), "unexpected end of input")]


async def test_a_script_that_takes_too_long_is_stopped_and_the_process_lives(
    prover: LeanProver, pool: LeanPool
) -> None:
    hasty = LeanProver(pool, LeanLimits(check_s=1.5, grace_s=20))
    assert (await prover.check(MOD, "omega")).proved
    pid = (await pool.worker_for(MOD)).session.pid
    checked = await hasty.check(SLOW, "skip\nomega")
    assert checked.failure == "timeout" and "1.5 s" in checked.messages[0].text
    assert (await prover.check(MOD, "omega")).proved
    assert (await pool.worker_for(MOD)).session.pid == pid


async def test_a_script_that_cannot_be_stopped_is_killed_and_states_come_back(pool: LeanPool) -> None:
    prover = LeanProver(pool, LeanLimits(check_s=0.3, grace_s=0.3))
    patient = LeanProver(pool, LeanLimits())
    state = await patient.start(MOD)
    # One call of the library for big numbers, which asks nobody whether to go on.
    checked = await prover.check(MOD, "have : 2 ^ 10 ^ 9 % 7 = 3 := by decide\nomega")
    assert checked.failure == "timeout"
    assert isinstance(await patient.step(state, "omega"), Closed)
    assert (await patient.check(MOD, "omega")).proved


async def test_a_script_that_ends_lean_is_a_refusal_and_the_next_one_checks(prover: LeanProver) -> None:
    deep = "exact " + "(" * 20_000 + "h" + ")" * 20_000
    checked = await prover.check(MOD, deep)
    assert not checked.proved and len(checked.messages[0].text) < 1_000
    assert (await prover.check(MOD, "omega")).proved


class Mender:
    """Draws a script with an unknown name in it; of a failed one it mends what the message points at."""

    async def proofs(self, state: State, failed: Sequence[Attempted]) -> list[Candidate]:
        if not failed:
            return [Candidate("constructor\n· exact hpp\n· exact hq", -1.0, 12)]
        script, message = failed[-1].script, failed[-1].messages[0]
        assert message.end is not None and "hpp" in message.text
        lines = script.split("\n")
        line = lines[message.start.line - 1]
        lines[message.start.line - 1] = line[: message.start.column] + "hp" + line[message.end.column :]
        return [Candidate("\n".join(lines), -1.0, 12)]


async def test_a_repair_by_the_message_leads_to_a_judged_proof(prover: LeanProver, judge: LeanJudge) -> None:
    result = await prove_whole(prover, Mender(), BOTH, WholeProofSettings(draws=1))
    assert result.proof is not None and len(result.attempts) == 1
    script = result.proof.script()
    assert script == "constructor\n· exact hp\n· exact hq"
    assert (await judge.judge(BOTH, script)).proved
