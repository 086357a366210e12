"""Which answer a model gave: recorded outputs of the kinds that models write, made up for this."""

from __future__ import annotations

import pytest

from prover.evaluate.extract import MOST_CHARS, choice_answer, math_answer, number_answer, program_of


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Adding gives 4.\nFinal Answer: The final answer is $4$. I hope it is correct.", "$4$"),
        ("Final Answer: The final answer is $4$. I hope", "$4$. I hope"),
        ("Final Answer: The final answer is $4$ \n\n. I hope it is correct. Yes.", "$4$"),
        ("Final Answer: The final answer is one" + " " * 100_000 + "more", None),
        ("Final Answer: The final answer is $\\frac{1}{2}$.\n\nProblem:\nNext", "$\\frac{1}{2}$."),
        ("The final answer is $3$. No: the final answer is $5$.", "$5$."),
        ("Thus the result is $\\boxed{12}$, as claimed.", "12"),
        ("The answer is \\boxed{7}.", "7"),
        ("Final answer: 9", "9"),
        ("I do not know.", None),
        ("", None),
        ("Final Answer: The final answer is", None),
        ("The final answer is " + "9" * (MOST_CHARS + 1), None),
    ],
)
def test_mathematics(text: str, answer: str | None) -> None:
    assert math_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("6 - 1 = 5. 5 * 8 = 40. The answer is 40.", "40"),
        ("The answer is 5. Wait. The answer is 6.", "6"),
        ("The answer is $1,234.50 in all.", "1234.50"),
        ("The answer is -3.", "-3"),
        ("So the answer is: 18 apples, of 20.", "18"),
        ("the total is \\boxed{25}", "25"),
        ("The answer is forty.", None),
        ("It comes to 40.", None),
        ("The answer is -$ .50.", "-.50"),
        ("The answer is one" + " " * 100_000 + "more", None),
    ],
)
def test_numbers(text: str, answer: str | None) -> None:
    assert number_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("B is wrong, so it is D.\nFinal Answer: The final answer is (D). I hope it is correct.", "D"),
        ("The answer is C", "C"),
        ("Final Answer: B", "B"),
        ("The answer is \\boxed{A}", "A"),
        ("A good question.", None),
        ("The answer is unknown", None),
    ],
)
def test_choices(text: str, answer: str | None) -> None:
    assert choice_answer(text) == answer


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("def solution():\n    return 4\n```\nThis is four.", "def solution():\n    return 4"),
        ("Here:\n```python\nanswer = 4\n```\nand\n```python\nanswer = 5\n```", "answer = 4"),
        ("```\nanswer = 4\n```", "answer = 4"),
        ("answer = 4", "answer = 4"),
        ("```python\nanswer = 4", "answer = 4"),
    ],
)
def test_programs(text: str, program: str) -> None:
    assert program_of(text) == program
