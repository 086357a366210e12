"""Which runs of tokens of a benchmark stand in a text: looked up by hash, then compared token by token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from prover.overlap.text import Hashes, Places, Reading, Text

WHOLE_FROM = 10
"""Tokens below which a whole text is not looked for: `Find $x$.` would be found everywhere."""

_SLOTS_EACH = 16
_SLOT_BITS = range(12, 26)


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens `first` to before `end` of a text are in part `part`, where they begin at token `place`."""

    part: int
    first: int
    end: int
    place: int


class HashTable:
    """Hashes and what they stand for: `find` is a look into a bitmap for nearly every hash that is none."""

    def __init__(self, hashes: Hashes, values: Places) -> None:
        order = np.argsort(hashes, kind="stable")
        self._hashes, self.values = hashes[order], values[order]
        bits = max(len(hashes) * _SLOTS_EACH, 1).bit_length()
        self._shift = np.uint64(64 - min(max(bits, _SLOT_BITS.start), _SLOT_BITS.stop))
        self._slots = np.zeros(1 << (64 - int(self._shift)), np.bool_)
        self._slots[hashes >> self._shift] = True

    def find(self, hashes: Hashes) -> tuple[Places, Places]:
        """Pairs of an index into `hashes` and a value that its hash stands for, in order of the index."""
        near = np.flatnonzero(self._slots[hashes >> self._shift])
        low = np.searchsorted(self._hashes, hashes[near], "left")
        high = np.searchsorted(self._hashes, hashes[near], "right")
        counts = high - low
        index = np.repeat(near, counts)
        within = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
        return index, self.values[np.repeat(low, counts) + within]


class RunIndex:
    """The runs of `length` tokens, at least 2, of a benchmark's parts."""

    def __init__(self, parts: Sequence[Text], reading: Reading, length: int) -> None:
        self.reading: Reading = reading
        self.length = length
        self._strings = [part.strings(reading) for part in parts]
        self.possible = [len(strings) >= length for strings in self._strings]
        hashes, owners, places = [], [], []
        for number, part in enumerate(parts):
            own, first = np.unique(part.tokens(reading).runs(length), return_index=True)
            hashes.append(own)
            owners.append(np.full(len(own), number))
            places.append(first)
        self._owners, self._places = _joined(owners), _joined(places)
        self._table = HashTable(
            np.concatenate([np.empty(0, np.uint64), *hashes]), np.arange(len(self._owners))
        )

    def find(self, text: Text, breaks: Places) -> Iterator[Match]:
        """The longest stretches of which each run is in the same part; none crosses one of `breaks`.

        breaks: places in the text, in order, where a document begins.
        """
        found, entries = self._table.find(text.tokens(self.reading).runs(self.length))
        whole = _unbroken(text, self.reading, found, found + self.length - 1, breaks)
        found, entries = found[whole], entries[whole]
        owners, places = self._owners[entries], self._places[entries]
        order = np.lexsort((found, owners))
        triples = zip(owners[order].tolist(), found[order].tolist(), places[order].tolist(), strict=True)
        for owner, group in groupby(triples, key=lambda triple: triple[0]):
            yield from self._stretches(text, owner, [(first, place) for _, first, place in group])

    def _stretches(self, text: Text, owner: int, runs: list[tuple[int, int]]) -> Iterator[Match]:
        begin = 0
        for i in range(1, len(runs) + 1):
            if i == len(runs) or runs[i][0] != runs[i - 1][0] + 1:
                yield from self._confirmed(text, owner, runs[begin:i])
                begin = i

    def _confirmed(self, text: Text, owner: int, runs: list[tuple[int, int]]) -> Iterator[Match]:
        """The stretches of neighbouring runs that are the part's in truth, and not by their hash only."""
        theirs, first = self._strings[owner], runs[0][0]
        ours = text.strings(self.reading, first, runs[-1][0] + self.length)
        begin: tuple[int, int] | None = None
        for run, place in runs:
            start = run - first
            same = ours[start : start + self.length] == theirs[place : place + self.length]
            if same and begin is None:
                begin = (run, place)
            elif not same and begin is not None:
                yield Match(owner, begin[0], run - 1 + self.length, begin[1])
                begin = None
        if begin is not None:
            yield Match(owner, begin[0], runs[-1][0] + self.length, begin[1])


class WholeIndex:
    """Whole parts of at least `WHOLE_FROM` tokens, found by their first tokens and then by their hash."""

    reading: Reading = "tokens"

    def __init__(self, parts: Sequence[Text]) -> None:
        self._strings = [part.strings(self.reading) for part in parts]
        self._lengths = np.array([len(strings) for strings in self._strings], np.int64)
        self.possible = [len(strings) >= WHOLE_FROM for strings in self._strings]
        chosen = np.flatnonzero(self._lengths >= WHOLE_FROM)
        first = [parts[i].tokens(self.reading).runs(WHOLE_FROM)[0] for i in chosen]
        self._table = HashTable(np.array(first, np.uint64), chosen)
        self._hashes = np.zeros(len(parts), np.uint64)
        for i in chosen:
            self._hashes[i] = parts[i].tokens(self.reading).runs(len(self._strings[i]))[0]

    def find(self, text: Text, breaks: Places) -> Iterator[Match]:
        """Each part that stands in the text, spacing and case aside, inside of one document."""
        tokens = text.tokens(self.reading)
        firsts, parts = self._table.find(tokens.runs(WHOLE_FROM))
        lengths = self._lengths[parts]
        inside = firsts + lengths <= len(tokens)
        firsts, parts, lengths = firsts[inside], parts[inside], lengths[inside]
        same = tokens.spans(firsts, lengths) == self._hashes[parts]
        same &= _unbroken(text, self.reading, firsts, firsts + lengths - 1, breaks)
        for first, part in zip(firsts[same].tolist(), parts[same].tolist(), strict=True):
            strings = self._strings[part]
            if text.strings(self.reading, first, first + len(strings)) == strings:
                yield Match(part, first, first + len(strings), 0)


def _joined(arrays: Sequence[Places]) -> Places:
    return np.concatenate([np.empty(0, np.int64), *arrays])


def _unbroken(
    text: Text, reading: Reading, firsts: Places, lasts: Places, breaks: Places
) -> NDArray[np.bool_]:
    """Whether the tokens `firsts` and `lasts` are of the same document."""
    starts = text.tokens(reading).starts
    begin = np.searchsorted(breaks, starts[firsts], "right")
    end = np.searchsorted(breaks, starts[lasts], "right")
    return np.asarray(begin == end)
