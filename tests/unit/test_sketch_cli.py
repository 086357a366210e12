"""Wrong input to `prover sketch` ends in one line that says the way out, before anything is started."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import InputError, SetupError
from prover.policy.preset import load_preset
from prover.sketch.opening import writer_choice
from prover.sketch.problem import read_problem

STATEMENT = "theorem t (n : ℕ) : n % 2 < 2"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sketch", *arguments])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--lean or --isabelle"),
        (["--lean", "--isabelle"], "--lean or --isabelle"),
        (["--isabelle", "--preset", "sketch-lean"], "sketches in lean: --lean"),
        (["--isabelle", "--policy", "portfolio"], "go with --lean"),
        (["--lean"], "--server URL, --model FOLDER or NAME, or --recording FILE"),
        (["--lean", "--preset", "chat"], "the preset chat is for prover prove"),
        (["--lean", "--preset", "sketch-lena"], "sketch-lean"),
        (["--lean", "--preset", "sketch-llemma-7b"], "sketches in isabelle: --isabelle"),
        (["--lean", "--informal", "none.txt"], "no such file: none.txt"),
        (["--lean", "--data", "none.jsonl"], "no such file: none.jsonl"),
        (["--lean", "--recording", "none.jsonl"], "no such file: none.jsonl"),
        (["--lean", "--writer", "oracle"], "known: vllm, openai"),
        (["--lean", "--writer", "replay"], "--recording FILE"),
        (["--lean", "--writer", "vllm", "--server", "http://localhost:1"], "--server goes with"),
        (["--lean", "--server", "http://localhost:1", "--budget", "many"], "name=number"),
        (["--lean", "--server", "http://localhost:1", "--hole-budget", "lean_s=x"], "lean_s"),
        (["--lean", "--server", "http://localhost:1", "--policy", "oracle"], "unknown policy"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_the_way_out(options: list[str], says: str) -> None:
    done = run(STATEMENT, *options)
    assert isinstance(done.exception, InputError | SetupError), done.output
    assert says in str(done.exception)


def test_the_command_itself_prints_one_line_and_a_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "prover", "sketch", STATEMENT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_an_empty_proof_in_words_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n", encoding="utf-8")
    with pytest.raises(InputError, match="is empty"):
        read_problem(STATEMENT, None, empty)


def test_samples_at_temperature_zero_would_all_be_the_same(tmp_path: Path) -> None:
    greedy = tmp_path / "greedy.toml"
    text = (Path(load_preset.__code__.co_filename).parent / "presets" / "sketch-lean.toml").read_text()
    greedy.write_text(text.replace("temperature = 0.8", "temperature = 0.0"), encoding="utf-8")
    done = run(STATEMENT, "--lean", "--preset", str(greedy), "--samples", "4")
    assert "all 4 would be the same" in str(done.exception)


def test_the_words_of_the_data_give_way_to_those_of_the_user(tmp_path: Path) -> None:
    data, words = tmp_path / "data.jsonl", tmp_path / "words.txt"
    record = {
        "name": "two",
        "lean4": {"statement": STATEMENT},
        "informal": {"statement": "A remainder is small.", "proof": "By definition."},
    }
    data.write_text(json.dumps(record), encoding="utf-8")
    words.write_text("By cases.\n", encoding="utf-8")
    assert read_problem("two", data, None).proof == "By definition."
    problem = read_problem("two", data, words)
    assert (problem.informal, problem.proof) == ("A remainder is small.", "By cases.")


def test_a_server_means_an_openai_compatible_writer_and_a_file_a_recorded_one(tmp_path: Path) -> None:
    recording = tmp_path / "sketches.jsonl"
    recording.write_text("", encoding="utf-8")
    preset = load_preset("sketch-lean")
    assert writer_choice("", preset, "", "http://x", None, None).model.names == ("openai",)
    assert writer_choice("", preset, "", "", recording, None).model.names == ("replay",)


def test_help_has_examples_and_exit_codes() -> None:
    done = run("--help")
    assert done.exit_code == 0 and "valid.jsonl" in done.stdout and "Exit codes" in done.stdout
