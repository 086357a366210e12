"""Finds the Lean sources that ship with the agent (`lean_project/`), and names their state by a hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import prover
from prover.errors import SetupError

_SUFFIX = ".lean"


def lean_project_dir() -> Path:
    """The folder `lean_project`: inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(prover.__file__).resolve().parent
    for folder in (package / "_lean_project", package.parent / "lean_project"):
        if folder.is_dir():
            return folder
    raise SetupError("this installation lacks its Lean sources: install prover again")


def sources_digest() -> str:
    """SHA-256 over the names and contents of the Lean sources: compiled files of another one are stale."""
    folder = lean_project_dir()
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.suffix == _SUFFIX and not any(part.startswith(".") for part in relative.parts):
            content = path.read_bytes()
            whole.update(f"{relative.as_posix()}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
