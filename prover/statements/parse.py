"""Turns what a user types into a `Statement`: a theorem, a lemma, an example, or just a type."""

from __future__ import annotations

import os
import re
import textwrap

from prover.errors import InputError
from prover.statements.holes import DECLARATIONS
from prover.statements.lexical import CLOSING, IDENTIFIER, OPENING, body_start, mask, tokens
from prover.types import Position, Statement

DEFAULT_NAME = "goal"
"""The name of a statement that came without one."""

_LONGEST_HEAD = f"theorem {DEFAULT_NAME} : "

_PROVABLE = ("theorem", "lemma", "example")
_TAIL = re.compile(r"(?::=\s*+(?:by\b\s*+)?|\bby\b\s*+)(?:\bsorry)?\Z")


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

    What stands for something that the user did not write counts as the character after it.
    """
    source, text = source.replace("\r\n", "\n"), statement.text
    blank = len(source) - len(source.lstrip())
    same = len(os.path.commonprefix([source[blank:], text]))
    lines = text.split("\n")[: place.line - 1]
    index = min(len(text), sum(len(line) + 1 for line in lines) + place.column)
    if index <= same:
        before = source[: blank + index]
    else:
        rest, start = _kept(source, text, same)
        before = source[: start + max(0, index - rest)]
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)


def _kept(source: str, text: str, same: int) -> tuple[int, int]:
    """From where on the text is the user's own again, and where that stands in the source."""
    for rest in range(same, min(len(text), same + len(_LONGEST_HEAD)) + 1):
        if not text[rest : rest + 1].isspace() and (start := source.find(text[rest:])) >= 0:
            return rest, start
    return 0, 0


def split_proof(text: str) -> tuple[str, str]:
    """A declaration's text and its value from `:=` on; the value is empty where there is none."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
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
