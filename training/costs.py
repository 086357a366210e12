"""Learns what tactics cost from what they took: seconds as a sum over the words of a tactic.

python -m training.costs --attempts round0 --attempts round1 --out model

Each folder is a round of expert iteration: its steps and failed tactics are the examples. Non-negative least
squares (Lawson and Hanson, Solving Least Squares Problems, chapter 23) on seconds rather than their
logarithm: what counts is the mean, and the few long ones make it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import orjson
from rich.console import Console

from prover.cli import print_error
from prover.errors import InputError, ProverError
from prover.files import written
from prover.policy.costs import COSTS, TacticCosts, tactic_words
from training.jsonl import read_jsonl

STEPS, FAILED = "steps.jsonl.zst", "failed.jsonl.zst"
"""What a round writes: tactics that worked, and that did not."""

MIN_EXAMPLES = 20
"""A word that occurs in fewer tactics is a name of somebody's hypothesis, or too rare to tell."""

_NEGLIGIBLE_S = 1e-4


def learnt_costs(attempts: Iterable[tuple[str, float]]) -> TacticCosts:
    """The costs that fit pairs of a tactic and its seconds best. Raises `InputError` where there are none."""
    from scipy.optimize import nnls

    examples = [(tactic_words(tactic), seconds) for tactic, seconds in attempts]
    if not examples:
        raise InputError("there is no tactic to learn from")
    counts = Counter(word for found, _ in examples for word in found)
    words = sorted(word for word, count in counts.items() if count >= MIN_EXAMPLES)
    design = np.array([[1.0, *(word in found for word in words)] for found, _ in examples])
    weights, _ = nnls(design, np.array([seconds for _, seconds in examples]))
    learnt = {
        word: round(float(w), 4) for word, w in zip(words, weights[1:], strict=True) if w > _NEGLIGIBLE_S
    }
    return TacticCosts(max(round(float(weights[0]), 4), _NEGLIGIBLE_S), learnt)


def write_costs(costs: TacticCosts, folder: Path) -> None:
    """Write them beside a model, where `prover.policy.costs.read_costs` finds them."""
    content = {"base": costs.base, "words": dict(costs.words)}
    with written(folder / COSTS) as part:
        part.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def _attempts(folders: Iterable[Path]) -> list[tuple[str, float]]:
    rows = (row for folder in folders for name in (STEPS, FAILED) for row in read_jsonl(folder / name))
    return [(row["tactic"], float(row["seconds"])) for row in rows]


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--attempts", type=Path, action="append", required=True, metavar="FOLDER")
    options.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the model's folder")
    args = options.parse_args(arguments)
    try:
        attempts = _attempts(args.attempts)
        costs = learnt_costs(attempts)
        write_costs(costs, args.out)
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
    dearest = sorted(costs.words.items(), key=lambda item: -item[1])[:5]
    Console().print(
        f"{len(attempts)} tactics; the dearest words: "
        + ", ".join(f"{word} {s:.2f} s" for word, s in dearest)
    )


if __name__ == "__main__":
    main()
