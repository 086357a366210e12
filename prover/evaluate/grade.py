"""From a completion to a graded sample, and from a question's samples to the majority's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from prover.evaluate.answers.checker import AnswerChecker, Answered
from prover.evaluate.answers.text import compact
from prover.evaluate.extract import EXTRACTORS, MOST_CHARS, program_of
from prover.evaluate.questions import Question
from prover.evaluate.store import Sample, Vote
from prover.evaluate.task import Task
from prover.policy.engine import Completion

_NUMBER = re.compile(
    r"(-?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60}))(?:\s*\\times\s*10\^\{?(-?\d{1,3})\}?|[eE]([+-]?\d{1,3}))?"
)
_RELATIVE, _ABSOLUTE, _SHARE = Decimal("1e-5"), Decimal("1e-8"), Decimal("0.01")


class Programs(Protocol):
    """Runs model-written programs; `prover.evaluate.tool.PythonTool` is one."""

    async def run(self, program: str, result: str) -> tuple[str | None, str]:
        """The answer that the program gave, and where there is none, why."""
        ...


class Grader:
    """Grades the completions of one task. Whoever makes it closes the checker and the tool."""

    def __init__(self, task: Task, checker: AnswerChecker, tool: Programs | None = None) -> None:
        self._task, self._checker, self._tool = task, checker, tool

    @property
    def processes(self) -> int:
        """How many comparisons are made at the same time."""
        return self._checker.processes

    async def grade(self, question: Question, number: int, completion: Completion, seconds: float) -> Sample:
        """Never raises for what the model wrote."""
        answer, trouble = await self._answer(completion)
        correct = False
        if answer is not None:
            compared = await self._equal(question.reference, answer)
            correct, trouble = compared.equal, compared.trouble
        text, tokens, truncated = completion.text, completion.tokens, completion.truncated
        return Sample(number, text, tokens, truncated, answer, correct, trouble, seconds)

    async def vote(self, question: Question, samples: Sequence[Sample]) -> Vote:
        """The answer that most samples gave, up to equality; of several, the one that was given first.

        Answers that are written alike are one at once; others are compared where their buckets allow it.
        """
        alike: dict[Decimal | str, list[Sample]] = {}
        for sample in samples:
            if sample.answer is not None:
                alike.setdefault(self._written(sample.answer), []).append(sample)
        classes: list[list[Sample]] = []
        for members in alike.values():
            found = await self._class_of(str(members[0].answer), classes)
            if found is None:
                classes.append(list(members))
            else:
                found += members
        ballots = sum(map(len, classes))
        if not ballots:
            return Vote(None, False, 0, 0)
        chosen = max(classes, key=len)
        return Vote(chosen[0].answer, any(one.correct for one in chosen), len(chosen), ballots)

    async def _class_of(self, answer: str, classes: Sequence[list[Sample]]) -> list[Sample] | None:
        for members in classes:
            first = str(members[0].answer)
            if await self._may_be_equal(first, answer) and (await self._equal(first, answer)).equal:
                return members
        return None

    async def _may_be_equal(self, one: str, other: str) -> bool:
        if self._task.answer == "choice" or _numbers(one, other) is not None:
            return True  # Compared without asking.
        buckets = await self._checker.bucket(one), await self._checker.bucket(other)
        return None in buckets or buckets[0] == buckets[1]

    def _written(self, answer: str) -> Decimal | str:
        """What answers share that are equal at first sight."""
        if self._task.answer == "choice":
            return answer
        number = _number(answer)
        if number is not None:
            return number
        return compact(answer) if len(answer) <= MOST_CHARS else answer

    async def _answer(self, completion: Completion) -> tuple[str | None, str]:
        if self._task.kind == "program":
            assert self._tool is not None
            return await self._tool.run(program_of(completion.text), self._task.result)
        answer = EXTRACTORS[self._task.answer](completion.text)
        reason = "cut off before an answer" if completion.truncated else "no final answer"
        return answer, "" if answer is not None else reason

    async def _equal(self, reference: str, answer: str) -> Answered:
        if self._task.answer == "choice":
            return Answered(reference == answer)
        if (numbers := _numbers(reference, answer)) is not None:
            course = self._task.answer == "course"
            return Answered(same_course_number(*numbers) if course else numbers[0] == numbers[1])
        return await self._checker.equal(reference, answer)


def same_course_number(reference: Decimal, answer: Decimal) -> bool:
    """Whether a number answers a question of the OCW courses.

    The rule of `numeric_equality` in deepseek-ai/DeepSeek-Math@21cc5c67,
    evaluation/eval/ocwcourses_eval_utils.py; copies elsewhere name LLEMMA's harness (ocw_courses.py) and
    Minerva's paper (arXiv 2206.14858) as its source. A difference of 1e-8 + 1e-5 of the reference is none;
    where a number or the difference is below 1e-8, one of less than 1 % of the mean is none. There, 0 is not
    equal to 0, nor a small negative number to itself: here they are.
    """
    difference = abs(reference - answer)
    if min(abs(reference), abs(answer), difference) <= _ABSOLUTE:
        return difference == 0 or difference < _SHARE * abs(reference + answer) / 2
    return difference <= _ABSOLUTE + _RELATIVE * abs(reference)


def _numbers(reference: str, answer: str) -> tuple[Decimal, Decimal] | None:
    """Both as numbers where both are written as such: nothing has to be asked then."""
    one, other = _number(reference), _number(answer)
    return None if one is None or other is None else (one, other)


def _number(text: str) -> Decimal | None:
    found = _NUMBER.fullmatch(text.lstrip("$ ").rstrip("$ ."))
    return None if found is None else Decimal(f"{found[1]}e{found[2] or found[3] or 0}")
