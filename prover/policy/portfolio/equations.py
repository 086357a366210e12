"""Polynomial equations: vanishing products, rational roots, elimination of a variable."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from prover.policy.portfolio.polynomials import (
    Polynomial,
    add,
    difference,
    divide,
    rational_roots,
    scale,
    show_coefficients,
    show_number,
)
from prover.policy.portfolio.terms import parse
from prover.policy.portfolio.view import View


def factors(view: View) -> Iterator[str]:
    """Equations that say a product vanishes, or that come to that: one factor does."""
    for fact in view.ground:
        term = parse(fact.type)
        if term is None or term.op != "=" or not view.ordered:
            continue
        if term.args[1].text == "0" and term.args[0].op == "*":
            yield f"rcases _root_.mul_eq_zero.1 {fact.name} with {fact.name} | {fact.name}"
        poly = difference(term)
        if poly is not None:
            yield from _roots(view, poly)
    yield from _eliminations(view)


def _eliminations(view: View) -> Iterator[str]:
    """Two equations whose difference is one in a single variable."""
    polys = []
    for fact in view.ground if view.ordered else ():
        term = parse(fact.type)
        poly = difference(term) if term is not None and term.op == "=" else None
        if poly:
            polys.append(poly)
    for left, right in combinations(polys[:6], 2):
        for sign in (-1, 1):
            poly = add(left, scale(right, Fraction(sign)))
            if len({n for monomial in poly for n, _ in monomial}) == 1:
                yield from _roots(view, poly)


def _roots(view: View, poly: Polynomial) -> Iterator[str]:
    """A polynomial equation in one variable with rational roots: the variable is one, or solves the rest."""
    names = {name for monomial in poly for name, _ in monomial}
    degree = max((exponent for monomial in poly for _, exponent in monomial), default=0)
    if len(names) != 1 or not 2 <= degree <= 4:
        return
    (variable,) = names
    coefficients = [poly.get(((variable, e),) if e else (), Fraction(0)) for e in range(degree + 1)]
    roots = rational_roots(coefficients)
    if not roots:
        return
    parts = [f"({variable} - ({show_number(root)}))" for root in roots]
    rest = divide(coefficients, roots)
    if len(rest) > 1:
        parts.append(f"({show_coefficients(rest, variable)})")
    (fresh,) = view.names("hr", 1)
    yield (
        f"(have {fresh} : {' * '.join(parts)} = 0 := (by grind); simp only [_root_.mul_eq_zero] at {fresh}; "
        f"rcases {fresh} with {_nested(fresh, len(parts))} <;> try grind)"
    )


def _nested(name: str, count: int) -> str:
    """The pattern for `(a = 0 ∨ b = 0) ∨ c = 0`: products and their disjunctions associate to the left."""
    pattern = name
    for _ in range(count - 1):
        pattern = f"({pattern} | {name})"
    return pattern
