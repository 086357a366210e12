"""How busy model and prover are, and from that how many states of a theorem are expanded at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WIDEN_BELOW, NARROW_ABOVE = 0.8, 0.95
"""Shares of busy prover time. Between them the width is left alone."""

FULL_BATCH = 8
"""Requests in flight on average from which on an engine's batch gains little by more of them."""

WINDOW_S = 0.5
"""How long is measured before the width changes again."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the time so far, 0 to 1.

    model: at least one request was with the model. lean: of all the prover's processes together, by the time
    that the prover itself reports. waiting: neither had anything to do.
    """

    model: float = 0.0
    lean: float = 0.0
    waiting: float = 0.0


class Flow:
    """Meters shared by all searches on one policy and one prover, and the width that follows from them.

    While the prover has idle time and the model no full batch, more states are handed to the model at once:
    engines batch, so several requests take little longer than one. When the prover has none, a wider search
    would only stray from best-first order, and is narrowed. With a policy that answers at once it stays 1.
    """

    def __init__(
        self, processes: int = 1, max_width: int = 16, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._processes, self._max_width, self._clock = processes, max_width, clock
        self._asking = self._stepping = 0
        self._model_s = self._lean_s = self._waiting_s = self._asked_s = 0.0
        self._began = self._last = self._window = clock()
        self._window_lean_s = self._window_asked_s = 0.0
        self.width = 1
        """States of one theorem to be expanded at the same time."""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a request is with the model."""
        self._tick()
        self._asking += 1
        try:
            yield
        finally:
            self._tick()
            self._asking -= 1
            self._adapt()

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """While a step is with the prover."""
        self._tick()
        self._stepping += 1
        try:
            yield
        finally:
            self._tick()
            self._stepping -= 1

    def stepped(self, seconds: float) -> None:
        """A step took the prover so long."""
        self._lean_s += seconds

    def shares(self) -> Shares:
        self._tick()
        elapsed = max(self._last - self._began, 1e-9)
        lean = min(self._lean_s / (elapsed * self._processes), 1.0)
        return Shares(self._model_s / elapsed, lean, self._waiting_s / elapsed)

    def _tick(self) -> None:
        now = self._clock()
        passed, self._last = now - self._last, now
        self._asked_s += self._asking * passed
        if self._asking:
            self._model_s += passed
        if not self._asking and not self._stepping:
            self._waiting_s += passed

    def _adapt(self) -> None:
        length = self._last - self._window
        if length < WINDOW_S:
            return
        lean = (self._lean_s - self._window_lean_s) / (length * self._processes)
        asked = (self._asked_s - self._window_asked_s) / length
        if lean > NARROW_ABOVE:
            self.width = max(1, self.width - 1)
        elif lean < WIDEN_BELOW and 1 - WIDEN_BELOW < asked < FULL_BATCH:
            self.width = min(self._max_width, self.width + 1)
        self._window, self._window_lean_s, self._window_asked_s = self._last, self._lean_s, self._asked_s
