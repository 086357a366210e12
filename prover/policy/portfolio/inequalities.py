"""Hints for inequalities over ordered fields: squares, and products of what is known."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

from prover.policy.portfolio.hints import with_hints
from prover.policy.portfolio.polynomials import complete_squares, difference, scale
from prover.policy.portfolio.terms import SMALLER, Term, parse, sides
from prover.policy.portfolio.view import View, binds, top_level

_BY_CONTRADICTION = (
    "apply Classical.byContradiction; intro hn; simp only [_root_.not_le, _root_.not_lt] at hn"
)


def inequalities(view: View) -> Iterator[str]:
    """For a goal that is one inequality: exact squares, products with its negation, then many hints."""
    if not view.ordered and not view.of_type("ℤ", "ℕ"):
        return
    term = view.target_term
    if term is not None and term.op in SMALLER:
        yield from _by_squares(view, term)
        yield from _by_contradiction(view, term)
        yield from _by_many_hints(view)


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


def _by_contradiction(view: View, term: Term) -> Iterator[str]:
    """Multiply the goal's negation with itself and with the inequalities in sight."""
    strict = term.op in "≤≥"  # then the negation is `<`
    negation = "(sub_pos.2 hn)" if strict else "(sub_nonneg.2 hn)"
    products = [f"mul_pos {negation} {negation}"] if strict else []
    for proof, positive in _signs(view)[:4]:
        if strict and positive:
            products.append(f"mul_pos {negation} ({proof})")
        else:
            left = f"(le_of_lt {negation})" if strict else negation
            right = f"(le_of_lt ({proof}))" if positive else f"({proof})"
            products.append(f"mul_nonneg {left} {right}")
    if products:
        yield f"({_BY_CONTRADICTION}; {with_hints(products, 'grind')[1:-1]})"


def _signs(view: View) -> list[tuple[str, bool]]:
    """Proofs of `0 < e` (True) or `0 ≤ e` (False) from the facts that are inequalities."""
    found = []
    for fact in view.ground:
        if binds(fact.type) or len(top_level(fact.type, "∧∨→↔")) > 1:
            continue
        term = parse(fact.type)
        if term is None or term.op not in SMALLER:
            continue
        strict = term.op in "<>"
        zero = sides(term)
        plain = zero is not None and zero[0].text == "0"
        found.append(
            (fact.name if plain else f"{'sub_pos' if strict else 'sub_nonneg'}.2 {fact.name}", strict)
        )
    return found


def _by_many_hints(view: View) -> Iterator[str]:
    """Squares of differences and sums of the variables, products of the positive ones."""
    atoms = view.of_type("ℝ", "ℚ") or view.of_type("ℤ")
    pairs = list(combinations(atoms[:4], 2))
    squares = [f"sq_nonneg ({a} - {b})" for a, b in pairs]
    positive = [proof for proof, strict in _signs(view)[:4] if strict]
    products = [f"mul_pos ({p}) ({q})" for p, q in combinations(positive, 2)]
    unequal = [h for h in view.ground if len(top_level(h.type, "≠")) == 2 and view.ordered]
    distinct = [f"Prover.sq_pos_of_ne {fact.name}" for fact in unequal]
    if squares:
        yield with_hints([*products, *distinct, *squares][:9], "grind")
    quotients = list(dict.fromkeys(_squared_quotients(view)))
    if len(quotients) > 1:
        yield with_hints([f"sq_nonneg ({p} - {q})" for p, q in combinations(quotients[:4], 2)], "grind")
    if squares and len(atoms) <= 3:
        yield with_hints([*squares, *products, *_of_higher_degree(pairs, positive)][:14], "grind")
    yield "nlinarith"


def _of_higher_degree(pairs: list[tuple[str, str]], positive: list[str]) -> Iterator[str]:
    """Products of squares with squares and with positive numbers: what inequalities of degree 4 come from."""
    for a, b in pairs:
        yield f"sq_nonneg ({a} + {b})"
        yield f"mul_nonneg (sq_nonneg ({a} - {b})) (sq_nonneg ({a} + {b}))"
        yield f"sq_nonneg (({a} - {b}) ^ 2)"
        yield f"sq_nonneg ({a} ^ 2 - {b} ^ 2)"
        for p, q in combinations(positive[:3], 2):
            yield f"mul_nonneg (sq_nonneg ({a} - {b})) (mul_nonneg (le_of_lt ({p})) (le_of_lt ({q})))"


def _squared_quotients(view: View) -> Iterator[str]:
    """The `p / q` of every `p² / q²` in the goal."""
    for part in view.target_term.walk() if view.target_term is not None else ():
        if part.op == "/" and all(side.op == "^" and side.args[1].text == "2" for side in part.args):
            yield f"({part.args[0].args[0].text}) / ({part.args[1].args[0].text})"


_QUOTIENT_RULES = {"<": ("div_lt_iff₀", "lt_div_iff₀"), "≤": ("div_le_iff₀", "le_div_iff₀")}


def divisions(view: View) -> Iterator[str]:
    """Goals with quotients: clear denominators by a rule that asks whether they are positive."""
    if "/" not in view.target or not view.ordered:
        return
    term = view.target_term
    pair = sides(term) if term is not None and term.op in SMALLER else None
    if term is not None and pair is not None:
        rules = _QUOTIENT_RULES["<" if term.op in "<>" else "≤"]
        for rule, side in zip(rules, pair, strict=True):
            if side.op == "/":
                turned = {"≥": "ge_iff_le, ", ">": "gt_iff_lt, "}.get(term.op, "")
                yield f"rw [{turned}{rule} (by positivity)]"
    yield "field_simp"
    if any("/" in fact.type for fact in view.ground):
        yield "field_simp at *"
