"""Hints for inequalities and equations over ordered fields: squares, products of what is known, factors."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from prover.policy.portfolio.terms import (
    Monomial,
    Polynomial,
    Term,
    add,
    multiply,
    parse,
    polynomial,
    scale,
    show,
)
from prover.policy.portfolio.view import View, binds, top_level

_SMALLER = {"<": False, "≤": False, ">": True, "≥": True}
_BY_CONTRADICTION = (
    "apply Classical.byContradiction; intro hn; simp only [_root_.not_le, _root_.not_lt] at hn"
)


def inequalities(view: View) -> Iterator[str]:
    """For a goal that is one inequality: exact squares first, then products with its negation, then many hints."""
    if not view.ordered and not view.of_type("ℤ", "ℕ"):
        return
    term = view.target_term
    if term is not None and term.op in _SMALLER:
        yield from _by_squares(view, term)
        yield from _by_contradiction(view, term)
        yield from _by_many_hints(view)


def _sides(term: Term) -> tuple[Term, Term] | None:
    """The smaller and the greater side of an inequality, or both sides of an equation."""
    if term.op not in (*_SMALLER, "="):
        return None
    left, right = term.args
    return (right, left) if _SMALLER.get(term.op, False) else (left, right)


def difference(term: Term) -> Polynomial | None:
    """Greater side minus smaller side."""
    sides = _sides(term)
    if sides is None:
        return None
    low, high = polynomial(sides[0]), polynomial(sides[1])
    return None if low is None or high is None else add(high, scale(low, Fraction(-1)))


def _by_squares(view: View, term: Term) -> Iterator[str]:
    """Complete the squares in the goal, and in what bounds it: `x² + bx` is `(x + b/2)² - b²/4`."""
    polys = [difference(term)]
    for fact in view.ground:
        known = parse(fact.type)
        poly = difference(known) if known is not None else None
        if poly is not None:
            polys += [poly, scale(poly, Fraction(-1))]
    squares = dict.fromkeys(square for poly in polys if poly is not None for square in complete_squares(poly))
    if squares:
        yield with_hints([f"sq_nonneg ({square})" for square in list(squares)[:6]], "grind")


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
        poly = add(poly, scale(multiply(root, root), -leading))
        if len(squares) == 4:
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


def _by_contradiction(view: View, term: Term) -> Iterator[str]:
    """Multiply the goal's negation with itself and with the inequalities in sight."""
    known = _signs(view)
    products = ["mul_pos (sub_pos.2 hn) (sub_pos.2 hn)" if term.op in "≤≥" else "mul_self_nonneg (1 : Int)"]
    products = products if term.op in "≤≥" else []
    for proof, strict in known[:4]:
        negation = "(sub_pos.2 hn)" if term.op in "≤≥" else "(sub_nonneg.2 hn)"
        both = strict and term.op in "≤≥"
        weak = negation if term.op not in "≤≥" else f"(le_of_lt {negation})"
        products.append(
            f"mul_pos {negation} ({proof})"
            if both
            else f"mul_nonneg {weak} ({proof if not strict else f'le_of_lt ({proof})'})"
        )
    if products:
        yield f"({_BY_CONTRADICTION}; {with_hints(products, 'grind')[1:-1]})"


def _signs(view: View) -> list[tuple[str, bool]]:
    """Proofs of `0 < e` (True) or `0 ≤ e` (False) from the facts that are inequalities."""
    found = []
    for fact in view.ground:
        if binds(fact.type) or len(top_level(fact.type, "∧∨→↔")) > 1:
            continue
        term = parse(fact.type)
        if term is None or term.op not in _SMALLER:
            continue
        strict = term.op in "<>"
        zero = _sides(term)
        plain = zero is not None and zero[0].text == "0"
        found.append(
            (fact.name if plain else f"{'sub_pos' if strict else 'sub_nonneg'}.2 {fact.name}", strict)
        )
    return found


