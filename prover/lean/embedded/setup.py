"""`prover setup lean`: the embedded Lean installed, and our Lean sources compiled with it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from prover.lean.embedded.build import ensure_built
from prover.lean.embedded.install import EmbeddedLean, install_lean, locate_lean


def setup_lean(
    from_file: Path | None = None,
    keep: bool = False,
    verify: bool = False,
    force: bool = False,
    console: Console | None = None,
) -> EmbeddedLean:
    """Make the embedded Lean ready to run, and return it. Quick where it is ready already.

    The arguments are those of `install_lean`. Raises `SetupError`.
    """
    lean = install_lean(from_file, keep, verify, force, console)
    ensure_built(lean, console)
    return lean


def ensure_lean(console: Console | None = None) -> EmbeddedLean:
    """The embedded Lean, set up first where anything of it is missing or broken. Raises `SetupError`."""
    lean = locate_lean()
    if lean is not None and lean.project_build_dir.is_dir():
        return lean
    return setup_lean(console=console)
