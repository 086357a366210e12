"""False statements that run alongside: one that is "proved" shows that the judge, or Lean, was deceived.

Two kinds: a fixed list (`canaries.toml`, `canaries_isabelle.toml`), each with a refutation that the kernel
accepts, and statements made from the data: a numeral changed, or all negated, where a small evaluator
(`arithmetic`) shows it false.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prover.runs.in_lean import LEAN
from prover.runs.language import Language
from prover.runs.records import Theorem
from prover.types import Statement

PREFIX = "canary."
FEWEST, MOST, ONE_IN = 2, 24, 10

MOST_CONSIDERED = 10_000
"""False statements made of the data, from which those of a run are drawn."""

_NUMERAL = re.compile(r"(?<![\w.])\d+(?![\w.])")


@dataclass(frozen=True, slots=True)
class FixedCanary:
    """A false proposition. `refutation` is a script that proves its negation, in Lean under `prelude`."""

    name: str
    prelude: str
    type: str
    why: str
    refutation: str

    def theorem(self, language: Language = LEAN) -> Theorem:
        """It as a theorem of a run."""
        return Theorem(PREFIX + self.name, language.stated(self.name, self.type), canary=self.why)

    def negation(self, language: Language = LEAN) -> Statement:
        """What `refutation` proves."""
        return language.stated(f"not_{self.name}", f"{language.no} ({self.type})")


def fixed_canaries(language: Language = LEAN) -> list[FixedCanary]:
    """The list that ships, in its order."""
    listed = tomllib.loads(language.canaries.read_text(encoding="utf-8"))["canaries"]
    return [FixedCanary(**one) for one in listed]


@dataclass(frozen=True, slots=True)
class WithCanaries:
    """Theorems with canaries evenly among them; it can be gone through as often as `theorems` can.

    `count` is the number of theorems.
    """

    theorems: Iterable[Theorem]
    count: int
    canaries: Sequence[Theorem]

    def __iter__(self) -> Iterator[Theorem]:
        parts = len(self.canaries) + 1
        places = [(number + 1) * self.count // parts for number in range(parts - 1)]
        number = 0
        for index, theorem in enumerate(self.theorems):
            while number < len(places) and places[number] == index:
                yield self.canaries[number]
                number += 1
            yield theorem
        yield from self.canaries[number:]


def with_canaries(theorems: Iterable[Theorem], seed: int = 0, language: Language = LEAN) -> WithCanaries:
    """`theorems` with canaries evenly among them: one for ten, at least 2, at most 24, drawn by `seed`.

    Half of them from the fixed list (under preludes that the theorems use), half from the theorems, as far as
    these give any. `theorems` is gone through here and whenever the result is.
    """
    count, kinds, made = 0, set[str](), list[Theorem]()
    for theorem in theorems:
        count += 1
        kinds.add(language.kind(theorem.statement.text))
        if len(made) < MOST_CONSIDERED:
            made += made_canaries([theorem], language)
    wanted = min(MOST, max(FEWEST, count // ONE_IN))
    generator = random.Random(seed)
    fixed = [one.theorem(language) for one in fixed_canaries(language) if one.prelude in kinds]
    generator.shuffle(fixed)
    generator.shuffle(made)
    half = min(len(made), wanted // 2)
    return WithCanaries(theorems, count, (fixed[: wanted - half] + made)[:wanted])


def made_canaries(theorems: Iterable[Theorem], language: Language = LEAN) -> Iterator[Theorem]:
    """Every false statement that can be made of these and shown to be false."""
    for theorem in theorems:
        sentence = language.read(theorem.statement.text)
        if sentence is None:
            continue
        if (perturbed := _perturbed(theorem, language)) is not None:
            yield perturbed
        # With a hypothesis that is false, the negation would be true as well.
        if not sentence.hypotheses and sentence.holds():
            why = "the negation of what evaluates to true"
            yield _made(theorem, language.negated(theorem.statement.text), "negated", why)


def _perturbed(theorem: Theorem, language: Language) -> Theorem | None:
    """The last numeral one higher, if there is then a counterexample."""
    text = theorem.statement.text
    numerals = list(_NUMERAL.finditer(text))
    if not numerals:
        return None
    last = numerals[-1]
    changed = text[: last.start()] + str(int(last[0]) + 1) + text[last.end() :]
    sentence = language.read(changed)
    found = sentence.counterexample() if sentence is not None else None
    if found is None:
        return None
    case = ", ".join(f"{name} = {value}" for name, value in found.items()) or "by evaluation"
    return _made(theorem, changed, "perturbed", f"{last[0]} made {int(last[0]) + 1}; false: {case}")


def _made(theorem: Theorem, text: str, how: str, why: str) -> Theorem:
    """Named after its theorem, for of the names in statements several may be the same."""
    own = theorem.statement
    name = f"{own.name}_{how}"
    renamed = re.sub(rf"(\w+\s+){re.escape(own.name)}", lambda match: match[1] + name, text, count=1)
    called = f"{PREFIX}{theorem.name}_{how}"
    return Theorem(called, Statement(name, renamed, own.header, own.source), canary=why)
