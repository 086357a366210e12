"""Accuracy on hits and on others: the test is exact, and compares within levels where there are some."""

from __future__ import annotations

import math
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.errors import InputError
from prover.evaluate.questions import Question
from prover.evaluate.store import MEASURE, AnswerStore, Sample, Vote
from prover.overlap.accuracy import Split, compare, fisher, load_results
from prover.overlap.items import Item
from prover.runs.manifest import SCHEMA_VERSION, write_manifest


def by_counting(strata: list[tuple[list[bool], int]]) -> float:
    """The p of strata (results, of which the first so many are hits), by trying all choices of hits."""
    seen = sum(sum(results[:count]) for results, count in strata)
    choices = [[sum(chosen) for chosen in combinations(results, count)] for results, count in strata]
    totals = [sum(sums) for sums in product(*choices)]
    weight = {total: totals.count(total) for total in totals}
    return sum(number for number in weight.values() if number <= weight[seen]) / len(totals)


def split(results: list[bool], count: int) -> Split:
    return Split("", sum(results[:count]), count, sum(results[count:]), len(results) - count)


strata = st.lists(st.booleans(), min_size=1, max_size=6).flatmap(
    lambda results: st.tuples(st.just(results), st.integers(0, len(results)))
)


@settings(max_examples=30, deadline=None)
@given(st.lists(strata, min_size=1, max_size=3))
def test_p_is_what_counting_all_choices_gives(drawn: list[tuple[list[bool], int]]) -> None:
    assert math.isclose(fisher([split(*one) for one in drawn]), by_counting(drawn), rel_tol=1e-9)


def test_p_is_that_of_the_textbook() -> None:
    """Fisher's tea: all four and three of four cups; the two-sided values are 1/35 and 17/35."""
    assert fisher([Split("", 4, 4, 0, 4)]) == pytest.approx(2 / 70)
    assert fisher([Split("", 3, 4, 1, 4)]) == pytest.approx(34 / 70)


def test_a_difference_that_is_only_one_of_difficulty_goes_away_within_levels() -> None:
    easy = [Item(f"e{i}", group="easy") for i in range(20)]
    hard = [Item(f"h{i}", group="hard") for i in range(20)]
    solved = {item.name: item.group == "easy" for item in easy + hard}
    hit = {item.name for item in easy[:15] + hard[:3]}
    (found,) = compare(easy + hard, {"whole": hit}, solved)
    assert (found.total.hit_solved, found.total.hit) == (15, 18)
    assert found.total.p < 0.001 and found.within == 1.0
    assert [(one.group, one.hit, one.other) for one in found.groups] == [("easy", 15, 5), ("hard", 3, 17)]


def test_items_without_a_result_do_not_count() -> None:
    items = [Item("a"), Item("b"), Item("c")]
    (found,) = compare(items, {"whole": {"a", "c"}}, {"a": True, "b": False})
    assert found.total == Split("all", 1, 1, 0, 1) and found.groups == ()
    with pytest.raises(InputError, match="no item of the benchmark, such as 'a'"):
        compare(items, {"whole": set()}, {"z": True})


def test_an_item_is_solved_if_one_of_its_attempts_solves_it(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text(
        '{"name": "a", "correct": false}\n{"name": "a", "score": 1.0}\n{"id": 7, "proved": false}\n'
    )
    assert load_results(path) == {"a": True, "7": False}


def test_a_run_of_answers_is_matched_by_what_was_asked_and_its_majority_counts(tmp_path: Path) -> None:
    items = [Item("m:1", {"problem": "What  is\n2 + 2?"}), Item("m:2", {"problem": "Which?"}), Item("three")]
    questions = [
        Question("00000", "What is 2 + 2?", "4"),
        Question("00001", "Which?\n(A) this\n(B) that", "A"),
        Question("three", "And this?", "5"),
        Question("00003", "Not asked yet", "6"),
    ]
    with AnswerStore(tmp_path) as store:
        store.create(questions)
        for key, correct in ((1, (False, True)), (2, (True, True)), (3, (False, False))):
            samples = [Sample(number, "", 1, False, "", one) for number, one in enumerate(correct)]
            store.record(key, samples)
            store.vote(key, Vote("", correct[0], 1, 2))
    write_manifest(tmp_path, {"schema": SCHEMA_VERSION, "measure": MEASURE, "samples": 2})
    assert load_results(tmp_path, items) == {"m:1": False, "m:2": True, "three": False}


@pytest.mark.parametrize(
    "line", ['{"correct": true}', '{"name": "a"}', '{"name": "a", "correct": "yes"}', ""]
)
def test_a_file_without_results_is_an_input_error(line: str, tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text(line)
    with pytest.raises(InputError, match=r"results\.jsonl"):
        load_results(tmp_path / "results.jsonl")
