"""Sequences given by first values and a recurrence: periods, and progressions in closed form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from prover.policy.portfolio.rules import recursive
from prover.policy.portfolio.terms import Term, evaluate, parse
from prover.policy.portfolio.view import View
from prover.types import Hypothesis

_RECURRENCE = re.compile(
    r"\A∀ \(?(?P<index>[\w₀-₉']+)(?: : ℕ)?\)?, "
    r"(?:(?P=index) [>≥] (?P<above>\d+) → |(?P<below>\d+) [≤<] (?P=index) → )?"
    r"(?P<sequence>[\w₀-₉']+) (?P<at>(?P=index)|\((?P=index) \+ \d{1,6}\)) = (?P<body>.*)\Z"
)
_MAX_PERIOD = 24
_MAX_VALUES = 120


@dataclass(frozen=True, slots=True)
class _Recurrence:
    """`fact` says that `sequence (index + shift)` is `body`; `order` values, from `first` on, are given."""

    fact: str
    guarded: bool
    sequence: str
    index: str
    shift: int
    body: Term
    first: int
    order: int
    values: dict[int, Fraction]

    def says(self, base: str, index: int) -> str:
        return f"{self.sequence} ({base} + {index}) = {_shown(self.values[index])}"


def periods(view: View) -> Iterator[str]:
    """A sequence whose values repeat: show those of every period, then look up the ones asked for."""
    for fact in view.universal:
        recurrence = _read(view, fact) if recursive(fact.type) else None
        if recurrence is None:
            continue
        pattern = rf"(?<![\w.]){re.escape(recurrence.sequence)} (\d{{1,6}})\b"
        wanted = [int(n) for n in dict.fromkeys(re.findall(pattern, view.target))]
        period = next((p for p in range(recurrence.order, _MAX_PERIOD) if _repeats(recurrence, p)), 0)
        if wanted and period and min(wanted) >= recurrence.first:
            yield _periodic(view, recurrence, period, wanted)


def _read(view: View, fact: Hypothesis) -> _Recurrence | None:
    """The recurrence that the fact is, if the values before it are given one after the other."""
    match = _RECURRENCE.match(fact.type)
    body = parse(match["body"]) if match else None
    if match is None or body is None:
        return None
    given = rf"{re.escape(match['sequence'])} (\d{{1,6}}) = (-?\d{{1,40}}(?:/[1-9]\d{{0,39}})?)\Z"
    found = [re.match(given, h.type.replace(" / ", "/")) for h in view.ground]
    known = {int(m[1]): Fraction(m[2]) for m in found if m}
    if not known or sorted(known) != list(range(min(known), min(known) + len(known))):
        return None
    shift = int(match["at"].strip("()").rpartition(" ")[2]) if "+" in match["at"] else 0
    guarded = bool(match["above"] or match["below"])
    recurrence = _Recurrence(
        fact.name, guarded, match["sequence"], match["index"], shift, body, min(known), len(known), known
    )
    return replace(recurrence, values=_values(recurrence))


def _values(recurrence: _Recurrence) -> dict[int, Fraction]:
    """The sequence's values, as far as the recurrence gives them."""
    values = dict(recurrence.values)
    for index in range(recurrence.first + recurrence.order, recurrence.first + _MAX_VALUES):
        value = _value(recurrence.body, recurrence, index - recurrence.shift, values)
        if value is None or value.denominator.bit_length() + value.numerator.bit_length() > 400:
            break
        values[index] = value
    return values


def _value(term: Term, recurrence: _Recurrence, index: int, values: dict[int, Fraction]) -> Fraction | None:
    """The term's value where the recurrence's variable is `index`."""
    if term.op == "apply":
        known = term.args[0].text == recurrence.sequence and len(term.args) == 2
        at = evaluate(term.args[1], {recurrence.index: index}, True) if known else None
        return values.get(int(at)) if at is not None else None
    if term.op == "num":
        return Fraction(term.text)
    args = [_value(arg, recurrence, index, values) for arg in term.args]
    if None in args or not args:
        return Fraction(index) if term.text == recurrence.index else None
    numbers = [arg for arg in args if arg is not None]
    return _combined(term.op, numbers)


