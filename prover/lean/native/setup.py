"""`prover setup lean --native`: the toolchain, Mathlib's compiled files, and the REPL for a Lake project."""

from __future__ import annotations

import shutil
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded.sources import lean_project_dir
from prover.lean.native.commands import find_program, run
from prover.lean.native.launch import Repl, find_repl, repls_of
from prover.lean.native.project import REPL_URL, LakeProject, own_project, own_toolchain, repl_tag, version_of

_OWN_FILES = ("lakefile.toml", "lake-manifest.json", "lean-toolchain")


def setup_native(
    project: LakeProject | None = None, offline: bool = False, console: Console | None = None
) -> tuple[LakeProject, Repl]:
    """Make a Lake project ready to prove in, and return it with its REPL. Quick where it is ready already.

    project: the user's; by default our own, which pins Mathlib. `offline`: nothing is fetched; the toolchain
    and the packages must be there. Raises `SetupError` with the way out.
    """
    console = console or Console(stderr=True)
    chosen = project or own_project()
    elan, lake = find_program("elan"), find_program("lake")
    ensure_toolchain(elan, chosen.toolchain, offline, console)
    make_workshop(chosen)
    with FileLock(f"{chosen.workshop}.lock"):
        if chosen.mathlib and not chosen.mathlib_built:
            _fetch_mathlib(lake, chosen, offline, console)
        _build_repl(lake, chosen, offline, console)
    return chosen, find_repl(chosen)


def ensure_toolchain(elan: Path, toolchain: str, offline: bool, console: Console) -> None:
    """Install a toolchain unless elan has it. Raises `SetupError`."""
    installed = installed_toolchains(elan, console)
    if toolchain in installed or version_of(toolchain) in [v for v in map(version_of, installed) if v]:
        return
    if offline:
        raise SetupError(
            f"the toolchain {toolchain} is not installed, and --offline forbids to fetch it: on a machine "
            f"with a network `elan toolchain install {toolchain}`, then copy its folder of ~/.elan/toolchains"
        )
    run([elan, "toolchain", "install", toolchain], Path.cwd(), f"Installing {toolchain}", console)


def installed_toolchains(elan: Path, console: Console) -> list[str]:
    """What `elan toolchain list` names. It asks no server."""
    listed = run([elan, "toolchain", "list"], Path.cwd(), "Asking elan for its toolchains", console)
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def make_workshop(project: LakeProject) -> None:
    """Write the Lake project in which the REPL is built: our own, a copy of `lean_project`; for a user's, one
    that requires no Mathlib, with our REPL where it is for this toolchain.

    Raises `SetupError` where there is no REPL for the toolchain.
    """
    folder, source = project.workshop, lean_project_dir()
    ours = project.toolchain == own_toolchain()
    tag = repl_tag(project.toolchain)
    if tag is None:
        raise SetupError(
            f"no community REPL is known for the toolchain {project.toolchain}: it is built for releases, "
            "from 4.8 on, and their candidates"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if project.own:
        for name in _OWN_FILES:
            _write(folder / name, (source / name).read_text(encoding="utf-8"))
    else:
        _write(folder / "lean-toolchain", f"{project.toolchain}\n")
        _write(folder / "lakefile.toml", _WORKSHOP.format(url=REPL_URL, tag=tag) + (_OURS if ours else ""))
    if ours:
        shutil.copytree(source / "Prover" / "Repl", folder / "Prover" / "Repl", dirs_exist_ok=True)


_WORKSHOP = 'name = "workshop"\n\n[[require]]\nname = "REPL"\ngit = "{url}"\nrev = "{tag}"\n'
_OURS = (
    '\n[[lean_lib]]\nname = "Prover"\nglobs = ["Prover.+"]\n'
    '\n[[lean_exe]]\nname = "repl"\nroot = "Prover.Repl.Main"\nsupportInterpreter = true\n'
)


def _write(path: Path, text: str) -> None:
    """Leave a file alone that says the same: Lake looks at times too."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _fetch_mathlib(lake: Path, project: LakeProject, offline: bool, console: Console) -> None:
    if project.mathlib == "itself":
        return
    if offline:
        raise SetupError(
            f"Mathlib is not built in {project.folder}, and --offline forbids to fetch it: copy "
            ".lake/packages from a machine where `lake exe cache get` has run"
        )
    run([lake, "exe", "cache", "get"], project.folder, "Fetching Mathlib's compiled files", console)


def _build_repl(lake: Path, project: LakeProject, offline: bool, console: Console) -> None:
    """Ours where it is for this toolchain; the community's where it is not, or does not build."""
    ours, _ = repls_of(project.workshop)
    if project.toolchain == own_toolchain() and not ours.path.is_file():
        try:
            run([lake, "build", "repl"], project.workshop, "Building our REPL", console, offline)
        except SetupError as error:
            console.print(
                f"our REPL does not build, the community's is used: {error}", markup=False, soft_wrap=True
            )
    if not any(repl.path.is_file() for repl in repls_of(project.workshop)):
        run([lake, "build", "@REPL/repl"], project.workshop, "Building the community REPL", console, offline)
