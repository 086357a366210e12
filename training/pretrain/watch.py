"""Tells when a run has gone wrong: a loss that is no number, or one that leaps and stays up."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from training.pretrain.settings import Watch


class LossWatch:
    """Fed with each step's loss. `state` and `restore` are for checkpoints: a resumed run judges alike."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.restore({"recent": [], "high": 0})

    @property
    def calm(self) -> bool:
        """Whether the last step's loss was as expected."""
        return self._high == 0

    def wrong(self, loss: float, norm: float) -> str | None:
        """What is wrong after a step with this loss and gradient norm, in words; None if nothing is."""
        if not (math.isfinite(loss) and math.isfinite(norm)):
            return f"the loss is {loss}, the gradient's norm {norm}"
        mean = sum(self._recent) / len(self._recent) if self._recent else loss
        if len(self._recent) == self._watch.window and loss > mean + self._watch.leap:
            self._high += 1
            if self._high >= self._watch.patience:
                return (
                    f"{self._high} losses were far above the mean before, {mean:.3f}; the last is {loss:.3f}"
                )
            return None
        self._high = 0
        self._recent.append(loss)
        return None

    def state(self) -> dict[str, Any]:
        return {"recent": list(self._recent), "high": self._high}

    def restore(self, state: dict[str, Any]) -> None:
        self._recent: deque[float] = deque(state["recent"], maxlen=self._watch.window)
        self._high = int(state["high"])
