"""Rules that look at the shape of a goal: what closes it at once, and what takes it apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.policy.portfolio.terms import RELATIONS, evaluate, parse
from prover.policy.portfolio.view import View, binds, top_level

_RECURSIVE = re.compile(r"(?<![\w.'])([\w₀-₉']+) (?:\([^()]*\)|[\w₀-₉']+) = .*(?<![\w.])\1 [(\w]")
"""A recursive equation: `simp_all` would unfold it for ever, and the stack of the process with it."""


def closers(view: View) -> Iterator[str]:
    """What may close the goal in one cheap step, the cheapest first."""
    nat = bool(view.of_type("ℕ", "ℤ")) or view.whole
    if nat and not view.has("∑", "∏", "√"):
        yield "omega"
    if view.whole:
        yield "decide +kernel"
    yield "grind"
    if view.whole and view.facts:
        yield "(subst_vars; decide +kernel)"
        equations = [h.name for h in view.universal if "=" in h.type and not recursive(h.type)]
        if equations:
            yield f"(simp only [{', '.join(equations)}] at *; decide +kernel)"
            yield f"(simp only [{', '.join(equations)}] at *; omega)"
    if not any(recursive(h.type) for h in view.universal):
        yield "(simp_all <;> first | omega | grind)"
    if not view.whole:
        yield "norm_num"


def recursive(text: str) -> bool:
    """Whether a universally quantified equation says a function's value by the function's values."""
    return bool(_RECURSIVE.search(text))


def introductions(view: View) -> Iterator[str]:
    """What a person does first: name what is assumed, take apart what is a conjunction or exists."""
    target = view.target
    if target.startswith(("∀", "¬")) or (not binds(target) and len(top_level(target, "→")) > 1):
        count = target.split(",")[0].count(" ") if target.startswith("∀") else 1
        yield "intros"
        if target.startswith("∀"):
            yield f"intro {' '.join(_bound(target, view))}"
        elif count:
            yield f"intro {view.names('h', 1)[0]}"
    yield from _unpack(view)
    inequality = len(top_level(view.target, "<≤>≥")) > 1
    if (view.whole or inequality) and any(_solved(h.type, view) for h in view.ground):
        yield "subst_vars"


def _solved(text: str, view: View) -> bool:
    """Whether the fact is `x = e` or `e = x` for a variable that can be replaced."""
    sides = top_level(text, "=")
    if len(sides) != 2 or len(top_level(text, "∧∨→↔<>≤≥≠∣")) > 1:
        return False
    return any(
        side in view.variables and not re.search(rf"(?<![\w.]){re.escape(side)}(?![\w'₀-₉])", other)
        for side, other in (sides, sides[::-1])
    )


def _bound(target: str, view: View) -> list[str]:
    """Names for what `∀ x y, …` or `∀ n ≥ 2, …` binds: a name each, and one for the side condition."""
    head = target[1:].split(",")[0].strip()
    relation = next((r for r in (*RELATIONS, "∈") if r in head), None)
    names = re.findall(r"[^\W\d][\w'₀-₉]*", (head.split(relation)[0] if relation else head.split(":")[0]))
    taken = {h.name for h in view.goal.hypotheses}
    fresh = [name if name not in taken else f"{name}'" for name in names]
    return fresh + (view.names("h", 1) if relation else [])


def _unpack(view: View) -> Iterator[str]:
    patterns = []
    for fact in view.ground:
        if binds(fact.type) and not fact.type.startswith("∃ ") or fact.type.startswith("∃!"):
            continue
        if fact.type.startswith("∃ "):
            bound = _bound(fact.type, view)
            patterns.append(f"obtain ⟨{', '.join([*bound[:1], fact.name])}⟩ := {fact.name}")
        elif (count := len(top_level(fact.type, "∧"))) > 1 and len(top_level(fact.type, "∨→↔")) == 1:
            fresh = ", ".join(f"{fact.name}_{i}" for i in range(1, count + 1))
            patterns.append(f"obtain ⟨{fresh}⟩ := {fact.name}")
    if patterns:
        yield patterns[0] if len(patterns) == 1 else f"({'; '.join(patterns[:8])})"


def splits(view: View) -> Iterator[str]:
    """Steps that leave several goals, or commit to one of several ways."""
    target = view.target
    if binds(target) and not target.startswith("∃"):
        return
    if target.startswith("∃ "):
        yield from _witnesses(view)
        return
    if target.startswith(("IsLeast", "IsGreatest")) or len(top_level(target, "∧↔")) > 1:
        yield "constructor"
    elif len(top_level(target, "∨")) > 1:
        yield "left"
        yield "right"
    for fact in view.ground:
        if (
            not binds(fact.type)
            and len(top_level(fact.type, "→↔")) == 1
            and len(top_level(fact.type, "∨")) > 1
        ):
            yield f"rcases {fact.name} with {fact.name} | {fact.name}"


def _witnesses(view: View) -> Iterator[str]:
    """Small numbers that make the rest true where that can be computed, else the first few."""
    head, _, body = view.target.partition(",")
    name = head[1:].split(":")[0].strip()
    term = parse(body)
    values = [n for n in range(200) if term and evaluate(term, {name: n}, "ℤ" not in head) is True][:3]
    for value in values or [0, 1, 2]:
        yield f"refine ⟨{value}, ?_⟩"


def normal(view: View) -> bool:
    """Whether nothing is left to introduce or to take apart: the costlier rules wait for that."""
    return not any(True for _ in introductions(view))


def last_resorts(view: View) -> Iterator[str]:
    """Dearer closers, for when all else has failed."""
    if view.facts or view.variables:
        yield "((try simp at *); grind)"
        yield "grind (splits := 30) (ematch := 12)"
        yield "((try field_simp at *); nlinarith)"
