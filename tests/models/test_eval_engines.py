"""`prover eval` on models in this process: a tiny one by transformers, and the one that ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from prover.cli import app

QUESTIONS = ["How many are 2 and 3?", "How many are 4 times 5?"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps({"question": one, "answer": "#### 5"}) + "\n" for one in QUESTIONS))
    return path


def evaluate(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["eval", *map(str, arguments), "--json", "--quiet"])
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_tiny_model_answers_by_transformers_greedily_and_in_samples(
    folder: Path, data: Path, tmp_path: Path
) -> None:
    model = ["--policy", "transformers", "--model", folder, "--shots", 0, "--max-tokens", 8]
    greedy = evaluate("gsm8k", "--data", data, "--run", tmp_path / "greedy", *model)
    drawn = evaluate("gsm8k", "--data", data, "--run", tmp_path / "drawn", "--majority", 3, *model)
    assert (greedy["asked"], greedy["tokens"], greedy["truncated"]) == (2, 16, 2)
    assert (drawn["asked"], drawn["samples"], drawn["majority"]["value"]) == (2, 3, 0.0)
    assert greedy["troubles"] == {"cut off before an answer": 2}


def test_prompts_that_the_model_cannot_take_are_told_and_the_run_goes_on(
    folder: Path, data: Path, tmp_path: Path
) -> None:
    model = ["--policy", "transformers", "--model", folder]
    record = evaluate("gsm8k", "--data", data, "--run", tmp_path / "run", *model)
    assert record["troubles"] == {"the prompt is longer than the model's context": 2}


def test_the_model_that_ships_writes_programs_that_are_run(data: Path, tmp_path: Path) -> None:
    model = ["--policy", "small", "--shots", 0, "--max-tokens", 16, "--limits-only"]
    record = evaluate("gsm8k-python", "--data", data, "--run", tmp_path / "run", *model)
    assert (record["asked"], record["accuracy"]["value"]) == (2, 0.0)
    assert sum(record["troubles"].values()) == 2
