"""Turns what a user types into a `Statement`: a theorem, a lemma, an example, or just a type."""

from __future__ import annotations

import re

from prover.errors import InputError
from prover.statements.holes import DECLARATIONS
from prover.statements.lexical import CLOSING, IDENTIFIER, OPENING, body_start, mask, tokens
from prover.types import Statement

DEFAULT_NAME = "goal"
"""The name of a statement that came without one."""

_PROVABLE = ("theorem", "lemma", "example")
_TAIL = re.compile(r"(?::=\s*(?:by\b)?\s*(?:\bsorry)?|\bby\b\s*(?:\bsorry)?)\s*\Z")


def parse_statement(text: str) -> Statement:
    """The statement in `text`, without the proof's place (`:=`, `by`, `sorry`) that may follow it.

    The user's text is kept; `lemma` becomes `theorem` (core Lean has no lemma), and so does `example`, with
    the name `goal`; a bare type, or binders and a type (`(n : ℕ) : 0 ≤ n`), gets `theorem goal` in front.
    Raises `InputError` where it is empty, unfinished, proved already, or more than one declaration.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    masked = mask(text)
    if masked.unclosed:
        raise InputError(f"the statement ends inside a {masked.unclosed}")
    code = masked.code
    end = len(_TAIL.sub("", code.rstrip()).rstrip())  # Comments behind it go too: they could swallow a `:=`.
    if not code[:end].strip():
        raise InputError("the statement is empty")
    heads = [token for token in tokens(code, 0, end) if token.text in DECLARATIONS]
    heads = [head for head in heads if code[head.start - 1 : head.start] not in (".", "`")]
    if len(heads) > 1:
        raise InputError(
            "more than one declaration: give one statement, or put all into a file (FILE.lean:NAME)"
        )
    if not heads:
        return _of_type(text, code, end)
    if heads[0].text not in _PROVABLE:
        raise InputError(f"`{heads[0].text}` is no statement: give a theorem, lemma, example or a type")
    return _of_declaration(text, code, end, heads[0].start, heads[0].text)


def _of_declaration(text: str, code: str, end: int, start: int, keyword: str) -> Statement:
    """From a declaration whose keyword stands at `start`; what stands before it (attributes) is kept."""
    _require_no_proof(code, start, end)
    after = start + len(keyword)
    if keyword == "example":
        return Statement(DEFAULT_NAME, f"{text[:start]}theorem {DEFAULT_NAME}{text[after:end]}")
    name = re.compile(rf"\s+({IDENTIFIER})").match(code, after, end)
    if name is None:
        raise InputError(f"`{keyword}` wants a name: {keyword} NAME …, or use `example`")
    return Statement(text[name.start(1) : name.end(1)], f"{text[:start]}theorem{text[after:end]}")


def _of_type(text: str, code: str, end: int) -> Statement:
    _require_no_proof(code, 0, end)
    between = " " if _begins_with_binders(code, end) else " : "
    return Statement(DEFAULT_NAME, f"theorem {DEFAULT_NAME}{between}{text[:end]}")


def _require_no_proof(code: str, start: int, end: int) -> None:
    body = body_start(code, start, end)
    if body is not None:
        raise InputError("the statement has a proof already: end it before its `:=`, or write `:= sorry`")


def _begins_with_binders(code: str, end: int) -> bool:
    """Whether the text is `(x : T) … : type`: bracket groups, then a colon."""
    depth, groups = 0, 0
    for token in tokens(code, 0, end):
        if token.text in OPENING:
            depth, groups = depth + 1, groups + (depth == 0)
        elif token.text in CLOSING:
            depth -= 1
        elif depth == 0:
            return token.text == ":"
    return False
