"""What the rules see of a goal: its target, its usable hypotheses by kind, the numbers and types in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from prover.policy.portfolio.terms import Term, parse
from prover.types import Goal, Hypothesis

_PLAIN = re.compile(r"[^\W\d][\w'!?₀-₉]*\Z")
_KEYWORDS = frozenset("at by do else from fun have if in let match open show then where with".split())
_SORTS = ("ℕ", "ℤ", "ℚ", "ℝ", "ℂ", "Nat", "Int", "Rat")
_RELATION = re.compile(r"[=≠<>≤≥∣∧∨∃∀¬↔∈∉⊆≡]")
_PREDICATE = re.compile(
    r"\A(?:Nat\.)?(?:Prime|Even|Odd|IsLeast|IsGreatest|Monotone|StrictMono)\b|\.Prime\b|\A(?:Function\.)"
)
_NUMBER = re.compile(r"(?<![\w.₀-₉✝])\d+(?![\w.])")
_MAX_CHARS = 20_000
"""A longer goal is not read: no rule is made for it, and reading costs."""


def top_level(text: str, symbols: Iterable[str]) -> list[str]:
    """The parts of `text` between those of the symbols that stand outside all brackets."""
    wanted = set(symbols)
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char in "([{⟨⌊⌈":
            depth += 1
        elif char in ")]}⟩⌋⌉":
            depth -= 1
        elif depth == 0 and char in wanted:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return parts


def binds(text: str) -> bool:
    """Whether the proposition begins with a quantifier or a big operator, so that it reaches to its end."""
    return text.startswith(("∀", "∃", "¬", "fun", "∑", "∏", "∃!"))


def mentions(text: str, name: str) -> bool:
    """Whether the name occurs in the text as a whole word."""
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w'₀-₉])", text) is not None


@dataclass(frozen=True)
class View:
    """One goal, read once."""

    goal: Goal

    @cached_property
    def target(self) -> str:
        return " ".join(self.goal.target.split()) if len(self.goal.text) <= _MAX_CHARS else ""

    @cached_property
    def usable(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that a tactic can name, with their types on one line."""
        if len(self.goal.text) > _MAX_CHARS:
            return ()
        found = {}
        for item in self.goal.hypotheses:
            if item.accessible and _PLAIN.match(item.name) and item.name not in _KEYWORDS:
                found[item.name] = Hypothesis(item.name, " ".join(item.type.split()), item.value)
        return tuple(found.values())

    @cached_property
    def variables(self) -> dict[str, str]:
        """The numbers in the context: name to type (`ℕ`, `ℤ`, `ℚ`, `ℝ`, `ℂ`)."""
        plain = {"Nat": "ℕ", "Int": "ℤ", "Rat": "ℚ"}
        return {
            h.name: plain.get(h.type, h.type) for h in self.usable if h.type in _SORTS and h.value is None
        }

    def of_type(self, *types: str) -> list[str]:
        return [name for name, kind in self.variables.items() if kind in types]

    @cached_property
    def functions(self) -> dict[str, str]:
        """Functions in the context: name to type, such as `ℕ → ℤ`."""
        return {h.name: h.type for h in self.usable if "→" in h.type and not _RELATION.search(h.type)}

    @cached_property
    def facts(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that are propositions."""
        return tuple(h for h in self.usable if h.name not in self.functions and self._is_fact(h.type))

    @staticmethod
    def _is_fact(text: str) -> bool:
        return bool(_RELATION.search(text) or _PREDICATE.search(text))

    @cached_property
    def universal(self) -> tuple[Hypothesis, ...]:
        """The facts that speak of all values of something."""
        return tuple(h for h in self.facts if h.type.startswith("∀"))

    @cached_property
    def ground(self) -> tuple[Hypothesis, ...]:
        """The facts without a leading quantifier."""
        return tuple(h for h in self.facts if not h.type.startswith("∀"))

    @cached_property
    def text(self) -> str:
        """Target and facts together."""
        return "\n".join([self.target, *(h.type for h in self.facts)])

    @cached_property
    def numbers(self) -> list[int]:
        """The numerals of target and facts, each once, in order; very long ones are left out."""
        found = (int(m) for m in _NUMBER.findall(self.text) if len(m) <= 9)
        return list(dict.fromkeys(found))

    def has(self, *signs: str) -> bool:
        """Whether one of the signs occurs in target or facts."""
        return any(sign in self.text for sign in signs)

    @cached_property
    def ordered(self) -> bool:
        """Whether reals or rationals occur."""
        typed = " ".join(h.type for h in self.usable)
        return (
            bool(self.of_type("ℝ", "ℚ")) or self.has("√", "Real.", "ℝ", "ℚ") or "ℝ" in typed or "ℚ" in typed
        )

    @cached_property
    def whole(self) -> bool:
        """Whether all numbers in the context are whole."""
        return not self.ordered and not self.has("ℂ") and not self.of_type("ℂ")

    @cached_property
    def target_term(self) -> Term | None:
        return parse(self.target)

    def names(self, prefix: str, count: int) -> list[str]:
        """Fresh names for what a tactic introduces."""
        taken = {h.name for h in self.goal.hypotheses}
        names: list[str] = []
        number = 0
        while len(names) < count:
            name = f"{prefix}{number}"
            if name not in taken:
                names.append(name)
            number += 1
        return names
