"""What a person and a machine are told of a file's verdict; all of it is a stranger's text."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from prover.cli.verdicts import print_verdict, verdict_record
from prover.errors import InputError, SetupError
from prover.judge.bundle import Submission
from prover.judge.files import Fault, FileVerdict, Judged, file_verdict
from prover.lean.protocol import Json, ProtocolError
from prover.types import Position, Rung, Verdict

PASSED = tuple(Rung(name, True) for name in ("syntax", "elaborates", "statement", "axioms", "kernel"))
GOOD = Judged("good", Verdict(PASSED, ("propext",)), Position(1, 0))
BAD = Judged(
    "bad", Verdict((Rung("syntax", False, "`sorry` may not stand"),)), Position(2, 0), Position(3, 4)
)
SUBMISSION = Submission(Path("S.lean"), "theorem …", "theorem …")


def row(**fields: object) -> Json:
    rungs = [{"name": rung.name, "passed": True} for rung in PASSED]
    return {"name": "t", "answer": False, "rungs": rungs, "axioms": [], **fields}


def test_each_reason_has_its_place_as_editors_count(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdict(SUBMISSION, FileVerdict("kernel", (GOOD, BAD)))
    out = capsys.readouterr().out
    assert "S.lean:3:5: bad: `sorry` may not stand\n" in out
    assert "1 of 2 proved (level kernel; the challenge's statements)" in out and "propext" in out


def test_a_fault_beside_proved_theorems_is_told_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = FileVerdict("kernel", (GOOD,), (Fault("syntax", "no `#eval`", Position(9, 0)),))
    assert not verdict.proved
    print_verdict(SUBMISSION, verdict)
    out = capsys.readouterr().out
    assert "S.lean:9:1: no `#eval`" in out and "1 of 1 proved, but the file has faults" in out


def test_a_file_without_a_challenge_is_said_to_be_judged_by_its_own_statements(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_verdict(Submission(Path("S.lean"), ""), FileVerdict("kernel", (GOOD,)))
    assert "its own statements: read them" in capsys.readouterr().out


def test_a_strangers_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\x1b[32mproved\u202e[bold]"
    one = Judged(evil, Verdict((Rung("syntax", False, evil),)), None, None, True, evil)
    print_verdict(SUBMISSION, FileVerdict("kernel", (one,), (Fault("syntax", evil, Position(1, 0)),)))
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "[bold]" in out


def test_the_record_has_all_that_the_table_shows() -> None:
    record = orjson.loads(orjson.dumps(verdict_record(SUBMISSION, FileVerdict("kernel", (GOOD, BAD)))))
    assert [theorem["proved"] for theorem in record["theorems"]] == [True, False]
    assert record["theorems"][1]["refused_at"] == {"line": 3, "column": 4} and not record["proved"]


def test_a_reply_that_lacks_a_rung_proves_nothing() -> None:
    with pytest.raises(ProtocolError, match="passed only"):
        file_verdict({"theorems": [row(rungs=[{"name": "syntax", "passed": True}])], "faults": []}, "kernel")
    assert file_verdict({"theorems": [row()], "faults": []}, "kernel").proved
    assert not file_verdict({"theorems": [], "faults": []}, "kernel").proved
    with pytest.raises(ProtocolError):
        file_verdict({"message": "interrupted"}, "kernel")


def test_a_bad_challenge_and_a_missing_import_are_told_apart() -> None:
    fault = {"rung": "elaborates", "detail": "Unknown identifier", "pos": {"line": 4, "column": 2}}
    with pytest.raises(InputError, match="4:2: Unknown"):
        file_verdict({"badChallenge": fault}, "kernel")
    with pytest.raises(SetupError, match="--lean native"):
        file_verdict({"badChallenge": fault | {"rung": "imports"}}, "kernel")
