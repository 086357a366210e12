"""The last level: leanprover/comparator over a bundle, where it is installed with a native Lean."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from prover.errors import SetupError
from prover.judge.bundle import CONFIGURATION
from prover.types import Rung

PROGRAMS = ("lake", "comparator", "landrun", "lean4export")

_TAIL = 2000


def require_comparator() -> None:
    """Raises `SetupError` naming the programs that are not on the PATH."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        raise SetupError(
            f"level comparator needs {', '.join(lacking)} on the PATH: native Lean from "
            "https://lean-lang.org/install, then https://github.com/leanprover/comparator"
        )


async def compare(folder: Path) -> Rung:
    """What comparator says of the bundle in `folder`: it builds both files in its own sandbox there."""
    process = await asyncio.create_subprocess_exec(
        "lake",
        "env",
        "comparator",
        CONFIGURATION,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    tail = output.decode("utf-8", "replace").strip()[-_TAIL:]
    passed = process.returncode == 0
    return Rung("comparator", passed, "" if passed else tail or f"exit code {process.returncode}")
