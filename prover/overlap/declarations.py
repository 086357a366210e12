"""Finds Lean and Isabelle theorems inside any text, and says which of them are statements of a benchmark."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from prover.errors import InputError
from prover.overlap.isar import KEYWORDS, isar_shape
from prover.overlap.shape import Words, shape
from prover.overlap.text import DIGIT, Hashes, Places, Text
from prover.statements.lexical import IDENTIFIER, body_start, mask

Language = Literal["lean", "isabelle"]
LANGUAGES: tuple[Language, Language] = ("lean", "isabelle")

LONGEST = 8000
"""Characters of a theorem's statement that are looked at."""

_NAME = rf"\s+{IDENTIFIER}"
_LEAN = re.compile(
    rf"(?:(?:theorem|lemma){_NAME}(?:\.\{{[^}}]*\}})?|example)\s*(?=[(\[{{⦃⟦]|:(?!=)|--|/-)",
)
_ISABELLE = re.compile(
    rf"(?:{'|'.join(KEYWORDS)})(?:\s+\(in [^)]*\))?"
    r"(?:\s+(?!fixes|assumes|shows|includes)[\w.']+)?(?:\s*\[[^\]]*\])?"
    r"\s*:?\s*(?=\"|‹|\\<open>|\(\*|(?:fixes|assumes|shows|includes|obtains)\b)"
)
_WORDS = (*KEYWORDS, "example")
_BREAK = re.compile(r"\n[ \t]*\r?\n|```|\[PROOFSTEP\]|\Z")
_ISAR_END = re.compile(
    r"\b(?:proof|by|apply|using|unfolding|sorry|oops|sledgehammer|nitpick|supply)\b|"
    r"\n\s*(?:theorem|lemma|corollary|proposition|end|text|section|subsection|definition)\b"
)
_LET = re.compile(r"\b(?:let|have)\b")
_LEAN_COMMENT, _ISAR_COMMENT = ("--", "/-"), ("(*", r"\<^sub>")
_OPERATORS = "+*^/"


@dataclass(frozen=True, slots=True)
class Declared:
    """A statement of the benchmark's part `part` at `start` to `end` of a text."""

    part: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What may be a theorem from `start` to `end`; its signature begins at `body`."""

    language: Language
    start: int
    body: int
    end: int
    commented: bool


def signature(text: str, language: Language) -> str:
    """A theorem's text without its keyword and name; the whole text where it has none."""
    found = (_LEAN if language == "lean" else _ISABELLE).search(text)
    return text[found.end() :].strip() if found else text


def language_of(text: str) -> Language:
    """Which of the two a formal statement is written in."""
    return "isabelle" if _ISABELLE.match(text.strip()) else "lean"


class DeclarationIndex:
    """A benchmark's formal statements by their shapes' keys."""

    def __init__(self, parts: Sequence[tuple[Language, str]]) -> None:
        """parts: language and signature. `possible` says which have a shape; others are never found."""
        self.possible = [False] * len(parts)
        self._keys: dict[tuple[Language, Words], list[int]] = {}
        marks: dict[Language, set[int]] = {"lean": set(), "isabelle": set()}
        for number, (language, text) in enumerate(parts):
            whole = f"theorem t {text}" if language == "lean" else f"theorem {text}"
            key = _key(language, whole)
            if key is None:
                continue
            self.possible[number] = True
            self._keys.setdefault((language, key), []).append(number)
            probe = whole + (" :=" if language == "lean" else "\n  by")
            begin = len(whole) - len(text)
            read = Text(probe)
            for one in _ends(probe, begin, len(probe), language):
                marks[language].add(_mark(read, begin, one))
        self._marks = {language: np.array(sorted(found), np.uint64) for language, found in marks.items()}

    def find(self, text: Text, breaks: Places) -> Iterator[Declared]:
        """The benchmark's statements among the theorems of a text. breaks: where its documents begin."""
        if not self._keys:
            return
        candidates = list(_candidates(text.text, breaks))
        seen: set[tuple[int, int]] = set()
        for candidate in self._likely(text, candidates):
            start, end = candidate.start, candidate.end
            if candidate.language == "lean":
                end = _lean_end(text.text, start, end)
            statement = text.text[start:end].rstrip()
            key = _key(candidate.language, statement)
            for part in self._keys.get((candidate.language, key), ()) if key else ():
                if (part, start) not in seen:
                    seen.add((part, start))
                    yield Declared(part, start, start + len(statement))

    def _likely(self, text: Text, candidates: list[_Candidate]) -> Iterator[_Candidate]:
        """Those with the numerals and operators of a benchmark's statement, and those with comments."""
        if not candidates:
            return
        marks = _marks(text, [c.body for c in candidates], [c.end for c in candidates])
        for language, known in self._marks.items():
            hit = np.isin(marks, known)
            for candidate, same in zip(candidates, hit.tolist(), strict=True):
                if candidate.language == language and (same or candidate.commented):
                    yield candidate


