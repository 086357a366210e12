"""Finds documents that were there before: the same text, or nearly the same (MinHash with an LSH index).

Near is a Jaccard similarity of runs of `RUN` words, estimated (Broder 1997; for code: Lee et al., arXiv
2107.06499). A licence that many files share does not make them near.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from prover.overlap.text import Text

RUN = 5
PERMUTATIONS = 128
THRESHOLD = 0.8

_AT_A_TIME = 8192
"""Runs that are put into a signature together; each takes half a kilobyte meanwhile."""

_INDEXED = 0.95
"""The index has no bands for a higher similarity; what it finds is compared with the threshold itself."""

EXACT_BYTES = 16
Signature = np.ndarray
"""uint32 (PERMUTATIONS,); of length 0 where a document has too few words to be near to another."""

NO_SIGNATURE = np.empty(0, np.uint32)


def exact_hash(text: str) -> bytes:
    """Of a text, blanks at its ends left out; `EXACT_BYTES` long."""
    return hashlib.blake2b(text.strip().encode(), digest_size=EXACT_BYTES).digest()


class Signer:
    """Makes signatures. All share their permutations."""

    def __init__(self) -> None:
        from datasketch import MinHash

        self._empty = MinHash(PERMUTATIONS, hashfunc=int)

    def signature(self, text: Text) -> Signature:
        shingles = np.unique(text.tokens("names").runs(RUN))
        if len(shingles) == 0:
            return NO_SIGNATURE
        sketch = self._empty.copy()
        for start in range(0, len(shingles), _AT_A_TIME):
            some = shingles[start : start + _AT_A_TIME]
            sketch.update_batch((some & np.uint64(0xFFFFFFFF)).tolist())
        return np.asarray(sketch.hashvalues, np.uint32)


class Duplicates:
    """What has been seen. Documents are numbered by their order of `add`."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        from datasketch import MinHashLSH

        self.threshold = threshold
        self._seen: set[bytes] = set()
        self._index = MinHashLSH(threshold=min(threshold, _INDEXED), num_perm=PERMUTATIONS)
        self._signatures: dict[int, Signature] = {}

    def seen(self, text_hash: bytes) -> bool:
        """Whether this very text was there before; from now on it was."""
        if text_hash in self._seen:
            return True
        self._seen.add(text_hash)
        return False

    def near(self, signature: Signature) -> tuple[int, float] | None:
        """The nearest document that was added, and how near it is, if it is near."""
        if len(signature) == 0:
            return None
        found = [
            (self._likeness(number, signature), number) for number in self._index.query(_sketch(signature))
        ]
        likeness, number = max(found, default=(0.0, -1), key=lambda one: (one[0], -one[1]))
        return (number, likeness) if likeness >= self.threshold else None

    def add(self, number: int, signature: Signature) -> None:
        """Remember a document that is kept."""
        if len(signature):
            self._index.insert(number, _sketch(signature), check_duplication=False)
            self._signatures[number] = signature

    def _likeness(self, number: int, signature: Signature) -> float:
        return float((self._signatures[number] == signature).mean())


def _sketch(signature: Signature) -> Any:
    from datasketch import LeanMinHash

    return LeanMinHash(seed=1, hashvalues=signature, scheme="affine32")
