"""The last level: leanprover/comparator, where it is installed with a native Lean."""

from __future__ import annotations

import shutil
from pathlib import Path

from prover.errors import SetupError
from prover.judge.bundle import CONFIGURATION, Pins, Submission, write_bundle
from prover.lean.native.commands import native_env
from prover.processes import output_of
from prover.scratch import scratch_folder
from prover.types import Rung

PROGRAMS = ("lake", "comparator", "landrun", "lean4export")

TIMEOUT_S = 3600.0
"""Seconds for fetching Mathlib's compiled files, and again for building and comparing."""

_TAIL = 2000


def require_comparator() -> None:
    """Raises `SetupError` naming the programs that are not on the PATH."""
    lacking = [program for program in PROGRAMS if shutil.which(program) is None]
    if lacking:
        raise SetupError(
            f"level comparator needs {', '.join(lacking)} on the PATH: native Lean from "
            "https://lean-lang.org/install, then https://github.com/leanprover/comparator"
        )


async def compare(submission: Submission, pins: Pins, timeout_s: float = TIMEOUT_S) -> Rung:
    """What comparator says of a solution: it builds both files in its own sandbox, in a bundle made anew.

    Of the folder that was sent nothing is run or believed but challenge and solution: `pins` are ours. Raises
    `InputError` where the challenge asks for what comparator cannot name.
    """
    with scratch_folder("comparator") as name:
        folder = Path(name) / "bundle"
        write_bundle(folder, submission, pins, "")
        fetch = [("lake", "exe", "cache", "get")] if pins.mathlib else []
        for command in (*fetch, ("lake", "env", "comparator", CONFIGURATION)):
            try:
                code, output = await output_of(command, native_env(), timeout_s, folder)
            except TimeoutError:
                return Rung("comparator", False, f"no end within {timeout_s:g} s: {' '.join(command)}")
            if code != 0:
                return Rung("comparator", False, output.strip()[-_TAIL:] or f"exit code {code}")
    return Rung("comparator", True)
