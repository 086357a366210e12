"""The families of a benchmark's problems, told by their names as miniF2F gives them."""

from __future__ import annotations

FAMILIES = (
    "mathd_algebra",
    "mathd_numbertheory",
    "amc",
    "aime",
    "imo",
    "algebra",
    "numbertheory",
    "induction",
)

OTHER = "other"


def family_of(name: str) -> str:
    """The first family whose name the problem's begins with, else `other`."""
    lowered = name.lower()
    return next((family for family in FAMILIES if lowered.startswith(family)), OTHER)


def family_rank(family: str) -> int:
    """A family's place in tables."""
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)
