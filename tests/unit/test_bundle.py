"""A bundle holds all that a stranger needs, and is refused once it was changed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from prover.errors import InputError, SetupError
from prover.judge.bundle import (
    Pins,
    Submission,
    challenge_of,
    changed_files,
    pins_for,
    read_submission,
    write_bundle,
)
from prover.judge.comparator import PROGRAMS, compare, require_comparator
from prover.judge.files import FileVerdict, Judged, with_rung
from prover.types import Rung, Verdict

SOLUTION = """import Prover.Core

/-- A helper. -/
theorem helper (n : ℕ) :
    n + 0 = n := by
  simp

def answer : ℕ := 17

theorem t : answer = 17 := rfl
"""
CHALLENGE = "import Prover.Core\n\ndef answer : ℕ := sorry\n\ntheorem t : answer = 17 := by sorry\n"
PINS = Pins("leanprover/lean4:v4.28.0")
SUBMISSION = Submission(Path("S.lean"), SOLUTION, CHALLENGE)


def bundle(folder: Path, challenge: str = CHALLENGE, pins: Pins = PINS) -> Path:
    write_bundle(folder, replace(SUBMISSION, challenge=challenge), pins, "Judged: kernel.")
    return folder


def test_a_bundle_has_challenge_solution_configuration_pins_and_the_one_command(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    configuration = json.loads((folder / "comparator.json").read_text())
    assert configuration["theorem_names"] == ["t"] and configuration["definition_names"] == ["answer"]
    assert configuration["permitted_axioms"] == ["propext", "Quot.sound", "Classical.choice"]
    assert (folder / "lean-toolchain").read_text() == "leanprover/lean4:v4.28.0\n"
    assert "prover verify ." in (folder / "README.md").read_text()
    assert read_submission(folder) == Submission(folder / "Solution.lean", SOLUTION, CHALLENGE)


def test_the_preludes_come_along_where_the_statement_needs_them(tmp_path: Path) -> None:
    assert (bundle(tmp_path / "with") / "Prover" / "Core.lean").is_file()
    assert not (tmp_path / "with" / "Prover" / "Repl").exists()
    plain = Submission(Path("S.lean"), "theorem t : 1 = 1 := rfl\n", "theorem t : 1 = 1 := sorry\n")
    write_bundle(tmp_path / "without", plain, PINS, "")
    assert not (tmp_path / "without" / "Prover").exists()


def test_the_hashes_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    assert changed_files(folder) == []
    (folder / "Challenge.lean").write_text(CHALLENGE.replace("17", "answer"), encoding="utf-8")
    assert changed_files(folder) == ["Challenge.lean"]


@pytest.mark.parametrize(
    ("hashes", "says"),
    [(b"\xff", "SHA256SUMS is not UTF-8"), (b"0" * 64 + b"  " + b"long" * 100, "cannot read .*long")],
)
def test_hashes_or_files_that_cannot_be_read_are_bad_input(tmp_path: Path, hashes: bytes, says: str) -> None:
    folder = bundle(tmp_path / "b")
    (folder / "SHA256SUMS").write_bytes(hashes)
    with pytest.raises(InputError, match=says):
        changed_files(folder)


def test_a_bundle_for_mathlib_pins_its_revision(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    (project / "lean-toolchain").write_text("leanprover/lean4:v4.20.0\n")
    packages = [{"name": "batteries", "rev": "b" * 40}, {"name": "mathlib", "rev": "a" * 40}]
    (project / "lake-manifest.json").write_text(json.dumps({"packages": packages}))
    pins = pins_for("import Mathlib.Data.Nat.Basic\n", project / "deep")
    assert pins == Pins("leanprover/lean4:v4.20.0", "a" * 40)
    assert 'rev = "' + "a" * 40 in (bundle(tmp_path / "b", pins=pins) / "lakefile.toml").read_text()
    (project / "lake-manifest.json").unlink()
    with pytest.raises(InputError, match="--project"):
        pins_for("import Mathlib\n", project)


def test_a_challenge_is_the_solution_without_its_proofs() -> None:
    assert challenge_of(SOLUTION, "S.lean") == (
        "import Prover.Core\n\n/-- A helper. -/\ntheorem helper (n : ℕ) :\n    n + 0 = n := by sorry\n\n"
        "def answer : ℕ := 17\n\ntheorem t : answer = 17 := by sorry\n"
    )


@pytest.mark.parametrize(
    ("solution", "says"),
    [
        ("def f := 1\n", "no theorem"),
        ("theorem t : ∀ n : Nat, n = n\n  | 0 => rfl\n  | _ + 1 => rfl\n", "S.lean:1"),
    ],
)
def test_a_solution_whose_statements_cannot_be_told_is_bad_input(solution: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        challenge_of(solution, "S.lean")


def test_what_comparator_cannot_name_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="private"):
        bundle(tmp_path / "b", "private theorem hidden : 1 = 1 := by sorry\n")
    assert not (tmp_path / "b").exists()


def test_a_folder_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot make"):
        bundle(tmp_path)


# The stand-ins below take comparator's place: it needs a native Lean.


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder


def stand_in(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_level_comparator_says_which_programs_are_missing(stand_ins: Path) -> None:
    stand_in(stand_ins, "lake", "exit 0")
    with pytest.raises(SetupError, match="needs comparator, landrun, lean4export"):
        require_comparator()
    for program in PROGRAMS:
        stand_in(stand_ins, program, "exit 0")
    require_comparator()


async def test_comparators_word_becomes_the_last_rung(stand_ins: Path) -> None:
    stand_in(stand_ins, "lake", 'test "$3" = comparator.json')
    assert await compare(SUBMISSION, PINS) == Rung("comparator", True)
    stand_in(stand_ins, "lake", "echo 'Const does not match: t'; exit 1")
    rung = await compare(SUBMISSION, PINS)
    assert rung == Rung("comparator", False, "Const does not match: t")
    kernel = FileVerdict("kernel", (Judged("t", Verdict((Rung("kernel", True),))),))
    assert kernel.proved and not with_rung(kernel, rung).proved


async def test_comparator_runs_and_believes_nothing_of_what_was_sent_but_challenge_and_solution(
    stand_ins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = bundle(tmp_path / "sent")
    (sent / "lakefile.lean").write_text("-- runs code\n")
    (sent / "lean-toolchain").write_text("stranger/lean4:v1\n")
    (sent / "comparator.json").write_text('{"theorem_names": []}\n')
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    stand_in(stand_ins, "lake", "ls; cat lean-toolchain comparator.json; env; exit 1")
    said = (await compare(read_submission(sent), PINS)).detail
    assert PINS.toolchain in said and '"t"' in said and "Solution.lean" in said
    assert "lakefile.lean" not in said and "secret" not in said


async def test_a_comparator_that_does_not_end_is_ended(stand_ins: Path) -> None:
    stand_in(stand_ins, "lake", "sleep 3600")
    rung = await compare(SUBMISSION, PINS, timeout_s=0.2)
    assert not rung.passed and "no end within 0.2 s" in rung.detail


async def test_mathlibs_compiled_files_are_fetched_before_comparator_runs(
    stand_ins: Path, tmp_path: Path
) -> None:
    stand_in(stand_ins, "lake", f'echo "$2" >> {tmp_path / "said"}')
    assert (await compare(SUBMISSION, replace(PINS, mathlib="a" * 40))).passed
    assert (tmp_path / "said").read_text().split() == ["cache", "comparator"]
