"""Sketches on a real Isabelle: a stand-in server gives them, methods fill the holes, the judge judges."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from misbehaving_server import Behaviour, MisbehavingServer, answers
from openai_requests import engine_at

from prover.errors import SetupError
from prover.isabelle.backend import IsabelleProver
from prover.isabelle.fill import FillLimits
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.theory import header, statement_of
from prover.policy.preset import load_preset
from prover.search import Budget, Outcome
from prover.sketch.attempt import SketchSettings, attempt_sketch
from prover.sketch.examples import Example, examples
from prover.sketch.isabelle import IsabelleFiller
from prover.sketch.problem import Problem
from prover.sketch.results import SketchAttempt
from prover.sketch.writer import ModelWriter

TEXT = 'theorem t:\n  fixes n :: nat\n  assumes h: "n mod 5 = 3"\n  shows "2 * n mod 5 = 1"'
PROBLEM = Problem(statement_of(TEXT, header(["Main"])), "Doubling.", "Write n as 5 m + 3.")

STEPS = """proof -
  have product: "2 * n mod 5 = 2 * (n mod 5) mod 5"
    by (simp add: mod_mult_right_eq)
  have twice: "2 * 3 mod 5 = (1::nat)"
    sledgehammer
  show ?thesis
    using product twice h sledgehammer
qed"""
WRONG = STEPS.replace("(1::nat)", "(2::nat)")
LIMITS = FillLimits(methods_s=8.0, hammer_s=0.0, search_s=0.0)


def sketch(proof: str, statement: str = TEXT) -> str:
    return f"The steps:\n```isabelle\n{statement}\n{proof}\n```\n"


async def attempt(
    prover: IsabelleProver, judge: IsabelleJudge, script: Sequence[Behaviour], rounds: int = 0
) -> tuple[SketchAttempt, MisbehavingServer]:
    async with MisbehavingServer(list(script), then=answers("")) as server:
        writer = ModelWriter(engine_at(server), load_preset("sketch-isabelle"))
        filler = IsabelleFiller(prover, judge, PROBLEM.statement, LIMITS)
        settings = SketchSettings(rounds=rounds, repairs=1)
        done = await attempt_sketch(writer, filler, PROBLEM, settings)
        await writer.close()
    return done, server


@pytest.mark.usefixtures("hol")
async def test_a_sketch_is_filled_and_the_judge_accepts_it(
    prover: IsabelleProver, judge: IsabelleJudge
) -> None:
    done, _ = await attempt(prover, judge, [answers(sketch(STEPS))])
    assert done.proved, done.tried
    (tried,) = done.tried
    assert len(tried.holes) == 2 and tried.script is not None
    assert "sledgehammer" not in tried.script and "sorry" not in tried.script and "by " in tried.script


@pytest.mark.usefixtures("hol")
async def test_a_wrong_step_goes_back_with_its_goal(prover: IsabelleProver, judge: IsabelleJudge) -> None:
    done, server = await attempt(prover, judge, [answers(sketch(WRONG)), answers(sketch(STEPS))], rounds=1)
    assert done.proved and [one.round for one in done.tried] == [0, 1]
    assert "2 * 3 mod 5 = 2" in done.tried[0].open_holes[0].goal
    asked = server.bodies[1]["messages"]
    assert "2 * 3 mod 5 = 2" in asked[-1]["content"] and asked[-2]["role"] == "assistant"


HOSTILE = {
    "oops": "proof -\n  show ?thesis oops",
    "an axiom": 'proof -\n  show ?thesis sledgehammer\nqed\naxiomatization where easy: "False"',
    "ML": "by (tactic \\<open>all_tac\\<close>)",
    "a step that does not parse": 'proof -\n  have "(" sledgehammer\n  show ?thesis sledgehammer\nqed',
    "nothing": "",
}


@pytest.mark.usefixtures("hol")
@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_honest_sketch_proves_nothing(
    prover: IsabelleProver, judge: IsabelleJudge, name: str
) -> None:
    done, _ = await attempt(prover, judge, [answers(sketch(HOSTILE[name]))])
    assert not done.proved and done.outcome is Outcome.EXHAUSTED
    assert done.counts.errors or done.tried[0].messages


@pytest.mark.usefixtures("hol")
@pytest.mark.parametrize("one", examples(), ids=lambda one: one.name)
async def test_an_example_is_a_sketch_that_leads_to_a_proof(
    prover: IsabelleProver, judge: IsabelleJudge, one: Example
) -> None:
    wanted = one.isabelle.theories if "real" in one.isabelle.statement else ("Main",)
    statement = statement_of(one.isabelle.statement, header(list(wanted)))
    try:
        await prover.start(statement)
    except SetupError as error:
        pytest.skip(f"not run here: needs a heap with {wanted[0]} ({error})")
    filler = IsabelleFiller(prover, judge, statement, FillLimits(methods_s=20.0, hammer_s=0.0, search_s=10.0))
    tried = await filler.fill(one.isabelle.sketch, True, Budget(), None)
    assert tried.holes and tried.proved, (tried.messages, tried.verdict)
