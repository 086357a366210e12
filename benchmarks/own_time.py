"""How much of the CPU time of a run is our own code's, by sampling this process and adding up all others."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from types import FrameType, TracebackType

import psutil

INTERVAL_S = 0.002

ENGINE = ("/vllm/", "/transformers/", "/torch/", "/tokenizers/", "/zmq/", "/msgspec/", "/ctranslate2/")
"""Packages whose frames, innermost of those that are not the standard library's, are not our code's."""


@dataclass(frozen=True, slots=True)
class CpuShares:
    """Shares of `total_s`, the CPU seconds of this process and all its children.

    front_end: this process's time in the model engine's own code. ours: the rest of this process's.
    """

    ours: float
    front_end: float
    total_s: float


class CpuMeter:
    """A context manager for the main thread; `shares` afterwards.

    A timer of CPU time interrupts this process; what it interrupts is the engine's if a frame of the engine
    is on the stack, and ours if not, the event loop included.
    """

    def __enter__(self) -> CpuMeter:
        self._engine = self._ours = 0
        self._before = _cpu_seconds()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        own, others = _cpu_seconds()
        self._own_s, self._others_s = own - self._before[0], others - self._before[1]

    def shares(self) -> CpuShares:
        total = self._own_s + self._others_s
        ours = self._own_s * self._ours / max(1, self._ours + self._engine)
        return CpuShares(ours / total, (self._own_s - ours) / total, total)

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        while frame is not None:
            if any(package in frame.f_code.co_filename for package in ENGINE):
                self._engine += 1
                return
            frame = frame.f_back
        self._ours += 1


def _cpu_seconds() -> tuple[float, float]:
    """CPU seconds so far: of this process, of its living and ended children."""
    me = psutil.Process()
    mine = me.cpu_times()
    others = mine.children_user + mine.children_system
    for child in me.children(recursive=True):
        times = child.cpu_times()
        others += times.user + times.system
    return mine.user + mine.system, others
