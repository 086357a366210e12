"""Polynomials with rational coefficients: arithmetic, completed squares, rational roots."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from prover.policy.portfolio.terms import Term, Unreadable, sides

_MAX_EXPONENT = 6


_MAX_MONOMIALS = 80


_MAX_BITS = 4096
"""Of a coefficient's numerator and denominator."""


Monomial = tuple[tuple[str, int], ...]


Polynomial = dict[Monomial, Fraction]


def polynomial(term: Term) -> Polynomial | None:
    """The polynomial with rational coefficients that the term is; what is no arithmetic is a variable."""
    try:
        return _polynomial(term)
    except (Unreadable, RecursionError):
        return None


def _polynomial(term: Term) -> Polynomial:
    return _limited(_read(term))


def _read(term: Term) -> Polynomial:
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
        raise Unreadable
    if term.op == "^" and term.args[1].op == "num" and term.args[1].text.isdecimal():
        return _power(_polynomial(term.args[0]), term.args[1].text)
    if term.op in ("atom", "cast", "apply"):
        return {((term.text, 1),): Fraction(1)}
    raise Unreadable


def _power(base: Polynomial, digits: str) -> Polynomial:
    if len(digits) > 2 or int(digits) > _MAX_EXPONENT:
        raise Unreadable
    result: Polynomial = {(): Fraction(1)}
    for _ in range(int(digits)):
        result = multiply(result, base)
    return result


def _limited(poly: Polynomial) -> Polynomial:
    """The polynomial itself. Raises `Unreadable` where it is too large to go on with."""
    sizes = (value.numerator.bit_length() + value.denominator.bit_length() for value in poly.values())
    if len(poly) > _MAX_MONOMIALS or any(size > _MAX_BITS for size in sizes):
        raise Unreadable
    return poly


def _clean(terms: Mapping[Monomial, Fraction]) -> Polynomial:
    return {monomial: value for monomial, value in terms.items() if value}


def scale(poly: Polynomial, factor: Fraction) -> Polynomial:
    return _clean({monomial: value * factor for monomial, value in poly.items()})


def add(left: Polynomial, right: Polynomial) -> Polynomial:
    total = dict(left)
    for monomial, value in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + value
    return _clean(total)


def multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product. Raises `Unreadable` where it is too large to go on with."""
    total: Polynomial = {}
    for a, x in left.items():
        for b, y in right.items():
            monomial = _product(a, b)
            total[monomial] = total.get(monomial, Fraction(0)) + x * y
    return _limited(_clean(total))


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


def difference(term: Term) -> Polynomial | None:
    """Greater side minus smaller side."""
    pair = sides(term)
    return None if pair is None else polynomial(Term("-", "", pair[::-1]))


def complete_squares(poly: Polynomial) -> list[str]:
    """What is squared in the completed squares of a polynomial, one variable (or product) after the other."""
    squares = []
    for base in _square_bases(poly):
        leading = poly.get(_double(base), Fraction(0))
        if leading <= 0:
            continue
        rest = {
            m: v / (2 * leading)
            for m, v in ((_without(m, base), v) for m, v in poly.items())
            if m is not None
        }
        rest.pop(base, None)
        root = add({base: Fraction(1)}, rest)
        squares.append(show(root))
        if len(squares) == 4:
            break
        try:
            poly = _limited(add(poly, scale(multiply(root, root), -leading)))
        except Unreadable:
            break
    return squares


def _square_bases(poly: Polynomial) -> list[Monomial]:
    """The monomials whose squares occur, the ones of higher degree first."""
    bases = [tuple((n, e // 2) for n, e in m) for m in poly if m and all(e % 2 == 0 for _, e in m)]
    return sorted(bases, key=lambda m: (-sum(e for _, e in m), m))


def _double(base: Monomial) -> Monomial:
    return tuple((name, 2 * exponent) for name, exponent in base)


def _without(monomial: Monomial, base: Monomial) -> Monomial | None:
    """`monomial / base` where it divides, else None."""
    powers = dict(monomial)
    for name, exponent in base:
        if powers.get(name, 0) < exponent:
            return None
        powers[name] -= exponent
    return tuple((name, exponent) for name, exponent in sorted(powers.items()) if exponent)


def rational_roots(coefficients: list[Fraction]) -> list[Fraction]:
    """Rational roots with multiplicity, small ones only; coefficients from degree 0 up."""
    found: list[Fraction] = []
    work = list(coefficients)
    candidates = sorted({Fraction(sign * p, q) for p in range(61) for q in range(1, 13) for sign in (1, -1)})
    for root in candidates:
        while len(work) > 1 and sum(c * root**i for i, c in enumerate(work)) == 0:
            found.append(root)
            work = divide(work, [root])
    return found


def divide(coefficients: list[Fraction], roots: list[Fraction]) -> list[Fraction]:
    """The quotient by the linear factors of the roots (Horner's scheme)."""
    work = list(coefficients)
    for root in roots:
        quotient, carry = [], Fraction(0)
        for coefficient in reversed(work):
            carry = carry * root + coefficient
            quotient.append(carry)
        work = quotient[:-1][::-1]
    return work


def show_coefficients(coefficients: list[Fraction], variable: str) -> str:
    return show({(((variable, e),) if e else ()): c for e, c in enumerate(coefficients) if c})


def show_number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
