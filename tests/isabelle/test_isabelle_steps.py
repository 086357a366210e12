"""Isar commands as steps, in a real Isabelle process. Pure suffices for these."""

from __future__ import annotations

import pytest

from prover.errors import SetupError, StatementError
from prover.isabelle.backend import IsabelleProver
from prover.isabelle.theory import header, statement_of
from prover.lean.pool import LeanPool
from prover.search import SearchSettings, prove
from prover.types import Candidate, Closed, Focus, Forbidden, Open, ParseError, State, Statement, TacticError

PURE = header(["Pure"])


def pure(text: str) -> Statement:
    return statement_of(text, PURE)


SWAP = pure(
    'theorem swap: fixes A B C :: "prop" shows "(PROP A ⟹ PROP B ⟹ PROP C) ⟹ PROP B ⟹ PROP A ⟹ PROP C"'
)
SAME = pure('theorem same: fixes A :: "prop" shows "PROP A ⟹ PROP A"')


async def test_a_statement_opens_as_its_goal(prover: IsabelleProver) -> None:
    state = await prover.start(SAME)
    assert len(state.goals) == 1
    assert "fixes A :: prop" in state.text and "PROP A \\<Longrightarrow> PROP A" in state.text


async def test_a_reply_names_the_request_that_it_answers(prover: IsabelleProver) -> None:
    worker = await prover.pool.worker_for(SAME)
    async with worker.lock:
        reply = await prover.pool.request(worker, {"cmd": SAME.header, "requestId": "17"}, 60, 5)
    assert reply["requestId"] == "17"


async def test_a_terminal_method_closes_and_apply_that_leaves_nothing_does_too(
    prover: IsabelleProver,
) -> None:
    state = await prover.start(SAME)
    assert isinstance(await prover.step(state, "by assumption"), Closed)
    assert isinstance(await prover.step(state, "apply assumption"), Closed)


async def test_a_step_leaves_its_state_as_it_was(prover: IsabelleProver) -> None:
    state = await prover.start(SWAP)
    first = await prover.step(state, "apply -")
    assert isinstance(first, Open) and first.state.text == state.text
    structured = await prover.step(state, "proof -")
    assert isinstance(structured, Open) and "proof (state)" in structured.state.text
    assert isinstance(await prover.step(state, "apply -"), Open)


async def test_facts_of_a_structured_proof_are_part_of_the_state(prover: IsabelleProver) -> None:
    state = await prover.start(SAME)
    opened = await prover.step(state, "proof -")
    assert isinstance(opened, Open)
    assumed = await prover.step(opened.state, 'assume a: "PROP A"')
    assert isinstance(assumed, Open) and "fact a: PROP A" in assumed.state.text
    shown = await prover.step(assumed.state, 'from a show "PROP A" .')
    assert isinstance(shown, Open)
    assert isinstance(await prover.step(shown.state, "qed"), Closed)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("apply no_such_method", TacticError),
        ("done", TacticError),
        ("apply (rule", ParseError),
        ("have have", ParseError),
        ("", ParseError),
        ("by assumption by assumption", ParseError),
        ("no_such_command", ParseError),
        ("ML \\<open>1\\<close>", Forbidden),
        ("sorry", Forbidden),
        ("back", Forbidden),
        ("print_theory", Forbidden),
        (Focus(0), TacticError),
    ],
)
async def test_what_a_bad_step_gives(prover: IsabelleProver, step: str, kind: type) -> None:
    result = await prover.step(await prover.start(SAME), step)
    assert isinstance(result, kind), result


async def test_a_lost_process_is_replaced_and_the_state_rebuilt(
    prover: IsabelleProver, pool: LeanPool
) -> None:
    state = await prover.start(SAME)
    opened = await prover.step(state, "proof -")
    assert isinstance(opened, Open)
    (await pool.worker_for(SAME)).session.kill()
    again = await prover.step(opened.state, 'assume "PROP A"')
    assert isinstance(again, Open) and "fact this: PROP A" in again.state.text


async def test_a_statement_that_does_not_parse_says_where(prover: IsabelleProver) -> None:
    with pytest.raises(StatementError) as caught:
        await prover.start(pure('theorem bad:\n  assumes "PROP A"\n  shows oops("PROP A"'))
    assert caught.value.messages[0].start.line >= 1


async def test_a_proposition_that_does_not_parse_says_why(prover: IsabelleProver) -> None:
    with pytest.raises(StatementError, match="Inner"):
        await prover.start(pure('theorem bad: "PROP A &&& & PROP B"'))


async def test_a_missing_import_is_named_with_the_command_that_mends_it(prover: IsabelleProver) -> None:
    with pytest.raises(SetupError) as caught:
        await prover.start(statement_of('theorem t: "PROP A"', header(["No-Such.Theory"])))
    assert "No-Such.Theory" in str(caught.value) and "isabelle build" in str(caught.value)


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("by assumption", ""),
        ("apply assumption", ""),
        ('proof -\n  assume "PROP A"\n  then show "PROP A" .\nqed', ""),
        ("apply -", "tactic_error"),
        ("proof -", "tactic_error"),
        ("by assumption .", "parse_error"),
        ("sorry", "forbidden"),
        ("by (rule", "parse_error"),
    ],
)
async def test_a_whole_proof_is_checked(prover: IsabelleProver, script: str, failure: str) -> None:
    assert (await prover.check(SAME, script)).failure == failure


async def test_an_error_in_a_script_is_placed_in_the_script(prover: IsabelleProver) -> None:
    checked = await prover.check(SAME, "apply -\n  apply wrong")
    assert (checked.messages[0].start.line, checked.messages[0].start.column) == (2, 2)


class _Fixed:
    """Proposes the same steps everywhere."""

    def __init__(self, *steps: str) -> None:
        self._steps = [Candidate(step, -1.0) for step in steps]

    async def propose(self, states: list[State]) -> list[list[Candidate]]:
        return [self._steps for _ in states]

    async def close(self) -> None:
        """Nothing is held."""


async def test_the_search_for_lean_finds_a_proof_of_several_steps_here(prover: IsabelleProver) -> None:
    policy = _Fixed(
        "apply wrong", "apply assumption", 'apply (drule cut_rl [of "PROP A"])', "apply (drule meta_mp)"
    )
    nested = pure('theorem nested: fixes A B :: "prop" shows "(PROP A ⟹ PROP B) ⟹ PROP A ⟹ PROP B"')
    result = await prove(prover, policy, nested, SearchSettings(split=False))
    assert result.proof is not None, result
    assert (await prover.check(nested, result.proof.script())).proved
    await prover.release(nested)
