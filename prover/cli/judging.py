"""The Lean in which a stranger's file is judged: the embedded one, or a user's own with our REPL."""

from __future__ import annotations

from rich.console import Console

from prover.attempts.home import LeanChoice, open_home
from prover.errors import SetupError
from prover.lean.native.project import own_toolchain
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.protocol import RUNGS


def judging_pool(choice: LeanChoice, console: Console) -> LeanPool:
    """Processes of the chosen Lean, none of them started.

    Raises `SetupError` where our REPL does not run there: only it has a request for whole files.
    """
    home = open_home(choice, console)
    if home.launch.rungs != RUNGS:
        raise SetupError(
            f"whole files are judged by our own REPL, which is for {own_toolchain()}: use --lean native in a "
            "project of that toolchain, or prover export --no-judge and leanprover/comparator"
        )
    default = PoolSettings(size=0, spares=0)
    return LeanPool(home.launch, PoolSettings(0, 0, max_bytes=max(default.max_bytes, home.max_bytes)))
