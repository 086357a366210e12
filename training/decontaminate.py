"""Removes statements that a benchmark or a held-out split has too, and reports what was removed and why.

Two rules. *Exact*: alike but for spacing, parentheses, the theorem's name, those of variables and
hypotheses, the kind of numbers, and the order of premises, which may stand before the colon or behind it.
*Shared run*: `RUN` tokens in a row are the same, after renaming the variables in each run by their first use.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from prover.overlap.shape import Words, shape
from prover.overlap.statements import StatementIndex
from training.jsonl import write_jsonl
from training.statements import SPLITS, Split, TrainingStatement


@dataclass(frozen=True, slots=True)
class Removed:
    """A statement that was removed. evidence: the shared tokens, variables renamed."""

    name: str
    text: str
    rule: str
    benchmark: str
    benchmark_text: str
    evidence: str


def filter_statements(
    statements: Iterable[TrainingStatement], benchmark_files: Sequence[Path]
) -> tuple[list[TrainingStatement], list[Removed]]:
    """Those that no benchmark has, in order, and those that one has.

    benchmark_files: JSON lines laid out like miniF2F. Raises `InputError` for a file that is none.
    """
    index = StatementIndex(benchmark_files)
    kept: list[TrainingStatement] = []
    removed: list[Removed] = []
    for statement in statements:
        shared = index.find(shape(statement.text))
        if shared is None:
            kept.append(statement)
        else:
            removed.append(Removed(statement.name, statement.text, **asdict(shared)))
    return kept, removed


def held_apart(
    statements: Sequence[TrainingStatement],
) -> tuple[list[TrainingStatement], list[TrainingStatement]]:
    """Those to keep, in order, and those that a split has that is held out from theirs, by the exact rule.

    Of equal ones the test's stay, and of train and validation those of validation.
    """
    keys = [shape(statement.text).key for statement in statements]
    furthest: dict[Words, Split] = {}
    for statement, key in zip(statements, keys, strict=True):
        furthest[key] = max(furthest.get(key, SPLITS[0]), statement.split, key=SPLITS.index)
    kept: list[TrainingStatement] = []
    removed: list[TrainingStatement] = []
    for statement, key in zip(statements, keys, strict=True):
        (kept if statement.split == furthest[key] else removed).append(statement)
    return kept, removed


def write_report(path: Path, removed: Iterable[Removed]) -> None:
    """One JSON line for each removed statement."""
    write_jsonl(path, map(asdict, removed))
