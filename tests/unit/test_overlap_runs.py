"""Runs of tokens and whole texts: all that a naive search finds, where it finds it, and nothing else."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.overlap.corpus import Block
from prover.overlap.items import Item
from prover.overlap.runs import WHOLE_FROM, Match, RunIndex, WholeIndex
from prover.overlap.scan import Lengths, Scanner
from prover.overlap.text import Reading, Text

_NAIVE = {
    "words": re.compile(r"\S+"),
    "tokens": re.compile(r"[^\W0-9字]+[0-9]*|[0-9]+|\S"),
    "names": re.compile(r"\w+"),
}


def naive_tokens(text: str, reading: Reading) -> list[tuple[str, int, int]]:
    return [(found[0].lower(), *found.span()) for found in _NAIVE[reading].finditer(text)]


def naive_runs(parts: list[str], documents: list[str], reading: Reading, length: int) -> set[tuple[int, ...]]:
    """Part, document, start and end of the longest stretches of which each run is in the part."""
    found: set[tuple[int, ...]] = set()
    for owner, part in enumerate(parts):
        theirs = [token for token, _, _ in naive_tokens(part, reading)]
        runs = {tuple(theirs[i : i + length]) for i in range(len(theirs) - length + 1)}
        for number, document in enumerate(documents):
            ours = naive_tokens(document, reading)
            inside = [
                tuple(token for token, _, _ in ours[i : i + length]) in runs
                for i in range(len(ours) - length + 1)
            ]
            for i, here in enumerate(inside):
                if here and not (i and inside[i - 1]):
                    last = next((k for k in range(i, len(inside)) if not inside[k]), len(inside)) - 1
                    found.add((owner, number, ours[i][1], ours[last + length - 1][2]))
    return found


def places(text: Text, reading: Reading, match: Match, documents: list[str]) -> tuple[int, ...]:
    tokens = text.tokens(reading)
    start, end, number = int(tokens.starts[match.first]), int(tokens.ends[match.end - 1]), 0
    while start > len(documents[number]):
        start, end = start - len(documents[number]) - 1, end - len(documents[number]) - 1
        number += 1
    return match.part, number, start, end


def joined(documents: list[str]) -> tuple[Text, np.ndarray]:
    breaks = np.cumsum([0, *(len(document) + 1 for document in documents)])[1:-1]
    return Text("\n".join(documents)), breaks


texts = st.text(st.sampled_from("ab A1  \n+é₁ℝ∀字"), max_size=40)


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, max_size=4), st.lists(texts, min_size=1, max_size=5), st.integers(2, 4))
@pytest.mark.parametrize("reading", _NAIVE)
def test_the_runs_found_are_those_of_a_naive_search(
    reading: Reading, parts: list[str], documents: list[str], length: int
) -> None:
    text, breaks = joined(documents)
    matches = list(RunIndex([Text(part) for part in parts], reading, length).find(text, breaks))
    found = [places(text, reading, match, documents) for match in matches]
    assert set(found) == naive_runs(parts, documents, reading, length)
    assert len(found) == len(set(found))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["a b", "1+", "c", "x1", "B"]), max_size=30).map(" ".join), st.data())
def test_the_whole_texts_found_are_those_of_a_naive_search(document: str, data: st.DataObject) -> None:
    cuts = st.integers(0, len(document))
    parts = [document[slice(*sorted((data.draw(cuts), data.draw(cuts))))] for _ in range(3)]
    ours = [token for token, _, _ in naive_tokens(document, "tokens")]
    expected = set()
    for owner, part in enumerate(parts):
        theirs = [token for token, _, _ in naive_tokens(part, "tokens")]
        if len(theirs) >= WHOLE_FROM:
            expected |= {(owner, i) for i in range(len(ours)) if ours[i : i + len(theirs)] == theirs}
    text, breaks = joined([document])
    assert {
        (m.part, m.first) for m in WholeIndex([Text(part) for part in parts]).find(text, breaks)
    } == expected


@pytest.mark.parametrize("reading", ["words", "tokens"])
@given(st.text())
@settings(max_examples=50, deadline=None)
def test_tokens_cover_all_but_white_space(reading: Reading, text: str) -> None:
    tokens = Text(text).tokens(reading)
    pieces = [text[a:b] for a, b in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True)]
    assert "".join(pieces) == "".join(c for c in text if not c.isspace())
    if reading == "words":
        assert pieces == text.split()


WORDS = "the number of ways in which eleven men can be seated around one round table so that no two quarrel"


def test_equal_hashes_of_different_tokens_are_no_hit() -> None:
    text, breaks = joined([WORDS])
    text._folded = WORDS.replace("eleven", "twelve")  # As if the two words had the same hash.
    found = [(match.first, match.end) for match in RunIndex([Text(WORDS)], "words", 5).find(text, breaks)]
    words = WORDS.split()
    assert found == [(0, 6), (words.index("men"), len(words))]
    assert not list(WholeIndex([Text(WORDS)]).find(text, breaks))


LENGTHS = Lengths((10,), (12,))


def scan(text: str, *items: Item, lengths: Lengths = LENGTHS) -> set[tuple[str, str, int, int]]:
    found = Scanner(items, lengths, ("text",)).scan(Block(0, "text", text.encode(), 0), "f")
    return {(hit.rule, hit.item, hit.start, hit.end) for hit in found.hits}


@pytest.mark.parametrize(
    "document",
    [WORDS, WORDS.upper(), WORDS.replace(" ", "\n\t"), f"Find {WORDS}."],
    ids=["as it is", "in capitals", "on many lines", "in a sentence"],
)
def test_a_problem_in_words_is_found_in_a_document(document: str) -> None:
    found = scan(f"Lemma. {document} [end]", Item("seats", {"problem": WORDS}))
    begin = len("Lemma. ") + document.upper().index("THE")
    end = begin + len(document.removeprefix("Find ").removesuffix("."))
    words = end - len(" quarrel") * document.endswith(".")
    assert found == {
        ("words-10", "seats", begin, words),
        ("tokens-12", "seats", begin, end),
        ("whole", "seats", begin, end),
    }


def test_spacing_inside_a_formula_does_not_hide_it_from_tokens() -> None:
    formula = "if x^2 + 3x = 4 and y^2 + 3y = 5 then x + y = 7"
    found = scan("If x^2+3x=4 and y^2+3y=5 then x+y=7", Item("f", {"problem": formula}))
    assert {rule for rule, *_ in found} == {"tokens-12", "whole"}


def test_a_run_one_token_too_short_is_no_hit() -> None:
    nine = " ".join(WORDS.split()[:9])
    assert not scan(f"{nine} women and {nine}", Item("seats", {"problem": WORDS}))


def test_a_run_never_goes_on_in_the_next_document() -> None:
    half = len(WORDS) // 2
    text, breaks = joined([WORDS[:half], WORDS[half:]])
    assert not list(RunIndex([Text(WORDS)], "words", 15).find(text, breaks))
    assert list(RunIndex([Text(WORDS)], "words", 15).find(*joined([WORDS])))


def test_all_hits_of_a_document_are_listed_and_all_items_with_the_same_words() -> None:
    items = [Item("one", {"problem": WORDS}), Item("two", {"solution": f"Count {WORDS}"})]
    found = scan(f"{WORDS} stop {WORDS}", *items, lengths=Lengths((10,), ()))
    again = len(WORDS) + len(" stop ")
    both = [(place, place + len(WORDS)) for place in (0, again)]
    expected = {("words-10", name, *span) for name in ("one", "two") for span in both}
    assert {hit for hit in found if hit[0] == "words-10"} == expected


def test_a_long_document_is_looked_at_in_pieces_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prover.overlap.scan.PIECE", 600)
    monkeypatch.setattr("prover.overlap.corpus.OVERLAP", 200)
    filling = "x" * 37 + " "
    text = "".join(filling * n + WORDS + " " for n in range(30))
    line = b'{"text": "%s"}\n' % text.encode()
    found = Scanner([Item("seats", {"problem": WORDS})], Lengths((), ()), ("text",)).scan(
        Block(0, "lines", line, 1), "f"
    )
    starts = [match.start() for match in re.finditer(WORDS, text)]
    assert [hit.start for hit in found.hits if hit.rule == "whole"] == starts
    assert (found.documents, found.characters) == (1, len(text))


@given(st.text("aB_1'é₁ℝ字𝓝 +\n-"))
@settings(max_examples=50, deadline=None)
def test_names_are_what_a_regular_expression_finds(text: str) -> None:
    assert Text(text).strings("names") == [one.lower() for one in re.findall(r"\w+", text)]
