"""Facts about all arguments of a function: where to apply them, and how to unfold what is defined by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from prover.policy.portfolio.inequalities import with_hints
from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.terms import Term, evaluate, parse
from prover.policy.portfolio.view import View
from prover.types import Hypothesis

_BINDERS = re.compile(r"\A∀ \(?([^():,><≥≤∈]+?)(?: : ([^(),]+?))?\)?(?:,|\s*([><≥≤≠]))")
_ARGUMENT = re.compile(r"[\w₀-₉']+(?:\.(?:toFun|invFun|1|2))? (\([^()]+\)|[\w₀-₉']+)")
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
    """How many conditions stand between the bound variables and the conclusion (`∀ x > 0, …`, `x ≠ 0 → …`)."""
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
    yield with_hints(hints[:12], f"simp only [Equiv.left_inv, Equiv.right_inv] at *")


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


# Sequences given by their first values and a recurrence.

_RECURRENCE = re.compile(
    r"\A∀ \(?([\w₀-₉']+)(?: : ℕ)?\)?, (?:\1 [>≥] (\d+) → |(\d+) [≤<] \1 → )?([\w₀-₉']+) (\1|\(\1 \+ \d+\)) = (.*)\Z"
)
_MAX_PERIOD = 24


def periods(view: View) -> Iterator[str]:
    """A sequence whose values repeat: show the first values for every period, then look up those asked for."""
    for fact in view.universal:
        match = _RECURRENCE.match(fact.type)
        if match is None or not recursive(fact.type):
            continue
        name, sequence = match[1], match[4]
        wanted = [int(n) for n in re.findall(rf"(?<![\w.]){re.escape(sequence)} (\d+)\b", view.target)]
        known = {
            int(m[1]): Fraction(m[2])
            for h in view.ground
            if (
                m := re.match(
                    rf"{re.escape(sequence)} (\d+) = (-?\d+(?: / \d+)?)\Z", h.type.replace(" / ", "/")
                )
            )
        }
        body = parse(match[6])
        if not wanted or not known or body is None or max(wanted) > 10**6:
            continue
        shift = int(re.sub(r"\D", "", match[5].replace(name, "")) or 0)
        values = _values(sequence, name, shift, body, known, min(max(wanted), 120))
        yield from _periodic(view, fact, match, values, known, wanted, shift)


def _values(
    sequence: str, name: str, shift: int, body: Term, known: dict[int, Fraction], last: int
) -> dict[int, Fraction]:
    """The sequence's values up to `last`, as far as the recurrence gives them."""
    values = dict(known)
    for index in range(min(known), last + 1):
        if index in values:
            continue
        value = _value(body, sequence, name, index - shift, values)
        if value is None:
            break
        values[index] = value
    return values


def _value(term: Term, sequence: str, name: str, index: int, values: dict[int, Fraction]) -> Fraction | None:
    if term.op == "apply":
        at = evaluate(term.args[1], {name: index}, True) if term.args[0].text == sequence else None
        return values.get(int(at)) if at is not None else None
    if term.op == "num":
        return Fraction(term.text)
    args = [_value(arg, sequence, name, index, values) for arg in term.args]
    if None in args or not args:
        return Fraction(index) if term.text == name else None
    a, *rest = [arg for arg in args if arg is not None]
    if term.op == "neg":
        return -a
    b = rest[0] if rest else Fraction(0)
    if term.op in "+-*":
        return a + b if term.op == "+" else a - b if term.op == "-" else a * b
    return a / b if term.op == "/" and b else None


