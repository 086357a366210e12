"""What a search may spend, each resource on its own, and what it has spent."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Any

from prover.errors import InputError


@dataclass(slots=True)
class Counts:
    """What a search has spent and met so far.

    `steps` are tactics run, replays included; `focuses` the structural steps between them. `merged` are
    edges that reached a state already known, `duplicates` states equal to a known one but for names,
    `cycles` edges back to an ancestor. `errors` counts failed steps by kind of result. `model_seconds` are
    spent waiting for the policy; of states asked about side by side they add up.
    """

    expansions: int = 0
    steps: int = 0
    focuses: int = 0
    replays: int = 0
    model_tokens: int = 0
    model_seconds: float = 0.0
    lean_seconds: float = 0.0
    wall_seconds: float = 0.0
    merged: int = 0
    duplicates: int = 0
    cycles: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def by_budget(self) -> dict[str, float]:
        """What has been spent of each limit of a `Budget`, under its name."""
        return {
            "expansions": self.expansions,
            "steps": self.steps,
            "tokens": self.model_tokens,
            "lean_s": self.lean_seconds,
            "wall_s": self.wall_seconds,
        }

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one search; None is unlimited. A limit that is reached stops the search.

    expansions: states handed to the policy. tokens: tokens the policy generated. Tactics that are paid for
    when either is spent are still tried. steps: tactics run.
    lean_s: seconds the prover itself reports for its steps; those in flight may overrun it.
    wall_s: seconds since the search began, the prover's start included; steps in flight are cancelled.
    """

    expansions: int | None = None
    steps: int | None = None
    tokens: int | None = None
    lean_s: float | None = None
    wall_s: float | None = None

    @staticmethod
    def parse(text: str) -> Budget:
        """From `expansions=100,lean_s=60`; empty is unlimited. Raises `InputError` on what it cannot read."""
        limits: dict[str, Any] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            key, equals, value = (part.strip() for part in item.partition("="))
            if not equals:
                raise InputError(f"budget {item!r} is not of the form name=number")
            if key in limits:
                raise InputError(f"budget {key!r} is given twice")
            limits[key] = _number(key, value)
        return Budget(**limits)

    def spent(self, counts: Counts) -> str | None:
        """The name of a limit that has been reached, or None."""
        limits = {name: getattr(self, name) for name in _NAMES}
        used = counts.by_budget()
        reached = (n for n in _NAMES if limits[n] is not None and used[n] >= limits[n])
        return next(reached, None)

    def after(self, counts: Counts) -> Budget:
        """What is left when `counts` has been spent."""
        used = counts.by_budget()
        limits = {name: getattr(self, name) for name in _NAMES}
        return Budget(**{n: None if limits[n] is None else max(0, limits[n] - used[n]) for n in _NAMES})

    def within(self, cap: Budget) -> Budget:
        """Of each resource the tighter limit of the two."""
        pairs = {name: (getattr(self, name), getattr(cap, name)) for name in _NAMES}
        return Budget(
            **{n: min((v for v in pair if v is not None), default=None) for n, pair in pairs.items()}
        )

    def within_expansion(self) -> Budget:
        """The limits that hold between the steps of one expansion: what was paid for is used."""
        return replace(self, expansions=None, tokens=None)


_NAMES = tuple(item.name for item in fields(Budget))
_WHOLE = {"expansions", "steps", "tokens"}


def _number(key: str, value: str) -> float:
    if key not in _NAMES:
        raise InputError(f"unknown budget {key!r}; known: {', '.join(_NAMES)}")
    try:
        number = int(value) if key in _WHOLE else float(value)
    except ValueError:
        kind = "a whole number" if key in _WHOLE else "a number of seconds"
        raise InputError(f"budget {key}: {value!r} is not {kind}") from None
    if number < 0 or not math.isfinite(number):
        raise InputError(f"budget {key}: {value!r} must be finite and not negative")
    return number
