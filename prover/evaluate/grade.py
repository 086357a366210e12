"""From a completion to a graded sample, and from a question's samples to the majority's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from prover.evaluate.answers.checker import AnswerChecker, Answered
from prover.evaluate.extract import EXTRACTORS, program_of
from prover.evaluate.questions import Question
from prover.evaluate.store import Sample, Vote
from prover.evaluate.task import Task
from prover.policy.engine import Completion

_NUMBER = re.compile(r"(-?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60}))(?:\s*\\times\s*10\^\{?(-?\d{1,3})\}?)?")
COURSE_TOLERANCE = Decimal("0.01")
"""OCW courses: numbers are equal up to one part in a hundred, as in Minerva (arXiv 2206.14858, appendix)."""


class Programs(Protocol):
    """Runs model-written programs; `prover.evaluate.tool.PythonTool` is one."""

    async def run(self, program: str, result: str) -> tuple[str | None, str]:
        """The answer that the program gave, and where there is none, why."""
        ...


class Grader:
    """Grades the completions of one task. Whoever makes it closes the checker and the tool."""

    def __init__(self, task: Task, checker: AnswerChecker, tool: Programs | None = None) -> None:
        self._task, self._checker, self._tool = task, checker, tool

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
        """The answer that most samples gave, up to equality; of several, the one that was given first."""
        classes: list[list[Sample]] = []
        for sample in samples:
            if sample.answer is None:
                continue
            for members in classes:
                if (await self._equal(str(members[0].answer), sample.answer)).equal:
                    members.append(sample)
                    break
            else:
                classes.append([sample])
        ballots = sum(map(len, classes))
        if not ballots:
            return Vote(None, False, 0, 0)
        chosen = max(classes, key=len)
        return Vote(chosen[0].answer, any(one.correct for one in chosen), len(chosen), ballots)

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
        tolerance = COURSE_TOLERANCE if self._task.answer == "course" else Decimal(0)
        if (numbers := _numbers(reference, answer)) is not None:
            one, other = numbers
            return Answered(abs(one - other) <= tolerance * abs(one))
        return await self._checker.equal(reference, answer)


def _numbers(reference: str, answer: str) -> tuple[Decimal, Decimal] | None:
    """Both as numbers where both are written as such: nothing has to be asked then."""
    one, other = (_NUMBER.fullmatch(text.strip("$ .")) for text in (reference, answer))
    if one is None or other is None:
        return None
    return Decimal(f"{one[1]}e{one[2] or 0}"), Decimal(f"{other[1]}e{other[2] or 0}")
