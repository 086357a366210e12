"""A Lean statement without names, spacing and layout: so it can be compared with another one.

`Shape.key` is equal for statements that are alike but for spacing, parentheses, the theorem's name, those of
variables and hypotheses, the kind of numbers, and the order of premises, which may stand before the colon or
behind it. `Shape.runs` are stretches of words; `Shape.renamed` names a run's variables by their first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prover.errors import InputError
from prover.statements.lexical import CLOSING, IDENTIFIER, OPENING, mask
from prover.statements.lexical import words as words_of

_NAME = re.compile(IDENTIFIER)
SPELLED = {"Nat": "ℕ", "Int": "ℤ", "Rat": "ℚ", "Real": "ℝ", "Complex": "ℂ", "λ": "fun", "↦": "=>"}
_NUMBERS = frozenset("ℕ ℤ ℚ ℝ".split())
_BINDERS = frozenset("∀ ∃ fun ∑ ∏ ⋃ ⋂".split())
_DECLARES = {"theorem": 2, "lemma": 2, "example": 1}  # Words up to the signature.
_KEYWORDS = frozenset("in if then else fun let have with at".split())

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement without names: its premises and conclusion as words; variables are the words in `bound`."""

    parts: tuple[Words, ...]
    bound: frozenset[str]

    @property
    def key(self) -> Words:
        """Equal for statements that are the same by the exact rule."""
        *premises, conclusion = (self._blurred(part) for part in self.parts)
        premises.sort(key=lambda part: ["v" if word in self.bound else word for word in part])
        words = [word for part in (*premises, conclusion) for word in (*part, ";")]
        return _renamed(words, self.bound)

    def _blurred(self, part: Words) -> Words:
        return tuple("number" if word in _NUMBERS else word for word in part if word not in "()")

    @property
    def size(self) -> tuple[int, int]:
        """Equal where `key` is, and sooner found: how many parts, and words without parentheses."""
        return len(self.parts), sum(word not in "()" for part in self.parts for word in part)

    def runs(self, length: int) -> Iterator[tuple[Words, Words]]:
        """Every run of `length` words inside one premise or the conclusion: with each variable as `v`, and as
        it stands."""
        for part in self.parts:
            blank = tuple("v" if word in self.bound else word for word in part)
            for start in range(len(part) - length + 1):
                yield blank[start : start + length], part[start : start + length]

    def renamed(self, run: Words) -> Words:
        """A run with its variables by their first use. What is equal here is equal with each as `v`."""
        return _renamed(run, self.bound)


def shape(text: str) -> Shape:
    """The shape of a declaration without its `:=`. Raises `InputError` where it is no declaration."""
    return shape_of_code(mask(text).code)


def shape_of_code(code: str) -> Shape:
    """`shape` of a text that is masked already."""
    words = [SPELLED.get(word, word) for word in words_of(code)]
    place = next((i for i, word in enumerate(words) if word in _DECLARES), None)
    if place is None:
        raise InputError(f"no theorem: {code[:60]!r}")
    rest = _without_universes(words[place + _DECLARES[words[place]] :])
    bound = _bound(rest)
    parts: list[Words] = []
    while rest and rest[0] in OPENING:
        end = _closing(rest, 0)
        parts += _binder(rest[1:end])
        rest = rest[end + 1 :]
    parts += _premises(tuple(rest[1:]))
    return Shape(tuple(parts), bound)


def _without_universes(words: list[str]) -> list[str]:
    """What follows a name's `.{u, v}`."""
    return words[_closing(words, 1) + 1 :] if words[:2] == [".", "{"] else words


def _binder(words: Sequence[str]) -> list[Words]:
    """The type of a bracket group, once for each of its names."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word in OPENING) - (word in CLOSING)
        if word == ":" and depth == 0:
            return [tuple(words[place + 1 :])] * place
    return [tuple(words)]


def _premises(words: Words) -> list[Words]:
    """A proposition as premises and conclusion: `∀ x : T, p → q` is `T`, `p`, `q`."""
    if words[:1] == ("∀",):
        end = _outside(words, ",")
        inside = words[1:end]
        if end is not None and inside and inside[0] in OPENING:
            return [*_groups(inside), *_premises(words[end + 1 :])]
        if end is not None and ":" in inside:
            return [*_binder(inside), *_premises(words[end + 1 :])]
        return [words]
    arrow = _outside(words, "→")
    if arrow is None or any(word in _BINDERS or word == "↔" for word in _flat(words[:arrow])):
        return [words]
    return [words[:arrow], *_premises(words[arrow + 1 :])]


def _groups(words: Words) -> list[Words]:
    parts: list[Words] = []
    while words and words[0] in OPENING:
        end = _closing(words, 0)
        parts += _binder(words[1:end])
        words = words[end + 1 :]
    return parts


def _flat(words: Words) -> Iterator[str]:
    """The words outside of brackets."""
    depth = 0
    for word in words:
        depth += (word in OPENING) - (word in CLOSING)
        if depth == 0:
            yield word


def _outside(words: Words, wanted: str) -> int | None:
    """The first place of a word outside of brackets."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word in OPENING) - (word in CLOSING)
        if word == wanted and depth == 0:
            return place
    return None


def _closing(words: Sequence[str], start: int) -> int:
    """The place of the bracket that closes the one at `start`; the end where none does."""
    depth = 0
    for place in range(start, len(words)):
        depth += (words[place] in OPENING) - (words[place] in CLOSING)
        if depth == 0:
            return place
    return len(words)


def _bound(words: Sequence[str]) -> frozenset[str]:
    """Names that a binder introduces: `(x y : T)`, `∀ x`, `fun x y`, `∑ x in`."""
    bound: set[str] = set()
    for place, word in enumerate(words):
        if word not in _BINDERS and word not in OPENING:
            continue
        end = place + 1
        while end < len(words) and _NAME.fullmatch(words[end]) and words[end] not in _KEYWORDS:
            end += 1
        if word in _BINDERS or words[end : end + 1] == [":"]:
            bound.update(words[place + 1 : end])
    return frozenset(bound)


def _renamed(words: Sequence[str], bound: frozenset[str]) -> Words:
    """Variables as `v0`, `v1`, … by their first use."""
    names: dict[str, str] = {}
    return tuple(names.setdefault(word, f"v{len(names)}") if word in bound else word for word in words)
