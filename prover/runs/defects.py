"""Statements of miniF2F that do not say what they mean: the listed ones, by the hash of their text."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

DEFECTS = Path(__file__).with_name("defects.toml")


@dataclass(frozen=True, slots=True)
class Defect:
    """One statement. `kind`: `false` (there is a counterexample), `vacuous` (its hypotheses never hold), or
    `misformalised` where the list says no more.

    `sha256` is that of the text as `records.statement_hash` makes it: a mended statement is not meant.
    Empty, it goes by the name alone.
    """

    name: str
    split: str
    kind: str
    sha256: str
    reason: str


def known_defects() -> list[Defect]:
    """The list that ships, in its order."""
    return [Defect(**one) for one in tomllib.loads(DEFECTS.read_text(encoding="utf-8"))["defects"]]