def _key(language: Language, text: str) -> Words | None:
    try:
        return shape(text).key if language == "lean" else isar_shape(text).key
    except InputError:
        return None


def _candidates(text: str, breaks: Places) -> Iterator[_Candidate]:
    """What begins like a theorem, once for each place where it may end."""
    begins = breaks.tolist()
    limits = [*begins, len(text)]
    for word in _WORDS:
        start = text.find(word)
        while start >= 0:
            if start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_'."):
                stop = min(limits[bisect_right(begins, start)], start + LONGEST)
                yield from _candidates_at(text, start, stop)
            start = text.find(word, start + len(word))


def _candidates_at(text: str, start: int, stop: int) -> Iterator[_Candidate]:
    patterns: tuple[tuple[Language, re.Pattern[str], tuple[str, ...]], ...] = (
        ("isabelle", _ISABELLE, _ISAR_COMMENT),
        ("lean", _LEAN, _LEAN_COMMENT),
    )
    for language, pattern, comments in patterns:
        if found := pattern.match(text, start, stop):
            for end in _ends(text, found.end(), stop, language):
                commented = any(text.find(sign, start, end) >= 0 for sign in comments)
                yield _Candidate(language, start, found.end(), end, commented)


def _ends(text: str, start: int, stop: int, language: Language) -> list[int]:
    """Where a statement may end: at its proof, and at the first empty line or fence before it."""
    if language == "lean":
        proof = text.find(":=", start, stop)
    else:
        found = _ISAR_END.search(text, start, stop)
        proof = found.start() if found else -1
    last = stop if proof < 0 else proof
    broken = _BREAK.search(text, start, last)
    gap = broken.start() if broken else last
    return [gap] if proof < 0 or gap == proof else [proof, gap]


def _lean_end(text: str, start: int, end: int) -> int:
    """The `:=` that ends the signature, where the one found first belongs to a `let` or a default value."""
    inside = text[start:end]
    if inside.count("(") == inside.count(")") and not _LET.search(inside):
        return end
    code = mask(text[start : start + LONGEST]).code
    own = body_start(code, 0, len(code))
    return end if own is None else start + own


def _mark(text: Text, start: int, end: int) -> int:
    return int(_marks(text, [start], [end])[0])


def _marks(text: Text, starts: Sequence[int], ends: Sequence[int]) -> Hashes:
    """A bit set for each stretch of a text: which numerals and operators it has, however often."""
    tokens = text.tokens("tokens")
    first = text.classes[tokens.starts] == DIGIT
    bits: NDArray[np.uint64] = np.where(first, np.uint64(1) << (tokens.hashes >> np.uint64(58)), np.uint64(0))
    for operator, hashed in _OPERATOR_HASHES.items():
        bits[tokens.hashes == hashed] = np.uint64(1) << np.uint64(60 + _OPERATORS.index(operator))
    bits = np.append(bits, np.uint64(0))
    edges = np.empty(2 * len(starts), np.int64)
    edges[0::2] = np.searchsorted(tokens.starts, starts)
    edges[1::2] = np.searchsorted(tokens.starts, ends)
    marks: Hashes = np.bitwise_or.reduceat(bits, edges)[0::2]
    marks[edges[0::2] >= edges[1::2]] = 0
    return marks


_OPERATOR_HASHES = {sign: Text(sign).tokens("tokens").hashes[0] for sign in _OPERATORS}
