"""Sketches with holes, in a real Isabelle process. Pure suffices: of the eleven methods it has `simp`."""

from __future__ import annotations

import pytest

from prover.isabelle.backend import IsabelleProver
from prover.isabelle.fill import FillLimits, fill
from prover.isabelle.hammer import proposals
from prover.isabelle.theory import header, statement_of

METHODS_ONLY = FillLimits(methods_s=30.0, hammer_s=0.0, search_s=0.0)
SAME = statement_of('theorem same: fixes A :: "prop" shows "PROP A ⟹ PROP A"', header(["Pure"]))


async def test_holes_are_filled_in_place_and_the_result_is_a_proof(prover: IsabelleProver) -> None:
    sketch = """proof - (* sorry is no hole here *)
  assume a: "PROP A"
  have b: "PROP A ⟹ PROP A" sorry
  show "PROP A" using a
    sledgehammer
qed"""
    filled = await fill(prover, SAME, sketch, METHODS_ONLY)
    assert filled.complete, filled
    assert [(hole.stage, hole.script) for hole in filled.holes] == [("method", "by simp")] * 2
    assert filled.proof.count("by simp") == 2 and "(* sorry is no hole here *)" in filled.proof
    assert (await prover.check(SAME, filled.proof)).proved


async def test_a_hole_that_stays_open_keeps_its_goal_and_says_why(prover: IsabelleProver) -> None:
    other = statement_of('theorem other: fixes A B :: "prop" shows "PROP A ⟹ PROP B"', header(["Pure"]))
    filled = await fill(prover, other, "sorry", METHODS_ONLY)
    assert not filled.complete and filled.proof == "sorry"
    hole = filled.holes[0]
    assert hole.script is None and "PROP B" in hole.hole.goal and hole.error


async def test_a_search_fills_what_no_single_method_does(prover: IsabelleProver) -> None:
    filled = await fill(prover, SAME, "sorry", FillLimits(methods_s=0.0, hammer_s=0.0, search_s=20.0))
    assert filled.complete and filled.holes[0].stage == "search"
    assert (await prover.check(SAME, filled.proof)).proved


async def test_an_error_of_the_sketch_itself_is_placed(prover: IsabelleProver) -> None:
    filled = await fill(prover, SAME, 'proof -\n  show "PROP B" sorry\nqed', METHODS_ONLY)
    assert not filled.complete
    assert filled.messages[0].start.line == 2


async def test_a_sketch_that_stops_short_is_not_complete(prover: IsabelleProver) -> None:
    filled = await fill(prover, SAME, 'proof -\n  have "PROP A ⟹ PROP A" sorry', METHODS_ONLY)
    assert not filled.complete and "not finished" in filled.messages[0].text


async def test_what_a_sketch_may_not_contain_does_not_run(prover: IsabelleProver) -> None:
    filled = await fill(prover, SAME, "by (tactic \\<open>all_tac\\<close>)", METHODS_ONLY)
    assert not filled.holes and "tactic" in filled.messages[0].text


@pytest.mark.usefixtures("hol")
async def test_what_isabelles_own_tools_print_is_read_as_proposals(prover: IsabelleProver) -> None:
    statement = statement_of('theorem t: fixes n :: nat shows "n + 0 = n"', header(["Main"]))
    state = await prover.start(statement)
    proposed = proposals(await prover.hammer(state, "try0", 20.0))
    assert proposed and (await prover.check(statement, proposed[0])).proved
    await prover.release(statement)
