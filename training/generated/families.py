"""Every family of statements by name, and those kept whole for testing."""

from __future__ import annotations

from collections.abc import Iterable

from prover.statements.names import unknown_name
from training.generated import (
    arithmetic,
    identities,
    inductions,
    inequalities,
    lists,
    logic,
    mappings,
    modular,
    reals,
    sets,
)
from training.generated.drafts import Family

_THEMES = (arithmetic, modular, inequalities, identities, inductions, logic, sets, lists, mappings, reals)

FAMILIES: dict[str, Family] = {family.__name__: family for theme in _THEMES for family in theme.FAMILIES}

HELD_OUT = frozenset(
    {"digit_puzzles", "symmetric_values", "relations", "integer_division", "reciprocals", "taken_and_dropped"}
)
"""One of each of some themes. What is proved of them was not learnt from their own templates, whereas a test
statement of another family has siblings with other numerals among those trained on."""


def chosen(names: Iterable[str]) -> dict[str, Family]:
    """The families of these names, all where there is none. Raises `InputError` for an unknown one."""
    wanted = list(names)
    for name in wanted:
        if name not in FAMILIES:
            raise unknown_name(name, list(FAMILIES), "the families")
    return {name: FAMILIES[name] for name in wanted or FAMILIES}