def _combined(op: str, numbers: list[Fraction]) -> Fraction | None:
    match op, numbers:
        case "neg", [a]:
            return -a
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b] if b:
            return a / b
    return None


def _repeats(recurrence: _Recurrence, period: int) -> bool:
    """Whether the known values repeat after `period` steps, for as long as it takes to be sure."""
    values, first = recurrence.values, recurrence.first
    return all(
        first + i + period in values and values[first + i + period] == values[first + i]
        for i in range(recurrence.order + period)
    )


def _shown(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"


def _periodic(view: View, recurrence: _Recurrence, period: int, wanted: list[int]) -> str:
    """One period from any start, all periods by induction, then the values asked for."""
    first, order = recurrence.first, recurrence.order
    starts, later = range(first, first + order), range(first + order, first + order + period)
    unpack_starts = f"obtain ⟨{', '.join(f'e{i}' for i in starts)}⟩"
    unpack_later = f"obtain ⟨{', '.join(f'e{i}' for i in later)}⟩"
    names = " ".join(f"e{i}" for i in starts)
    finals = []
    for index in wanted:
        turns, rest = divmod(index - first, period)
        finals.append(
            f"have f{index} : {recurrence.sequence} {index} = {_shown(recurrence.values[first + rest])} := "
            f"(by {unpack_starts} := hper {turns}; "
            f"{unpack_later} := hch ({period} * {turns}) {names}; exact e{first + rest})"
        )
    moved = ", ".join(
        f"(by rw [show {period} * (k + 1) + {i} = {period} * k + {i + period} by omega]; exact e{i + period})"
        for i in starts
    )
    given = ", ".join(_given(view, recurrence.sequence, i) for i in starts)
    all_periods = (
        f"have hper : ∀ k : Nat, {' ∧ '.join(recurrence.says(f'{period} * k', i) for i in starts)} := "
        f"(by intro k; induction k with | zero => exact ⟨{given}⟩ | succ k ih => ({unpack_starts} := ih; "
        f"{unpack_later} := hch ({period} * k) {names}; exact ⟨{moved}⟩))"
    )
    rewrite = ", ".join(f"f{index}" for index in wanted)
    steps = [_one_period(recurrence, starts, later), all_periods, *finals]
    return f"({'; '.join(steps)}; rw [{rewrite}]; first | decide +kernel | grind)"


def _one_period(recurrence: _Recurrence, starts: range, later: range) -> str:
    """`hch`: from the first values after any `a`, those of the whole next period."""
    guard = " (by omega)" if recurrence.guarded else ""
    chain = []
    for i in later:
        unfolded = _at(recurrence.body, recurrence, i - recurrence.shift)
        inputs = ", ".join(f"e{j}" for j in range(i - recurrence.order, i))
        chain.append(
            f"have q{i} : {recurrence.sequence} (a + {i}) = {unfolded} := "
            f"{recurrence.fact} (a + {i - recurrence.shift}){guard}; simp only [{inputs}] at q{i}; "
            f"have e{i} : {recurrence.says('a', i)} := q{i}.trans (by decide +kernel)"
        )
    assumed = " → ".join(recurrence.says("a", i) for i in starts)
    return (
        f"have hch : ∀ a : Nat, {assumed} → {' ∧ '.join(recurrence.says('a', i) for i in later)} := "
        f"(by intro a {' '.join(f'e{i}' for i in starts)}; {'; '.join(chain)}; "
        f"exact ⟨{', '.join(f'e{i}' for i in later)}⟩)"
    )


def _given(view: View, sequence: str, index: int) -> str:
    """The name of the fact that gives the value at `index`."""
    return next(h.name for h in view.ground if h.type.startswith(f"{sequence} {index} = "))


def _at(term: Term, recurrence: _Recurrence, index: int) -> str:
    """The recurrence's right side where its variable is `a + index`, with the indices computed."""
    if term.op == "apply" and term.args[0].text == recurrence.sequence:
        return f"{recurrence.sequence} (a + {evaluate(term.args[1], {recurrence.index: index}, True)})"
    if not term.args:
        return f"(a + {index})" if term.text == recurrence.index else term.text
    inner = [f"({_at(arg, recurrence, index)})" for arg in term.args]
    return f"-{inner[0]}" if term.op == "neg" else f" {term.op} ".join(inner)


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
