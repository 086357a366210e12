"""Facts about all arguments of a function: where to apply them, and how to unfold what is defined by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from prover.policy.portfolio.hints import with_hints
from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.view import View
from prover.types import Hypothesis

_BINDERS = re.compile(r"\A∀ \(?([^():,><≥≤∈]+?)(?: : ([^(),]+?))?\)?(?:,|\s*([><≥≤≠]))")


_ARGUMENT = re.compile(r"(?<![\w₀-₉'])[\w₀-₉']++(?:\.(?:toFun|invFun|1|2))? (\([^()]+\)|[\w₀-₉']+)")


_MAX_INSTANCES = 12


def instances(view: View) -> Iterator[str]:
    """Apply the universal facts at small numbers and at what stands in the goal, then close."""
    facts = [h for h in view.universal if _arity(h)]
    if not facts:
        return
    yield from _permutations(view)
    equations = [h for h in facts if "=" in h.type]
    unfold = [h.name for h in equations if not recursive(h.type) and _defines(h.type)]
    kind = "ℝ" if view.ordered else "ℕ"
    small = ["0", "1", "2"] if kind == "ℕ" else ["0", "1", "(-1)", "2"]
    yield with_hints(_apply(facts, small), "grind")
    for name in unfold if len(facts) > 1 else []:
        others = [h for h in facts if h.name != name]
        yield f"(simp only [{name}] at *; {with_hints(_apply(others, small), 'grind')[1:-1]})"
    numerals = [str(n) for n in view.numbers if n < 10_000][:8]
    seen = dict.fromkeys([*numerals, *_arguments(view)])
    yield with_hints(_apply(facts, list(seen)[:10]), "grind")


def unfoldings(view: View) -> Iterator[str]:
    """Replace functions given by an equation where they are applied."""
    rules = [h.name for h in view.universal if "=" in h.type and _defines(h.type) and not recursive(h.type)]
    heads = [re.match(r"\A∀ [^,]+, ([\w₀-₉']+)", h.type) for h in view.universal if h.name in rules]
    names = [m[1] for m in heads if m]
    places = [
        h.name for h in view.ground if any(re.search(rf"(?<![\w.]){re.escape(n)} ", h.type) for n in names)
    ]
    goal = any(re.search(rf"(?<![\w.]){re.escape(n)} ", view.target) for n in names)
    if rules and (places or goal):
        where = " ".join([*places, *(["⊢"] if goal else [])])
        yield f"simp only [{', '.join(rules)}] at {where}"


def _arity(fact: Hypothesis) -> int:
    """How many values the fact asks for, 0 where that cannot be told."""
    match = _BINDERS.match(fact.type)
    return len(match[1].split()) if match else 0


def _defines(text: str) -> bool:
    """Whether the fact has the form `∀ x, f x = …`."""
    return re.match(r"\A∀ [^,]+, [\w₀-₉'.]+(?: [\w₀-₉']+)+ = ", text) is not None


def _apply(facts: list[Hypothesis], terms: list[str]) -> list[str]:
    """The facts at the terms; side conditions are left to `grind`."""
    found = []
    for fact in facts:
        arity = _arity(fact)
        guards = " (by grind)" * _guards(fact)
        for choice in product(terms, repeat=min(arity, 2)) if arity <= 2 else []:
            found.append(f"{fact.name} {' '.join(choice)}{guards}")
    return found[:_MAX_INSTANCES]


def _guards(fact: Hypothesis) -> int:
    """How many conditions stand before the conclusion (`∀ x > 0, …`, `x ≠ 0 → …`)."""
    head, _, body = fact.type.partition(",")
    return int(any(sign in head for sign in "><≥≤≠∈")) + (
        body.count("→") if "↔" not in body and "∀" not in body else 0
    )


def _arguments(view: View) -> list[str]:
    """What functions of the context are applied to in the goal and in the facts without quantifier."""
    texts = [view.target, *(h.type for h in view.ground)]
    names = view.functions
    found = []
    for text in texts:
        for match in _ARGUMENT.finditer(text):
            if match[0].split(" ")[0].split(".")[0] in names:
                found.append(match[1])
    return found


def _permutations(view: View) -> Iterator[str]:
    """A bijection given with its inverse: its two laws, and its equation at the inverse's values."""
    maps = [h.name for h in view.usable if "≃" in h.type]
    if not maps:
        return
    name = maps[0]
    hints = [f"{name}.right_inv", f"{name}.left_inv"]
    inner = re.findall(rf"{re.escape(name)}\.(?:invFun|2|symm) (\([^()]*\)|[\w₀-₉']+)", view.text)
    points = [f"({name}.2 {term})" for term in dict.fromkeys(inner)][:4]
    points += [term for term in dict.fromkeys(_ARGUMENT.findall(view.target)) if term not in points][:3]
    points += re.findall(rf"{re.escape(name)}\.(?:toFun|1) (\([^()]*\))", view.text)
    hints += [f"{fact.name} {point}" for fact in view.universal for point in dict.fromkeys(points)]
    hints += [f"{name}.right_inv {term}" for term in dict.fromkeys(inner)]
    yield with_hints(hints[:12], "grind")
    yield with_hints(hints[:12], "simp only [Equiv.left_inv, Equiv.right_inv] at *")


def scaled(view: View) -> Iterator[str]:
    """A fact about `f (x * y)` and a known `f a`: for `f b` take `x = a` and `y = b / a`."""
    for fact in view.universal:
        if not re.search(r"\((\w+) \* (\w+)\)", fact.type) or not view.ordered:
            continue
        known = [a for h in view.ground for a in re.findall(r"\b[\w₀-₉']+ (\d+) =", h.type)]
        wanted = re.findall(r"\b[\w₀-₉']+ (\d+)\b", view.target)
        for a, b in product(known[:2], wanted[:2]):
            guards = "(by grind)" if _guards(fact) else ""
            inner = "(by grind)" if fact.type.count("> 0") > 1 else ""
            (name,) = view.names("q", 1)
            yield (
                f"(have {name} := {fact.name} {a} {guards} ({b} / {a}) {inner}; "
                f"rw [show (({a} : ℝ) * ({b} / {a})) = {b} by grind] at {name}; grind)"
            )
