"""Which answers are equal: the corpus of pairs, and a checker that survives what models write."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from prover.evaluate.answers.buckets import bucket
from prover.evaluate.answers.checker import AnswerChecker, Answered
from prover.evaluate.answers.equal import equal
from prover.evaluate.answers.text import balanced, clean, compact

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
    "7" + " " * 1_000_000 + "7",
    "x" * 1_000_000,
    r"\left(" * 2000 + "7",
    "{{" * 400 + "7" + "}}" * 400,
    "$" + "7 " * 4000,
    r"10^{1000000000}",
    r"7^{10^{100}}",
    r"\begin{pmatrix}" + "7&" * 5000 + r"7\end{pmatrix}",
    ",".join(["7"] * 9000),
    r"\sum_{n=1}^{10^{12}} n",
    r"7\cdot\frac{10^{999}!}{10^{999}!}",
    "7e999999999",
    "7; import os; os.abort()",
    r"\input{/etc/passwd}",
    "lambda: 7",
    "().__class__.__bases__[0].__subclasses__()",
    "7 if open('/tmp/owned','w') else 7",
    "\ud800",
]


async def test_text_that_wants_to_be_code_or_to_break_the_parser_is_no_answer_and_does_no_harm() -> None:
    checker = AnswerChecker(seconds=1.5, processes=2)
    try:
        found = await asyncio.gather(*(checker.equal("7", text) for text in HOSTILE))
        assert [text for text, one in zip(HOSTILE, found, strict=True) if one.equal] == []
    finally:
        await checker.close()
    after = AnswerChecker(seconds=60.0)
    try:
        assert (await after.equal("7", "7.0")).equal
    finally:
        await after.close()
    assert not Path("/tmp/owned").exists()


def test_cleaning_text_keeps_what_has_a_meaning() -> None:
    assert clean(r"$\left(\dfrac{1}{2},\, 3\right)$.") == r"(\frac{1}{2}, 3)"
    assert clean(r"\boxed{\boxed{5}}") == "5"
    assert balanced(r"\{a\}{b}") and not balanced("}{")


@pytest.mark.parametrize("kind", sorted({kind for kind, *_ in pairs()}))
def test_answers_that_are_equal_share_a_bucket(kind: str) -> None:
    """Else a majority would not see them as one."""
    apart = [
        (reference, answer)
        for one, sign, reference, answer in pairs()
        if one == kind
        and sign == "="
        and None not in (buckets := {bucket(reference), bucket(answer)})
        and len(buckets) > 1
        and compact(reference) != compact(answer)
    ]
    assert apart == []
