"""What a tactic will cost: seconds of the prover, foretold from the words in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from prover.errors import ModelError

COSTS = "costs.json"
"""Its name in a model's folder."""

_WORD = re.compile(r"\b[a-z][a-z_]{2,}\b[!?]?")


@dataclass(frozen=True, slots=True)
class TacticCosts:
    """`base` seconds for any tactic, and so many more for each word that occurs in it, however often.

    Learnt by `training.costs` from what tactics took that were tried on statements of the training data.
    """

    base: float
    words: Mapping[str, float]

    def seconds(self, tactic: str) -> float:
        """Expected seconds of the prover, more than 0."""
        return self.base + sum(self.words.get(word, 0.0) for word in tactic_words(tactic))


def tactic_words(tactic: str) -> frozenset[str]:
    """The names in a tactic that may tell what it costs: lower-case words of three letters and more."""
    return frozenset(_WORD.findall(tactic))


def read_costs(folder: Path) -> TacticCosts | None:
    """The costs that a model's folder has, None where it has none. Raises `ModelError` for a damaged file."""
    path = folder / COSTS
    try:
        content = orjson.loads(path.read_bytes())
        costs = TacticCosts(
            base=_seconds(content["base"]),
            words={str(word): _seconds(value) for word, value in content["words"].items()},
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    if costs.base <= 0:
        raise ModelError(f"{path} is damaged: no tactic costs nothing")
    return costs


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < 3600:
        raise ValueError(f"{value!r} is no number of seconds")
    return float(value)
