"""False statements that run alongside: one that is "proved" shows that the judge, or Lean, was deceived.

Two kinds: a fixed list (`canaries.toml`), each with a refutation that the kernel accepts, and statements made
from the data: a numeral changed, or all negated, where a small evaluator (`arithmetic`) shows it false.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.runs.arithmetic import read_sentence
from prover.runs.records import Theorem
from prover.statements.preludes import preludes_for
from prover.types import Statement

FIXED = Path(__file__).with_name("canaries.toml")

PREFIX = "canary."
FEWEST, MOST, ONE_IN = 2, 24, 10

MOST_CONSIDERED = 10_000
"""False statements made of the data, from which those of a run are drawn."""

_NUMERAL = re.compile(r"(?<![\w.])\d+(?![\w.])")


@dataclass(frozen=True, slots=True)
class FixedCanary:
    """A false proposition. `refutation` is a tactic script that proves its negation under `prelude`."""

    name: str
    prelude: str
    type: str
    why: str
    refutation: str

    def theorem(self) -> Theorem:
        """It as a theorem of a run."""
        text = f"theorem {self.name} : {self.type}"
        return Theorem(PREFIX + self.name, Statement(self.name, text, source=FIXED.name), canary=self.why)

    def negation(self) -> Statement:
        """What `refutation` proves, without a header."""
        return Statement(f"not_{self.name}", f"theorem not_{self.name} : ¬ ({self.type})")


def fixed_canaries() -> list[FixedCanary]:
    """The list that ships, in its order."""
    return [FixedCanary(**one) for one in tomllib.loads(FIXED.read_text(encoding="utf-8"))["canaries"]]


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


def with_canaries(theorems: Iterable[Theorem], seed: int = 0) -> WithCanaries:
    """`theorems` with canaries evenly among them: one for ten, at least 2, at most 24, drawn by `seed`.

    Half of them from the fixed list (under preludes that the theorems use), half from the theorems, as far as
    these give any. `theorems` is gone through here and whenever the result is.
    """
    count, preludes, made = 0, set[str](), list[Theorem]()
    for theorem in theorems:
        count += 1
        preludes.add(preludes_for(theorem.statement.text)[0].name)
        if len(made) < MOST_CONSIDERED:
            made += made_canaries([theorem])
    wanted = min(MOST, max(FEWEST, count // ONE_IN))
    generator = random.Random(seed)
    fixed = [one.theorem() for one in fixed_canaries() if one.prelude in preludes]
    generator.shuffle(fixed)
    generator.shuffle(made)
    half = min(len(made), wanted // 2)
    return WithCanaries(theorems, count, (fixed[: wanted - half] + made)[:wanted])


def made_canaries(theorems: Iterable[Theorem]) -> Iterator[Theorem]:
    """Every false statement that can be made of these and shown to be false."""
    for theorem in theorems:
        sentence = read_sentence(theorem.statement.text)
        if sentence is None:
            continue
        if (perturbed := _perturbed(theorem)) is not None:
            yield perturbed
        if sentence.holds():
            yield _negated(theorem)


def _perturbed(theorem: Theorem) -> Theorem | None:
    """The last numeral one higher, if there is then a counterexample."""
    text = theorem.statement.text
    numerals = list(_NUMERAL.finditer(text))
    if not numerals:
        return None
    last = numerals[-1]
    changed = text[: last.start()] + str(int(last[0]) + 1) + text[last.end() :]
    sentence = read_sentence(changed)
    found = sentence.counterexample() if sentence is not None else None
    if found is None:
        return None
    case = ", ".join(f"{name} = {value}" for name, value in found.items()) or "by evaluation"
    return _made(theorem, changed, "perturbed", f"{last[0]} made {int(last[0]) + 1}; false: {case}")


def _negated(theorem: Theorem) -> Theorem:
    """Of a closed statement, which evaluates to true."""
    head, _, goal = theorem.statement.text.partition(":")
    return _made(
        theorem, f"{head.rstrip()} : ¬ ({goal.strip()})", "negated", "the negation of what evaluates to true"
    )


def _made(theorem: Theorem, text: str, how: str, why: str) -> Theorem:
    name = f"{theorem.statement.name}_{how}"
    renamed = re.sub(r"(theorem\s+)\S+", lambda match: match[1] + name, text, count=1)
    statement = Statement(name, renamed, theorem.statement.header, theorem.statement.source)
    return Theorem(PREFIX + name, statement, canary=why)
