"""How many of miniF2F's statements elaborate, text unchanged, under each prelude: pinned by number."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from prover.errors import StatementError
from prover.lean.backend import LeanProver
from prover.statements.minif2f import load
from prover.statements.preludes import start_with_prelude

DATA = Path(os.environ.get("PROVER_MINIF2F", Path(__file__).parents[3] / "shared/data/minif2f/valid.jsonl"))

EXPECTED = {"core": 103, "field": 141}


@pytest.mark.skipif(
    not DATA.exists(), reason="the miniF2F file is not ours to ship: PROVER_MINIF2F=valid.jsonl"
)
async def test_the_statements_that_elaborate_under_each_prelude(prover: LeanProver) -> None:
    counts: Counter[str] = Counter()
    reasons = []
    for problem in load(DATA):
        try:
            chosen, state = await start_with_prelude(prover, problem.statement)
        except StatementError as error:
            counts["out of reach"] += 1
            reasons.append(f"{problem.name}: {error.messages[0].text if error.messages else error}")
            continue
        counts[chosen.name] += 1
        await prover.release(state.statement)
    assert counts == EXPECTED, "\n".join(reasons)
