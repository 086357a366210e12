"""Turns what a user types into a `Statement`: a theorem, a lemma, an example, or just a type."""

from __future__ import annotations

import re
import textwrap

from prover.errors import InputError
from prover.statements.holes import DECLARATIONS
from prover.statements.lexical import CLOSING, IDENTIFIER, OPENING, body_start, mask, tokens
from prover.types import Position, Statement

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


def place_in_source(source: str, statement: Statement, place: Position) -> Position:
    """A place in the text of `parse_statement(source)` as a place in `source`.

    What was put in front of what the user wrote counts as its first character.
    """
    source = source.replace("\r\n", "\n")
    for head in (
        "",
        "theorem",
        f"theorem {DEFAULT_NAME}",
        f"theorem {DEFAULT_NAME} ",
        f"theorem {DEFAULT_NAME} : ",
    ):
        if statement.text.startswith(head) and (start := source.find(statement.text[len(head) :])) >= 0:
            lines = statement.text.split("\n")[: place.line - 1]
            index = sum(len(line) + 1 for line in lines) + place.column
            before = source[: start + max(0, index - len(head))]
            return Position(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    return place


def split_proof(text: str) -> tuple[str, str]:
    """A declaration's text and its value from `:=` on; the value is empty where there is none."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    code = mask(text).code
    start = next((token.start for token in tokens(code) if token.text in _PROVABLE), 0)
    body = body_start(code, start, len(code))
    return (text, "") if body is None else (text[:body].rstrip(), text[body:])


def proof_value(text: str) -> str:
    """A proof that a person wrote as the judge takes it: an unindented tactic block, or a value from `:=` on.

    `by …` becomes a value. Raises `InputError` where there is nothing.
    """
    text = text.replace("\r\n", "\n").strip("\n").rstrip()
    if not text.strip():
        raise InputError("there is no proof: give its tactics, or the theorem with its proof")
    if text.lstrip().startswith(":="):
        return text.lstrip()
    if re.match(r"\s*by\b", text):
        return f":= {text.lstrip()}"
    return textwrap.dedent(text)


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
