"""The one command that makes the small model: its stages, in order, each once."""

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


def test_what_is_done_is_not_done_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = next(Plan(tmp_path).stages())
    first.result.write_bytes(b"")
    assert main(["--out", str(tmp_path), "--dry-run"]) == 0
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("done: ") and "training.library" in lines[0]
    assert not any(line.startswith("done: ") for line in lines[1:]) and "training.chances" in lines[-1]
