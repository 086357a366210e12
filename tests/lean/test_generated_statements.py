"""One statement of every generated family elaborates in the real Lean."""

from __future__ import annotations

import pytest

from prover.errors import StatementError
from prover.lean.backend import LeanProver
from training.generated.dataset import generate
from training.generated.families import FAMILIES
from training.statements import TrainingStatement

SAMPLE = list(generate(2, len(FAMILIES), FAMILIES))


@pytest.mark.parametrize("statement", SAMPLE, ids=lambda statement: statement.group)
async def test_a_generated_statement_elaborates(statement: TrainingStatement, prover: LeanProver) -> None:
    try:
        state = await prover.start(statement.statement())
    except StatementError as error:
        pytest.fail(f"{statement.text}\n{[message.text for message in error.messages]}")
    assert len(state.goals) == 1
    await prover.release(state.statement)
