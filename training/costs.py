"""Learns what tactics cost from what they took: seconds as a sum over the words of a tactic.

python -m training.costs --attempts round0 --attempts round1 --out model

Each folder is a round of expert iteration: its steps and failed tactics are the examples. Non-negative least
squares (Lawson and Hanson, Solving Least Squares Problems, chapter 23) on seconds rather than their
logarithm: what counts is the mean, and the few long ones make it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from prover.errors import InputError
from prover.policy.costs import COSTS, TacticCosts, tactic_words
from training.rounds import learn, tried, write_json

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
    write_json(folder / COSTS, {"base": costs.base, "words": dict(costs.words)})


def _learn(rounds: list[Path], model: Path) -> str:
    attempts = [(tactic, seconds) for _, tactic, seconds, _ in tried(rounds)]
    costs = learnt_costs(attempts)
    write_costs(costs, model)
    dearest = sorted(costs.words.items(), key=lambda item: -item[1])[:5]
    shown = ", ".join(f"{word} {s:.2f} s" for word, s in dearest)
    return f"{len(attempts)} tactics; the dearest words: {shown}"


def main(arguments: Sequence[str] | None = None) -> None:
    learn(__doc__, _learn, arguments)


if __name__ == "__main__":
    main()
