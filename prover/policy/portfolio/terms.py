"""Reads the arithmetic in a goal's text: a term's tree, its polynomial, its value at given numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|([^\W\d][\w'!?.✝]*|«[^»]*»|↑|√|⌊|⌋|⌈|⌉)|(⁻¹|∣|[-+*/%^()=≠<>≤≥∧∨¬→↔,!]|.))",
    re.DOTALL,
)
_BINARY = {"↔": 1, "→": 2, "∨": 3, "∧": 4, "=": 6, "≠": 6, "<": 6, ">": 6, "≤": 6, "≥": 6, "∣": 6}
_BINARY |= {"+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "^": 9}
_RIGHT = {"→", "∨", "∧", "^"}
RELATIONS = ("=", "≠", "<", ">", "≤", "≥", "∣")
_MAX_TOKENS = 400
_MAX_EXPONENT = 6
_MAX_MONOMIALS = 80
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


class _Unreadable(Exception):
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
    except (_Unreadable, RecursionError):
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
            inner = self.expression(8)
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
                raise _Unreadable
            return self._postfix(inner)
        if token in ("↑", "√"):
            inner = self._primary()
            return Term("cast" if token == "↑" else "atom", f"{token}{_wrapped(inner)}", (inner,))
        if token and token[0].isdigit():
            return self._postfix(Term("num", token))
        if token and (token[0].isalpha() or token[0] in "_«"):
            return self._postfix(Term("atom", token))
        raise _Unreadable

    def _postfix(self, term: Term) -> Term:
        while self._peek() in ("⁻¹", "!"):
            op = self._take()
            term = Term(op, f"{_wrapped(term)}{op}", (term,))
        return term


def _wrapped(term: Term) -> str:
    return term.text if term.op in ("num", "atom", "cast") else f"({term.text})"


# Polynomials.

Monomial = tuple[tuple[str, int], ...]
Polynomial = dict[Monomial, Fraction]


def polynomial(term: Term) -> Polynomial | None:
    """The polynomial with rational coefficients that the term is; what is no arithmetic counts as a variable."""
    try:
        return _polynomial(term)
    except (_Unreadable, RecursionError):
        return None


def _polynomial(term: Term) -> Polynomial:
    if term.op == "num":
        return _clean({(): Fraction(term.text)})
    if term.op == "neg":
        return scale(_polynomial(term.args[0]), Fraction(-1))
    if term.op in ("+", "-"):
        sign = Fraction(1 if term.op == "+" else -1)
        return add(_polynomial(term.args[0]), scale(_polynomial(term.args[1]), sign))
    if term.op == "*":
        return multiply(_polynomial(term.args[0]), _polynomial(term.args[1]))
    if term.op == "/":
        below = _polynomial(term.args[1])
        if set(below) == {()}:
            return scale(_polynomial(term.args[0]), 1 / below[()])
        raise _Unreadable
    if term.op == "^" and term.args[1].op == "num" and term.args[1].text.isdigit():
        return _power(_polynomial(term.args[0]), term.args[1].text)
    if term.op in ("atom", "cast", "apply"):
        return {((term.text, 1),): Fraction(1)}
    raise _Unreadable


def _power(base: Polynomial, digits: str) -> Polynomial:
    if len(digits) > 2 or int(digits) > _MAX_EXPONENT:
        raise _Unreadable
    result: Polynomial = {(): Fraction(1)}
    for _ in range(int(digits)):
        result = multiply(result, base)
    return result


def _clean(terms: Mapping[Monomial, Fraction]) -> Polynomial:
    if len(terms) > _MAX_MONOMIALS:
        raise _Unreadable
    return {monomial: value for monomial, value in terms.items() if value}


def scale(poly: Polynomial, factor: Fraction) -> Polynomial:
    return _clean({monomial: value * factor for monomial, value in poly.items()})


def add(left: Polynomial, right: Polynomial) -> Polynomial:
    total = dict(left)
    for monomial, value in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + value
    return _clean(total)


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for a, x in left.items():
        for b, y in right.items():
            monomial = _product(a, b)
            total[monomial] = total.get(monomial, Fraction(0)) + x * y
    return _clean(total)


def _product(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for name, exponent in b:
        powers[name] = powers.get(name, 0) + exponent
    return tuple(sorted(powers.items()))


def show(poly: Polynomial) -> str:
    """The polynomial as a Lean term."""
    parts = []
    for monomial, value in sorted(poly.items()):
        factors = [name if e == 1 else f"{_atom(name)}^{e}" for name, e in monomial]
        number = (
            f"({value.numerator}/{value.denominator})" if value.denominator != 1 else f"({value.numerator})"
        )
        parts.append("*".join(([] if value == 1 and factors else [number]) + [_atom(f) for f in factors]))
    return " + ".join(parts) or "0"


def _atom(text: str) -> str:
    return f"({text})" if " " in text else text


# Values.


def evaluate(term: Term, values: Mapping[str, int], natural: bool) -> int | bool | None:
    """The value at whole numbers, as Lean means it on ℕ (`natural`) or ℤ; None where it is not computable here."""
    try:
        return _evaluate(term, values, natural)
    except (_Unreadable, RecursionError, OverflowError):
        return None


def _evaluate(term: Term, values: Mapping[str, int], natural: bool) -> int | bool:
    if term.op == "num":
        if not term.text.isdigit() or len(term.text) > 40:
            raise _Unreadable
        return int(term.text)
    if term.op in ("atom", "cast"):
        name = term.text.removeprefix("↑")
        if name not in values:
            raise _Unreadable
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
        raise _Unreadable
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
                raise _Unreadable
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
    raise _Unreadable


def _divide(op: str, a: int, b: int) -> int:
    """Lean's conventions: by 0 the quotient is 0; the remainder is never negative."""
    if b == 0:
        return 0 if op == "/" else a
    rest = a % abs(b)
    return (a - rest) // b if op == "/" else rest
