"""The worked examples of sketch prompts are what they claim: each elaborates, its holes can be filled."""

from __future__ import annotations

import textwrap

import pytest

from prover.attempts import Tools
from prover.judge import LeanJudge
from prover.lean.backend import LeanProver
from prover.policy.portfolio import PortfolioPolicy
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.sketch.examples import Example, examples
from prover.sketch.lean import LeanFiller
from prover.statements.parse import parse_statement
from prover.statements.preludes import start_with_prelude


@pytest.mark.parametrize("one", examples(), ids=lambda one: one.name)
async def test_an_example_is_a_sketch_that_leads_to_a_proof(
    prover: LeanProver, judge: LeanJudge, one: Example
) -> None:
    statement = parse_statement(one.lean.statement)
    assert statement.name == one.name
    tools = Tools(prover, judge, PortfolioPolicy(), Flow())
    _, state = await start_with_prelude(prover, statement)
    filler = LeanFiller(tools, state.statement, SearchSettings(budget=Budget(lean_s=20)))
    tried = await filler.fill(textwrap.dedent(one.lean.sketch), True, Budget(), None)
    assert tried.elaborated and tried.holes
    assert tried.proved, [hole.goal for hole in tried.open_holes]
