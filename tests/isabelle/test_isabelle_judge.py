"""The judge in a real Isabelle process: cheats by the rung that refuses them, honest proofs through all."""

from __future__ import annotations

from pathlib import Path

import pytest
from isabelle_cheats import CHEATS, RUNS_ML, TRUE, Cheat
from isabelle_verdicts import RECORDED

from prover.isabelle.backend import IsabelleProver
from prover.isabelle.judge import RUNGS, IsabelleJudge
from prover.isabelle.launch import JUDGE
from prover.isabelle.theory import header, statement_of
from prover.isabelle.whole import judged_theory, new_mark, read_verdict
from prover.judge.lean import LeanJudge
from prover.types import Open, Timeout, Verdict

pytestmark = pytest.mark.usefixtures("hol")


def refusing(verdict: Verdict) -> str:
    return " ".join(rung.name for rung in verdict.rungs if not rung.passed)


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
async def test_the_judge_refuses_each_cheat_and_accepts_the_honest(
    judge: IsabelleJudge, cheat: Cheat
) -> None:
    verdict = await judge.judge(cheat.statement, cheat.proof)
    assert verdict.proved == (not cheat.rungs and not cheat.refused), verdict
    assert cheat.refused in verdict.reason


@pytest.mark.parametrize("cheat", RUNS_ML, ids=lambda cheat: cheat.name)
async def test_the_process_itself_refuses_a_method_that_runs_ml(judge: IsabelleJudge, cheat: Cheat) -> None:
    """Without the look at the text that comes before the process."""
    verdict = await LeanJudge.judge(judge, cheat.statement, cheat.proof)
    assert refusing(verdict) == "syntax" and "a method that runs ML" in verdict.reason


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
async def test_the_kernel_refuses_what_the_text_alone_would_have_hidden(
    prover: IsabelleProver, tmp_path: Path, cheat: Cheat
) -> None:
    """With every command allowed, as a server would run it: the report alone must tell."""
    report, mark = tmp_path / "verdict.json", new_mark()
    text = judged_theory(cheat.statement, cheat.proof, "Problem", (), mark, str(report))
    text = text.replace(JUDGE.name, str(JUDGE)).removesuffix("end\n")
    worker = await prover.pool.worker_for(cheat.statement)
    async with worker.lock:
        reply = await prover.pool.request(worker, {"cmd": text}, 20, 10)
    await prover.release(cheat.statement)
    if "env" not in reply:
        assert cheat.rungs == "elaborates", reply
        return
    verdict = read_verdict(report.read_text(), mark)
    assert refusing(verdict) == cheat.rungs, verdict
    recorded = RECORDED[cheat.name]
    assert [rung["passed"] for rung in recorded["rungs"]] == [rung.passed for rung in verdict.rungs]


async def test_eval_is_an_oracle_that_must_be_allowed(judge: IsabelleJudge, prover: IsabelleProver) -> None:
    statement = statement_of('theorem big: "(2::nat) ^ 20 = 1048576"', header(["Main"]))
    assert (await judge.judge(statement, "by eval")).proved
    strict = IsabelleJudge(prover.pool, oracles=())
    verdict = await strict.judge(statement, "by eval")
    await strict.close()
    assert refusing(verdict) == "oracles" and "holds_by_evaluation" in verdict.reason


async def test_a_step_that_does_not_end_is_stopped_by_isabelle_itself(prover: IsabelleProver) -> None:
    text = 'theorem loop: fixes f :: "nat ⇒ nat" assumes a: "⋀x. f x = f (x + 1)" shows "f 0 = 1"'
    statement = statement_of(text, header(["Main"]))
    state = await prover.start(statement)
    result = await prover.step(state, "apply (simp only: a)")
    assert isinstance(result, Timeout) and not result.hard
    assert isinstance(await prover.step(state, "apply -"), Open)
    await prover.release(statement)


async def test_a_megabyte_of_proof_gets_a_verdict(judge: IsabelleJudge) -> None:
    statement = statement_of(TRUE, header(["Main"]))
    long = "proof -\n" + '  have "n = n" by simp\n' * 40 + "  show ?thesis by simp\nqed"
    assert (await judge.judge(statement, long)).proved
    padded = "(* " + "x" * 900_000 + " *)\nby simp"
    assert (await judge.judge(statement, padded)).proved
    assert "longer than" in (await judge.judge(statement, padded + " " * 200_000)).reason


def test_the_recorded_verdicts_have_every_rung() -> None:
    for name, record in RECORDED.items():
        assert tuple(rung["name"] for rung in record["rungs"]) == RUNGS, name
