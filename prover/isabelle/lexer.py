"""Outer syntax of Isabelle: a text as words, strings, cartouches and comments, as Isabelle itself divides it.

Everything that decides by words decides on these, never on the raw text: a keyword in a string or a comment
is none, and a comment does not hide what follows it. Where versions of Isabelle divide a text differently
(`(*)`, `{* … *}`), the token's kind is `ambiguous`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from prover.types import Position

Kind = Literal["word", "number", "string", "cartouche", "comment", "symbol", "ambiguous", "unclosed"]

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_']*(?:\.[A-Za-z][A-Za-z0-9_']*)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SYMBOL = re.compile(r"\\<\^?[A-Za-z][A-Za-z0-9_']*>")
_OPEN, _CLOSE = "\\<open>", "\\<close>"
_COMMENT_EDGE = re.compile(r"\(\*|\*\)")
_CARTOUCHE_EDGE = re.compile(r"\\<open>|\\<close>")


@dataclass(frozen=True, slots=True)
class Token:
    """`text[start:end]` of the text it was cut from."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of an encoded text in order, blanks left out."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        token = _token(text, place)
        yield token
        place = token.end


def proper(text: str) -> list[Token]:
    """The tokens without comments."""
    return [token for token in tokens(text) if token.kind != "comment"]


def position(text: str, place: int) -> Position:
    """Line from 1, column from 0."""
    return Position(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place) - 1)


def _token(text: str, place: int) -> Token:
    char = text[place]
    if text.startswith("(*", place):
        if text.startswith("(*)", place):
            return Token("ambiguous", "(*)", place)
        return _nested(text, place, "comment", _COMMENT_EDGE, "(*")
    if text.startswith("{*", place):
        return Token("ambiguous", "{*", place)
    if char in '"`':
        return _string(text, place, char)
    if text.startswith(_OPEN, place):
        return _nested(text, place, "cartouche", _CARTOUCHE_EDGE, _OPEN)
    patterns: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("word", _WORD),
        ("number", _NUMBER),
        ("symbol", _SYMBOL),
    )
    for kind, pattern in patterns:
        if found := pattern.match(text, place):
            return Token(kind, found[0], place)
    return Token("symbol", ".." if text.startswith("..", place) else char, place)


def _nested(text: str, place: int, kind: Kind, edge: re.Pattern[str], opening: str) -> Token:
    """From an opening bracket to the one that closes it."""
    depth = 0
    for found in edge.finditer(text, place):
        depth += 1 if found[0] == opening else -1
        if depth == 0:
            return Token(kind, text[place : found.end()], place)
    return Token("unclosed", text[place:], place)


def _string(text: str, place: int, quote: str) -> Token:
    end = place + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" and text[end + 1 : end + 2] in ("\\", quote) else 1
    closed = end < len(text)
    return Token("string" if closed else "unclosed", text[place : end + 1], place)
