"""Draws statements from the families, without duplicates, and assigns them to splits."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping

from prover.overlap.shape import shape
from prover.statements.preludes import preludes_for
from training.generated.drafts import Family, render
from training.generated.families import HELD_OUT
from training.statements import Split, TrainingStatement

PATIENCE = 60
"""Draws in a row without anything new after which a family counts as exhausted."""

VALIDATION, TEST = 0.05, 0.05
"""Shares of a family that is not held out."""


def generate(
    seed: int, count: int, families: Mapping[str, Family], split_seed: int = 0
) -> Iterator[TrainingStatement]:
    """At most `count` statements, as many of each family as it has to give, family after family.

    A family's statements depend on `seed` and its own name alone, not on the other families.
    """
    streams = {name: _texts(seed, name, family) for name, family in families.items()}
    drawn: dict[str, list[str]] = {name: [] for name in families}
    missing = count
    while streams and missing > 0:
        for name in list(streams):
            text = next(streams[name], None) if missing else None
            if text is not None:
                drawn[name].append(text)
                missing -= 1
            elif missing:
                del streams[name]
    for name, texts in drawn.items():
        for number, text in enumerate(texts):
            yield _statement(name, number, text, split_seed)


def split_of(family: str, text: str, split_seed: int) -> Split:
    """By a hash of what is alike under other names (see `shape`); whole families are the test's."""
    if family in HELD_OUT:
        return "test"
    alike = " ".join(shape(f"theorem t{text}").key)
    digest = hashlib.sha256(f"{split_seed}\n{alike}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if place < TEST else "validation" if place < TEST + VALIDATION else "train"


def _texts(seed: int, name: str, family: Family) -> Iterator[str]:
    rng = random.Random(f"{seed} {name}")
    seen: set[str] = set()
    idle = 0
    while idle < PATIENCE:
        text = render(rng, family(rng))
        idle += 1
        if text not in seen:
            seen.add(text)
            idle = 0
            yield text


def _statement(family: str, number: int, text: str, split_seed: int) -> TrainingStatement:
    name = f"gen_{family}_{number}"
    header = preludes_for(text)[0].header
    split = split_of(family, text, split_seed)
    return TrainingStatement(name, f"theorem {name}{text}", header, "generated", family, split)
