"""What is learnt from rounds of expert iteration: bad input is one line and an exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from prover.lean.messages import goal_of
from prover.policy.portfolio import proposals
from training import chances, costs
from training.jsonl import write_jsonl
from training.rounds import FAILED, STEPS

Main = Callable[[Sequence[str]], None]
COMMANDS = pytest.mark.parametrize("main", [costs.main, chances.main])
GOAL = "a b : ℕ\nh : a < b\n⊢ a ≤ b"
TRIED = {"goal": GOAL, "tactic": next(iter(proposals(goal_of(GOAL)))), "seconds": 0.1}


def round_of(folder: Path, **changed: Any) -> list[str]:
    """A round of one tactic that worked, as an option."""
    write_jsonl(folder / STEPS, [TRIED | changed])
    write_jsonl(folder / FAILED, [])
    return ["--attempts", str(folder)]


@COMMANDS
def test_a_model_that_is_not_there_is_named(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*round_of(tmp_path / "round"), "--out", str(tmp_path / "none")])
    assert (
        ended.value.code == 2 and capsys.readouterr().err == f"prover: no such folder: {tmp_path / 'none'}\n"
    )


@COMMANDS
@pytest.mark.parametrize("changed", [{"goal": None}, {"tactic": 3}, {"seconds": "long"}])
def test_a_row_that_is_no_tactic_is_named(
    main: Main, changed: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*round_of(tmp_path, **changed), "--out", str(tmp_path)])
    said = f"prover: {tmp_path / STEPS}: row 1 has no goal, tactic and seconds\n"
    assert ended.value.code == 2 and capsys.readouterr().err == said


@COMMANDS
def test_a_file_that_cannot_be_written_is_named(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = round_of(tmp_path / "round")
    write_jsonl(tmp_path / "round" / FAILED, [TRIED | {"tactic": "exact of_the_model h"}])

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SystemExit) as ended:
        main([*rounds, "--out", str(tmp_path)])
    assert ended.value.code == 3 and "cannot be written: No space left on device" in capsys.readouterr().err
