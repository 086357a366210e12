"""Reads the arithmetic in a goal's text: a term's tree, and its value at given numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|([^\W\d][\w'!?.✝]*|«[^»]*»|↑|√|⌊|⌋|⌈|⌉)|(⁻¹|∣|[-+*/%^()=≠<>≤≥∧∨¬→↔,!]|.))",
    re.DOTALL,
)


_BINARY = {"↔": 1, "→": 2, "∨": 3, "∧": 4, "=": 6, "≠": 6, "<": 6, ">": 6, "≤": 6, "≥": 6, "∣": 6}


_BINARY |= {"+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "^": 9}


_RIGHT = {"→", "∨", "∧", "^"}


RELATIONS = ("=", "≠", "<", ">", "≤", "≥", "∣")


SMALLER = {"<": False, "≤": False, ">": True, "≥": True}


_MAX_TOKENS = 400


_MAX_DIGITS = 1000
"""Of a numeral; Python converts 4,300 at most."""


_MAX_BITS = 4096


@dataclass(frozen=True, slots=True)
class Term:
    """`op` is an operator with its `args`, "neg", "num" or "atom"; `text` says it in Lean."""

    op: str
    text: str
    args: tuple[Term, ...] = ()

    def walk(self) -> Iterator[Term]:
        """This term and all below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()


class Unreadable(Exception):
    """The text is not arithmetic."""


def parse(text: str) -> Term | None:
    """The term's tree, or None where the text holds more than arithmetic and function application."""
    tokens = [match[0].strip() for match in _TOKEN.finditer(text) if match[0].strip()]
    if not tokens or len(tokens) > _MAX_TOKENS:
        return None
    try:
        reader = _Reader(tokens)
        term = reader.expression(0)
        return term if reader.at_end() else None
    except (Unreadable, RecursionError):
        return None


class _Reader:
    """A reader by precedence over the tokens of one term."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._next = tokens, 0

    def at_end(self) -> bool:
        return self._next == len(self._tokens)

    def expression(self, least: int) -> Term:
        left = self._prefix()
        while (op := self._peek()) in _BINARY and _BINARY[op] >= least:
            self._next += 1
            right = self.expression(_BINARY[op] + (op not in _RIGHT))
            left = Term(op, f"{_wrapped(left)} {op} {_wrapped(right)}", (left, right))
        return left

    def _peek(self) -> str:
        return "" if self.at_end() else self._tokens[self._next]

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _prefix(self) -> Term:
        if self._peek() == "-":
            self._next += 1
            inner = self.expression(9)
            return Term("neg", f"-{_wrapped(inner)}", (inner,))
        if self._peek() == "¬":
            self._next += 1
            inner = self.expression(5)
            return Term("¬", f"¬{_wrapped(inner)}", (inner,))
        return self._application()

    def _application(self) -> Term:
        head = self._primary()
        args = []
        while head.op == "atom" and self._starts_primary():
            args.append(self._primary())
        if not args:
            return head
        text = " ".join([head.text, *(_wrapped(arg) for arg in args)])
        return Term("apply", text, (head, *args))

    def _starts_primary(self) -> bool:
        token = self._peek()
        return token == "(" or bool(token) and (token[0].isalnum() or token[0] in "_«↑√")

    def _primary(self) -> Term:
        token = self._take()
        if token == "(":
            inner = self.expression(0)
            if self._take() != ")":
                raise Unreadable
            return self._postfix(inner)
        if token in ("↑", "√"):
            inner = self._primary()
            return Term("cast" if token == "↑" else "atom", f"{token}{_wrapped(inner)}", (inner,))
        if token and token[0].isdecimal():
            if len(token) > _MAX_DIGITS:
                raise Unreadable
            return self._postfix(Term("num", token))
        if token and (token[0].isalpha() or token[0] in "_«"):
            return self._postfix(Term("atom", token))
        raise Unreadable

    def _postfix(self, term: Term) -> Term:
        while self._peek() in ("⁻¹", "!"):
            op = self._take()
            term = Term(op, f"{_wrapped(term)}{op}", (term,))
        return term


def _wrapped(term: Term) -> str:
    return term.text if term.op in ("num", "atom", "cast") else f"({term.text})"


def evaluate(term: Term, values: Mapping[str, int], natural: bool) -> int | bool | None:
    """The value at whole numbers, as Lean means it on ℕ (`natural`) or ℤ; None where that is too much."""
    try:
        return _evaluate(term, values, natural)
    except (Unreadable, RecursionError, OverflowError):
        return None


def _evaluate(term: Term, values: Mapping[str, int], natural: bool) -> int | bool:
    if term.op == "num":
        if not term.text.isdecimal() or len(term.text) > 40:
            raise Unreadable
        return int(term.text)
    if term.op in ("atom", "cast"):
        name = term.text.removeprefix("↑")
        if name not in values:
            raise Unreadable
        return values[name]
    if term.op in ("∧", "∨", "→"):
        left = bool(_evaluate(term.args[0], values, natural))
        if term.op == "∧":
            return left and bool(_evaluate(term.args[1], values, natural))
        return (left if term.op == "∨" else not left) or bool(_evaluate(term.args[1], values, natural))
    args = [int(_evaluate(arg, values, natural)) for arg in term.args]
    return _compute(term.op, args, natural)


def _compute(op: str, args: list[int], natural: bool) -> int | bool:
    a = args[0] if args else 0
    if op == "neg" and not natural:
        return -a
    if op == "¬":
        return not a
    if len(args) != 2:
        raise Unreadable
    b = args[1]
    match op:
        case "+":
            return a + b
        case "-":
            return max(a - b, 0) if natural else a - b
        case "*":
            return a * b
        case "/" | "%":
            return _divide(op, a, b)
        case "^":
            if b < 0 or max(a.bit_length(), 1) * b > _MAX_BITS:
                raise Unreadable
            return int(a**b)
        case "=" | "↔":
            return a == b
        case "≠":
            return a != b
        case "<":
            return a < b
        case ">":
            return a > b
        case "≤":
            return a <= b
        case "≥":
            return a >= b
        case "∣":
            return b == 0 if a == 0 else b % a == 0
    raise Unreadable


def _divide(op: str, a: int, b: int) -> int:
    """Lean's conventions: by 0 the quotient is 0; the remainder is never negative."""
    if b == 0:
        return 0 if op == "/" else a
    rest = a % abs(b)
    return (a - rest) // b if op == "/" else rest


def sides(term: Term) -> tuple[Term, Term] | None:
    """The smaller and the greater side of an inequality, or both sides of an equation."""
    if term.op not in (*SMALLER, "="):
        return None
    left, right = term.args
    return (right, left) if SMALLER.get(term.op, False) else (left, right)
