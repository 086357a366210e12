"""The text of sums, polynomials, fractions, equations and inequalities."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction

Part = tuple[int, str]
"""A coefficient and what it multiplies; the empty text for a constant."""


def total(parts: Iterable[Part]) -> str:
    """The sum, without zero terms: `3 * x - y + 5`."""
    text = ""
    for coefficient, body in parts:
        if coefficient == 0:
            continue
        size = _product(abs(coefficient), body)
        if not text:
            text = size if coefficient > 0 else f"-{size}"
        else:
            text += f" {'+' if coefficient > 0 else '-'} {size}"
    return text or "0"


def _product(size: int, body: str) -> str:
    if not body:
        return str(size)
    return body if size == 1 else f"{size} * {body}"


def power(base: str, exponent: int) -> str:
    """`x ^ 3`, `x`, or nothing."""
    return "" if exponent == 0 else base if exponent == 1 else f"{base} ^ {exponent}"


def polynomial(coefficients: Sequence[int], x: str) -> str:
    """The highest power first."""
    degree = len(coefficients) - 1
    return total((c, power(x, degree - i)) for i, c in enumerate(coefficients))


def value(coefficients: Sequence[int], x: Fraction | int) -> Fraction | int:
    """Of the polynomial, the highest power first."""
    result: Fraction | int = 0
    for coefficient in coefficients:
        result = result * x + coefficient
    return result


def fraction(number: Fraction | int) -> str:
    """`3 / 4`, `-5`."""
    number = Fraction(number)
    if number.denominator == 1:
        return str(number.numerator)
    return f"{number.numerator} / {number.denominator}"


def grouped(text: str) -> str:
    """In parentheses unless it is one word or numeral."""
    return text if text.replace(".", "").replace("_", "").isalnum() else f"({text})"


def equation(rng: random.Random, left: str, right: str, turn: float = 0.2) -> str:
    """`left = right`, now and then the other way round."""
    return f"{right} = {left}" if rng.random() < turn else f"{left} = {right}"


def at_most(rng: random.Random, left: str, right: str, strict: bool = False) -> str:
    """`left ≤ right` (or `<`), now and then the other way round."""
    if rng.random() < 0.3:
        return f"{right} {'>' if strict else '≥'} {left}"
    return f"{left} {'<' if strict else '≤'} {right}"


def split_sides(rng: random.Random, parts: Sequence[Part], tidy: bool) -> tuple[str, str]:
    """Two sums whose difference is that of `parts`; `tidy` leaves no minus sign (for ℕ)."""
    left, right = [], []
    for coefficient, body in parts:
        if (coefficient > 0) if tidy else rng.random() < 0.6:
            left.append((coefficient, body))
        else:
            right.append((-coefficient, body))
    rng.shuffle(left)
    return total(left), total(right)


def nonzero(rng: random.Random, low: int, high: int) -> int:
    """Uniform, without 0."""
    while not (number := rng.randint(low, high)):
        pass
    return number
