"""Costs of tactics, learnt from what tactics took."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.errors import InputError
from prover.policy.costs import read_costs
from training.costs import MIN_EXAMPLES, learnt_costs, main
from training.jsonl import write_jsonl

ATTEMPTS = [("omega", 0.02), ("nlinarith", 0.5), ("(nlinarith; omega)", 0.51), ("rfl", 0.01)] * MIN_EXAMPLES


def test_the_seconds_of_each_word_are_found_again() -> None:
    costs = learnt_costs(ATTEMPTS)
    assert costs.seconds("rfl") == pytest.approx(0.01, abs=1e-3)
    assert costs.seconds("omega") == pytest.approx(0.02, abs=1e-3)
    assert costs.seconds("nlinarith") == pytest.approx(0.5, abs=1e-3)


def test_a_rare_word_is_no_reason() -> None:
    costs = learnt_costs([*ATTEMPTS, *[("exact somebodys_lemma", 3.0)] * (MIN_EXAMPLES - 1)])
    assert "somebodys_lemma" not in costs.words


def test_nothing_is_free_and_nothing_costs_less_than_nothing() -> None:
    costs = learnt_costs([("simp", 0.0), ("simp; ring", 0.0)] * MIN_EXAMPLES)
    assert costs.base > 0
    assert all(seconds >= 0 for seconds in costs.words.values())


def test_without_attempts_there_is_nothing_to_learn() -> None:
    with pytest.raises(InputError):
        learnt_costs([])


def test_the_command_learns_from_the_rounds_and_writes_beside_the_model(tmp_path: Path) -> None:
    rows = [{"goal": "⊢ p", "tactic": tactic, "seconds": seconds} for tactic, seconds in ATTEMPTS]
    write_jsonl(tmp_path / "round0" / "steps.jsonl.zst", rows[::2])
    write_jsonl(tmp_path / "round0" / "failed.jsonl.zst", rows[1::2])
    (tmp_path / "model").mkdir()
    main(["--attempts", str(tmp_path / "round0"), "--out", str(tmp_path / "model")])
    assert read_costs(tmp_path / "model") == learnt_costs(ATTEMPTS)
