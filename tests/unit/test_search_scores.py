"""Scores order open states: named, and what each says of a path."""

import math

import pytest

from prover.errors import InputError
from prover.search.scores import get_score
from prover.types import Candidate


def path_score(name: str, candidates: list[Candidate], alpha: float = 0.5) -> float:
    score = get_score(name, alpha)
    return score.rank(sum(map(score.step, candidates)), len(candidates))


def test_normalized_divides_the_sum_by_a_power_of_the_length() -> None:
    path = [Candidate("a", -1.0)] * 4
    assert path_score("normalized", path, alpha=0.5) == -2.0
    assert path_score("normalized", path, alpha=0.0) == -4.0
    assert path_score("normalized", path, alpha=1.0) == -1.0


def test_llemma_sums_each_tactics_mean_token_logprob() -> None:
    path = [Candidate("a", -6.0, tokens=3), Candidate("b", -4.0, tokens=8)]
    assert path_score("llemma", path) == -2.5


def test_llemma_counts_a_candidate_without_tokens_as_one_token() -> None:
    assert path_score("llemma", [Candidate("a", -3.0)]) == -3.0


def test_the_root_has_a_score() -> None:
    assert path_score("normalized", []) == path_score("llemma", []) == 0.0


def test_a_logprob_that_is_no_number_is_the_worst() -> None:
    assert path_score("normalized", [Candidate("a", math.nan)]) == -math.inf


def test_an_unknown_score_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="normalized, llemma"):
        get_score("best", 0.5)
