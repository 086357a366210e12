"""From what Lean found to statements: one for each type, whose header takes the theorem's attributes away."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from training.library.lean import Found
from training.library.names import Theorem
from training.statements import TrainingStatement

_REASONS = (
    ("another type", "reads back as another type"),
    ("crash", "Lean crashed"),
    ("too slow", "too slow"),
    ("failed to prove index", "an index whose proof is not printed"),
    ("stuck", "a type that the text leaves open"),
    ("don't know how to synthesize", "a type that the text leaves open"),
    ("unused universe", "a universe that the text leaves open"),
    ("unexpected", "does not parse"),
    ("expected", "does not parse"),
)
"""What Lean's message begins with or holds, and what the report calls it."""


def capped(theorems: Sequence[Theorem], per_module: int, limit: int | None, seed: int) -> list[Theorem]:
    """At most `per_module` theorems of each module and `limit` in all, drawn by `seed`, in their order."""
    draw = random.Random(seed)
    by_module: defaultdict[str, list[Theorem]] = defaultdict(list)
    for theorem in theorems:
        by_module[theorem.module].append(theorem)
    chosen = [t for own in by_module.values() for t in draw.sample(own, min(per_module, len(own)))]
    if limit is not None:
        chosen = draw.sample(chosen, min(limit, len(chosen)))
    names = {theorem.name for theorem in chosen}
    return [theorem for theorem in theorems if theorem.name in names]


def assemble(
    theorems: Sequence[Theorem], found: Sequence[Found], header: str
) -> tuple[list[TrainingStatement], list[dict[str, Any]]]:
    """The statements, all in split "train", and what was lost: name, reason and Lean's word on it.

    Theorems of one type become one statement, whose header takes away the attributes of all of them.
    """
    modules = {theorem.name: theorem.module for theorem in theorems}
    kept: dict[tuple[str, int], list[Found]] = {}
    lost: list[dict[str, Any]] = []
    for item in found:
        why = item.lost or ("a proof that is hidden" if "._proof_" in item.text else "")
        if why:
            lost.append({"name": item.name, "reason": reason(why), "detail": why})
            continue
        twins = kept.setdefault((item.hash, len(item.text.split())), [])
        if twins:
            lost.append({"name": item.name, "reason": "the type of another", "detail": twins[0].name})
        twins.append(item)
    return [_statement(twins, modules[twins[0].name], header) for twins in kept.values()], lost


def _statement(twins: Sequence[Found], module: str, header: str) -> TrainingStatement:
    first = twins[0]
    lines = [line for twin in twins for line in twin.erase]
    return TrainingStatement(
        name=first.text.split()[1].split(".")[0],
        text=first.text,
        header="\n".join([header.rstrip("\n"), *lines]) + "\n",
        origin="library",
        group=module,
        split="train",
        without=first.name,
    )


def reason(why: str) -> str:
    """The kind of a failure, for counting."""
    return next((kind for sign, kind in _REASONS if sign in why), why.splitlines()[0][:60])
