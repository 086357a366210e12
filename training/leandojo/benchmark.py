"""LeanDojo Benchmark's files: a split's theorems with their traced tactics, and the corpus of premises.

A split folder has `train.json`, `val.json` and `test.json`: theorems with their place in a repository at a
commit, and for each traced tactic the states around it and the premises that it names (LeanDojo, arXiv
2306.15626, from Zenodo). A statement's text is in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prover.errors import InputError
from prover.statements.reading import read_bytes, read_text
from training.leandojo.theorems import TracedTactic, TracedTheorem
from training.statements import Split

FILES: Mapping[str, Split] = {"train.json": "train", "val.json": "validation", "test.json": "test"}


def read_benchmark(folder: Path) -> list[TracedTheorem]:
    """The theorems of a split's folder. Raises `InputError` with file, number and field of what is wrong."""
    found = [(folder / name, split) for name, split in FILES.items() if (folder / name).is_file()]
    if not found:
        raise InputError(f"{folder} holds none of {', '.join(FILES)}: it is no split of a LeanDojo benchmark")
    return [theorem for path, split in found for theorem in _theorems(path, split)]


def read_premises(path: Path) -> dict[str, str]:
    """Full names to source texts, from a benchmark's `corpus.jsonl`. Raises `InputError`."""
    premises = {}
    for number, line in enumerate(read_text(path, read_bytes(path)).splitlines(), 1):
        try:
            premises |= {one["full_name"]: one["code"] for one in json.loads(line)["premises"]}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}:{number}: not a file with its premises") from error
    return premises


def _theorems(path: Path, split: Split) -> Iterator[TracedTheorem]:
    try:
        rows = json.loads(read_bytes(path))
    except ValueError as error:
        raise InputError(f"{path}: broken JSON: {error}") from error
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        try:
            yield TracedTheorem(
                url=str(row["url"]),
                commit=str(row["commit"]),
                file=str(row["file_path"]),
                name=str(row["full_name"]),
                start=_place(row["start"]),
                end=_place(row["end"]),
                split=split,
                tactics=tuple(map(_tactic, row["traced_tactics"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}: theorem {number}: {type(error).__name__} {error}") from error


def _place(value: Sequence[int]) -> tuple[int, int]:
    line, column = value
    return int(line), int(column)


def _tactic(row: Mapping[str, Any]) -> TracedTactic:
    annotated = row.get("annotated_tactic") or ["", []]
    names = dict.fromkeys(str(premise["full_name"]) for premise in annotated[1])
    return TracedTactic(str(row["tactic"]), str(row["state_before"]), str(row["state_after"]), tuple(names))
