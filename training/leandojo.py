"""LeanDojo's benchmark files as training steps, and its theorems as statements of a checkout.

    python -m training.leandojo leandojo_benchmark_4/random --out steps.jsonl.zst
    python -m training.leandojo leandojo_benchmark_4/random --out steps.jsonl.zst --checkout mathlib4
    --statements s.jsonl

A split folder has `train.json`, `val.json` and `test.json`: theorems with their place in a repository at a
commit, and for each traced tactic the states around it and the premises that it names (LeanDojo, arXiv
2306.15626; the files are to be had from Zenodo, a traced repository only from `lean_dojo` itself, with the
network and a GITHUB_ACCESS_TOKEN). The steps have the layout of `training.steps`, and `premises`. A
statement's text is in no file of the benchmark: it is cut out of a checkout of the repository at that commit,
and its header is all that stands before it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from prover.errors import InputError, ProverError
from prover.statements.holes import find_declarations
from prover.statements.reading import read_bytes, read_text
from training.jsonl import write_jsonl
from training.statements import Split, TrainingStatement, save_statements
from training.steps import GOAL, MAX_GOAL, PROOFSTEP

FILES: Mapping[str, Split] = {"train.json": "train", "val.json": "validation", "test.json": "test"}

_NO_GOALS = "no goals"


@dataclass(frozen=True, slots=True)
class TracedTactic:
    """A tactic of a proof, the states around it as texts, and the full names of the premises that it
    names."""

    tactic: str
    before: str
    after: str
    premises: tuple[str, ...]

    @property
    def closes(self) -> bool:
        return self.after == _NO_GOALS


@dataclass(frozen=True, slots=True)
class TracedTheorem:
    """`start` and `end`: line and column, both from 1, in code points."""

    url: str
    commit: str
    file: str
    name: str
    start: tuple[int, int]
    end: tuple[int, int]
    split: Split
    tactics: tuple[TracedTactic, ...]

    @property
    def source(self) -> str:
        """As `prover.lean.native.dojo` wants it in a statement."""
        return f"{self.url}@{self.commit}:{self.file}"


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


def steps(theorem: TracedTheorem, text: str = "", header: str = "") -> Iterator[dict[str, Any]]:
    """The proof's steps as `training.steps` has them. Goals that wait behind the first are part of a
    state."""
    path: list[str] = []
    for step in theorem.tactics:
        if len(step.before) <= MAX_GOAL and step.before != _NO_GOALS:
            yield {
                "text": f"{GOAL}{step.before}{PROOFSTEP}{step.tactic}",
                "goal": step.before,
                "tactic": step.tactic,
                "statement": text,
                "header": header,
                "name": theorem.name,
                "origin": "leandojo",
                "group": theorem.file,
                "split": theorem.split,
                "path": list(path),
                "round": 0,
                "goals_after": [] if step.closes else step.after.split("\n\n"),
                "closes": step.closes,
                "premises": list(step.premises),
            }
        path.append(step.tactic)


def statement_of(theorem: TracedTheorem, checkout: Path) -> TrainingStatement | None:
    """The theorem as its file states it; None where it has no signature that ends in `:=`.

    Raises `InputError` where the file is not there or is another one than was traced.
    """
    path = checkout / theorem.file
    source = read_text(path, read_bytes(path))
    start, end = (_offset(source, place, path) for place in (theorem.start, theorem.end))
    text = source[start:end]
    declared = next(iter(find_declarations(text)), None)
    if declared is None or declared.name.rpartition(".")[2] != theorem.name.rpartition(".")[2]:
        raise InputError(
            f"{path}:{theorem.start[0]} does not state {theorem.name}: not commit {theorem.commit}"
        )
    if declared.body is None:
        return None
    signature = text[declared.start : declared.body].rstrip()
    return TrainingStatement(
        theorem.name, signature, source[:start], "leandojo", theorem.file, theorem.split, without=theorem.name
    )


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


def _offset(source: str, place: tuple[int, int], path: Path) -> int:
    line, column = place
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        raise InputError(f"{path} has no line {line}: it is another file than was traced")
    return sum(len(one) + 1 for one in lines[: line - 1]) + column - 1


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.leandojo", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path, help="a split of the benchmark: a folder with train.json")
    parser.add_argument("--out", type=Path, required=True, help="the steps, .jsonl or .jsonl.zst")
    parser.add_argument("--checkout", type=Path, help="the repository at the commit of the benchmark")
    parser.add_argument("--statements", type=Path, help="the statements, with --checkout")
    chosen = parser.parse_args(arguments)
    if (chosen.checkout is None) != (chosen.statements is None):
        raise InputError("--checkout and --statements go together")
    console = Console(stderr=True)
    theorems = read_benchmark(chosen.folder)
    shown = track(theorems, "Writing steps", console=console, transient=True)
    count = write_jsonl(chosen.out, (step for theorem in shown for step in steps(theorem)))
    console.print(
        f"{count} steps of {len(theorems)} theorems in {chosen.out}", highlight=False, soft_wrap=True
    )
    if chosen.checkout is not None:
        found = (statement_of(theorem, chosen.checkout) for theorem in theorems)
        stated = save_statements(chosen.statements, (one for one in found if one is not None))
        console.print(f"{stated} statements in {chosen.statements}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ProverError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
        sys.exit(error.exit_code)
