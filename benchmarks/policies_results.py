"""What came of one theorem under one policy, and the file of such results that a measurement goes on from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from prover.errors import InputError

PROVED, REFUSED, BUDGET, CRASHED, OUT_OF_REACH = "proved", "refused", "budget", "crashed", "out of reach"
"""Outcomes beside those of a search. refused: the judge does not accept what the search found."""

Key = tuple[str, str, int, str, float, float, str]


@dataclass(frozen=True, slots=True)
class Result:
    """One theorem's line of the results file. `set` is the set of statements that it comes from.

    cpu_s: CPU seconds of the search, of which lean_s are Lean's and model_s the language model's; wall_s: its
    seconds on the clock. budget_s is the limit of cpu_s, step_s that of one tactic's in Lean. model: which
    model, empty where the policy has none. candidates: of the model. steps: how many gave what.
    """

    policy: str
    set: str
    seed: int
    name: str
    budget_s: float
    step_s: float
    model: str = ""
    outcome: str = CRASHED
    cpu_s: float = 0.0
    lean_s: float = 0.0
    model_s: float = 0.0
    wall_s: float = 0.0
    expansions: int = 0
    candidates: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    script: str = ""
    reason: str = ""

    @property
    def key(self) -> Key:
        """What was measured: the same is not measured twice."""
        return (self.policy, self.set, self.seed, self.name, self.budget_s, self.step_s, self.model)

    @property
    def proved(self) -> bool:
        return self.outcome == PROVED


_FIELDS = {item.name: item for item in dataclasses.fields(Result)}
_NEEDED = ("policy", "set", "seed", "name", "budget_s", "step_s", "outcome", "cpu_s")
_NUMBERS = ("seed", "budget_s", "step_s", "cpu_s", "lean_s", "model_s", "wall_s", "expansions", "candidates")


def read_results(path: Path, console: Console | None = None) -> list[Result]:
    """The results of a file, none where it is not there.

    A last line that was cut off is taken out of the file, with a notice. Raises `InputError` with file and
    line for any other that is no result.
    """
    try:
        text = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        with path.open("r+b") as file:
            file.truncate(len(whole))
        note = f"{path}: the last line was cut off and is dropped; that theorem is measured again"
        (console or Console(stderr=True)).print(note, highlight=False)
    lines = enumerate(whole.splitlines(), 1)
    return [_result(line, f"{path}:{number}") for number, line in lines if line.strip()]


def append_result(path: Path, result: Result) -> None:
    """Add one result to the file, which is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(orjson.dumps(result) + b"\n")


def keys(results: Iterable[Result]) -> set[Key]:
    """What has been measured."""
    return {result.key for result in results}


def _result(line: bytes, place: str) -> Result:
    try:
        row: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON: {error}") from None
    if not isinstance(row, dict):
        raise InputError(f"{place}: a JSON object is wanted, not {type(row).__name__}")
    if missing := [name for name in _NEEDED if name not in row]:
        raise InputError(f"{place}: not a result of this benchmark: no {', '.join(missing)}")
    if unknown := sorted(set(row) - set(_FIELDS)):
        raise InputError(f"{place}: not a result of this benchmark: unknown {', '.join(unknown)}")
    if wrong := [name for name in _NUMBERS if not isinstance(row.get(name, 0), int | float)]:
        raise InputError(f"{place}: no number under {', '.join(wrong)}")
    return Result(**row)
