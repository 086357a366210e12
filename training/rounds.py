"""What was tried in rounds of expert iteration, and the command line of what is learnt from it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
from rich.console import Console

from prover.cli import print_error
from prover.errors import InputError, ProverError, SetupError
from prover.files import written
from training.jsonl import read_jsonl

STEPS, FAILED = "steps.jsonl.zst", "failed.jsonl.zst"
"""What a round writes: tactics that worked, and that did not."""


def tried(folders: Iterable[Path]) -> Iterator[tuple[str, str, float, bool]]:
    """The goal, the tactic, its seconds and whether it worked, of all that the rounds tried.

    Raises `InputError`, with file and line of what lacks one of them.
    """
    for folder in folders:
        for path in (folder / STEPS, folder / FAILED):
            for number, row in enumerate(read_jsonl(path), 1):
                goal, tactic, seconds = row.get("goal"), row.get("tactic"), row.get("seconds")
                if not (
                    isinstance(goal, str) and isinstance(tactic, str) and isinstance(seconds, int | float)
                ):
                    raise InputError(f"{path}: row {number} has no goal, tactic and seconds")
                yield goal, tactic, float(seconds), path.name == STEPS


def learn(
    description: str | None, learnt: Callable[[list[Path], Path], str], arguments: Sequence[str] | None
) -> None:
    """Run a command that learns from rounds: `learnt` gets them and the model's folder, and says what came
    of it. Ends with an error's exit code."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--attempts", type=Path, action="append", required=True, metavar="FOLDER")
    options.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the model's folder")
    args = options.parse_args(arguments)
    try:
        if not args.out.is_dir():
            raise InputError(f"no such folder: {args.out}")
        said = learnt(args.attempts, args.out)
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
    Console(soft_wrap=True).print(said)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write what was learnt, to be read by people too. Raises `SetupError` (a full disk)."""
    try:
        with written(path) as part:
            part.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror or error}") from error
