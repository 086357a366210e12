"""How many of this machine's processors a model that computes on them takes."""

from __future__ import annotations

import os

import psutil


def half_of_the_cores() -> int:
    """The others are the prover's: on a busy machine, threads that wait for one another are slow.

    Of the processors that this process may use, where the system says so (macOS does not).
    """
    me = psutil.Process()
    cores = len(me.cpu_affinity()) if hasattr(me, "cpu_affinity") else os.cpu_count() or 1
    return max(1, cores // 2)
