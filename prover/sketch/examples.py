"""The worked examples of sketch prompts, each a file in `examples/`, and which of them a problem is shown."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prover.policy.preset import SketchDefaults
from prover.sketch.problem import Problem

FOLDER = Path(__file__).parent / "examples"

TOPICS = ("number theory", "induction", "inequalities", "algebra")
"""From the most special to the most general: a problem is of the first whose signs it has."""

_SIGNS = {
    "number theory": re.compile(
        r"number_?theory|%|∣|\b(?:mod|dvd|gcd|lcm|Prime|prime|coprime|ModEq|divisors|Even|Odd|even|odd)\b"
    ),
    "induction": re.compile(r"induction|∑|∏|\\<Sum>|\\<Prod>|Finset\.range"),
    "inequalities": re.compile(r"(?:≤|<|≥|>|\\<le>|\\<ge>)"),
}
_LLEMMA_SHOTS = {True: 7, False: 6}


@dataclass(frozen=True, slots=True)
class Formal:
    """A statement in one prover's language, and a sketch of its proof. `theories` are an Isabelle one's."""

    statement: str
    sketch: str
    theories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A problem and its proof in words, and both in each prover's language."""

    name: str
    topic: str
    informal_statement: str
    informal_proof: str
    lean: Formal
    isabelle: Formal

    def formal(self, language: str) -> Formal:
        return self.isabelle if language == "isabelle" else self.lean


@cache
def examples() -> tuple[Example, ...]:
    """All that ship, by name."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def topic(problem: Problem) -> str:
    """What kind of problem it is, by signs in its name and statement."""
    text = f"{problem.name}\n{_conclusion_last(problem.statement.text)}"
    return next((name for name, signs in _SIGNS.items() if signs.search(text)), "algebra")


def choose(problem: Problem, settings: SketchDefaults, draw: int) -> tuple[Example, ...]:
    """The examples for a prompt, the nearest last; never one of the problem's own name.

    topic: those of its topic, others where these are too few. chance: of its topic first too, in an order
    that `draw` seeds, so that each draw has its own (Draft, Sketch and Prove, arXiv 2210.12283, draws three
    of the problem's kind). numbertheory: seven, of number theory first, if the statement has the word
    `numbertheory`, else six, of the others first (as in LLEMMA's task, arXiv 2310.10631).
    """
    known = [one for one in examples() if one.name != problem.name]
    if settings.choose == "numbertheory":
        wanted = "numbertheory" in problem.statement.text
        ranked = sorted(known, key=lambda one: (one.topic == "number theory") != wanted)
        return tuple(reversed(ranked[: _LLEMMA_SHOTS[wanted]]))
    if settings.choose == "chance":
        random.Random(f"{problem.name} {draw}").shuffle(known)
    own = topic(problem)
    ranked = sorted(known, key=lambda one: one.topic != own)
    return tuple(reversed(ranked[: settings.shots]))


def _conclusion_last(text: str) -> str:
    """A statement whose inequalities in the hypotheses do not count: what follows the last `:` or `shows`."""
    head, _, conclusion = text.rpartition("shows") if "shows" in text else text.rpartition(":")
    return re.sub(r"≤|<|≥|>|\\<le>|\\<ge>", " ", head) + conclusion


def _read(path: Path) -> Example:
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return Example(
        name=path.stem,
        topic=values["topic"],
        informal_statement=values["statement"].strip(),
        informal_proof=values["proof"].strip(),
        lean=_formal(values["lean"]),
        isabelle=_formal(values["isabelle"]),
    )


def _formal(values: dict[str, str | Sequence[str]]) -> Formal:
    return Formal(
        str(values["statement"]).strip("\n"),
        str(values["sketch"]).strip("\n"),
        tuple(values.get("theories", ())),
    )
