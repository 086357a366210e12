"""How a native Lean's REPL starts in a Lake project: with what `lake env` says, in a sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from prover.errors import SetupError
from prover.lean.native.commands import find_program, run
from prover.lean.native.community import CommunityLaunch
from prover.lean.native.project import LakeProject
from prover.lean.session import Launch, env_with
from prover.sandbox import SEEN, Limits, Sandbox, confinement_here

ADDRESS_SPACE = 24_000_000_000
"""Bytes of address space of one process. Mathlib's compiled files are mapped into it: 6 GB before any
work."""

RESIDENT = 8_000_000_000
"""Bytes of resident memory above which a process is recycled between two theorems."""

_PATHS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LEAN_PATH", "LEAN_SRC_PATH", "LEAN_SYSROOT", "LAKE_HOME")
"""Variables of Lake's that name folders."""

_OTHERS = ("PATH", "LEAN_GITHASH")
"""What else a native Lean sees of them; of ours, `PATH`, `LANG` and `TZ`."""


@dataclass(frozen=True, slots=True)
class Repl:
    """A REPL's executable. `ours`: built from `lean_project/Prover/Repl`, with our optional requests."""

    path: Path
    ours: bool


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


def native_launch(
    project: LakeProject,
    repl: Repl,
    address_space: int = ADDRESS_SPACE,
    kind: type[Launch] | None = None,
    console: Console | None = None,
) -> Launch:
    """How to start `repl` in `project`, with so many bytes of address space at most.

    Lake is asked once, as its user would ask it: it may write into the project's `.lake` and fetch a
    toolchain. What the processes are is confined, and reads what Lake named. Raises `SetupError`.
    """
    env = lake_env(project, console or Console(stderr=True))
    folders = (repl.path.parent, project.workshop, *_folders(env))
    readable = _outermost(folder.resolve() for folder in folders if folder.is_dir())
    limits = Limits(memory_bytes=address_space)
    sandbox = Sandbox(project.folder, readable, limits, confinement_here())
    chosen = kind or (Launch if repl.ours else CommunityLaunch)
    return chosen((str(repl.path.resolve()),), env, str(project.folder), sandbox=sandbox)


def lake_env(project: LakeProject, console: Console) -> dict[str, str]:
    """The variables with which programs run in a project: what can be imported, and by which Lean.

    Folders are named by their own paths, for in a sandbox a link to them may be missing.
    """
    title = f"Asking Lake what {project.folder.name} imports"
    printed = run([find_program("lake"), "env"], project.folder, title, console, quiet=True)
    said = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    env = env_with(SEEN) | {name: said[name] for name in _OTHERS if said.get(name)}
    for name in _PATHS:
        if parts := _parts(said.get(name, "")):
            env[name] = os.pathsep.join(str(_at(project, part)) for part in parts)
    return env


def _folders(env: dict[str, str]) -> list[Path]:
    return [Path(part) for name in _PATHS for part in _parts(env.get(name, ""))]


def _parts(value: str) -> list[str]:
    return [part for part in value.split(os.pathsep) if part]


def _at(project: LakeProject, part: str) -> Path:
    """Lake names folders of the project relative to it."""
    return (project.folder / part).resolve()


def _outermost(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Those that lie in no other of them."""
    found = dict.fromkeys(folders)
    return tuple(one for one in found if not any(other in one.parents for other in found))
