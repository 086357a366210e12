"""Sets given by what their members are: counted, summed, and their least members found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.terms import evaluate, parse
from prover.policy.portfolio.view import View

_MEMBERS = re.compile(r"∀ \(?([\w₀-₉']+)(?: : ([ℕℤ]))?\)?, \1 ∈ ([\w₀-₉']+) ↔ (.*)\Z")
_LEAST = re.compile(r"IsLeast (\(?)[\w₀-₉']+(?: \\ \{[\w₀-₉']+\}\))? ([\w₀-₉']+)\Z")
_MAX_LEAST = 2000
"""How far a least member is looked for."""


def finite_sets(view: View) -> Iterator[str]:
    """A finite set given by its members: bound them, write the set as a filter, let the kernel count."""
    for fact in view.universal:
        match = _MEMBERS.match(fact.type)
        if not match:
            continue
        name, kind, members = match[1], match[2] or "ℕ", match[4]
        unfold = [h.name for h in view.universal if h is not fact and "=" in h.type and not recursive(h.type)]
        prefix = f"simp only [{', '.join(unfold)}] at {fact.name}; " if unfold else ""
        for size in _sizes(members) if kind == "ℕ" else (64, 512):
            bounds = _natural_bound(name) if kind == "ℕ" else _integer_bound(name)
            rule = "eq_filter_range" if kind == "ℕ" else f"eq_filter_Icc {fact.name} (-{size})"
            arguments = f"{fact.name} {size}" if kind == "ℕ" else str(size)
            yield f"({prefix}rw [Finset.{rule} {arguments} (by {bounds})]; decide +kernel)"


def _integer_bound(name: str) -> str:
    return f"intro {name} hn; first | omega | grind | (simp only [Int.abs_def] at hn; split at hn <;> omega)"


def _natural_bound(name: str) -> str:
    return (
        f"intro {name} hn; first | omega | grind | (have := Nat.le_of_dvd (by decide +kernel) hn; "
        "exact Nat.lt_of_le_of_lt this (by decide +kernel)) "
        "| (have := Nat.le_sub_of_modEq hn.2.1 (by decide); omega) "
        "| (have := Nat.le_of_dvd (by decide) hn.1; omega)"
    )


def _sizes(members: str) -> list[int]:
    """Bounds to try: just above the numerals of the description, where that is not too much to count."""
    numerals = sorted({int(n) for n in re.findall(r"(?<![\w.])\d+", members) if len(n) <= 6})
    wanted = [n + 1 for n in numerals if 4 <= n <= 2000]
    return list(dict.fromkeys([*wanted[-1:], *wanted[:1], 50]))


def least(view: View) -> Iterator[str]:
    """`u` is the least member of a set: it is a member, and below the least one that computing finds.

    A second number, the least of the set without `u`, is found in the same way.
    """
    described = [(h.name, m) for h in view.universal if (m := _MEMBERS.match(h.type)) and m[2] != "ℤ"]
    leasts = [(h.name, bool(m[1]), m[2]) for h in view.ground if (m := _LEAST.match(h.type))]
    if not described or not leasts:
        return
    fact, match = described[0]
    term = parse(match[4])
    members = (n for n in range(_MAX_LEAST) if term and evaluate(term, {match[1]: n}, True) is True)
    values = list(islice(members, len(leasts)))
    if len(values) < len(leasts):
        return
    first = leasts[0][2]
    steps = [
        step
        for (name, without, variable), value in zip(leasts, values, strict=True)
        for step in _least_steps(fact, name, variable, value, first if without else "")
    ]
    known = [
        f"have hv{i} : {v} = {n} := (by omega)"
        for i, ((_, _, v), n) in enumerate(zip(leasts, values, strict=True))
    ]
    replace = "; ".join(f"subst hv{i}" for i in range(len(leasts)))
    yield f"({'; '.join([*steps, *known])}; {replace}; first | decide +kernel | grind)"


def _least_steps(fact: str, name: str, variable: str, value: int, other: str) -> list[str]:
    """That `variable` is a member, that it is not `other` (if given), and that it is at most `value`."""
    member = f"({fact} _).2 (by decide)"
    if not other:
        return [
            f"have := ({fact} _).1 {name}.1",
            f"have : {variable} ≤ {value} := {name}.2 {value} ({member})",
        ]
    differs = f"(by intro he; have he : {value} = {other} := he; omega)"
    return [
        f"have := ({fact} _).1 {name}.1.1",
        f"have : ¬ {variable} = {other} := {name}.1.2",
        f"have : {variable} ≤ {value} := {name}.2 {value} ⟨{member}, {differs}⟩",
    ]
