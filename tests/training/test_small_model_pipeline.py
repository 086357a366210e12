"""The one command that makes the small model: its stages, in order, each once."""

import subprocess
from pathlib import Path

import pytest

from training.small_model import Plan, main


def test_each_stage_uses_what_those_before_it_made(tmp_path: Path) -> None:
    made: set[str] = set()
    for stage in Plan(tmp_path, rounds=2).stages():
        files = [word for word in stage.arguments if word.startswith(str(tmp_path))]
        out = stage.arguments[stage.arguments.index("--out") + 1]
        assert all(any(Path(file).is_relative_to(done) for done in made) for file in files if file != out)
        made.add(out)
    assert str(tmp_path / "model") in made


def test_the_commands_are_those_that_there_are(tmp_path: Path) -> None:
    """What an option is called is checked without running anything."""
    import importlib

    for stage in Plan(tmp_path, (tmp_path / "valid.jsonl",), rounds=1).stages():
        module = importlib.import_module(f"training.{stage.module}")
        parse = getattr(module, "parser", None)
        if parse is not None:
            assert parse().parse_args(stage.arguments).out == Path(
                stage.arguments[stage.arguments.index("--out") + 1]
            )


def test_generated_statements_keep_clear_of_all_benchmarks(tmp_path: Path) -> None:
    benchmarks = (tmp_path / "valid.jsonl", tmp_path / "test.jsonl")
    library, generated = list(Plan(tmp_path, benchmarks).stages())[:2]
    for stage in (library, generated):
        assert set(map(str, benchmarks)) <= set(stage.arguments)


def test_a_training_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training.checkpoint import CHECKPOINT

    run: list[list[str]] = []

    def pretend(command: list[str]) -> subprocess.CompletedProcess[str]:
        run.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", pretend)
    (tmp_path / "model0").mkdir()
    (tmp_path / "model0" / CHECKPOINT).write_bytes(b"")
    assert main(["--out", str(tmp_path)]) == 0
    resumed = [command for command in run if "--resume" in command]
    assert [command[command.index("--out") + 1] for command in resumed] == [str(tmp_path / "model0")]


def test_what_is_done_is_not_done_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = next(Plan(tmp_path).stages())
    first.result.write_bytes(b"")
    assert main(["--out", str(tmp_path), "--dry-run"]) == 0
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("done: ") and "training.library" in lines[0]
    assert not any(line.startswith("done: ") for line in lines[1:]) and "training.chances" in lines[-1]
