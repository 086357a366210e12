"""A stranger's file, judged: a verdict for each theorem, and what else is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from prover.errors import InputError, SetupError
from prover.lean.protocol import Json, ProtocolError
from prover.types import Position, Rung, Verdict

Level = Literal["elaborate", "axioms", "kernel", "comparator"]
"""How far the judge climbs; `elaborate` includes the comparison with the challenge's statement. The last one
is another judge's (prover/judge/comparator.py): ours goes as far as `kernel` for it.
"""

LEVELS: tuple[Level, ...] = get_args(Level)

RUNGS_OF: dict[Level, tuple[str, ...]] = {
    "elaborate": ("syntax", "elaborates", "statement"),
    "axioms": ("syntax", "elaborates", "statement", "axioms"),
    "kernel": ("syntax", "elaborates", "statement", "axioms", "kernel"),
    "comparator": ("syntax", "elaborates", "statement", "axioms", "kernel", "comparator"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one theorem, or on one definition that the challenge leaves open (`is_answer`).

    `position` is where the solution declares it, `refused_at` where the reason for a refusal stands: both in
    the solution. `value` is an answer, as Lean prints it: whether it answers the question is for a reader.
    """

    name: str
    verdict: Verdict
    position: Position | None = None
    refused_at: Position | None = None
    is_answer: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A command of the solution that was refused or failed. `names` are those that it would have declared."""

    rung: str
    text: str
    position: Position
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What the judge says of a file at a level."""

    level: Level
    judged: tuple[Judged, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def other_faults(self) -> tuple[Fault, ...]:
        """Those that no theorem's verdict speaks of."""
        names = {judged.name for judged in self.judged}
        return tuple(fault for fault in self.faults if not names & set(fault.names))

    @property
    def proved(self) -> bool:
        """Whether everything that was asked for is proved, and nothing else in the file is at fault."""
        return bool(self.judged) and not self.faults and all(one.verdict.proved for one in self.judged)


def with_rung(verdict: FileVerdict, rung: Rung) -> FileVerdict:
    """The verdict at level `comparator`: `rung` is what comparator says of all of it."""
    judged = tuple(
        replace(one, verdict=replace(one.verdict, rungs=(*one.verdict.rungs, rung))) for one in verdict.judged
    )
    return FileVerdict("comparator", judged, verdict.faults)


def file_verdict(reply: Json, level: Level) -> FileVerdict:
    """What the reply to `verifyFile` says.

    Raises `InputError` where the challenge cannot be judged against, `SetupError` where Lean lacks an import.
    """
    if "badChallenge" in reply:
        raise _unusable(_fault(reply["badChallenge"]))
    if "theorems" not in reply:
        raise ProtocolError(f"no verdict: {str(reply.get('message', ''))[:300]}")
    judged = tuple(_judged(row, level) for row in reply["theorems"])
    return FileVerdict(level, judged, tuple(_fault(fault) for fault in reply["faults"]))


def _unusable(fault: Fault) -> InputError | SetupError:
    place = f"{fault.position.line}:{fault.position.column}"
    if fault.rung == "imports":
        return SetupError(
            f"{place}: {fault.text}\nThis Lean lacks that import. The embedded one has Init, Std, Lean and "
            "two preludes (`import Prover.Core`, `import Prover.Field`); Mathlib needs --lean native."
        )
    return InputError(f"the challenge cannot be judged against: {place}: {fault.text}")


def _judged(row: Json, level: Level) -> Judged:
    """A theorem counts as proved only if every rung of its level is there and passed."""
    rungs = tuple(
        Rung(name=rung["name"], passed=rung["passed"] is True, detail=rung.get("detail", ""))
        for rung in row["rungs"]
    )
    if all(rung.passed for rung in rungs) and tuple(rung.name for rung in rungs) != RUNGS_OF[level]:
        raise ProtocolError(f"the judge passed only {[rung.name for rung in rungs]}")
    verdict = Verdict(rungs, tuple(row["axioms"]))
    refused_at = None if verdict.proved else _position(row.get("refusedAt"))
    value = row.get("value", "")
    return Judged(row["name"], verdict, _position(row.get("pos")), refused_at, row["answer"] is True, value)


def _fault(fault: Json) -> Fault:
    position = _position(fault["pos"]) or Position(1, 0)
    return Fault(fault["rung"], fault["detail"], position, tuple(fault.get("names", ())))


def _position(place: Json | None) -> Position | None:
    return None if place is None else Position(place["line"], place["column"])
