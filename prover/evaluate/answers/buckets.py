"""A name that equal answers share, so that only answers with the same name have to be compared.

It is for the checker's process, and coarse on purpose: 50 %, 50 and 0.5 have one name, for they can be equal.
"""

from __future__ import annotations

import zlib
from typing import Any

import mpmath
import sympy

from prover.evaluate.answers import values
from prover.evaluate.answers.forms import Form, Matrix, Relation, Row, Several, Union, Value, Words, read
from prover.evaluate.answers.text import compact

_DIGITS = 40
_SHOWN = 10


class _AnyError(Exception):
    """The form can be equal to forms of any other kind."""


def bucket(answer: str) -> str | None:
    """The name; None where an answer has none, and may be equal to any. May take long: see `checker`."""
    form = read(answer)
    if form is None:
        return f"text {compact(answer)}"
    try:
        return _name(form)
    except _AnyError:
        return None


def _name(form: Form) -> str:
    match form:
        case Words(text):
            return f"words {text}"
        case Value(latex):
            return _value(latex)
        case Relation():
            raise _AnyError  # An inequality can be an interval, an equation the naming of a value.
        case Row(opening, closing, parts):
            return f"{opening}{', '.join(map(_name, parts))}{closing}"
        case Matrix(rows):
            return "; ".join(", ".join(map(_name, row)) for row in rows)
        case Several(parts) | Union(parts):
            names = sorted(set(map(_name, parts)))
            return names[0] if len(names) == 1 else f"several {', '.join(names)}"


def _value(latex: str) -> str:
    latex = values.digits_of(latex)
    found = values.expression(latex)
    if found is None:
        return f"words {latex.lower()}"
    if latex.isalpha() and len(latex) > 1:
        raise _AnyError  # A product of variables, or a word.
    if found.is_Symbol:
        return f"words {found.name.lower()}"
    point = {symbol: _place(symbol.name) for symbol in found.free_symbols}
    number = sympy.N(found.subs(point).doit(), _DIGITS)
    real, imaginary = number.as_real_imag()
    return f"value {_digits(real)} {_digits(imaginary)}"


def _place(name: str) -> Any:
    """A number between 1 and 2 to put in place of a variable: expressions that are equal are so there."""
    return 1 + sympy.Rational(zlib.crc32(name.encode()), 1 << 32)


def _digits(number: Any) -> str:
    """The first digits of a real number between 1 and 100, which is it but for a power of 100."""
    if not number.is_Float and not number.is_Integer:
        return str(number)
    with mpmath.workdps(_DIGITS):
        size = mpmath.mpf(number)
        if size == 0:
            return "0"
        shift = mpmath.floor(mpmath.log(abs(size), 100))
        return str(mpmath.nstr(size / mpmath.mpf(100) ** shift, _SHOWN))
