"""Chances of the portfolio's rules, learnt from what worked and what did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.errors import InputError, ModelError
from prover.lean.messages import goal_of
from prover.policy.chances import CHANCES, read_chances
from prover.policy.portfolio import candidates, proposals
from prover.types import State, Statement
from training.chances import PLACES, learnt_chances, main
from training.jsonl import write_jsonl

GOAL = "a b : ℕ\nh : a < b\n⊢ a ≤ b"
FIRST, SECOND = list(proposals(goal_of(GOAL)))[:2]
RULE = proposals(goal_of(GOAL))[FIRST][0]

ATTEMPTS = [(GOAL, FIRST, True)] * 90 + [(GOAL, FIRST, False)] * 10 + [(GOAL, SECOND, False)] * 50
MODEL = [(GOAL, "exact of_the_model h", True)]


def test_a_tactic_that_works_nine_times_of_ten_has_about_that_chance() -> None:
    learnt = learnt_chances(ATTEMPTS + MODEL)
    assert learnt.of(RULE, 0) == pytest.approx(0.9, abs=0.05)
    assert learnt.of(RULE, 1) < 0.1


def test_a_rule_tried_once_is_no_certainty() -> None:
    learnt = learnt_chances([(GOAL, FIRST, True), *MODEL])
    assert 0.9 < learnt.of(RULE, 0) < 1 and 0 < learnt.model < 1 and 0 < learnt.other < 1


def test_a_rule_never_tried_is_as_good_as_rules_are() -> None:
    learnt = learnt_chances(ATTEMPTS + MODEL)
    assert learnt.of("never_tried", 3) == learnt.other == pytest.approx(0.6, abs=0.01)


def test_places_beyond_those_told_apart_count_as_the_last() -> None:
    learnt = learnt_chances(ATTEMPTS + MODEL)
    assert learnt.of(RULE, PLACES + 10) == learnt.rules[RULE][-1]


def test_the_model_is_right_at_a_state_where_one_of_its_tactics_is() -> None:
    other = GOAL.replace("a ≤ b", "a + 1 ≤ b + 1")
    tries = [(GOAL, "m1", False), (GOAL, "m2", True), (other, "m1", False)] * 30
    assert learnt_chances(ATTEMPTS + tries).model == pytest.approx(0.5)


@pytest.mark.parametrize("attempts", [[], ATTEMPTS, MODEL])
def test_portfolio_and_model_are_both_needed(attempts: list[tuple[str, str, bool]]) -> None:
    with pytest.raises(InputError, match="of the portfolio and of a model"):
        learnt_chances(attempts)


def test_the_command_learns_from_the_rounds_and_the_portfolio_follows(tmp_path: Path) -> None:
    rows = [
        (worked, {"goal": goal, "tactic": tactic, "seconds": 0.1})
        for goal, tactic, worked in ATTEMPTS + MODEL
    ]
    write_jsonl(tmp_path / "round0" / "steps.jsonl.zst", [row for worked, row in rows if worked])
    write_jsonl(tmp_path / "round0" / "failed.jsonl.zst", [row for worked, row in rows if not worked])
    (tmp_path / "model").mkdir()
    main(["--attempts", str(tmp_path / "round0"), "--out", str(tmp_path / "model")])
    learnt = read_chances(tmp_path / "model")
    assert learnt == learnt_chances(ATTEMPTS + MODEL)
    state = State(Statement("t", "theorem t : p"), (), (goal_of(GOAL),))
    logprobs = {one.tactic: one.logprob for one in candidates(state, learnt)}
    assert logprobs[FIRST] > logprobs[SECOND]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"rules": {"closers": [1.5]}, "other": 0.5, "model": 0.5}', '{"rules": {}}']
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / CHANCES).write_text(content)
    with pytest.raises(ModelError, match=CHANCES):
        read_chances(tmp_path)


def test_a_model_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_chances(tmp_path) is None
