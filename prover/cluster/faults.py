"""What a run on a cluster has lost so far, and how long it took until the work went on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """A worker or replica that was lost. `attempts`: what it was at.

    recovered_s: seconds until all of that was under way elsewhere, or there was another replica; None before.
    """

    name: str
    reason: str
    attempts: int = 0
    recovered_s: float | None = None
    _at: float = field(default_factory=time.monotonic)

    def recovered(self) -> float:
        """It is, now; after so many seconds."""
        self.recovered_s = time.monotonic() - self._at
        return self.recovered_s
