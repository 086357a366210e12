"""Whole numbers: remainders, bounded search, divisors, finite sets given by their members, induction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import prod

from prover.policy.portfolio.inequalities import difference
from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.terms import Term, evaluate, parse, polynomial
from prover.policy.portfolio.view import View
from prover.types import Hypothesis

_MODULUS = re.compile(r"% (\d+)")
_DIVISOR = re.compile(r"(?<![\w.])(\d+) ∣")
_EXPAND = "pow_succ, Int.mul_emod, Int.add_emod, Int.sub_emod"
_EXPAND_NAT = "pow_succ, Nat.mul_mod, Nat.add_mod"


def residues(view: View) -> Iterator[str]:
    """Remainders of polynomials: try every remainder of each variable."""
    moduli = list(dict.fromkeys([*_MODULUS.findall(view.target), *_DIVISOR.findall(view.target)]))
    whole = [
        n for n in view.of_type("ℤ", "ℕ") if re.search(rf"(?<![\w.]){re.escape(n)}(?![\w'])", view.target)
    ]
    known = [h.name for h in view.ground if re.match(r"[\w₀-₉']+ % \d+ = \d+\Z", h.type)]
    for modulus in moduli[:1]:
        expand = _EXPAND if view.of_type("ℤ") else _EXPAND_NAT
        if known:
            yield f"simp [{expand}, {', '.join(known)}]"
        if not 2 <= int(modulus) <= 16 or not 1 <= len(whole) <= 2:
            continue
        unfold = (
            "simp only [Nat.dvd_iff_mod_eq_zero, Int.dvd_iff_emod_eq_zero]; " if "∣" in view.target else ""
        )
        cases = []
        for name in whole:
            options = " ∨ ".join(f"{name} % {modulus} = {r}" for r in range(int(modulus)))
            cases.append(f"rcases (show {options} by omega) with {' | '.join(['hm' + name] * int(modulus))}")
        named = ", ".join("hm" + name for name in whole)
        yield f"({unfold}{' <;> '.join(cases)} <;> simp [{expand}, {named}])"


def powers_modulo(view: View) -> Iterator[str]:
    """Powers of a number modulo a numeral: the exponent by cases, or induction that keeps the remainder."""
    match = re.search(r"(\d+) \^ (?:\()?(\w+)", view.text)
    powers = "\n".join(line for line in view.text.split("\n") if "^" in line)
    moduli = [int(m) for m in [*_DIVISOR.findall(powers), *_MODULUS.findall(powers)]]
    if not match or not moduli or match[2] not in view.of_type("ℕ"):
        return
    base, name, modulus = int(match[1]), match[2], moduli[0]
    if not 2 <= modulus <= 50 or base > 10**6:
        return
    period = next((p for p in range(1, 41) if pow(base, p, modulus) == 1), 0)
    if not period:
        return
    rest = " ∧ ".join(
        f"{base} ^ ({period} * k + {r}) % {modulus} = {pow(base, r, modulus)}" for r in range(period)
    )
    (key,) = view.names("hk", 1)
    proof = (
        f"have {key} : ∀ k : Nat, {rest} := (by intro k; induction k with "
        f"| zero => decide | succ k ih => simp only [Nat.mul_add, Nat.pow_add, Nat.mul_one] at *; omega)"
    )
    index = f"have {key} := {key} ({name} / {period})"
    options = " ∨ ".join(f"{name} = {period} * ({name} / {period}) + {r}" for r in range(period))
    yield (
        f"({proof}; {index}; generalize hq : {name} / {period} = q at {key}; "
        f"rcases (show {options.replace(f'{name} / {period}', 'q')} by omega) with "
        f"{' | '.join(['he'] * period)} <;> (simp only [he] at *; omega))"
    )


def inductions(view: View) -> Iterator[str]:
    """Induction on a natural number of the target, closed on the spot or left open."""
    for name in view.of_type("ℕ")[:3]:
        if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w'])", view.target):
            continue
        if view.has("∑", "∏", "^", "!", "choose") or view.functions:
            yield _induction(
                name,
                "simp_all" if not _risky(view) else "simp [*]",
                "grind [Finset.sum_range_succ, pow_succ]",
            )
            if view.ordered:
                yield _induction(name, "simp", "(rw [Finset.sum_range_succ, ih]; push_cast; grind)")
            yield _induction(
                name,
                "first | omega | simp_all",
                "simp [Finset.sum_range_succ, pow_succ, Nat.mul_add, Nat.mul_succ] at *; omega",
            )
            yield from _from_start(view, name)
            yield f"cases {name} with | zero => simp_all | succ k => (simp only [pow_succ] at *; omega)"
            yield f"(induction {name} <;> simp_all)" if not _risky(view) else f"induction {name}"


def subtractions(view: View) -> Iterator[str]:
    """On ℕ an equation with a difference says more as one with a sum."""
    term = view.target_term
    if term is None or term.op != "=" or not view.of_type("ℕ") or not view.whole:
        return
    left, right = term.args
    if right.op == "-" and left.op != "-":
        yield f"suffices hs : {left.text} + ({right.args[1].text}) = {right.args[0].text} by omega"


def _risky(view: View) -> bool:
    return any(recursive(h.type) for h in view.universal)


def _induction(name: str, first: str, then: str) -> str:
    return f"induction {name} with\n| zero => {first}\n| succ {name} ih => {then}"


def _from_start(view: View, name: str) -> Iterator[str]:
    """Induction from a bound `4 ≤ n` or `0 < n` on."""
    for fact in view.ground:
        match = re.match(rf"(\d+) (≤|<) {re.escape(name)}\Z", fact.type) or re.match(
            rf"{re.escape(name)} (≥|>|≠) (\d+)\Z", fact.type
        )
        if not match:
            continue
        number = int(next(g for g in match.groups() if g.isdigit()))
        start = number + (1 if match[0].find("<") >= 0 or ">" in match[0] or "≠" in match[0] else 0)
        facts = " ".join(h.name for h in view.ground if h is not fact)
        keep = f"clear {fact.name}; " if not facts else f"clear {fact.name}; "
        prefix = f"obtain ⟨m, rfl⟩ : ∃ m, {name} = {start} + m := ⟨{name} - {start}, by omega⟩; {keep}"
        for then in (
            "simp only [← Nat.add_assoc, pow_succ, Nat.factorial_succ] at *; omega",
            "grind [Nat.factorial_succ, pow_succ, Finset.sum_Icc_succ_top]",
            "(simp only [← Nat.add_assoc, Nat.factorial_succ] at *; have := Nat.mul_le_mul_left "
            f"({start} + m + 1) ih; nlinarith)",
        ):
            yield f"({prefix}induction m with\n| zero => first | decide | simp | omega\n| succ m ih => {then})"


def searches(view: View) -> Iterator[str]:
    """Unknown whole numbers with bounds that arithmetic finds: try them all in the kernel."""
    names = [n for n in view.of_type("ℕ", "ℤ") if any(_mentions(h.type, n) for h in view.ground)]
    if not 1 <= len(names) <= 3 or not view.whole or view.functions:
        return
    facts = [h for h in view.ground if any(_mentions(h.type, n) for n in names)]
    if any(sign in h.type for h in facts for sign in ("ℕ", "ℤ", "∃", "∀", "Set", "IsLeast")):
        return
    yield from _products(view, names)
    yield from bilinear(view)
    bounds = {n: _stated_bound(facts, n) for n in names}
    free = [n for n in names if bounds[n] is None]
    room = _MAX_POINTS // max(1, prod(size for size in bounds.values() if size))
    sizes = [n + 1 for n in sorted(view.numbers, reverse=True) if 1 < n and (n + 1) ** len(free) <= room]
    for size in sizes[:1] if free else [0]:
        yield _search(view, names, {n: bounds[n] or size for n in names}, facts)


_MAX_POINTS = 7000
"""How many points the kernel tries in a few seconds."""


def _stated_bound(facts: list[Hypothesis], name: str) -> int | None:
    """The least bound that a fact `x ≤ 9` or `x < 10` states, as one above the greatest value."""
    found = []
    for fact in facts:
        match = re.match(rf"{re.escape(name)} ([≤<]) (\d{{1,5}})\Z", fact.type)
        if match:
            found.append(int(match[2]) + (match[1] == "≤"))
    return min(found, default=None)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w'₀-₉])", text) is not None


def _search(view: View, names: list[str], sizes: dict[str, int], facts: list[Hypothesis]) -> str:
    """`have` the bounds, then one statement about all values below them, decided by the kernel."""
    integers = view.of_type("ℤ")
    bound = "first | omega | grind"
    steps = [
        f"try have hp{i} := Int.mul_pos (show 0 < {a} by omega) (show 0 < {b} by omega)"
        if a in integers
        else f"have hp{i} := Nat.zero_le ({a} * {b})"
        for i, (a, b) in enumerate(combinations(names, 2))
        if (a in integers) == (b in integers)
    ]
    claim = f"({' ∧ '.join(f'({h.type})' for h in facts)}) → ({view.target})"
    ranges, values = "", []
    for name in names:
        low = sizes[name] if name in integers and not _positive(facts, name) else 0
        size = sizes[name]
        if name in integers:
            steps += [
                f"have hl_{name} : -{low + 1} < {name} := (by {bound})",
                f"have hu_{name} : {name} < {size} := (by {bound})",
            ]
            steps.append(
                f"obtain ⟨k_{name}, hk_{name}⟩ : ∃ k : Nat, {name} = k - {low} := ⟨({name} + {low}).toNat, by omega⟩"
            )
            steps += [f"have hb_{name} : k_{name} < {size + low} := (by omega)", f"subst hk_{name}"]
            claim = _replaced(claim, name, f"((k_{name} : Int) - {low})")
        else:
            steps.append(f"have hb_{name} : {name} < {size} := (by {bound})")
        variable = f"k_{name}" if name in integers else name
        ranges += f"∀ {variable} : Nat, {variable} < {size + low} → "
        values.append(f"{variable} hb_{name}")
    proof = f"⟨{', '.join(h.name for h in facts)}⟩" if len(facts) > 1 else facts[0].name
    return f"({'; '.join(steps)}; exact (by decide +kernel : {ranges}{claim}) {' '.join(values)} {proof})"


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
        value = int(term.args[1].text) if term.args[1].text.isdigit() and len(term.args[1].text) <= 6 else 0
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
    divisors = [d for d in range(1, value + 1) if value % d == 0]
    divides = f"have hd : {factor} ∣ {value} := ⟨{rest}, by grind⟩"
    members = "simp only [List.mem_cons, List.not_mem_nil, or_false] at ho"
    if name in view.of_type("ℕ"):
        values = [(d - c) // a for d in divisors if (d - c) % a == 0 and d >= c] or [0]
        key = f"∀ {name} : Nat, {name} < {value + 1} → {factor} ∣ {value} → {name} ∈ {values}"
        return (
            f"({divides}; have hl := Nat.le_of_dvd (by decide) hd; "
            f"have ho := (by decide +kernel : {key}) {name} (by omega) hd; {members}; clear hd hl; "
            f"rcases ho with {' | '.join(['rfl'] * len(values))} <;> first | omega | grind)"
        )
    key = f"∀ m : Nat, m < {value + 1} → m ∣ {value} → m ∈ {divisors}"
    shift = f"replace hs := congrArg (fun z => z - ({c})) hs; simp only [Int.add_sub_cancel] at hs; "
    solve = f"{shift if c else ''}subst hs"
    return (
        f"({divides}; replace hd := Int.natAbs_dvd_natAbs.2 hd; "
        f"have ho := (by decide +kernel : {key}) _ (Nat.lt_succ_of_le (Nat.le_of_dvd (by decide) hd)) hd; "
        f"{members}; clear hd; rcases ho with {' | '.join(['ho'] * len(divisors))} <;> "
        f"rcases Int.natAbs_eq {factor} with hs | hs <;> rw [ho] at hs <;> clear ho <;> "
        f"({solve if a == 1 else 'skip'}) <;> first | omega | grind)"
    )


_MAX_VALUE = 5000


def bilinear(view: View) -> Iterator[str]:
    """`a x y + b x + c y = d` is `(a x + c) (a y + b) = a d + b c`: the factors divide a number."""
    names = view.of_type("ℕ", "ℤ")
    for fact in view.ground if view.whole and len(names) == 2 else ():
        term = parse(fact.type)
        poly = difference(term) if term is not None and term.op == "=" else None
        x, y = names
        mixed = tuple(sorted(((x, 1), (y, 1))))
        if not poly or not set(poly) <= {mixed, ((x, 1),), ((y, 1),), ()} or mixed not in poly:
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
        (p.args[0].text, p.args[1].text)
        for p in parts
        if p.op == "^" and p.args[0].op == "num" and p.args[1].text in names
    ]
    if not powers or len(powers) != len(parts) or value < 2:
        return
    bounds, ranges, arguments = [], [], []
    for base, name in powers:
        size = next(k for k in range(64) if int(base) ** k > value) if int(base) > 1 else 1
        rest = " * ".join(f"{b} ^ {n}" for b, n in powers if n != name) or "1"
        bounds.append(
            f"have hd_{name} : {base} ^ {name} ∣ {value} := ⟨{rest}, by grind⟩; "
            f"have hb_{name} : {name} < {size} := (by apply Nat.lt_of_not_le; intro hn; "
            f"have h1 := Nat.pow_le_pow_right (show 0 < {base} by decide) hn; "
            f"have h2 := Nat.le_of_dvd (by decide) hd_{name}; omega)"
        )
        ranges.append(f"∀ {name} : Nat, {name} < {size} → ")
        arguments.append(f"{name} hb_{name}")
    equation = " * ".join(f"{b} ^ {n}" for b, n in powers) + f" = {value}"
    yield (
        f"({'; '.join(bounds)}; exact (by decide +kernel : {''.join(ranges)}{equation} → ({target})) "
        f"{' '.join(arguments)} {fact})"
    )


def finite_sets(view: View) -> Iterator[str]:
    """A finite set given by its members: bound them, write the set as a filter, let the kernel count."""
    for fact in view.universal:
        match = re.match(r"∀ \(?([\w₀-₉']+)(?: : ([ℕℤ]))?\)?, \1 ∈ ([\w₀-₉']+) ↔ (.*)\Z", fact.type)
        if not match:
            continue
        name, kind, members = match[1], match[2] or "ℕ", match[4]
        unfold = [h.name for h in view.universal if h is not fact and "=" in h.type and not recursive(h.type)]
        prefix = f"simp only [{', '.join(unfold)}] at {fact.name}; " if unfold else ""
        if kind == "ℤ":
            for size in (64, 512):
                bound = f"intro {name} hn; first | omega | grind | (simp only [Int.abs_def] at hn; split at hn <;> omega)"
                yield f"({prefix}rw [Finset.eq_filter_Icc {fact.name} (-{size}) {size} (by {bound})]; decide +kernel)"
            continue
        for size in _sizes(members, name, view):
            yield f"({prefix}rw [Finset.eq_filter_range {fact.name} {size} (by {_member_bound(name, size)})]; decide +kernel)"


def _member_bound(name: str, size: int) -> str:
    return (
        f"intro {name} hn; first | omega | grind | (have := Nat.le_of_dvd (by decide +kernel) hn; "
        f"exact Nat.lt_of_le_of_lt this (by decide +kernel)) "
        f"| (have := Nat.le_sub_of_modEq hn.2.1 (by decide); omega) | (have := Nat.le_of_dvd (by decide) hn.1; omega)"
    )


def _sizes(members: str, name: str, view: View) -> list[int]:
    """Bounds to try: just above the numerals of the description, where that is not too much to count."""
    numerals = sorted({int(n) for n in re.findall(r"(?<![\w.])\d+", members) if len(n) <= 6})
    wanted = [n + 1 for n in numerals if 4 <= n <= 2000]
    return list(dict.fromkeys([*wanted[-1:], *wanted[:1], 50]))[:3]


def least(view: View) -> Iterator[str]:
    """`u` is the least member of a set: it is a member, and below the least one that computing finds."""
    memberships = [
        (h.name, m[1], m[2], m[3])
        for h in view.universal
        if (m := re.match(r"∀ \(?([\w₀-₉']+)(?: : ℕ)?\)?, \1 ∈ ([\w₀-₉']+) ↔ (.*)\Z", h.type))
    ]
    leasts = [
        (h.name, m[1], m[2], m[3])
        for h in view.ground
        if (m := re.match(r"IsLeast (\(?)([\w₀-₉']+)(?: \\ \{[\w₀-₉']+\}\))? ([\w₀-₉']+)\Z", h.type))
    ]
    if not memberships or not leasts:
        return
    fact, bound, _, description = memberships[0]
    term = parse(description)
    if term is None:
        return
    found = [n for n in range(2000) if evaluate(term, {bound: n}, True) is True][: len(leasts)]
    if len(found) < len(leasts):
        return
    steps = []
    for index, (name, open_, _, variable) in enumerate(leasts):
        value = found[index]
        if open_:
            steps.append(f"have hm{index} := ({fact} _).1 {name}.1.1")
            steps.append(f"have hn{index} : ¬ {variable} = {leasts[0][3]} := {name}.1.2")
            steps.append(
                f"have hs{index} : {variable} ≤ {value} := {name}.2 {value} ⟨({fact} _).2 (by decide), (by intro he; have he : {value} = {leasts[0][3]} := he; omega)⟩"
            )
        else:
            steps.append(f"have hm{index} := ({fact} _).1 {name}.1")
            steps.append(
                f"have hs{index} : {variable} ≤ {value} := {name}.2 {value} (({fact} _).2 (by decide))"
            )
    first = f"have hv : {leasts[0][3]} = {found[0]} := (by omega)"
    steps.insert(2, first)
    yield f"({'; '.join(steps)}; first | omega | (have hw : {leasts[-1][3]} = {found[-1]} := (by omega); subst hv; subst hw; first | decide +kernel | grind))"


def divisors_of_combinations(view: View) -> Iterator[str]:
    """A common divisor of two linear terms divides the constant that their combination leaves."""
    match = re.search(r"(?:Nat\.gcd )?\(([^()]+)\)(?:\.gcd)? \(([^()]+)\)", view.target)
    if not match or "gcd" not in match[0]:
        return
    terms = [parse(text) for text in match.groups()]
    polys = [polynomial(term) if term is not None else None for term in terms]
    if None in polys or {n for p in polys for m in p or {} for n, _ in m} != set(view.of_type("ℕ")[:1]):
        return
    name = view.of_type("ℕ")[0]
    (a, b), (c, d) = (((p or {}).get(((name, 1),), 0), (p or {}).get((), 0)) for p in polys)
    rest = int(c * b - a * d)
    if not rest or not (a > 0 and c > 0):
        return
    first, second = match.groups()
    pairs = (("h2", a, second), ("h1", c, first)) if rest < 0 else (("h1", c, first), ("h2", a, second))
    (hx, x, tx), (hy, y, ty) = pairs
    yield (
        f"(have h1 := Nat.gcd_dvd_left ({first}) ({second}); have h2 := Nat.gcd_dvd_right ({first}) ({second}); "
        f"have h3 := Nat.dvd_sub (Nat.dvd_mul_left_of_dvd {hx} {x}) (Nat.dvd_mul_left_of_dvd {hy} {y}); "
        f"rw [show {x} * ({tx}) - {y} * ({ty}) = {abs(rest)} by omega] at h3; "
        f"have h4 := Nat.le_of_dvd (by decide) h3; omega)"
    )
