"""Values and relations compared by SymPy, read by math-verify's LaTeX parser; for the checker's process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy
from math_verify import LatexExtractionConfig, parse, verify

_DIGITS = 40
_CLOSE = sympy.Float("1e-20")
_SECONDS = 5
_BASE = re.compile(r"(-?[0-9A-Z]+)_\{?(\d+)\}?")
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)\s*\^\s*\{?\s*\\circ\s*\}?")
_MIXED = re.compile(r"(?<![\d}^_.])(\d+)\s*\\frac\s*(?:\{(\d+)\}\s*\{(\d+)\}|(\d)\s*(\d))")
_MOST_CHARS = 2000
_MOST_DIGITS = 400


def same_value(one: str, other: str) -> bool:
    """Whether two LaTeX expressions have the same value for all values of their variables."""
    if (bases := _same_numeral(one, other)) is not None:
        return bases
    left, right = expression(one), expression(other)
    if left is None or right is None:
        return False
    if not left.free_symbols and not right.free_symbols:
        return _same_number(left, right)
    return left == right or bool(
        verify([left], [right], strict=True, timeout_seconds=_SECONDS, float_rounding=12)
    )


def digits_of(latex: str) -> str:
    """A numeral without the base that it names, any other text as it is."""
    found = _BASE.fullmatch(latex.strip())
    return found[1] if found else latex


def below_one(latex: str) -> bool:
    """Whether it is a number between -1 and 1."""
    value = expression(latex)
    if value is None or value.free_symbols:
        return False
    return bool(abs(sympy.N(value, _DIGITS)) < 1)


def same_relation(one: str, other: str) -> bool:
    """Whether two equations or inequalities hold for the same values of their variables."""
    left, right = _parsed(one), _parsed(other)
    if left is None or right is None:
        return False
    if isinstance(left, sympy.Eq) and isinstance(right, sympy.Eq):
        return _same_equation(left, right)
    if left.free_symbols != right.free_symbols:
        return False
    if len(left.free_symbols) == 1 and (sets := (_solutions(left), _solutions(right))) and None not in sets:
        return bool(sets[0] == sets[1])
    return bool(verify([left], [right], timeout_seconds=_SECONDS))


def same_set(relation: str, intervals: Sequence[tuple[str, str, str, str]] | None) -> bool:
    """Whether a relation in one variable holds exactly on the union of these intervals."""
    parsed = _parsed(relation)
    if intervals is None or parsed is None or len(parsed.free_symbols) != 1:
        return False
    solutions = _solutions(parsed)
    pieces = []
    for opening, low, high, closing in intervals:
        ends = expression(low), expression(high)
        if None in ends or any(end.free_symbols for end in ends if end is not None):
            return False
        pieces.append(sympy.Interval(*ends, opening == "(", closing == ")"))
    return solutions is not None and bool(solutions == sympy.Union(*pieces))


@lru_cache(maxsize=512)
def expression(latex: str) -> Any:
    """The SymPy expression of a LaTeX text, decimals exact; None where it is none, or an enormous one."""
    parsed = _parsed(_MIXED.sub(_sum, latex))
    if not isinstance(parsed, sympy.Expr) or parsed.has(sympy.nan, sympy.zoo):
        return None
    return parsed


@lru_cache(maxsize=512)
def _parsed(latex: str) -> Any:
    if len(latex) > _MOST_CHARS or re.search(rf"\d{{{_MOST_DIGITS}}}", latex):
        return None
    if re.search(r"\\(?:sin|cos|tan|cot|sec|csc)", latex):
        latex = _DEGREES.sub(r"(\1 \\cdot \\frac{\\pi}{180})", latex)
    found = parse(f"${latex}$", [LatexExtractionConfig()], parsing_timeout=_SECONDS)
    value = next((one for one in found if not isinstance(one, str)), None)
    if isinstance(value, sympy.Basic):
        value = value.subs({one: sympy.I for one in value.free_symbols if one.name == "i"})
        if isinstance(value, sympy.Expr) and value.has(sympy.Float):
            value = sympy.nsimplify(value, rational=True)
    return value


def _sum(found: re.Match[str]) -> str:
    """A whole number beside a fraction is their sum."""
    top, bottom = found[2] or found[4], found[3] or found[5]
    return f"({found[1]}+\\frac{{{top}}}{{{bottom}}})"


def _same_number(left: Any, right: Any) -> bool:
    if left == right:
        return True
    left, right = left.doit(), right.doit()
    if left.is_Rational and right.is_Rational:
        return bool(left == right)
    if left.is_infinite or right.is_infinite:
        return bool(left == right)
    one, other = sympy.N(left, _DIGITS), sympy.N(right, _DIGITS)
    size = max(abs(one), abs(other))
    return bool(size.is_number) and bool(abs(one - other) <= _CLOSE * size)


def _same_numeral(one: str, other: str) -> bool | None:
    """Numerals with a base: the same digits in the same base, where both name it. None: neither has one."""
    found = [_BASE.fullmatch(text.strip()) for text in (one, other)]
    if not any(found):
        return None
    digits = [text[1] if text else raw.strip() for text, raw in zip(found, (one, other), strict=True)]
    bases = {text[2] for text in found if text}
    return digits[0] == digits[1] and len(bases) == 1


def _same_equation(left: Any, right: Any) -> bool:
    """Whether the one's difference of sides is a multiple of the other's."""
    if left.free_symbols != right.free_symbols:
        return False
    one, other = left.lhs - left.rhs, right.lhs - right.rhs
    if sympy.simplify(one) == 0 or sympy.simplify(other) == 0:
        return bool(sympy.simplify(one - other) == 0)
    return not sympy.simplify(one / other).free_symbols


def _solutions(relation: Any) -> Any:
    """The real numbers for which a relation in one variable holds; None where SymPy finds none."""
    try:
        return relation.as_set()
    except (NotImplementedError, ValueError, TypeError, AttributeError):
        return None
