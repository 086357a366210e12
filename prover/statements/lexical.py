"""Lean's comments, strings and brackets, as far as text can be cut safely before Lean itself parses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

OPENING, CLOSING = "([{⟨⦃⟦", ")]}⟩⦄⟧"

_LETS = ("let", "have", "letI", "haveI")
_TELLING = frozenset([*OPENING, *CLOSING, *_LETS, *":= => where fun λ match |".split()])
"""The words that say where a signature ends."""

_TELLING_SIGN = re.compile(r"let|have|where|fun|match|λ|=>|\|")
"""Without any of these, and outside of brackets, that is the first `:=`."""

IDENTIFIER = r"(?:[^\W\d]|«[^«»]*»)(?:[\w'!?]++|«[^«»]*»)*(?:\.(?:[\w'!?]++|«[^«»]*»)+)*"
"""A name with its dots. Lean's own rule lets fewer letters in; a text that Lean reads is read alike here."""

_SPECIAL = re.compile(r"--|/-|r#*\"|\"|'|«")
_CHARACTER = re.compile(r"'(?:\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^\n])|[^\\'\n])'")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN = re.compile(
    rf"{IDENTIFIER}|\d+|:=|=>|<;>|<\|>|<\||\|>\.?|←|[^\w\s]",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign of code, at `start` in the text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text whose comments are blanked out, place by place, and its strings and characters between quotes.

    `code` is as long as the text and keeps its line breaks; inside `«…»` it has `x`s. `docs` are the ranges
    of documentation comments. `unclosed` names what the text ends inside of: a comment, a string, or nothing.
    """

    code: str
    docs: tuple[tuple[int, int], ...]
    unclosed: str = ""


def mask(text: str) -> Masked:
    """Blank out everything that is no code. Interpolated strings count as strings, braces and all."""
    pieces: list[str] = []
    docs: list[tuple[int, int]] = []
    position, unclosed = 0, ""
    while match := _SPECIAL.search(text, position):
        start = match.start()
        end, kind = _special_end(text, match)
        pieces.append(text[position:start])
        pieces.append(_blank(text[start:end], kind))
        if kind == "comment" and re.match(r"/--(?!/)", text[start : start + 4]):
            docs.append((start, end))
        if kind.startswith("unclosed"):
            unclosed = kind.removeprefix("unclosed ")
        position = end
    pieces.append(text[position:])
    return Masked("".join(pieces), tuple(docs), unclosed)


def tokens(code: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of masked `code` between two places."""
    for match in _TOKEN.finditer(code, start, len(code) if end is None else end):
        yield Token(match[0], match.start())


def words(code: str) -> list[str]:
    """The texts of the tokens of masked `code`; faster than `tokens`, where their places do not matter."""
    return _TOKEN.findall(code)


def body_start(code: str, start: int, end: int) -> int | None:
    """Where the `:=` stands that ends the signature of the declaration in masked `code[start:end]`.

    None where it has none (`where`, equations, or nothing yet). The `:=` of a `let`, and any inside brackets,
    are passed by.
    """
    first = code.find(":=", start, end)
    if first >= 0 and not _TELLING_SIGN.search(code, start, first) and _depth(code, start, first) <= 0:
        return first
    depth = lets = functions = 0
    equations = matching = False
    for token in _TOKEN.finditer(code, start, end):
        word = token[0]
        if word not in _TELLING:
            continue
        if word in OPENING:
            depth += 1
        elif word in CLOSING:
            depth -= 1
        elif depth > 0:
            continue
        elif word == ":=" and lets == 0:
            return token.start()
        elif word == "where" or (word == "=>" and functions == 0 and equations and not matching):
            return None
        lets += (word in _LETS) - (word == ":=")
        functions += (word in ("fun", "λ")) - (word == "=>" and functions > 0)
        matching = matching or word == "match"
        equations = equations or (word == "|" and starts_line(code, token.start()))
    return None


def _depth(code: str, start: int, end: int) -> int:
    """How many more brackets open there than close."""
    opened, closed = (
        sum(map(code.count, brackets, repeat(start), repeat(end))) for brackets in (OPENING, CLOSING)
    )
    return opened - closed


def line_start(text: str, position: int) -> int:
    """Where the line begins that holds `position`."""
    return text.rfind("\n", 0, position) + 1


def starts_line(code: str, position: int) -> bool:
    """Whether only blanks stand before `position` in its line."""
    return not code[line_start(code, position) : position].strip()


def _special_end(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Where the comment, literal or quoted name at `match` ends, and what it is."""
    sign, start = match[0], match.start()
    before = text[start - 1] if start else " "
    in_word = before.isalnum() or before in "_'!?"
    if sign == "--":
        end = text.find("\n", start)
        return (len(text) if end < 0 else end), "comment"
    if sign == "/-":
        return _comment_end(text, start)
    if sign == "«":
        end = text.find("»", start)
        return (match.end(), "code") if end < 0 else (end + 1, "name")
    if sign == "'":
        character = None if in_word else _CHARACTER.match(text, start)
        return (character.end(), "literal") if character else (match.end(), "code")
    if sign.startswith("r"):
        if in_word:  # `bar"x"`: the r belongs to the word before.
            return start + 1, "code"
        end = text.find('"' + "#" * sign.count("#"), match.end())
        return (len(text), "unclosed string") if end < 0 else (end + 1 + sign.count("#"), "literal")
    string = _STRING.match(text, start)
    return (string.end(), "literal") if string else (len(text), "unclosed string")


def _comment_end(text: str, start: int) -> tuple[int, str]:
    """Where the block comment at `start` ends; such comments nest."""
    depth = 0
    for match in re.compile(r"/-|-/").finditer(text, start):
        depth += 1 if match[0] == "/-" else -1
        if depth == 0:
            return match.end(), "comment"
    return len(text), "unclosed comment"


def _blank(text: str, kind: str) -> str:
    if kind == "code":
        return text
    if kind == "name":
        return "«" + "x" * (len(text) - 2) + "»"
    blank = re.sub(r"[^\n]", " ", text)
    return f'"{blank[1:-1]}"' if kind == "literal" else blank
