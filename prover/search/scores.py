"""How promising an open state is: named scores over the candidates on the path that leads to it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from prover.errors import InputError
from prover.types import Candidate


@dataclass(frozen=True, slots=True)
class Score:
    """A path's score, higher is better: `rank(sum of step over the path's candidates, path length)`."""

    step: Callable[[Candidate], float]
    rank: Callable[[float, int], float]


def logprob(candidate: Candidate) -> float:
    """The candidate's summed log-probability; one that is not a number counts as impossible."""
    return -math.inf if math.isnan(candidate.logprob) else candidate.logprob


def mean_token_logprob(candidate: Candidate) -> float:
    """Log-probability per token; a candidate that no language model made counts as one token."""
    return logprob(candidate) / max(candidate.tokens, 1)


def ranked(candidates: Iterable[Candidate], by: Callable[[Candidate], float] = logprob) -> list[Candidate]:
    """The candidates, best first, each text once: with outer white space removed, without empty ones."""
    kept: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=by, reverse=True):
        text = textwrap.dedent(candidate.tactic).strip()
        if text and text not in kept:
            kept[text] = replace(candidate, tactic=text)
    return list(kept.values())


def normalized(alpha: float) -> Score:
    """Length-normalised log-probability `sum / length ** alpha` (BFS-Prover, arXiv 2502.03438, §3).

    alpha 0 is the plain sum, which favours short paths; 1 is the mean over the path's tactics.
    """
    return Score(logprob, lambda total, length: total / max(length, 1) ** alpha)


def llemma(_alpha: float) -> Score:
    """Sum over the path of each tactic's mean token log-probability (Llemma, arXiv 2310.10631, §3.3)."""
    return Score(mean_token_logprob, lambda total, _length: total)


SCORES: dict[str, Callable[[float], Score]] = {"normalized": normalized, "llemma": llemma}
"""Name to a function from alpha to the score. Adding an entry makes a score available everywhere."""


def get_score(name: str, alpha: float) -> Score:
    """The score called `name`. Raises `InputError` that lists the known ones."""
    if name not in SCORES:
        raise InputError(f"unknown score {name!r}; known: {', '.join(SCORES)}")
    return SCORES[name](alpha)
