"""Makes training data of the rounds' steps: one tactic for each state, each step also under other names.

python -m training.prepare --steps round0/steps.jsonl.zst [--steps …] --out train.jsonl.zst [--renamings 2]
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from prover.cli import print_error
from prover.errors import InputError, ProverError
from training.explore import shape
from training.jsonl import read_jsonl, write_jsonl
from training.renaming import renamed
from training.steps import GOAL, PLAIN, PROOFSTEP

CHOSEN = 2.0
"""What a tactic counts that is none of the plain ones: those are tried on every goal in any case."""

MOST_TACTICS = 2
"""Tactics that are kept of those that worked on one state."""

_KEYS = ("goal", "tactic", "split", "name")


def prepared(rows: Iterable[dict[str, Any]], renamings: int, seed: int) -> Iterator[dict[str, Any]]:
    """The rows to train on: of each state the commonest kinds of tactic, each also under other names."""
    states: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    shapes: Counter[str] = Counter()
    for row in rows:
        states[row["goal"]].setdefault(row["tactic"], row)
        shapes[shape(row["tactic"])] += 1
    draw = random.Random(seed)
    for tactics in states.values():
        trained = [row for row in tactics.values() if row["split"] == "train"]  # no state is in two splits
        best = sorted(
            trained or tactics.values(),
            key=lambda row: (-shapes[shape(row["tactic"])], row.get("seconds", 0)),
        )
        for row in best[:MOST_TACTICS]:
            weight = (1.0 if row["tactic"] in PLAIN else CHOSEN) / len(best[:MOST_TACTICS])
            yield _slim(row, row["goal"], row["tactic"], weight)
            if row["split"] == "train":
                for _ in range(renamings):
                    goal, tactic = renamed(row["goal"], row["tactic"], draw)
                    if goal != row["goal"]:
                        yield _slim(row, goal, tactic, weight)


def _slim(row: dict[str, Any], goal: str, tactic: str, weight: float) -> dict[str, Any]:
    return {
        "text": f"{GOAL}{goal}{PROOFSTEP}{tactic}",
        "goal": goal,
        "tactic": tactic,
        "name": row["name"],
        "split": row["split"],
        "weight": weight,
    }


def _rows(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        for number, row in enumerate(read_jsonl(file), 1):
            if missing := [key for key in _KEYS if not isinstance(row.get(key), str)]:
                raise InputError(f"{file}: record {number} has no text under {', '.join(missing)}")
            if row["split"] != "test":
                yield row


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--steps", type=Path, action="append", required=True, metavar="FILE")
    options.add_argument("--out", type=Path, required=True, metavar="FILE")
    options.add_argument("--renamings", type=int, default=2, help="copies of each step under other names")
    options.add_argument("--seed", type=int, default=0)
    args = options.parse_args()
    try:
        rows = list(prepared(_rows(args.steps), args.renamings, args.seed))
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
    random.Random(args.seed).shuffle(rows)
    count = write_jsonl(args.out, rows)
    Console().print(f"{count} records, {sum(row['split'] == 'validation' for row in rows)} of validation")


if __name__ == "__main__":
    main()
