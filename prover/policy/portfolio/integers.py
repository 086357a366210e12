"""Whole numbers: remainders, powers modulo a number, induction, common divisors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.policy.portfolio.polynomials import polynomial
from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.terms import parse
from prover.policy.portfolio.view import View, mentions

_MODULUS = re.compile(r"% (\d{1,6})(?!\d)")
_DIVISOR = re.compile(r"(?<![\w.])(\d{1,6}) ∣")
_POWER = re.compile(r"(?<![\w.])(\d{1,6}) \^ \(?([\w₀-₉']+)")
_EXPAND = {
    "ℤ": "pow_succ, Int.mul_emod, Int.add_emod, Int.sub_emod",
    "ℕ": "pow_succ, Nat.mul_mod, Nat.add_mod",
}


def residues(view: View) -> Iterator[str]:
    """Remainders of polynomials: try every remainder of each variable."""
    moduli = [int(m) for m in (*_MODULUS.findall(view.target), *_DIVISOR.findall(view.target))]
    names = [n for n in view.of_type("ℤ", "ℕ") if mentions(view.target, n)]
    if not moduli:
        return
    expand = _EXPAND["ℤ" if view.of_type("ℤ") else "ℕ"]
    known = [h.name for h in view.ground if re.match(r"[\w₀-₉']+ % \d+ = \d+\Z", h.type)]
    if known:
        yield f"simp [{expand}, {', '.join(known)}]"
    if not 2 <= moduli[0] <= 16 or not 1 <= len(names) <= 2:
        return
    unfold = "simp only [Nat.dvd_iff_mod_eq_zero, Int.dvd_iff_emod_eq_zero]; " if "∣" in view.target else ""
    cases = []
    for name in names:
        options = " ∨ ".join(f"{name} % {moduli[0]} = {r}" for r in range(moduli[0]))
        cases.append(f"rcases (show {options} by omega) with {' | '.join(['hm' + name] * moduli[0])}")
    named = ", ".join("hm" + name for name in names)
    yield f"({unfold}{' <;> '.join(cases)} <;> simp [{expand}, {named}])"


def powers_modulo(view: View) -> Iterator[str]:
    """Powers of a number modulo a numeral repeat: the exponent by cases modulo the period."""
    powers = "\n".join(line for line in view.text.split("\n") if "^" in line)
    match = _POWER.search(powers)
    moduli = [int(m) for m in (*_DIVISOR.findall(powers), *_MODULUS.findall(powers))]
    if not match or not moduli or match[2] not in view.of_type("ℕ") or not 2 <= moduli[0] <= 50:
        return
    base, name, modulus = int(match[1]), match[2], moduli[0]
    period = next((p for p in range(1, 41) if pow(base, p, modulus) == 1), 0)
    if not period:
        return
    (key,) = view.names("hk", 1)
    claims = [f"{base} ^ ({period} * k + {r}) % {modulus} = {pow(base, r, modulus)}" for r in range(period)]
    options = " ∨ ".join(f"{name} = {period} * q + {r}" for r in range(period))
    forget = "; ".join(f"(try generalize {base} ^ ({period} * q + {r}) = t{r} at *)" for r in range(period))
    yield (
        f"(have {key} : ∀ k : Nat, {' ∧ '.join(claims)} := (by intro k; induction k with | zero => decide "
        "| succ k ih => simp only [Nat.mul_add, Nat.pow_add, Nat.mul_one] at *; omega); "
        f"replace {key} := {key} ({name} / {period}); generalize hq : {name} / {period} = q at {key}; "
        f"rcases (show {options} by omega) with {' | '.join(['he'] * period)} "
        f"<;> subst he <;> (clear hq; {forget}; omega))"
    )


def inductions(view: View) -> Iterator[str]:
    """Induction on a natural number of the target, closed on the spot or left open."""
    if not view.has("∑", "∏", "^", "!", "choose") and not view.functions:
        return
    unfolds = not any(recursive(h.type) for h in view.universal)
    base = "simp_all" if unfolds else "simp [*]"
    for name in [n for n in view.of_type("ℕ")[:3] if mentions(view.target, n)]:
        yield _induction(name, base, "grind [Finset.sum_range_succ, pow_succ]")
        if view.ordered:
            yield _induction(name, "simp", "(rw [Finset.sum_range_succ, ih]; push_cast; grind)")
        linear = "simp [Finset.sum_range_succ, pow_succ, Nat.mul_add, Nat.mul_succ] at *; omega"
        yield _induction(name, f"first | omega | {base}", linear)
        yield from _from_start(view, name)
        yield f"cases {name} with | zero => {base} | succ k => (simp only [pow_succ] at *; omega)"
        yield f"(induction {name} <;> simp_all)" if unfolds else f"induction {name}"


def subtractions(view: View) -> Iterator[str]:
    """On ℕ an equation with a difference says more as one with a sum."""
    term = view.target_term
    if term is None or term.op != "=" or not view.of_type("ℕ") or not view.whole:
        return
    left, right = term.args
    if right.op == "-" and left.op != "-":
        yield f"suffices hs : {left.text} + ({right.args[1].text}) = {right.args[0].text} by omega"


def _induction(name: str, first: str, then: str) -> str:
    return f"induction {name} with\n| zero => {first}\n| succ {name} ih => {then}"


def _from_start(view: View, name: str) -> Iterator[str]:
    """Induction from a bound `4 ≤ n` or `0 < n` on."""
    n = re.escape(name)
    for fact in view.ground:
        match = re.match(rf"(\d{{1,3}}) ([≤<]) {n}\Z", fact.type) or re.match(
            rf"{n} ([≥>≠]) (\d{{1,3}})\Z", fact.type
        )
        if not match:
            continue
        number = next(int(group) for group in match.groups() if group.isdecimal())
        start = number + (match[1] in "<>≠" or match[2] == "<")
        witness = f"∃ m, {name} = {start} + m := ⟨{name} - {start}, by omega⟩"
        prefix = f"obtain ⟨m, rfl⟩ : {witness}; clear {fact.name}; "
        for then in (
            "simp only [← Nat.add_assoc, pow_succ, Nat.factorial_succ] at *; omega",
            "grind [Nat.factorial_succ, pow_succ, Finset.sum_Icc_succ_top]",
            "(simp only [← Nat.add_assoc, Nat.factorial_succ] at *; "
            f"have := Nat.mul_le_mul_left ({start} + m + 1) ih; nlinarith)",
        ):
            base = "| zero => first | decide | simp | omega"
            yield f"({prefix}induction m with\n{base}\n| succ m ih => {then})"


def divisors_of_combinations(view: View) -> Iterator[str]:
    """A common divisor of two linear terms divides the constant that their combination leaves."""
    match = re.search(r"(?:Nat\.gcd )?\(([^()]+)\)(?:\.gcd)? \(([^()]+)\)", view.target)
    names = view.of_type("ℕ")[:1]
    if not match or "gcd" not in match[0] or not names:
        return
    lines = [_line(text, names[0]) for text in match.groups()]
    (a, b), (c, d) = (line or (0, 0) for line in lines)
    rest = c * b - a * d
    if not rest or a <= 0 or c <= 0:
        return
    first, second = match.groups()
    scaled = [("h1", c, first), ("h2", a, second)]
    (hx, x, tx), (hy, y, ty) = scaled if rest > 0 else scaled[::-1]
    yield (
        f"(have h1 := Nat.gcd_dvd_left ({first}) ({second}); "
        f"have h2 := Nat.gcd_dvd_right ({first}) ({second}); "
        f"have h3 := Nat.dvd_sub (Nat.dvd_mul_left_of_dvd {hx} {x}) (Nat.dvd_mul_left_of_dvd {hy} {y}); "
        f"rw [show {x} * ({tx}) - {y} * ({ty}) = {abs(rest)} by omega] at h3; "
        f"have h4 := Nat.le_of_dvd (by decide) h3; omega)"
    )


def _line(text: str, name: str) -> tuple[int, int] | None:
    """`(a, b)` where the text is `a x + b`."""
    term = parse(text)
    poly = polynomial(term) if term is not None else None
    if poly is None or not set(poly) <= {((name, 1),), ()} or any(v.denominator != 1 for v in poly.values()):
        return None
    return int(poly.get(((name, 1),), 0)), int(poly.get((), 0))