def _by_many_hints(view: View) -> Iterator[str]:
    """Squares of differences and sums of the variables, products of the positive ones."""
    atoms = view.of_type("ℝ", "ℚ") or view.of_type("ℤ")
    squares = [f"sq_nonneg ({a} - {b})" for a, b in combinations(atoms[:4], 2)]
    sums = [f"sq_nonneg ({a} + {b})" for a, b in combinations(atoms[:3], 2)]
    positive = _signs(view)
    products = [f"mul_pos ({p}) ({q})" for (p, s), (q, t) in combinations(positive[:4], 2) if s and t]
    distinct = [
        f"Prover.sq_pos_of_ne {fact.name}"
        for fact in view.ground
        if len(top_level(fact.type, "≠")) == 2 and view.ordered
    ]
    if squares:
        yield with_hints([*products, *distinct, *squares][:9], "grind")
    quotients = list(dict.fromkeys(_squared_quotients(view)))
    if len(quotients) > 1:
        yield with_hints([f"sq_nonneg ({p} - {q})" for p, q in combinations(quotients[:4], 2)], "grind")
    if squares and len(atoms) <= 3:
        weighted = [
            f"mul_nonneg (sq_nonneg ({a} - {b})) (mul_nonneg (le_of_lt ({p})) (le_of_lt ({q})))"
            for a, b in combinations(atoms[:3], 2)
            for (p, s), (q, t) in combinations(positive[:3], 2)
            if s and t
        ]
        fourth = [
            f"mul_nonneg (sq_nonneg ({a} - {b})) (sq_nonneg ({a} + {b}))"
            for a, b in combinations(atoms[:3], 2)
        ]
        higher = [f"sq_nonneg (({a} - {b}) ^ 2)" for a, b in combinations(atoms[:3], 2)]
        higher += [f"sq_nonneg ({a} ^ 2 - {b} ^ 2)" for a, b in combinations(atoms[:3], 2)]
        yield with_hints([*squares, *sums, *products, *fourth, *higher, *weighted][:14], "grind")
    yield "nlinarith"


def _squared_quotients(view: View) -> Iterator[str]:
    """The `p / q` of every `p² / q²` in the goal."""
    for part in view.target_term.walk() if view.target_term is not None else ():
        if part.op == "/" and all(side.op == "^" and side.args[1].text == "2" for side in part.args):
            yield f"({part.args[0].args[0].text}) / ({part.args[1].args[0].text})"


def with_hints(hints: list[str], closer: str) -> str:
    """One tactic that takes the hints as hypotheses, where they can be had, and then closes."""
    return "(" + "; ".join([*(f"(try have := {hint})" for hint in hints), closer]) + ")"


def divisions(view: View) -> Iterator[str]:
    """Goals with quotients: clear denominators by a rule that asks whether they are positive."""
    if "/" not in view.target or not view.ordered:
        return
    term = view.target_term
    rules = {"<": ("div_lt_iff₀", "lt_div_iff₀"), "≤": ("div_le_iff₀", "le_div_iff₀")}
    rules |= {">": rules["<"][::-1], "≥": rules["≤"][::-1]}
    if term is not None and term.op in rules:
        for rule, side in zip(rules[term.op], term.args if term.op in "<≤" else term.args[::1], strict=True):
            if side.op == "/":
                yield f"rw [{rule} (by positivity)]"
    yield "field_simp"
    if view.has("/") and any("/" in h.type for h in view.ground):
        yield "field_simp at *"


def factors(view: View) -> Iterator[str]:
    """Equations that say a product vanishes: one factor does. Found by taking two equations apart."""
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
    """A polynomial equation in one variable, of degree 2 or 3, with a rational root: the variable is a root."""
    names = {n for monomial in poly for n, _ in monomial}
    if len(names) != 1:
        return
    (variable,) = names
    degree = max(e for monomial in poly for _, e in monomial)
    coefficients = [poly.get(((variable, e),) if e else (), Fraction(0)) for e in range(degree + 1)]
    if not 2 <= degree <= 4:
        return
    roots = rational_roots(coefficients)
    if not roots:
        return
    quotient = _divide(coefficients, roots)
    factors_ = [f"({variable} - ({_number(root)}))" for root in roots]
    (fresh,) = view.names("hr", 1)
    product = " * ".join(
        factors_ + ([f"({show_coefficients(quotient, variable)})"] if len(quotient) > 1 else [])
    )
    cases = " | ".join([fresh] * product.count(" * (") + [fresh]) if " * " in product else fresh
    steps = f"have {fresh} : {product} = 0 := (by grind)"
    if " * " not in product:
        yield f"({steps})"
        return
    yield f"({steps}; simp only [_root_.mul_eq_zero] at {fresh}; rcases {fresh} with {cases} <;> try grind)"


def rational_roots(coefficients: list[Fraction]) -> list[Fraction]:
    """Rational roots with multiplicity, small ones only; coefficients from degree 0 up."""
    found: list[Fraction] = []
    work = list(coefficients)
    candidates = sorted({Fraction(sign * p, q) for p in range(61) for q in range(1, 13) for sign in (1, -1)})
    for root in candidates:
        while len(work) > 1 and sum(c * root**i for i, c in enumerate(work)) == 0:
            found.append(root)
            work = _divide(work, [root])
    return found


def _divide(coefficients: list[Fraction], roots: list[Fraction]) -> list[Fraction]:
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


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
