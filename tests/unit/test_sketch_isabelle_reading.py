"""From what a model wrote to an Isar sketch, and its holes filled on a stand-in for Isabelle's process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import SetupError, StatementError
from prover.isabelle.backend import Hole, IsabelleProver, Sketch
from prover.isabelle.fill import FillLimits
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.output import isar_proof
from prover.isabelle.theory import header, statement_of
from prover.policy.engine import Completion, as_text
from prover.policy.preset import load_preset
from prover.search import Budget, Counts
from prover.sketch.isabelle import IsabelleFiller
from prover.sketch.problem import read_problem
from prover.sketch.results import FilledHole
from prover.sketch.writer import sketch_prompt
from prover.types import (
    Closed,
    Goal,
    Message,
    Position,
    Rung,
    State,
    Statement,
    StepResult,
    TacticError,
    Verdict,
)

PROOF = 'proof -\n  have "x = 1" sledgehammer\n  then show ?thesis by simp\nqed'
TEXT = 'theorem t:\n  fixes x :: nat\n  shows "x = x"'
STATEMENT = statement_of(TEXT, header(["Main"]))

WRITTEN = {
    "the proof alone": PROOF,
    "statement and proof": f"{TEXT}\n{PROOF}",
    "a block": f"Here it is:\n```isabelle\n{TEXT}\n{PROOF}\n```\nDone.",
    "the last of two blocks": f"```\nproof - oops\n```\nBetter:\n```\n{PROOF}\n```",
    "another theorem before": f'```\nlemma a: "True"\n  by simp\n\n{TEXT}\n{PROOF}\n```',
    "after thinking": f"<think>by magic</think>\n{PROOF}",
    "with the next example": f"{PROOF}\n\n\nInformal:\n(*### Problem",
    "with the next example, closer": f"{PROOF}\nInformal:\n(*### Problem",
}
NONE = {
    "nothing": ("", "no proof"),
    "prose": ("I cannot prove this.", "no proof"),
    "a statement alone": (TEXT, "no proof"),
    "a megabyte": ("proof -\n" + "  have a sledgehammer\n" * 50_000, "too long"),
    "a megabyte in one line": ("by " + "(" * 1_000_000, "too long"),
    "too much": ("proof -\n" + "  have a sledgehammer\n" * 3_000, "too long"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_proof_is_found_without_its_statement(name: str) -> None:
    assert isar_proof(WRITTEN[name], truncated=False).text == PROOF


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_proof_says_why(name: str) -> None:
    text, reason = NONE[name]
    parsed = isar_proof(text, truncated=False)
    assert (parsed.text, parsed.dropped) == ("", reason)


def test_a_block_that_was_cut_off_counts_for_nothing() -> None:
    assert isar_proof(f"```isabelle\n{PROOF}", truncated=True).dropped == "truncated"


@dataclass
class StandInIsabelle:
    """A prover and a judge: `by auto` proves every goal without the word "false", nothing else does."""

    steps: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)

    async def sketch(self, statement: Statement, proof: str) -> Sketch:
        if "stated wrongly" in proof:
            raise StatementError("the statement does not elaborate")
        lines = [(n, line) for n, line in enumerate(proof.split("\n"), start=1) if "sorry" in line]
        holes = tuple(
            Hole(
                replace(statement, text=line, place=Position(n, line.index("sorry"))),
                Position(n, line.index("sorry")),
                line.strip(),
            )
            for n, line in lines
        )
        wrong = (Message("error", "Outer syntax error", Position(1, 0)),) if "broken" in proof else ()
        return Sketch(statement, proof, holes, wrong)

    async def start(self, statement: Statement) -> State:
        return State(statement, (), (Goal(statement.text),))

    async def step(self, state: State, step: str, within_s: float | None = None) -> StepResult:
        self.steps.append(step)
        wrong = "false" in state.statement.text or step != "by auto"
        return TacticError("Failed to finish proof") if wrong else Closed(path=(step,))

    async def release(self, statement: Statement) -> None:
        """Nothing is kept."""

    async def judge(self, statement: Statement, script: str) -> Verdict:
        self.judged.append(script)
        return Verdict((Rung("syntax", "cheat" not in script, "denied"),))


def filler(stand_in: StandInIsabelle) -> IsabelleFiller:
    prover, judge = cast(IsabelleProver, stand_in), cast(IsabelleJudge, stand_in)
    return IsabelleFiller(prover, judge, STATEMENT, FillLimits(5.0, 0.0, 0.0))


async def test_the_winning_method_stands_in_the_place_of_the_hammer() -> None:
    isabelle = StandInIsabelle()
    tried = await filler(isabelle).fill(PROOF, False, Budget(), None)
    assert tried.proved and isabelle.judged == [PROOF.replace("sledgehammer", "by auto")]
    assert tried.holes[0].script == "by auto" and tried.holes[0].start == Position(2, 15)


async def test_an_open_hole_is_told_with_goal_place_and_last_answer() -> None:
    proof = PROOF.replace("x = 1", "false")
    tried = await filler(StandInIsabelle()).fill(proof, False, Budget(), None)
    assert not tried.proved and tried.elaborated and tried.verdict is None
    (message,) = tried.messages
    assert message.start == Position(2, 15) and "false" in message.text
    assert "Failed to finish proof" in message.text


async def test_other_holes_are_tried_only_where_a_repair_may_follow() -> None:
    proof = 'proof -\n  have "false" sorry\n  have "x = x" sorry\nqed'
    for every, holes in ((False, 1), (True, 2)):
        tried = await filler(StandInIsabelle()).fill(proof, every, Budget(), None)
        assert len(tried.holes) == holes and len(tried.open_holes) == 1


async def test_a_goal_is_tried_once() -> None:
    isabelle = StandInIsabelle()
    one = filler(isabelle)
    await one.fill(PROOF, False, Budget(), None)
    again = await one.fill(PROOF + " ", False, Budget(), None)
    assert isabelle.steps == ["by auto"] and again.holes[0].known and again.proved


async def test_each_hole_is_told_of_as_it_ends() -> None:
    proof = 'proof -\n  have "x = x" sorry\n  have "false" sorry\nqed'
    told: list[tuple[FilledHole, Counts]] = []
    tried = await filler(StandInIsabelle()).fill(
        proof, True, Budget(), None, lambda *ended: told.append(ended)
    )
    assert tuple(hole for hole, _ in told) == tried.holes
    assert sum(counts.lean_seconds for _, counts in told) == tried.counts.lean_seconds > 0


@pytest.mark.parametrize("proof", ["broken sorry", "stated wrongly sorry", "sorry\n" * 100])
async def test_a_sketch_that_does_not_run_is_told_with_isabelles_words(proof: str) -> None:
    tried = await filler(StandInIsabelle()).fill(proof, True, Budget(), None)
    assert not tried.elaborated and tried.holes == () and tried.messages[0].text


async def test_what_the_judge_refuses_is_told_too() -> None:
    tried = await filler(StandInIsabelle()).fill(PROOF + " (* cheat *)", True, Budget(), None)
    assert not tried.proved and "denied" in tried.messages[0].text


def test_reading_leaves_the_completion_to_the_parser() -> None:
    assert filler(StandInIsabelle()).read(Completion(PROOF, 5, None)).text == PROOF


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    record: dict[str, Any] = {
        "name": "t",
        "isabelle": {"imports": ["Complex_Main"], "preamble": "", "statement": TEXT},
        "informal": {"statement": "A number is itself.", "proof": "Equality is reflexive."},
    }
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return path


def test_the_prompt_has_the_isabelle_statement_and_isar_examples(data: Path) -> None:
    preset = load_preset("sketch-isabelle")
    problem = read_problem("t", data, None, "isabelle")
    prompt = as_text(sketch_prompt(preset, problem, 0, ()))
    assert TEXT in prompt and "Equality is reflexive." in prompt and "sledgehammer\n" in prompt
    shown = CliRunner().invoke(app, ["prompt", "--preset", "sketch-llemma-7b", "t", "--data", str(data)])
    assert shown.stdout.endswith(f"Formal:\n{TEXT}\n\n")


def test_without_an_isabelle_the_command_says_how_to_come_by_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISABELLE_HEAP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    recording = tmp_path / "sketches.jsonl"
    recording.write_text("", encoding="utf-8")
    options = ["sketch", "t", "--data", str(data), "--isabelle", "--recording", str(recording)]
    done = CliRunner().invoke(app, options)
    assert isinstance(done.exception, SetupError) and "isabelle.in.tum.de" in str(done.exception)
