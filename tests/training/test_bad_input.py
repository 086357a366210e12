"""A malformed data file ends a command of training with one line that names it, not with a traceback."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from training import expert_iteration, prepare


@pytest.mark.parametrize(
    ("module", "option"),
    [(expert_iteration, "--statements"), (prepare, "--steps")],
    ids=["search", "prepare"],
)
def test_a_malformed_data_file_is_named_with_its_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: object,
    option: str,
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('\n{"text"\n')
    monkeypatch.setattr(sys, "argv", ["command", option, str(path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        module.main()  # type: ignore[attr-defined]
    assert ended.value.code == 2
    assert "data.jsonl:2: not JSON" in " ".join(capsys.readouterr().err.split())
