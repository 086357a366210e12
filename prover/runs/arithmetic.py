"""Evaluates statements about natural numbers of a simple kind: enough to show by example that one is false.

What it can read: numbers and variables of type ℕ, `+ - * / % ^ !`, `Nat.gcd`, `Nat.lcm`, comparisons, `∣`,
`∧`, `∨`, `¬`, with Lean's meaning (truncated subtraction, `x / 0 = 0`, `x % 0 = x`). Nothing else is read.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(Nat\.gcd|Nat\.lcm|\d+|[^\W\d_]\w*|[-+*/%^!()=≠<>≤≥∣∧∨¬])")
_STATEMENT = re.compile(r"\s*theorem\s+\S+((?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))*)\s*:(?!=)(.*)", re.DOTALL)
_GROUP = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")

_MOST_BITS = 1 << 20
_MOST_CASES = 3000

Environment = Mapping[str, int]
Term = Callable[[Environment], int]
Formula = Callable[[Environment], bool]


class _Unread(Exception):
    """Not of the kind that is read here, or too large to be evaluated."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """For all natural `variables`: if all `hypotheses` hold, so does `goal`."""

    variables: tuple[str, ...]
    hypotheses: tuple[Formula, ...]
    goal: Formula

    def counterexample(self) -> dict[str, int] | None:
        """The first small assignment that makes it false; None where there is none, or none was found."""
        for case in self._cases():
            try:
                if all(one(case) for one in self.hypotheses) and not self.goal(case):
                    return case
            except _Unread:
                continue
        return None

    def holds(self) -> bool:
        """Whether it is without variables, and evaluates to true."""
        try:
            return not self.variables and (not all(one({}) for one in self.hypotheses) or self.goal({}))
        except _Unread:
            return False

    def _cases(self) -> Iterator[dict[str, int]]:
        count = len(self.variables)
        each = math.ceil(_MOST_CASES ** (1 / count)) if count else 1
        for values in itertools.product(range(each), repeat=count):
            yield dict(zip(self.variables, values, strict=True))


def read_sentence(text: str) -> Sentence | None:
    """A theorem's statement, or None where it is not of the kind that is read here."""
    match = _STATEMENT.fullmatch(text)
    if match is None:
        return None
    variables: list[str] = []
    hypotheses: list[str] = []
    for group in _GROUP.findall(match[1]):
        names, _, kind = group.partition(":")
        if kind.strip() == "ℕ":
            variables += names.split()
        else:
            hypotheses.append(kind)
    try:
        formulas = tuple(_Reader(one, variables).whole() for one in hypotheses)
        return Sentence(tuple(variables), formulas, _Reader(match[2], variables).whole())
    except _Unread:
        return None


class _Reader:
    """Recursive descent; Lean's precedences: `∨` 30, `∧` 35, `¬` 40, relations 50, `+` 65, `*` 70, `^` 75."""

    def __init__(self, text: str, variables: list[str]) -> None:
        self._variables = variables
        self._tokens: list[str] = []
        place = 0
        text = text.strip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise _Unread(text[place:])
            self._tokens.append(match[1])
            place = match.end()
        self._next = 0

    def whole(self) -> Formula:
        formula = self._or()
        if self._next < len(self._tokens):
            raise _Unread(self._tokens[self._next])
        return formula

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._peek()
        if token not in wanted:
            return ""
        self._next += 1
        return token

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _Unread(self._peek())

    def _or(self) -> Formula:
        left = self._and()
        if not self._take("∨"):
            return left
        right = self._or()
        return lambda env: left(env) or right(env)

    def _and(self) -> Formula:
        left = self._not()
        if not self._take("∧"):
            return left
        right = self._and()
        return lambda env: left(env) and right(env)

    def _not(self) -> Formula:
        if self._take("¬"):
            inner = self._not()
            return lambda env: not inner(env)
        start = self._next
        try:
            return self._relation()
        except _Unread:
            self._next = start
        self._expect("(")
        formula = self._or()
        self._expect(")")
        return formula

    def _relation(self) -> Formula:
        left = self._sum()
        relation = _RELATIONS.get(self._take(*_RELATIONS))
        if relation is None:
            raise _Unread(self._peek())
        right = self._sum()
        return lambda env: relation(left(env), right(env))

    def _sum(self) -> Term:
        return self._left(self._product, "+", "-")

    def _product(self) -> Term:
        return self._left(self._power, "*", "/", "%")

    def _left(self, part: Callable[[], Term], *operators: str) -> Term:
        term = part()
        while operator := self._take(*operators):
            term = _applied(_OPERATORS[operator], term, part())
        return term

    def _power(self) -> Term:
        base = self._atom()
        return _applied(_power, base, self._power()) if self._take("^") else base

    def _atom(self) -> Term:
        token = self._peek()
        self._next += 1
        if token in ("Nat.gcd", "Nat.lcm"):
            function = math.gcd if token == "Nat.gcd" else math.lcm
            return _applied(function, self._atom(), self._atom())
        if token == "(":
            term = self._sum()
            self._expect(")")
        elif token.isdigit():
            value = int(token)
            term = lambda _: value  # noqa: E731
        elif token in self._variables:
            term = lambda env: env[token]  # noqa: E731
        else:
            raise _Unread(token)
        return _applied(lambda n, _: _factorial(n), term, term) if self._take("!") else term


def _applied(function: Callable[[int, int], int], left: Term, right: Term) -> Term:
    return lambda env: function(left(env), right(env))


def _power(base: int, exponent: int) -> int:
    if base.bit_length() * exponent > _MOST_BITS:
        raise _Unread("a large power")
    return int(base**exponent)


def _factorial(number: int) -> int:
    if number > 10_000:
        raise _Unread("a large factorial")
    return math.factorial(number)


_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: max(0, a - b),
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if b else 0,
    "%": lambda a, b: a % b if b else a,
}

_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "≠": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "≤": lambda a, b: a <= b,
    "≥": lambda a, b: a >= b,
    "∣": lambda a, b: b % a == 0 if a else b == 0,
}
