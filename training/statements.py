"""Statements to learn from: a theorem, where it comes from, and the split it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from prover.errors import InputError
from prover.types import Statement
from training.jsonl import read_jsonl, write_jsonl

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

Origin = Literal["library", "generated", "leandojo"]


@dataclass(frozen=True, slots=True)
class TrainingStatement:
    """A statement and its place in the data.

    group: the Lean module of a library theorem, the family of a generated one; splits keep groups together,
    or statements of one family apart by their text. without: the library's own name of the theorem, which a
    proof may not use; empty where there is none.
    """

    name: str
    text: str
    header: str
    origin: Origin
    group: str
    split: Split
    without: str = ""

    def statement(self) -> Statement:
        """As the prover takes it."""
        return Statement(self.name, self.text, self.header, self.origin)


_KEYS = {item.name for item in fields(TrainingStatement)}


def load_statements(path: Path) -> Iterator[TrainingStatement]:
    """Those of a JSON-lines file. Raises `InputError` with file and number of the statement."""
    for number, row in enumerate(read_jsonl(path), 1):
        wrong = [key for key in _KEYS - {"without"} if not isinstance(row.get(key), str)]
        if wrong or row["split"] not in SPLITS:
            what = f"no text under {sorted(wrong)}" if wrong else f"no split is called {row['split']!r}"
            raise InputError(f"{path}: statement {number}: {what}")
        yield TrainingStatement(**{key: value for key, value in row.items() if key in _KEYS})


def save_statements(path: Path, statements: Iterable[TrainingStatement]) -> int:
    """Write them as JSON lines; returns how many."""
    return write_jsonl(path, map(asdict, statements))
