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
    yield from _conjugates(view)


def _eliminations(view: View) -> Iterator[str]:
    """Two equations whose difference is one in a single variable."""
    for left, right in combinations(_equations(view)[:6], 2):
        for sign in (-1, 1):
            poly = add(left, scale(right, Fraction(sign)))
            if len({n for monomial in poly for n, _ in monomial}) == 1:
                yield from _roots(view, poly)


def _equations(view: View) -> list[Polynomial]:
    """The polynomials that the facts say are zero."""
    terms = [parse(fact.type) for fact in view.ground] if view.ordered else []
    polys = [difference(term) for term in terms if term is not None and term.op == "="]
    return [poly for poly in polys if poly]


def _conjugates(view: View) -> Iterator[str]:
    """The same quadratic equation for two different numbers: they add up to a number (Vieta)."""
    for left, right in combinations(_equations(view)[:6], 2):
        ours = {name for monomial in left for name, _ in monomial}
        theirs = {name for monomial in right for name, _ in monomial}
        if len(ours - theirs) != 1 or len(theirs - ours) != 1:
            continue
        (u,), (v,) = ours - theirs, theirs - ours
        renamed = {tuple(sorted((v if n == u else n, e) for n, e in m)): value for m, value in left.items()}
        square, line = left.get(((u, 2),), Fraction(0)), left.get(((u, 1),), Fraction(0))
        if not square or right not in (renamed, scale(renamed, Fraction(-1))):
            continue
        total = -line / square
        first, second = (f"({name} : ℝ)" if name.startswith("↑") else name for name in (u, v))
        yield (
            f"(have hq : ({first} - {second}) * ({first} + {second} - ({show_number(total)})) = 0 "
            ":= (by grind)\n"
            " rcases _root_.mul_eq_zero.1 hq with hq | hq\n"
            " · exfalso\n"
            f"   have he : {first} = {second} := (by grind)\n"
            "   first | ((norm_cast at he) <;> omega) | grind\n"
            f"{_prime_sum(view, u, v, total)})"
        )


def _prime_sum(view: View, u: str, v: str, total: Fraction) -> str:
    """What to do with `hq : u + v - total = 0`: two primes with a known sum are found by trying all."""
    a, b = u.removeprefix("↑"), v.removeprefix("↑")
    prime = [
        h.name for name in (a, b) for h in view.ground if h.type in (f"{name}.Prime", f"Nat.Prime {name}")
    ]
    if len(prime) != 2 or total.denominator != 1 or not 0 < total <= 500:
        return " · grind"
    size = int(total)
    pairs = [x for x in range(2, size - 1) if _is_prime(x) and _is_prime(size - x)]
    options = " ∨ ".join(f"({a} = {x} ∧ {b} = {size - x})" for x in pairs) or "False"
    cases = " | ".join(["⟨rfl, rfl⟩"] * len(pairs)) or "ho"
    return (
        f" · have hs : ({u} : ℝ) + {v} = {size} := (by grind)\n"
        f"   have hs : {a} + {b} = {size} := (by exact_mod_cast hs)\n"
        f"   have he : {b} = {size} - {a} := (by omega)\n"
        f"   have hp := {prime[1]}\n"
        "   rw [he] at hp\n"
        f"   have hl : {a} < {size} := (by have := hp.two_le; omega)\n"
        "   have ho := (by decide +kernel : "
        f"∀ x : Nat, x < {size} → Nat.Prime x → Nat.Prime ({size} - x) → x ∈ {pairs}) {a} hl {prime[0]} hp\n"
        "   simp only [List.mem_cons, List.not_mem_nil, or_false] at ho\n"
        f"   replace ho : {options} := (by omega)\n"
        "   clear hp he hl hs hq\n"
        f"   rcases ho with {cases} <;> (simp only [Nat.cast_ofNat] at *; grind)"
    )


def _is_prime(n: int) -> bool:
    return n >= 2 and all(n % d for d in range(2, n))


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
