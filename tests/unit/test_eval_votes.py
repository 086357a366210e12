"""The majority of many answers: what is alike is found without comparing each with each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from prover.evaluate.answers.buckets import bucket
from prover.evaluate.answers.checker import AnswerChecker, Answered
from prover.evaluate.grade import Grader
from prover.evaluate.questions import Question
from prover.evaluate.store import Sample, Vote
from prover.evaluate.task import load_task


class CountingChecker(AnswerChecker):
    """The real one, which counts what it is asked."""

    compared = 0

    async def equal(self, reference: str, answer: str) -> Answered:
        self.compared += 1
        return await super().equal(reference, answer)


@pytest_asyncio.fixture(scope="module")
async def checker() -> AsyncIterator[CountingChecker]:
    checker = CountingChecker(processes=2)
    yield checker
    await checker.close()


async def vote(checker: AnswerChecker, answers: list[str | None], reference: str, task: str = "math") -> Vote:
    samples = [
        Sample(number, "", 1, False, answer, answer == reference) for number, answer in enumerate(answers)
    ]
    return await Grader(load_task(task), checker).vote(Question("q", "?", reference), samples)


async def test_answers_that_mean_the_same_vote_together(checker: CountingChecker) -> None:
    same = [r"\frac{1}{2}", "0.5", r"\dfrac12", r"50\%", r"$\frac{2}{4}$"]
    found = await vote(checker, [*same, "3", "3", "3", "3.0", None], r"\frac{1}{2}")
    assert found == Vote(r"\frac{1}{2}", True, 5, 9)


async def test_many_different_answers_are_hardly_compared(checker: CountingChecker) -> None:
    answers: list[str | None] = [rf"\sqrt{{{number}}} + x" for number in range(2, 82)]
    answers += [rf"x + \sqrt{{{number}}}" for number in range(2, 42)]
    checker.compared = 0
    found = await vote(checker, answers, r"\sqrt{2} + x")
    assert (found.voters, found.ballots) == (2, 120)
    assert checker.compared <= 60


async def test_numbers_and_letters_are_counted_without_asking(checker: CountingChecker) -> None:
    checker.compared = 0
    assert await vote(checker, ["7", "7.0", "8", "1,200"], "7", "gsm8k") == Vote("7", True, 2, 4)
    assert await vote(checker, ["A", "B", "B"], "B", "sat") == Vote("B", True, 2, 3)
    assert checker.compared <= 3


async def test_a_number_keeps_the_point_that_it_begins_with(checker: CountingChecker) -> None:
    answers: list[str | None] = [".5", "$.50$.", "5.", "$5$", "-.5", "0.5"]
    assert await vote(checker, answers, "0.5", "gsm8k") == Vote(".5", True, 3, 6)


async def test_an_answer_that_cannot_be_read_in_time_is_one_of_its_own() -> None:
    checker = AnswerChecker(seconds=5.0, processes=1)
    try:
        tower = "9^{9^{9^{9^{9}}}}"
        assert await vote(checker, [tower, r"\frac12", tower, "0.5", r"\frac{2}{4}"], "0.5") == Vote(
            r"\frac12", True, 3, 5
        )
    finally:
        await checker.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("50\\%", "0.5"),
        ("x=5", "5"),
        (r"5 \text{ cm}", "5"),
        ("(x+1)^2", "x^2+2x+1"),
        (r"\sin^2 x + \cos^2 x", "1"),
        ("101_2", "101"),
        ("1,2", "2,1"),
        (r"\{3\}", "3"),
        (r"\pm 1", "-1, 1"),
        (r"[0,\frac12]", "[0,0.5]"),
        ("2+3i", "3i+2"),
        (r"\text{(C)}", "C"),
        ("-\\infty", r"-\infty"),
        (r"100\pi", r"\pi 10^2"),
    ],
)
def test_equal_answers_have_the_same_bucket(one: str, other: str) -> None:
    assert bucket(one) == bucket(other) is not None


def test_an_inequality_may_be_equal_to_an_interval_and_has_no_bucket() -> None:
    assert bucket("x < 3") is None and bucket("2x + y = 1") is None
    assert bucket("7") != bucket("8") and bucket("x+1") != bucket("x+2")
