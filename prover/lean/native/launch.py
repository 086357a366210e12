"""The command line that starts a native Lean's REPL in a Lake project: `lake env …/repl`, with limits."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from prover.errors import SetupError
from prover.lean.native.community import CommunityLaunch
from prover.lean.native.project import LakeProject
from prover.lean.session import Launch, env_with

ELAN_URL = "https://lean-lang.org/install"

ADDRESS_SPACE = 24_000_000_000
"""Bytes of address space of one process. Mathlib's compiled files are mapped into it: 6 GB before any
work."""

RESIDENT = 8_000_000_000
"""Bytes of resident memory above which a process is recycled between two theorems."""

_ENVIRONMENT = ("PATH", "HOME", "ELAN_HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
"""What a native Lean sees of our environment: no keys, no tokens."""


@dataclass(frozen=True, slots=True)
class Repl:
    """A REPL's executable. `ours`: built from `lean_project/Prover/Repl`, with our optional requests."""

    path: Path
    ours: bool


def find_program(name: str) -> Path:
    """`elan` or `lake`, on the PATH or where elan installs itself. Raises `SetupError` with the way out."""
    home = Path(os.environ.get("ELAN_HOME") or Path.home() / ".elan") / "bin"
    found = shutil.which(name) or shutil.which(name, path=str(home))
    if found is None:
        raise SetupError(
            f"{name} is not on the PATH: install elan, Lean's version manager, as {ELAN_URL} says "
            "(or use the embedded Lean: leave out --lean native and --project)"
        )
    return Path(found)


def find_repl(project: LakeProject) -> Repl:
    """The REPL for a project's toolchain: ours where it was built, else the community's.

    Raises `SetupError` with the command that builds it.
    """
    for repl in repls_of(project.workshop):
        if repl.path.is_file():
            return repl
    command = "prover setup lean --native" + ("" if project.own else f" --project {project.folder}")
    raise SetupError(f"there is no REPL for the toolchain {project.toolchain}: {command}")


def repls_of(workshop: Path) -> tuple[Repl, Repl]:
    """Where a workshop's REPLs are once they are built, the better one first."""
    executable = Path(".lake") / "build" / "bin" / "repl"
    return (
        Repl(workshop / executable, ours=True),
        Repl(workshop / ".lake" / "packages" / "REPL" / executable, ours=False),
    )


def native_launch(project: LakeProject, repl: Repl, address_space: int = ADDRESS_SPACE) -> Launch:
    """How to start `repl` in `project`, with so many bytes of address space at most."""
    kind = Launch if repl.ours else CommunityLaunch
    return kind(lake_env(repl.path, address_space), native_env(), str(project.folder))


def lake_env(program: Path, address_space: int = ADDRESS_SPACE) -> tuple[str, ...]:
    """The command that runs a program in a project: `lake env` decides what can be imported, and by which
    Lean.

    The shell limits the address space before it becomes Lake, where the system has such a limit.
    """
    limit = 'ulimit -v "$1" 2>/dev/null; shift; exec "$@"'
    kibibytes = str(address_space // 1024)
    return ("/bin/sh", "-c", limit, "sh", kibibytes, str(find_program("lake")), "env", str(program))


def native_env() -> dict[str, str]:
    """The environment of Lean's own programs, elan's folder on the PATH."""
    env = env_with(_ENVIRONMENT)
    folder = str(find_program("lake").parent)
    if folder not in env.get("PATH", "").split(os.pathsep):
        env["PATH"] = os.pathsep.join(part for part in (folder, env.get("PATH", "")) if part)
    return env
