"""Roots, logarithms, powers, integer parts, casts and the like: the rule that each of them wants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import floor, isqrt

from prover.policy.portfolio.hints import with_hints
from prover.policy.portfolio.polynomials import polynomial
from prover.policy.portfolio.terms import parse
from prover.policy.portfolio.view import View


def special(view: View) -> Iterator[str]:
    """Rules by the functions that occur."""
    if view.has("sqrt", "√"):
        yield from _roots(view)
    if view.has("log"):
        yield from _logarithms(view)
    if view.has("⌊", "⌈"):
        yield from _whole_parts(view)
    if view.has("|") and view.ordered:
        yield "(simp only [abs_le, abs_lt] at *; grind)"
    if view.has("↑"):
        yield from _cast_equation(view)
        yield "(push_cast at *; grind)"
        yield "(norm_cast at *; omega)"
    if view.has("gcd", "lcm") and view.whole:
        yield "grind [Nat.gcd_dvd_left, Nat.gcd_dvd_right]"
    if view.has("Prime"):
        yield with_hints([f"{h.name}.two_le" for h in view.ground if "Prime" in h.type][:4], "grind")
    if view.has("choose"):
        yield "grind [Nat.choose_succ_succ]"
    if view.whole and view.has("%", "∣", "^"):
        yield "(simp [Nat.pow_mod, Nat.add_mod, Nat.mul_mod]; done)"
    if view.of_type("ℝ") and view.has("^"):
        yield from _powers(view)


_ROOT = re.compile(r"(?:√|(?:Real\.)?«?sqrt»? )(\([^()]*\)|[\w₀-₉']+)")


def _roots(view: View) -> Iterator[str]:
    """What a square root is: a number for a perfect square, else the one whose square is known."""
    arguments = list(dict.fromkeys(_ROOT.findall(view.text)))
    numerals = [int(a) for a in arguments if a.isdecimal() and len(a) < 12]
    values = dict.fromkeys([*(isqrt(n) for n in numerals if isqrt(n) ** 2 == n), 2, 3])
    rule = "by apply Real.sqrt_eq_iff_mul_self_eq_of_nonneg <;> grind"
    squares = "; ".join(f"have hs{r} : Real.«sqrt» ({r * r} : ℝ) = {r} := ({rule})" for r in values)
    rewrite = ", ".join(f"hs{r}" for r in values)
    yield with_hints(
        [f"Real.sqrt_spec {f'({a} : ℝ)' if a.isdecimal() else a}" for a in arguments[:6]], "grind"
    )
    yield f"({squares}; simp only [{rewrite}, Nat.factorial] at *; push_cast; grind)"
    yield f"({squares}; grind)"
    yield "(apply Real.sqrt_eq_iff_mul_self_eq_of_nonneg <;> grind)"
    yield "(simp only [*]; grind)"


def _logarithms(view: View) -> Iterator[str]:
    """Products and powers under logarithms, and that the logarithms of the numerals do not vanish."""
    yield "grind [Real.log_mul, Real.log_pow, Real.log_div, Real.log_inv]"
    groups = re.findall(r"log»? (\d+)|logb»? (\d+) \d+|logb»? \d+ (\d+)|logb?»? \((\d+) \^", view.text)
    bases = dict.fromkeys(n for group in groups for n in group if n not in ("", "0", "1"))
    hints = [f"Real.log_ne_zero_of_one_lt (show (1 : ℝ) < {n} by grind)" for n in list(bases)[:4]]
    yield with_hints(hints, "simp only [Real.logb_def, Real.log_pow] at *; push_cast at *; grind")


def _whole_parts(view: View) -> Iterator[str]:
    """Integer parts by their characterisation; those of numbers and of roots of numbers are computed."""
    if view.has("⌊"):
        yield from _floors(view)
        yield "(rw [Int.floor_eq_iff]; grind)"
        yield "(simp only [*]; rw [Int.floor_eq_iff]; grind)"
    if view.has("√", "sqrt"):
        yield from _parts_of_roots(view)
    if view.has("⌈"):
        yield "(rw [Int.ceil_eq_iff]; grind)"


def _floors(view: View) -> Iterator[str]:
    """Integer parts of numbers that are written out."""
    found = {}
    for text in dict.fromkeys(re.findall(r"⌊([^⌊⌋]+)⌋", view.text)):
        term = parse(text)
        poly = polynomial(term) if term is not None else None
        if poly is not None and set(poly) <= {()}:
            found[text] = floor(poly.get((), 0))
    if found:
        facts = [f"show Int.floor ({t} : ℝ) = {v} by rw [Int.floor_eq_iff]; grind" for t, v in found.items()]
        yield f"(rw [{', '.join(facts)}]; grind)"
    rules = [h.name for h in view.universal if "⌊" in h.type]
    for rule in rules[:1]:
        yield f"rw [{rule}]"
        yield f"rw [{rule} _ _ (by grind)]"


def _parts_of_roots(view: View) -> Iterator[str]:
    """Integer parts of roots of numerals, by the squares on either side."""
    roots = [int(a) for a in dict.fromkeys(_ROOT.findall(view.text)) if a.isdecimal() and len(a) < 12]
    bounds, rewrites = [], []
    for index, n in enumerate(roots[:4]):
        r, root = isqrt(n), f"Real.«sqrt» ({n} : ℝ)"
        if r * r == n:
            continue
        bounds += [f"have hl{index} : {r} < {root} := (by rw [Real.lt_sqrt] <;> grind)"]
        bounds += [f"have hu{index} : {root} < {r + 1} := (by rw [Real.sqrt_lt'] <;> grind)"]
        rewrites += [f"(try rw [(Int.floor_eq_iff (z := {r}) (a := {root})).2 (by grind)])"]
        rewrites += [f"(try rw [(Int.ceil_eq_iff (z := {r + 1}) (a := {root})).2 (by grind)])"]
    if bounds:
        yield f"({'; '.join([*bounds, *rewrites])}; first | decide | grind)"


def _cast_equation(view: View) -> Iterator[str]:
    """A value of a whole number that follows from equations between its images."""
    term = view.target_term
    if term is None or term.op not in ("=", "≤", "<") or not view.of_type("ℕ", "ℤ"):
        return
    kind = "ℝ" if "ℝ" in view.goal.text else "ℚ"
    left, right = term.args
    if left.text in view.variables:
        yield f"(have hc : ({left.text} : {kind}) {term.op} {right.text} := (by grind); exact_mod_cast hc)"


def _powers(view: View) -> Iterator[str]:
    """Powers with a real or a negative exponent."""
    finish = "first | grind | (apply Real.sqrt_eq_iff_mul_self_eq_of_nonneg <;> grind)"
    yield f"(subst_vars; rw [Real.rpow_ofNat (by grind)]; {finish})"
    if view.has("^ (-"):
        yield "(simp [Lean.Grind.Field.zpow_neg]; grind)"
    for fact in view.ground:
        match = re.search(r"(?<![\w.])(\d{1,6}) \^ ([\w₀-₉']+)", fact.type)
        if match and match[2] in view.of_type("ℝ") and int(match[1]) > 1:
            yield from _exponent(match[1], match[2])


def _exponent(base: str, name: str) -> Iterator[str]:
    """An equation that makes `a ^ x` a small power of the numeral `a`: take logarithms."""
    for exponent in (1, 2, 3):
        yield (
            f"(have hp : ({base} : ℝ) ^ {name} = ({base} : ℝ) ^ {exponent} := (by grind); "
            "have hl := congrArg Real.«log» hp; rw [Real.log_rpow (by grind), Real.log_pow] at hl; "
            f"have hn := Real.log_ne_zero_of_one_lt (show (1 : ℝ) < {base} by grind); push_cast at *; grind)"
        )