def _periodic(
    view: View,
    fact: Hypothesis,
    match: re.Match[str],
    values: dict[int, Fraction],
    known: dict[int, Fraction],
    wanted: list[int],
    shift: int,
) -> Iterator[str]:
    sequence, first, order = match[4], min(known), len(known)
    period = next((p for p in range(order, _MAX_PERIOD) if _repeats(values, first, order, p)), 0)
    body = parse(match[6])
    if not period or body is None or sorted(known) != list(range(first, first + order)):
        return
    guard = " (by omega)" if match[2] or match[3] else ""
    starts, later = range(first, first + order), range(first + order, first + order + period)

    def says(base: str, index: int) -> str:
        return f"{sequence} ({base} + {index}) = {_shown(values[index])}"

    chain = []
    for i in later:
        unfolded = _at(body, sequence, match[1], i - shift, "a")
        inputs = ", ".join(f"e{j}" for j in range(i - order, i))
        chain.append(
            f"have q{i} : {sequence} (a + {i}) = {unfolded} := {fact.name} (a + {i - shift}){guard}; "
            f"simp only [{inputs}] at q{i}; have e{i} : {says('a', i)} := q{i}.trans (by decide +kernel)"
        )
    assumed = " → ".join(says("a", i) for i in starts)
    names = " ".join(f"e{i}" for i in starts)
    step = (
        f"have hch : ∀ a : Nat, {assumed} → {' ∧ '.join(says('a', i) for i in later)} := "
        f"(by intro a {names}; {'; '.join(chain)}; exact ⟨{', '.join(f'e{i}' for i in later)}⟩)"
    )
    givens = [_given(view, sequence, i) for i in starts]
    ends = ", ".join(
        f"(by rw [show {period} * (k + 1) + {i} = {period} * k + {i + period} by omega]; exact e{i + period})"
        for i in starts
    )
    key = (
        f"have hper : ∀ k : Nat, {' ∧ '.join(says(f'{period} * k', i) for i in starts)} := "
        f"(by intro k; induction k with | zero => exact ⟨{', '.join(givens)}⟩ "
        f"| succ k ih => (obtain ⟨{', '.join(f'e{i}' for i in starts)}⟩ := ih; "
        f"obtain ⟨{', '.join(f'e{i}' for i in later)}⟩ := hch ({period} * k) {names}; exact ⟨{ends}⟩))"
    )
    finals = []
    for index in dict.fromkeys(wanted):
        quotient, rest = divmod(index - first, period)
        finals.append(
            f"have f{index} : {sequence} {index} = {_shown(values[first + rest])} := "
            f"(by obtain ⟨{', '.join(f'e{i}' for i in starts)}⟩ := hper {quotient}; "
            f"obtain ⟨{', '.join(f'e{i}' for i in later)}⟩ := hch ({period} * {quotient}) {names}; exact e{first + rest})"
        )
    rewrite = ", ".join(f"f{index}" for index in dict.fromkeys(wanted))
    yield f"({step}; {key}; {'; '.join(finals)}; rw [{rewrite}]; first | decide +kernel | grind)"


def _given(view: View, sequence: str, index: int) -> str:
    """The name of the fact that gives the value at `index`."""
    return next(h.name for h in view.ground if h.type.startswith(f"{sequence} {index} = "))


def _at(term: Term, sequence: str, name: str, index: int, base: str) -> str:
    """The recurrence's right side where its variable is `base + index`, with the indices computed."""
    if term.op == "apply" and term.args[0].text == sequence:
        return f"{sequence} ({base} + {evaluate(term.args[1], {name: index}, True)})"
    if not term.args:
        return f"({base} + {index})" if term.text == name else term.text
    inner = [f"({_at(arg, sequence, name, index, base)})" for arg in term.args]
    return f"-{inner[0]}" if term.op == "neg" else f" {term.op} ".join(inner)


def _repeats(values: dict[int, Fraction], first: int, order: int, period: int) -> bool:
    return all(
        first + i + period in values and values[first + i + period] == values[first + i]
        for i in range(order + period)
    )


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"


def progressions(view: View) -> Iterator[str]:
    """A sequence whose neighbouring differences are equal: `a n = a 0 + n (a 1 - a 0)`."""
    for fact in view.universal:
        match = re.match(
            r"\A∀ \(?(\w+)(?: : ℕ)?\)?, (\w+) \(\1 \+ 2\) - \2 \(\1 \+ 1\) = \2 \(\1 \+ 1\) - \2 \1\Z",
            fact.type,
        )
        if match is None:
            continue
        a = match[2]
        indices = dict.fromkeys(re.findall(rf"(?<![\w.]){re.escape(a)} (\d+)\b", view.text))
        steps = [
            f"have hd : ∀ n, {a} (n + 1) - {a} n = {a} 1 - {a} 0 := "
            f"(by intro n; induction n with | zero => rfl | succ n ih => exact ({fact.name} n).trans ih)",
            f"have hf : ∀ n : Nat, {a} n = {a} 0 + n * ({a} 1 - {a} 0) := (by intro n; induction n with "
            f"| zero => (push_cast; grind) | succ n ih => (have := hd n; push_cast; grind))",
            *(f"have g{i} := hf {i}" for i in list(indices)[:8]),
        ]
        yield f"({'; '.join(steps)}; push_cast at *; clear hd hf {fact.name}; grind)"
