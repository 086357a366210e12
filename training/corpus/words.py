"""A text as numbers: its words, and runs of words, as 64-bit hashes that are the same in every process."""

from __future__ import annotations

import hashlib
import re

import numpy as np

_WORD = re.compile(r"\w+")
_BASE = 0x9E3779B97F4A7C15


class _Hashes(dict[str, int]):
    """Hashes of words, each computed once."""

    def __missing__(self, word: str) -> int:
        value = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
        if len(self) < 1 << 20:
            self[word] = value
        return value


_hashes = _Hashes()


def words(text: str) -> list[str]:
    """Runs of letters, digits and underscores, in lower case; everything else separates."""
    return _WORD.findall(text.lower())


def hashed(found: list[str]) -> np.ndarray:
    """Their hashes, uint64 (words,)."""
    return np.fromiter((_hashes[word] for word in found), np.uint64, len(found))


def runs(hashes: np.ndarray, length: int) -> np.ndarray:
    """A hash for each run of `length` words, uint64 (words - length + 1,), in order; empty where there are
    fewer words."""
    count = len(hashes) - length + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    total = np.zeros(count, np.uint64)
    for place in range(length):
        total = total * np.uint64(_BASE) + hashes[place : place + count]
    return total ^ (total >> np.uint64(29))
