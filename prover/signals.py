"""The signals that ask a command to end."""

from __future__ import annotations

import signal


def signals_to_end() -> list[signal.Signals]:
    """SIGINT, SIGTERM and SIGHUP, but those that this process was started to ignore.

    `nohup` has SIGHUP ignored, a shell's script SIGINT in what it leaves to the background.
    """
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return [number for number in asked if signal.getsignal(number) is not signal.SIG_IGN]
