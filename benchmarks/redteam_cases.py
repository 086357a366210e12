"""The red team's files: exploits and honest proofs that look like them, each with its challenge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prover.judge.files import FileVerdict
from prover.judge.lean import RUNGS

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "redteam"

_HEAD = re.compile(r"-- (\w+): (.*)")


@dataclass(frozen=True, slots=True)
class Case:
    """A solution to judge. `rung` is the one that must refuse it; empty where every one must pass."""

    name: str
    about: str
    solution: str
    challenge: str
    rung: str = ""


def exploits() -> list[Case]:
    """Solutions that prove something else, or nothing."""
    return list(_cases(FOLDER / "exploits"))


def honest() -> list[Case]:
    """Proofs that look suspicious and are none the less proofs."""
    return list(_cases(FOLDER / "honest"))


def refusing_rung(verdict: FileVerdict) -> str:
    """The lowest rung of the ladder that refused something of the file; empty where all of it passed."""
    rungs = [one.verdict.rungs[-1].name for one in verdict.judged if not one.verdict.proved]
    rungs += [fault.rung for fault in verdict.faults]
    return min(rungs, key=RUNGS.index, default="")


def _cases(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.glob("*.lean")):
        text = path.read_bytes().decode()
        head = dict(_HEAD.fullmatch(line.strip()).groups() for line in _head_lines(text))  # type: ignore[union-attr]
        challenge = (FOLDER / "challenges" / f"{head['challenge']}.lean").read_text(encoding="utf-8")
        about = head.get("exploit") or head["honest"]
        yield Case(path.stem, about, text, challenge, head.get("refused", ""))


def _head_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not _HEAD.fullmatch(line.strip()):
            return
        yield line
