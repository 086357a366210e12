"""Which answers are equal: the corpus of pairs, and a checker that survives what models write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from prover.evaluate.answers.checker import AnswerChecker, Answered
from prover.evaluate.answers.equal import equal
from prover.evaluate.answers.text import balanced, clean

PAIRS = Path(__file__).parent.parent / "answers" / "pairs.txt"
SEPARATOR = ";;"


def pairs() -> list[tuple[str, str, str, str]]:
    """Kind, sign, reference, answer."""
    found, kind = [], ""
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = line[3:]
        elif line[:1] in ("=", "≠"):
            sign, reference, answer = (part.strip() for part in line.split(SEPARATOR))
            found.append((kind, sign, reference, answer))
    return found


def test_the_corpus_has_at_least_three_hundred_pairs_of_both_signs_in_every_kind() -> None:
    counts = Counter((kind, sign) for kind, sign, *_ in pairs())
    kinds = {kind for kind, _ in counts}
    assert counts.total() >= 300 and len(kinds) >= 12
    assert all(counts[kind, sign] >= 5 for kind in kinds for sign in "=≠")


@pytest.mark.parametrize("kind", sorted({kind for kind, *_ in pairs()}))
def test_answers_of_this_kind_are_told_apart(kind: str) -> None:
    wrong = [
        f"{sign} {reference} {SEPARATOR} {answer}"
        for one, sign, reference, answer in pairs()
        if one == kind and equal(reference, answer) is not (sign == "=")
    ]
    assert wrong == []


async def test_a_comparison_that_would_take_for_ever_ends_and_the_next_one_is_answered() -> None:
    checker = AnswerChecker(seconds=3.0)
    try:
        assert await checker.equal("9", "9^{9^{9^{9^{9}}}}") == Answered(False, "time limit")
        assert await checker.equal(r"\frac12", "0.5") == Answered(True)
    finally:
        await checker.close()


HOSTILE = [
    "__import__('os').system('touch /tmp/owned')",
    r"\text{__import__('os')}",
    "\\" * 500,
    "{" * 3000,
    "(" * 1000 + "1" + ")" * 1000,
    r"\frac{" * 200,
    "1" * 5000,
    "1/0",
    r"\frac{1}{0}",
    "\x00\x1b[2J",
    '"]\n["1", "1"',
    r"\sqrt" * 300,
    "𝟙²½",
]


async def test_text_that_wants_to_be_code_or_to_break_the_parser_is_no_answer_and_does_no_harm() -> None:
    checker = AnswerChecker(seconds=10.0)
    try:
        for text in HOSTILE:
            assert not (await checker.equal("7", text)).equal
        assert (await checker.equal("7", "7.0")).equal
    finally:
        await checker.close()
    assert not Path("/tmp/owned").exists()


def test_cleaning_text_keeps_what_has_a_meaning() -> None:
    assert clean(r"$\left(\dfrac{1}{2},\, 3\right)$.") == r"(\frac{1}{2}, 3)"
    assert clean(r"\boxed{\boxed{5}}") == "5"
    assert balanced(r"\{a\}{b}") and not balanced("}{")
