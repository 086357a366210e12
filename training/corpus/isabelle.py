"""Statements of Isabelle texts in the shape that `prover.overlap` compares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.isabelle.lexer import Token
from prover.isabelle.symbols import TO_ASCII, encode
from prover.isabelle.theory import opening_statement
from prover.overlap.shape import Shape, Words
from prover.statements.lexical import CLOSING, OPENING, tokens

_GOAL = re.compile(r"^[ \t]*(?:theorem|lemma|corollary|proposition|schematic_goal)\b", re.MULTILINE)
_LONGEST = 20_000
"""Characters that a statement is looked for in."""

_TO_UNICODE = {name: char for char, name in TO_ASCII.items()}
_SYMBOL = re.compile(r"\\<\^?\w+>")
_ASCII = {
    "<-->": "⟷", "-->": "⟶", "==>": "⟹", "=>": "⇒", "~=": "≠", "!=": "≠", "<=": "≤", ">=": "≥",
    "&": "∧", "|": "∨", "~": "¬", "!!": "⋀", "[|": "⟦", "|]": "⟧", "ALL": "∀", "EX": "∃", "%": "λ",
}  # fmt: skip
_ASCII_SIGN = re.compile(
    r"\b(?:ALL|EX)\b|"
    + "|".join(re.escape(sign) for sign in sorted(_ASCII, key=len, reverse=True) if not sign.isalpha())
)
_TYPES = {"nat": "ℕ", "int": "ℤ", "rat": "ℚ", "real": "ℝ", "complex": "ℂ"}
_CONSTRAINT = re.compile(r"::\s*(?:\w+|\([^()]*\))(?:\s+(?:list|set))*")
_VARIABLE = re.compile(r"[^\W\d_][0-9₀-₉]*'?")
_BINDS = frozenset("∀ ∃ ⋀ λ ∄".split())
_CLAUSES = frozenset("fixes assumes shows obtains if for defines".split())


def statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a text, each with its place and with what follows it, which `shape` does not read."""
    for found in _GOAL.finditer(text):
        yield found.start(), text[found.start() : found.start() + _LONGEST]


def shape(text: str) -> Shape | None:
    """The shape of the statement that a text begins with, without its types, which may stand anywhere; None
    where it says nothing."""
    found = opening_statement(encode(text).lstrip())
    premises: list[Words] = []
    conclusions: list[Words] = []
    bound: set[str] = set()
    clause, typed = "", False
    for token in found[1:]:
        if token.kind == "word" and token.text in _CLAUSES:
            clause, typed = token.text, False
        elif token.text == "and":
            typed = False
        elif clause in ("fixes", "for"):
            if token.text == ":":
                typed = True
            elif token.kind == "word" and not typed:
                bound.add(token.text)
        elif token.kind in ("string", "cartouche"):
            *before, last = _propositions(_words(_inside(token)))
            premises += before
            (premises if clause in ("assumes", "if", "defines") else conclusions).append(last)
    parts = (*premises, *conclusions)
    bound.update(word for part in parts for word in part if _VARIABLE.fullmatch(word))
    bound.update(b for part in parts for a, b in zip(part, part[1:], strict=False) if a in _BINDS)
    return Shape(parts, frozenset(bound)) if conclusions else None


def _inside(token: Token) -> str:
    opening = 1 if token.kind == "string" else len("\\<open>")
    closing = 1 if token.kind == "string" else len("\\<close>")
    return token.text[opening:-closing] if token.kind != "word" else token.text


def _words(text: str) -> Words:
    """The words of a term or a type, in one spelling, without the types of its parts."""
    text = _SYMBOL.sub(lambda found: _TO_UNICODE.get(found[0], found[0]), text)
    text = _ASCII_SIGN.sub(lambda found: _ASCII[found[0]], text)
    found = tokens(_CONSTRAINT.sub("", text))
    return tuple(_TYPES.get(token.text, token.text) for token in found)


def _propositions(words: Words) -> list[Words]:
    """`⟦A; B⟧ ⟹ C` and `⋀x. A ⟹ C` as `A`, `B`, `C`, as far as they stand outside of brackets."""
    if words[:1] == ("(",) and _matching(words) == len(words) - 1:
        return _propositions(words[1:-1])
    depth, parts = 0, [[]]  # type: tuple[int, list[list[str]]]
    for word in words:
        depth += (word in OPENING and word != "⟦") - (word in CLOSING and word != "⟧")
        if depth == 0 and word in "⟹⟶;":
            parts.append([])
        elif word not in "⟦⟧":
            parts[-1].append(word)
    return [tuple(part) for part in parts if part] or [words]


def _matching(words: Words) -> int:
    depth = 0
    for place, word in enumerate(words):
        depth += (word in OPENING) - (word in CLOSING)
        if depth == 0:
            return place
    return -1
