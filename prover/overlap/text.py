r"""Text as arrays: its tokens, and hashes of tokens and of runs of them, without a loop over characters.

Three readings of a text. *words*: what stands between white space. *tokens*: a run of letters with the digits
behind it, a run of digits, or any other character for itself, so that spacing does not count. *names*: runs
of letters, digits and underscores as `\w+` finds them, so that nothing between counts. In none does the
case of letters count. A letter of *tokens* is one of Unicode below U+2E80, `_`, `'` or a sub- or superscript
digit; letters beyond, as Chinese ones, stand for themselves. White space is what `str.isspace` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Reading = Literal["words", "tokens", "names"]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

SPACE, SIGN, DIGIT, LETTER = range(4)

_SCRIPTS_BEGIN = 0x2E80
_LETTERS_END = 0x20000  # Behind the mathematical letters; rare Chinese ones follow.
_BASE = 0x9E3779B97F4A7C15 | 1
_INVERSE = pow(_BASE, -1, 1 << 64)


def _class_of(char: str) -> int:
    if char.isspace():
        return SPACE
    if char.isdecimal():
        return DIGIT
    return LETTER if char.isalpha() or char.isdigit() or char in "_'" else SIGN


def _folded(char: str) -> int:
    lower = char.lower()
    return ord(lower) if len(lower) == 1 else ord(char)


CLASS: NDArray[np.uint8] = np.full(0x110000, SIGN, np.uint8)
"""The class of each code point."""
CLASS[:_SCRIPTS_BEGIN] = [_class_of(chr(code)) for code in range(_SCRIPTS_BEGIN)]
CLASS[0x3000] = SPACE

_NAMED: NDArray[np.bool_] = np.zeros(0x110000, np.bool_)
_NAMED[:_LETTERS_END] = [chr(code).isalnum() or code == ord("_") for code in range(_LETTERS_END)]

_FOLD = np.arange(0x110000, dtype=np.uint32)
_FOLD[:_SCRIPTS_BEGIN] = [_folded(chr(code)) for code in range(_SCRIPTS_BEGIN)]


class _Powers:
    """The powers of the base and of its inverse modulo 2^64, as far as they were needed."""

    def __init__(self) -> None:
        self._up, self._down = np.ones(1, np.uint64), np.ones(1, np.uint64)

    def up(self, count: int) -> Hashes:
        self._grow(count)
        return self._up[:count]

    def down(self, count: int) -> Hashes:
        self._grow(count)
        return self._down[:count]

    def _grow(self, count: int) -> None:
        if count > len(self._up):
            size = 1 << (count - 1).bit_length()
            self._up, self._down = _powers(_BASE, size), _powers(_INVERSE, size)


def _powers(base: int, size: int) -> Hashes:
    factors = np.full(size, base, np.uint64)
    factors[0] = 1
    products: Hashes = np.cumprod(factors, dtype=np.uint64)
    return products


_POWERS = _Powers()


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text: token i is `text[starts[i]:ends[i]]`. `sums` are what runs are hashed from."""

    starts: Places
    ends: Places
    hashes: Hashes
    sums: Hashes

    def __len__(self) -> int:
        return len(self.starts)

    def runs(self, length: int) -> Hashes:
        """The hash of each run of `length` tokens, by its first token; as many as there are runs."""
        return _runs(self.sums, length)

    def spans(self, firsts: Places, lengths: Places) -> Hashes:
        """The hash of each run that begins at one of `firsts`, its length beside it; all inside the text."""
        scales = _POWERS.down(len(self) + 1)[firsts]
        return _scaled(self.sums[firsts + lengths] - self.sums[firsts], scales)


class Text:
    """A text and its tokens in each reading, made when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        self.classes: NDArray[np.uint8] = CLASS[codes]
        self._codes = codes
        self._folded_codes: NDArray[np.uint32] = _FOLD[codes]
        self._sums: Hashes | None = None
        self._folded: str | None = None
        self._readings: dict[Reading, Tokens] = {}

    def tokens(self, reading: Reading) -> Tokens:
        if reading not in self._readings:
            if reading == "names":
                starts, ends = _stretches(_NAMED[self._codes])
            else:
                starts, ends = _boundaries(self.classes, reading)
            hashes = self._hash(starts, ends)
            sums = _running(hashes)
            self._readings[reading] = Tokens(starts, ends, hashes, sums)
        return self._readings[reading]

    def strings(self, reading: Reading, first: int = 0, end: int | None = None) -> list[str]:
        """The tokens from `first` to before `end` as they are compared: without case."""
        if self._folded is None:
            self._folded = self._folded_codes.tobytes().decode("utf-32-le", "surrogatepass")
        found = self.tokens(reading)
        places = zip(found.starts[first:end].tolist(), found.ends[first:end].tolist(), strict=True)
        return [self._folded[start:stop] for start, stop in places]

    def _hash(self, starts: Places, ends: Places) -> Hashes:
        if self._sums is None:
            self._sums = _running(self._folded_codes + np.uint32(1))
        return _mixed((self._sums[ends] - self._sums[starts]) * _POWERS.down(len(self.classes) + 1)[starts])


def _boundaries(classes: NDArray[np.uint8], reading: Reading) -> tuple[Places, Places]:
    before = np.empty_like(classes)
    before[:1] = SPACE
    before[1:] = classes[:-1]
    filled = classes != SPACE
    if reading == "words":
        begins = filled & (before == SPACE)
    else:
        begins = (classes == SIGN) | ((classes == DIGIT) & (before < DIGIT))
        begins |= (classes == LETTER) & (before != LETTER)
    stops = filled.copy()
    stops[:-1] &= begins[1:] | ~filled[1:]
    return np.flatnonzero(begins), np.flatnonzero(stops) + 1


def _stretches(inside: NDArray[np.bool_]) -> tuple[Places, Places]:
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    return edges[0::2], edges[1::2]


def runs_of(values: Hashes, length: int) -> Hashes:
    """The hash of each run of `length` values, by its first one; as many as there are runs."""
    return _runs(_running(values), length)


def _runs(sums: Hashes, length: int) -> Hashes:
    count = max(len(sums) - length, 0)
    return _scaled(sums[length : length + count] - sums[:count], _POWERS.down(count))


def _running(values: NDArray[np.uint64] | NDArray[np.uint32]) -> Hashes:
    """Sums of value times power, from nothing on: a polynomial's value for each prefix, modulo 2^64."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * _POWERS.up(len(values)), out=sums[1:])
    return sums


def _scaled(sums: Hashes, scales: Hashes) -> Hashes:
    """What a run's sum would be, had the text begun with it."""
    return sums * scales


def _mixed(values: Hashes) -> Hashes:
    """Each value's bits spread over all 64 (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
