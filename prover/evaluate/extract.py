"""Finds the final answer in what a model wrote; None where it gave none in a form that is asked for."""

from __future__ import annotations

import re

from prover.evaluate.questions import last_boxed

MOST_CHARS = 1000
"""Of an answer; what is longer is none."""

_NUMBER = re.compile(r"(?:[-$]\$?\s*+)?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)")
_LETTER = re.compile(r"\(?\b([A-H])\b\)?")
_MARKED = re.compile(
    r"(?i:final\s+answer(?:\s+is)?\s*:?\s*(?:the\s+final\s+answer\s+is)?|(?:the|my)\s+answer\s+is|answer\s*:)\s*:?"
)
_END = re.compile(r"(?:\.\s*+)?I hope it is correct.*|\n.*", re.DOTALL | re.IGNORECASE)


def math_answer(text: str) -> str | None:
    """After the last "final answer is", else in the last \\boxed."""
    marked = _after_mark(text)
    if marked is not None:
        inner = last_boxed(marked) if r"\boxed" in marked else None
        return _short(inner or _END.sub("", marked).strip())
    return _short(last_boxed(text) or "")


def number_answer(text: str) -> str | None:
    """The first number after the last "the answer is", else in the last \\boxed; without commas."""
    place = _after_mark(text)
    found = _NUMBER.search(place if place is not None else last_boxed(text) or "")
    return None if found is None else _short(re.sub(r"[$,\s]", "", found[0]))


def choice_answer(text: str) -> str | None:
    """The letter after the last "the answer is", else in the last \\boxed."""
    place = _after_mark(text)
    found = _LETTER.search(place if place is not None else last_boxed(text) or "")
    return None if found is None else found[1]


EXTRACTORS = {"math": math_answer, "number": number_answer, "choice": choice_answer, "course": math_answer}
"""By the kind of answer that a task asks for."""


def program_of(text: str) -> str:
    """The program in what a model wrote: its first fenced block, else all of it up to a closing fence."""
    opened = r"```(?:python|py)[ \t]*\n" if text.count("```") == 1 else r"```(?:python|py)?[ \t]*\n"
    fenced = re.search(rf"{opened}(.*?)(?:```|\Z)", text, re.DOTALL)
    return (fenced[1] if fenced else text.split("```")[0]).strip("\n")


def _after_mark(text: str) -> str | None:
    """What follows the last mark; None where there is no mark."""
    marks = list(_MARKED.finditer(text))
    return text[marks[-1].end() :].lstrip(" :\n") if marks else None


def _short(answer: str) -> str | None:
    return answer if answer and len(answer) <= MOST_CHARS else None
