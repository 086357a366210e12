"""Unknown whole numbers in a bounded range or among divisors: every value is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, count
from math import prod

from prover.policy.portfolio.polynomials import difference
from prover.policy.portfolio.terms import Term, parse
from prover.policy.portfolio.view import View, mentions
from prover.types import Hypothesis

_MAX_POINTS = 7000
"""How many points the kernel tries in a few seconds."""


_MAX_VALUE = 5000
"""The greatest number whose divisors are listed."""


def searches(view: View) -> Iterator[str]:
    """Unknown whole numbers with bounds that arithmetic finds: try them all in the kernel."""
    names = [n for n in view.of_type("ℕ", "ℤ") if any(mentions(h.type, n) for h in view.ground)]
    if not 1 <= len(names) <= 3 or not view.whole or view.functions:
        return
    facts = [h for h in view.ground if any(mentions(h.type, n) for n in names)]
    if any(sign in h.type for h in facts for sign in ("ℕ", "ℤ", "∃", "∀", "Set", "IsLeast")):
        return
    yield from _products(view, names)
    yield from bilinear(view)
    bounds = {n: _stated_bound(facts, n) for n in names}
    free = [n for n in names if bounds[n] is None]
    room = _MAX_POINTS // max(1, prod(size for size in bounds.values() if size))
    sizes = [n + 1 for n in sorted(view.numbers, reverse=True) if n > 1 and (n + 1) ** len(free) <= room]
    for size in sizes[:1] if free else [0]:
        yield _search(view, names, {n: bounds[n] or size for n in names}, facts)


def _stated_bound(facts: list[Hypothesis], name: str) -> int | None:
    """The least bound that a fact `x ≤ 9` or `x < 10` states, as one above the greatest value."""
    found = []
    for fact in facts:
        match = re.match(rf"{re.escape(name)} ([≤<]) (\d{{1,5}})\Z", fact.type)
        if match:
            found.append(int(match[2]) + (match[1] == "≤"))
    return min(found, default=None)


def _search(view: View, names: list[str], sizes: dict[str, int], facts: list[Hypothesis]) -> str:
    """`have` the bounds, then one statement about all values below them, decided by the kernel.

    An integer is first written as a natural number less a bound.
    """
    integers = view.of_type("ℤ")
    steps = _products_of_pairs(names, integers)
    claim = f"({' ∧ '.join(f'({h.type})' for h in facts)}) → ({view.target})"
    ranges, values = "", []
    for name in names:
        size, variable, low = sizes[name], name, 0
        if name in integers:
            low, variable = 0 if _positive(facts, name) else size, f"k_{name}"
            steps += _shift(name, size, low)
            claim = _replaced(claim, name, f"((k_{name} : Int) - {low})")
        else:
            steps.append(f"have hb_{name} : {name} < {size} := (by {_BOUND})")
        ranges += f"∀ {variable} : Nat, {variable} < {size + low} → "
        values.append(f"{variable} hb_{name}")
    proof = f"⟨{', '.join(h.name for h in facts)}⟩" if len(facts) > 1 else facts[0].name
    return f"({'; '.join(steps)}; exact (by decide +kernel : {ranges}{claim}) {' '.join(values)} {proof})"


_BOUND = "first | omega | grind"


def _products_of_pairs(names: list[str], integers: list[str]) -> list[str]:
    """That products of the unknowns are not negative: the bounds follow linearly from that."""
    return [
        f"(try have hp{i} := Int.mul_pos (show 0 < {a} by omega) (show 0 < {b} by omega))"
        if a in integers
        else f"have hp{i} := Nat.zero_le ({a} * {b})"
        for i, (a, b) in enumerate(combinations(names, 2))
        if (a in integers) == (b in integers)
    ]


def _shift(name: str, size: int, low: int) -> list[str]:
    """Steps that replace the integer `name`, between `-low` and `size`, by `k_name - low`."""
    return [
        f"have hl_{name} : -{low + 1} < {name} := (by {_BOUND})",
        f"have hu_{name} : {name} < {size} := (by {_BOUND})",
        f"obtain ⟨k_{name}, hk_{name}⟩ : ∃ k : Nat, {name} = k - {low} := ⟨({name} + {low}).toNat, by omega⟩",
        f"have hb_{name} : k_{name} < {size + low} := (by omega)",
        f"subst hk_{name}",
    ]


def _positive(facts: list[Hypothesis], name: str) -> bool:
    """Whether a fact says `0 < x`, or that something lies below x."""
    return any(re.match(rf"\S+ [<≤] {re.escape(name)}\Z", fact.type) for fact in facts)


def _replaced(text: str, name: str, term: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w'₀-₉])", lambda _: term, text)


def _factors_of(term: Term) -> list[Term]:
    return [f for a in term.args for f in _factors_of(a)] if term.op == "*" else [term]


def _products(view: View, names: list[str]) -> Iterator[str]:
    """A product equal to a numeral: each factor divides it, so it is one of its divisors."""
    for fact in view.ground:
        term = parse(fact.type)
        if term is None or term.op != "=" or term.args[1].op != "num" or term.args[0].op != "*":
            continue
        value = int(term.args[1].text) if term.args[1].text.isdecimal() and len(term.args[1].text) <= 6 else 0
        parts = _factors_of(term.args[0])
        for part in parts:
            if 0 < value <= _MAX_VALUE and part.text in names:
                rest = " * ".join(f"({p.text})" for p in parts if p is not part)
                yield _by_divisors(view, part.text, (1, 0), rest, value)
        yield from _exponents(fact.name, parts, value, names, view.target)


def _by_divisors(view: View, name: str, line: tuple[int, int], rest: str, value: int) -> str:
    """`(a x + c) * rest = value` (found by `grind`): the factor is a divisor, and x one of a few numbers."""
    a, c = line
    factor = name if line == (1, 0) else f"({name} + ({c}))" if a == 1 else f"({a} * {name} + ({c}))"
    divides = f"have hd : {factor} ∣ {value} := ⟨{rest}, by grind⟩"
    divisors = [d for d in range(1, value + 1) if value % d == 0]
    if name in view.of_type("ℕ"):
        values = [(d - c) // a for d in divisors if (d - c) % a == 0 and d >= c] or [0]
        return f"({divides}; {_natural_cases(name, factor, value, values)})"
    return f"({divides}; {_integer_cases(factor, value, divisors, line)})"


_LISTED = "simp only [List.mem_cons, List.not_mem_nil, or_false] at ho"


def _natural_cases(name: str, factor: str, value: int, values: list[int]) -> str:
    key = f"∀ {name} : Nat, {name} < {value + 1} → {factor} ∣ {value} → {name} ∈ {values}"
    return (
        "have hl := Nat.le_of_dvd (by decide) hd; "
        f"have ho := (by decide +kernel : {key}) {name} (by omega) hd; {_LISTED}; clear hd hl; "
        f"rcases ho with {' | '.join(['rfl'] * len(values))} <;> first | omega | grind"
    )


def _integer_cases(factor: str, value: int, divisors: list[int], line: tuple[int, int]) -> str:
    a, c = line
    key = f"∀ m : Nat, m < {value + 1} → m ∣ {value} → m ∈ {divisors}"
    shift = (
        f"replace hs := congrArg (fun z => z - ({c})) hs; simp only [Int.add_sub_cancel] at hs; " if c else ""
    )
    return (
        "replace hd := Int.natAbs_dvd_natAbs.2 hd; "
        f"have ho := (by decide +kernel : {key}) _ (Nat.lt_succ_of_le (Nat.le_of_dvd (by decide) hd)) hd; "
        f"{_LISTED}; clear hd; rcases ho with {' | '.join(['ho'] * len(divisors))} <;> "
        f"rcases Int.natAbs_eq {factor} with hs | hs <;> rw [ho] at hs <;> clear ho <;> "
        f"({shift + 'subst hs' if a == 1 else 'skip'}) <;> first | omega | grind"
    )


def bilinear(view: View) -> Iterator[str]:
    """`a x y + b x + c y = d` is `(a x + c) (a y + b) = a d + b c`: the factors divide a number."""
    names = view.of_type("ℕ", "ℤ")
    for fact in view.ground if view.whole and len(names) == 2 else ():
        term = parse(fact.type)
        poly = difference(term) if term is not None and term.op == "=" else None
        x, y = names
        mixed = tuple(sorted(((x, 1), (y, 1))))
        if not poly or mixed not in poly or not set(poly) <= {mixed, ((x, 1),), ((y, 1),), ()}:
            continue
        if any(value.denominator != 1 for value in poly.values()):
            continue
        a, b, c, d = (int(poly.get(m, Fraction(0))) for m in (mixed, ((x, 1),), ((y, 1),), ()))
        a, b, c, d = (a, b, c, d) if a > 0 else (-a, -b, -c, -d)
        value = b * c - a * d
        natural = x in view.of_type("ℕ")
        if (natural and (b < 0 or c < 0)) or not 0 < value <= _MAX_VALUE:
            continue
        yield _by_divisors(view, x, (a, c), f"({a} * {y} + ({b}))", value)


def _exponents(fact: str, parts: list[Term], value: int, names: list[str], target: str) -> Iterator[str]:
    """A product of powers of numerals equal to a numeral bounds the exponents."""
    powers = [
        (int(p.args[0].text), p.args[1].text)
        for p in parts
        if p.op == "^" and p.args[0].text.isdecimal() and p.args[1].text in names
    ]
    if not powers or len(powers) != len(parts) or value < 2 or any(not 2 <= b <= value for b, _ in powers):
        return
    sizes = {name: next(k for k in count() if base**k > value) for base, name in powers}
    bounds = "; ".join(_exponent_bound(powers, name, sizes[name], value) for _, name in powers)
    ranges = "".join(f"∀ {name} : Nat, {name} < {size} → " for name, size in sizes.items())
    values = " ".join(f"{name} hb_{name}" for name in sizes)
    equation = " * ".join(f"{base} ^ {name}" for base, name in powers) + f" = {value}"
    yield f"({bounds}; exact (by decide +kernel : {ranges}{equation} → ({target})) {values} {fact})"


def _exponent_bound(powers: list[tuple[int, str]], name: str, size: int, value: int) -> str:
    """Steps to `hb_name : name < size`, because `base ^ name` divides the value."""
    base = next(b for b, n in powers if n == name)
    rest = " * ".join(f"{b} ^ {n}" for b, n in powers if n != name) or "1"
    return (
        f"have hd_{name} : {base} ^ {name} ∣ {value} := ⟨{rest}, by grind⟩; "
        f"have hb_{name} : {name} < {size} := (by apply Nat.lt_of_not_le; intro hn; "
        f"have h1 := Nat.pow_le_pow_right (show 0 < {base} by decide) hn; "
        f"have h2 := Nat.le_of_dvd (by decide) hd_{name}; omega)"
    )
