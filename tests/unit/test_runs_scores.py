"""Scores: pass@k against counting by hand, intervals, what counts and what does not."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.runs.records import Finished, Outcome, Result, Theorem
from prover.runs.scores import Collector, estimate, pass_at_k, solve_curve, wilson
from prover.types import Statement


def result(name: str, outcome: Outcome, attempt: int = 0, canary: str = "", **more: float) -> Result:
    theorem = Theorem(name, Statement(name, f"theorem {name} : True"), canary=canary)
    solved = 1 if outcome is Outcome.PROVED else None
    return Result(theorem, attempt, "w", Finished(outcome, solved_at=solved, **more))  # type: ignore[arg-type]


@given(st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_share_of_all_choices_of_k_attempts_that_have_a_proof(
    case: tuple[int, int, int],
) -> None:
    n, c, k = case
    choices = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(statistics.mean(any(choice) for choice in choices))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, 1, 4), (3, 1, 0), (0, 0, 1)])
def test_pass_at_k_of_more_attempts_than_there_are_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError):
        pass_at_k(n, c, k)


def test_wilsons_interval_is_the_one_of_the_textbook() -> None:
    low, high = wilson(0.5, 10)
    assert (round(low, 4), round(high, 4)) == (0.2366, 0.7634)
    assert wilson(0.0, 10)[0] == 0.0 and wilson(1.0, 10)[1] == 1.0
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_the_interval_of_pass_at_k_holds_the_truth_as_often_as_it_says() -> None:
    generator, hits = random.Random(1), 0
    for trial in range(60):
        tallies: dict[tuple[int, int], int] = {}
        for _ in range(80):
            proved = sum(generator.random() < 0.3 for _ in range(4))
            tallies[4, proved] = tallies.get((4, proved), 0) + 1
        found = estimate(tallies, 2, seed=trial)
        hits += found.low <= 1 - 0.7**2 <= found.high
    assert 50 <= hits <= 60


def test_the_interval_is_the_same_whenever_it_is_asked_for() -> None:
    tallies = {(4, 0): 10, (4, 2): 5, (4, 4): 3}
    assert estimate(tallies, 2, seed=3) == estimate(tallies, 2, seed=3)


def test_resampling_and_its_limit_agree_where_one_takes_over_from_the_other() -> None:
    small = estimate({(4, 0): 2500, (4, 1): 2500}, 2)
    large = estimate({(4, 0): 2501, (4, 1): 2500}, 2)
    assert small.low == pytest.approx(large.low, abs=0.002)
    assert small.high == pytest.approx(large.high, abs=0.002)


def test_canaries_and_left_out_statements_do_not_count_and_what_is_out_of_reach_does() -> None:
    defective = result("bad", Outcome.BUDGET)
    collector = Collector({defective.theorem.sha256})
    for one in (
        result("a", Outcome.PROVED),
        result("b", Outcome.OUT_OF_REACH),
        defective,
        result("c", Outcome.BUDGET, canary="false"),
    ):
        collector.add(one)
    scores = collector.scores()
    assert (scores.problems, scores.solved, scores.first_expansion) == (2, 1, 1)
    assert scores.pass_at[1].value == 0.5
    assert scores.outcomes == {"proved": 1, "out-of-reach": 1}


def test_pass_at_k_is_given_for_powers_of_two_and_for_all_attempts_that_every_problem_had() -> None:
    collector = Collector()
    for name, proofs in (("a", 1), ("b", 0)):
        for attempt in range(6):
            collector.add(result(name, Outcome.PROVED if attempt < proofs else Outcome.BUDGET, attempt))
    scores = collector.scores()
    assert list(scores.pass_at) == [1, 2, 4, 6]
    assert scores.pass_at[1].value == pytest.approx(1 / 12) and scores.pass_at[6].value == 0.5


def test_nothing_attempted_is_no_score() -> None:
    assert Collector().scores().pass_at == {}


def test_the_solve_curve_counts_a_problem_once_with_its_cheapest_proof() -> None:
    results = [
        result("a", Outcome.PROVED, 0, steps=9),
        result("a", Outcome.PROVED, 1, steps=4),
        result("b", Outcome.PROVED, steps=4),
        result("c", Outcome.BUDGET, steps=1),
        result("d", Outcome.PROVED, steps=20),
        result("e", Outcome.PROVED, canary="false", steps=1),
    ]
    assert solve_curve(results, "steps") == [(4.0, 2), (20.0, 3)]
