"""Sketches on the real Lean: a stand-in server gives them, the search fills them, the judge judges."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from misbehaving_server import Behaviour, MisbehavingServer, answers, status
from openai_requests import engine_at
from rich.console import Console

from benchmarks.sketch import measure, problems, table
from prover.attempts import Plan, Tools
from prover.judge import LeanJudge
from prover.lean.backend import LeanProver
from prover.policy.portfolio import PortfolioPolicy
from prover.policy.preset import load_preset
from prover.search import Budget, Outcome, SearchSettings
from prover.search.flow import Flow
from prover.sketch.attempt import SketchSettings, attempt_sketch
from prover.sketch.lean import LeanFiller
from prover.sketch.problem import Problem
from prover.sketch.recording import RecordedWriter
from prover.sketch.results import SketchAttempt
from prover.sketch.writer import ModelWriter
from prover.statements.preludes import prelude
from prover.types import Statement

STATEMENT = "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"
PROBLEM = Problem(
    Statement("t", STATEMENT, prelude("core").header),
    "A number leaves 3 on division by 5. Show that its double leaves 1.",
    "The double leaves what twice 3 leaves, and that is 1.",
)

STEPS = """
  have product : 2 * n % 5 = 2 * (n % 5) % 5 := by
    sorry
  have twice : 2 * 3 % 5 = 1 := sorry
  rw [product, h]"""
WRONG = """
  have product : 2 * n % 5 = 2 := by
    sorry
  have twice : 2 * 3 % 5 = 1 := sorry
  omega"""


def sketch(body: str, statement: str = STATEMENT) -> str:
    return f"The steps:\n```lean4\n{statement} := by{body}\n```\n"


DATA = {
    "name": "doubled",
    "lean4": {"header": "import Mathlib", "statement": STATEMENT.replace("theorem t", "theorem doubled")},
    "informal": {"statement": PROBLEM.informal, "proof": PROBLEM.proof},
}


@pytest.fixture
def tools(prover: LeanProver, judge: LeanJudge) -> Tools:
    return Tools(prover, judge, PortfolioPolicy(), Flow())


async def attempt(
    tools: Tools,
    script: Sequence[Behaviour],
    problem: Problem = PROBLEM,
    rounds: int = 0,
    hole: Budget | None = None,
) -> tuple[SketchAttempt, MisbehavingServer]:
    preset = load_preset("sketch-lean")
    search = SearchSettings(budget=hole or Budget(lean_s=10))
    async with MisbehavingServer(list(script), then=answers("")) as server:
        writer = ModelWriter(engine_at(server), preset)
        filler = LeanFiller(tools, problem.statement, search)
        done = await attempt_sketch(writer, filler, problem, SketchSettings(rounds=rounds, repairs=1))
        await writer.close()
    return done, server


async def test_a_sketch_is_filled_hole_by_hole_and_the_judge_accepts_the_whole(tools: Tools) -> None:
    done, server = await attempt(tools, [answers(sketch(STEPS))])
    assert done.proved and done.outcome is Outcome.PROVED
    (tried,) = done.tried
    assert [hole.goal for hole in tried.holes] == [
        "n : ℕ\nh : n % 5 = 3\n⊢ 2 * n % 5 = 2 * (n % 5) % 5",
        "n : ℕ\nh : n % 5 = 3\nproduct : 2 * n % 5 = 2 * (n % 5) % 5\n⊢ 2 * 3 % 5 = 1",
    ]
    assert all(hole.script for hole in tried.holes)
    assert tried.script is not None and "sorry" not in tried.script and "have product" in tried.script
    assert (await tools.judge.judge(PROBLEM.statement, tried.script)).proved
    assert done.counts.lean_seconds > 0 and len(server.requests) == 1


async def test_each_hole_is_told_of_as_it_ends(tools: Tools) -> None:
    filler, told = LeanFiller(tools, PROBLEM.statement, SearchSettings(budget=Budget(lean_s=10))), []
    tried = await filler.fill(
        textwrap.dedent(STEPS).strip(), True, Budget(), None, lambda *ended: told.append(ended)
    )
    assert len(told) == 2 and tuple(hole for hole, _ in told) == tried.holes
    assert sum(counts.steps for _, counts in told) == tried.counts.steps > 0


async def test_a_wrong_lemma_is_reported_with_its_goal_and_the_repair_is_proved(tools: Tools) -> None:
    done, server = await attempt(
        tools, [answers(sketch(WRONG)), answers(sketch(STEPS))], rounds=1, hole=Budget(lean_s=1.5)
    )
    assert done.proved and [one.round for one in done.tried] == [0, 1]
    (hole,) = done.tried[0].open_holes
    assert hole.goal == "n : ℕ\nh : n % 5 = 3\n⊢ 2 * n % 5 = 2" and hole.failure
    assert (hole.start.line, hole.start.column) == (2, 2)
    asked = server.bodies[1]["messages"]
    assert [turn["role"] for turn in asked] == ["system", "user", "assistant", "user"]
    assert "⊢ 2 * n % 5 = 2" in asked[-1]["content"] and "<error>sorry</error>" in asked[-1]["content"]
    assert "have product : 2 * n % 5 = 2 := by" in asked[-2]["content"]
    assert [hole.known for hole in done.tried[1].holes] == [False, True]
    assert done.tried[0].holes[1].goal != done.tried[1].holes[1].goal  # Only their hypotheses differ.


async def test_a_sketch_that_does_not_elaborate_goes_back_with_leans_messages(tools: Tools) -> None:
    broken = "\n  have h : n = foo := by\n    sorry\n  sorry"
    done, server = await attempt(tools, [answers(sketch(broken)), answers(sketch(STEPS))], rounds=1)
    assert done.proved
    first = done.tried[0]
    assert not first.elaborated and first.holes == ()
    assert [(m.start.line, m.start.column) for m in first.messages] == [(1, 13)]
    assert "foo" in server.bodies[1]["messages"][-1]["content"]


async def test_a_proof_without_holes_counts_as_a_sketch(tools: Tools) -> None:
    easy = Problem(
        Statement("t", "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1", prelude("core").header)
    )
    easy = Problem(easy.statement, "", "Doubling.")
    done, _ = await attempt(tools, [answers(sketch("\n  omega", easy.statement.text))], easy)
    assert done.proved and done.tried[0].holes == ()


async def test_without_a_proof_in_words_the_model_writes_one_first(tools: Tools) -> None:
    problem = replace(PROBLEM, proof="")
    done, server = await attempt(tools, [answers("Take remainders."), answers(sketch(STEPS))], problem)
    assert done.proved and done.drafted and done.problem.proof == "Take remainders."
    assert "Take remainders." in server.bodies[1]["messages"][-1]["content"]


HOSTILE = {
    "another statement": sketch("\n  trivial", "theorem t (n : ℕ) (h : n % 5 = 3) : True"),
    "a hypothesis more": sketch("\n  exact easy", STATEMENT.replace("(h", "(easy : 2 * n % 5 = 1) (h")),
    "the theorem itself": sketch("\n  exact t n h"),
    "an axiom before": "```lean\naxiom easy : False\n" + sketch("\n  exact easy.elim").split("```lean4\n")[1],
    "an axiom behind": sketch("\n  exact easy.elim\n\naxiom easy : False"),
    "a theorem in the same line": sketch("\n  simp theorem easy : False := by sorry"),
    "sorryAx": sketch("\n  exact sorryAx _ true"),
    "code that runs": sketch('\n  run_tac Lean.logInfo m!"x"\n  sorry'),
    "native evaluation": sketch("\n  native_decide"),
    "a macro": sketch('\n  sorry\nmacro "x" : tactic => `(tactic| sorry)'),
    "nothing": "",
    "prose": "I am sorry, but I cannot prove this.",
    "an empty block": "```lean\n```",
    "a megabyte": sketch("\n  have h : n = n := by\n    sorry" * 30_000),
    "a megabyte of brackets": "```lean\n" + "(" * 1_000_000,
    "control characters": sketch("\n  sorry\x00\x1b[2J"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_honest_sketch_proves_nothing(tools: Tools, name: str) -> None:
    done, _ = await attempt(tools, [answers(HOSTILE[name])], hole=Budget(lean_s=0.5))
    assert not done.proved and done.outcome is Outcome.EXHAUSTED
    assert all(one.verdict is None or not one.verdict.proved for one in done.tried)
    assert done.counts.errors.total() > 0 or done.tried[0].messages


async def test_a_model_that_gives_no_answer_ends_the_attempt_with_its_reason(tools: Tools) -> None:
    done, _ = await attempt(tools, [status(401, "bad key")])
    assert done.outcome is Outcome.FAILED and "bad key" in done.failure and done.tried == ()


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, Path]:
    """A data file, and a recording with two sketches of its problem: one that is none, and a good one."""
    data, recording = tmp_path / "data.jsonl", tmp_path / "sketches.jsonl"
    other = DATA | {"name": "other", "lean4": {"statement": STATEMENT.replace("theorem t", "theorem other")}}
    data.write_bytes(orjson.dumps(DATA) + b"\n" + orjson.dumps(other))
    answer = {"name": "doubled", "kind": "sketch", "completions": ["I cannot.", sketch(STEPS)]}
    recording.write_bytes(orjson.dumps(answer))
    return data, recording


@pytest.mark.usefixtures("launch")
def test_the_command_proves_a_problem_from_recorded_sketches(recorded: tuple[Path, Path]) -> None:
    data, recording = recorded
    command = [sys.executable, "-m", "prover", "sketch", "doubled", "--data", str(data), "--lean", "--json"]
    command += ["--recording", str(recording), "--policy", "portfolio"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    record = orjson.loads(done.stdout)
    assert record["proved"] and record["proof"].startswith("theorem doubled (n : ℕ)")
    assert [rung["passed"] for rung in record["rungs"]] == [True] * 5 and record["prelude"] == "core"
    assert record["errors"]["dropped: no proof"] == 1 and len(record["sketches"][0]["holes"]) == 2
    assert "doubled: hole" in done.stderr or "doubled: writing" in done.stderr or "starting" in done.stderr


async def test_the_benchmark_counts_both_ways_on_the_problems_that_are_recorded(
    tools: Tools, recorded: tuple[Path, Path]
) -> None:
    data, recording = recorded
    writer = RecordedWriter(recording)
    (problem,) = problems(data, 40, 0, writer.names)
    preset = load_preset("sketch-lean")
    measured = await measure(tools, writer, preset, problem, Plan(), seconds=20.0)
    assert measured.sketched.proved and measured.alone
    shown = io.StringIO()
    Console(width=120, file=shown).print(table([measured], 20.0))
    lines = [line.strip("│").split("│") for line in shown.getvalue().splitlines() if "│" in line]
    rows = {line[0].strip(): line[1].strip() for line in lines}
    assert rows["proved"] == "1" and rows["holes filled"] == "2 of 2 (100%)"
    assert rows["… that elaborate"] == "1 of 1 (100%)" and rows["answers that were no sketch"] == "1"


async def test_the_budget_ends_the_attempt_between_holes(tools: Tools) -> None:
    preset = load_preset("sketch-lean")
    async with MisbehavingServer([answers(sketch(STEPS))]) as server:
        writer = ModelWriter(engine_at(server), preset)
        filler = LeanFiller(tools, PROBLEM.statement, SearchSettings())
        done = await attempt_sketch(writer, filler, PROBLEM, SketchSettings(Budget(steps=1), rounds=2))
        await writer.close()
    assert done.outcome is Outcome.BUDGET and done.budget == "steps"
    assert len(done.tried) == 1 and done.counts.steps <= 2
