"""A folder that a stranger can check: what was asked (Challenge.lean), what was answered (Solution.lean)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.statements.leanfile import load

CHALLENGE, SOLUTION = "Challenge.lean", "Solution.lean"


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be judged: a solution's text, and the challenge's where there is one."""

    path: Path
    solution: str
    challenge: str | None = None


def is_bundle(folder: Path) -> bool:
    """Whether the folder has a challenge and a solution."""
    return (folder / CHALLENGE).is_file() and (folder / SOLUTION).is_file()


def read_submission(path: Path, challenge: Path | None = None) -> Submission:
    """A Lean file, or the solution of a bundle. Raises `InputError` where a file is missing or not UTF-8."""
    if path.is_dir():
        if not is_bundle(path):
            raise InputError(f"{path} is no bundle: it lacks {CHALLENGE} or {SOLUTION}")
        return read_submission(path / SOLUTION, path / CHALLENGE)
    return Submission(path, load(path).text, load(challenge).text if challenge is not None else None)
