"""How likely a tactic of the portfolio is to work, learnt by the rule that proposes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from prover.errors import ModelError

CHANCES = "chances.json"
"""Its name in a model's folder."""


@dataclass(frozen=True, slots=True)
class Chances:
    """Each number is a share of the states where it was tried, above 0 and below 1.

    rules: for a rule of the portfolio the chance of its first tactic, its second and so on; the last stands
    for all later ones. other: that of a rule which is not there. model: the chance that one of the model's
    tactics works. Learnt by `training.chances` on statements of the training data.
    """

    rules: Mapping[str, Sequence[float]]
    other: float
    model: float

    def of(self, rule: str, place: int) -> float:
        """The chance of the tactic at that place, from 0, of what the rule proposes."""
        known = self.rules.get(rule)
        return known[min(place, len(known) - 1)] if known else self.other


def read_chances(folder: Path) -> Chances | None:
    """The chances that a model's folder has, None where it has none. Raises `ModelError` for a damaged
    file."""
    path = folder / CHANCES
    try:
        content = orjson.loads(path.read_bytes())
        return Chances(
            rules={str(name): [_chance(value) for value in row] for name, row in content["rules"].items()},
            other=_chance(content["other"]),
            model=_chance(content["model"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error


def _chance(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 < value < 1:
        raise ValueError(f"{value!r} is no chance between 0 and 1")
    return float(value)
