"""Which Lean statements may be a benchmark's: a look at hashes, which passes over none that is one.

To read a statement's premises and conclusion, and to rename its variables, takes most of the time that
documents are compared for, and hardly any statement is like a benchmark's. So first comes what needs no
reading: every name counts as the same word, and what is left of a statement must either have a run of words
in common with a benchmark's, or the same signs and numerals.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

import numpy as np

from prover.overlap.runs import HashTable
from prover.overlap.shape import SPELLED, Shape
from prover.overlap.statements import RUN
from prover.overlap.text import Hashes, runs_of
from prover.statements.lexical import CLOSING, IDENTIFIER, OPENING, words

NAME = 0
"""The code of every name. Other words have a hash of theirs; its highest six bits choose the bit that says
whether a statement has the word."""

_IDENTIFIER = re.compile(IDENTIFIER)
_SYNTAX = frozenset([*OPENING, *CLOSING, ":", ",", ".", "|", "∀", "→", ";"])
"""What may be lost where premises are told apart: it says nothing of which words a statement has."""

_KNOWN = 1 << 18
"""Codes that are kept; numerals have no end."""


class _Codes(dict[str, int]):
    """The code of each word."""

    def __missing__(self, word: str) -> int:
        if len(self) > _KNOWN:
            self.clear()
        spelled = SPELLED.get(word, word)
        code = NAME
        if not _IDENTIFIER.fullmatch(spelled):
            code = int.from_bytes(hashlib.blake2b(spelled.encode(), digest_size=8).digest(), "little")
            kind = 0 if spelled in _SYNTAX else 1 + (code >> 58) % 63
            code = code & ((1 << 58) - 1) | kind << 58
        self[word] = code
        return code


class LikelyStatements:
    """Fed with a benchmark's statements; then it tells which of others may be the same or share a run."""

    def __init__(self) -> None:
        self._codes = _Codes()
        self._runs: set[int] = set()
        self._signs: set[int] = set()
        self._tables: tuple[HashTable, HashTable] | None = None

    def add(self, own: Shape) -> None:
        """Take in a statement of the benchmark."""
        parts = [[NAME if word in own.bound else self._codes[word] for word in part] for part in own.parts]
        for part in parts:
            self._runs.update(runs_of(np.array(part, np.uint64), RUN).tolist())
        codes = np.array([code for part in parts for code in part], np.uint64)
        self._signs.add(int(_signs(codes, [0])[0]) if len(codes) else 0)
        self._tables = None

    def among(self, signatures: Sequence[str]) -> list[bool]:
        """Of each signature (masked, from its keyword on), whether it is worth reading."""
        if not signatures:
            return []
        found = [words(signature) for signature in signatures]
        ends = np.cumsum([len(one) for one in found])
        codes = np.array([self._codes[word] for one in found for word in one], np.uint64)
        if self._tables is None:
            self._tables = _table(self._runs), _table(self._signs)
        runs, signs = self._tables
        likely = np.zeros(len(found), np.bool_)
        likely[signs.find(_signs(codes, [0, *ends[:-1].tolist()]))[0]] = True
        # A run that reaches into the next statement is no run of either; to read one for nothing is no harm.
        likely[np.searchsorted(ends, runs.find(runs_of(codes, RUN))[0], "right")] = True
        return likely.tolist()


def _signs(codes: Hashes, starts: Sequence[int]) -> Hashes:
    """A bit set for each stretch of codes: which words it has, names and syntax left out."""
    bits = np.uint64(1) << (codes >> np.uint64(58))
    found: Hashes = np.bitwise_or.reduceat(bits, starts) & ~np.uint64(1)
    return found


def _table(hashes: Iterable[int]) -> HashTable:
    known = np.array(sorted(hashes), np.uint64)
    return HashTable(known, np.arange(len(known)))
