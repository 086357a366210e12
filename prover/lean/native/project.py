"""A Lake project as the prover needs it: its toolchain, its Mathlib, and the folder where its REPL is built.

Nothing is written into a user's project. The REPL is built in a folder of ours, one for each toolchain, by a
Lake project that requires the community REPL at the tag made for that toolchain.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.errors import InputError
from prover.lean.embedded.install import cache_dir
from prover.lean.embedded.sources import lean_project_dir

MATHLIB_HEADER = "import Mathlib\nset_option maxHeartbeats 400000\nopen BigOperators Real Nat Topology Rat\n"
"""The header of a statement that comes without one, in a project with Mathlib: miniF2F's."""

REPL_URL = "https://github.com/leanprover-community/repl"

_LAKEFILES = ("lakefile.toml", "lakefile.lean")
_VERSION = re.compile(r":v?(\d+)\.(\d+)\.(\d+)(?:-rc(\d+))?\Z")
_RELEASE = 1 << 16
"""A release stands after its candidates."""

REPL_TAGS = tuple(
    "v4.8.0 v4.9.0 v4.10.0 v4.11.0-rc1 v4.14.0 v4.15.0 v4.16.0 v4.17.0 v4.18.0 v4.19.0 v4.21.0 v4.22.0 "
    "v4.23.0-rc2 v4.24.0 v4.25.0 v4.25.1 v4.26.0 v4.27.0 v4.28.0 v4.29.0 v4.30.0 v4.31.0 v4.32.0 "
    "v4.33.0-rc1 v4.33.0-rc2".split()
)
"""The community REPL's tags (its repository, November 2026; of candidates only those without a release)."""


@dataclass(frozen=True, slots=True)
class LakeProject:
    """A folder with a lakefile. `toolchain` as in `lean-toolchain`; `mathlib` the revision in its manifest.

    `own`: it is our copy of `lean_project`.
    """

    folder: Path
    toolchain: str
    mathlib: str | None = None
    own: bool = False

    @property
    def header(self) -> str:
        """The header of a statement that comes without one."""
        return MATHLIB_HEADER if self.mathlib else ""

    @property
    def workshop(self) -> Path:
        """The folder of ours where the REPL for its toolchain is built."""
        if self.own:
            return self.folder
        return cache_dir() / "native" / re.sub(r"[^\w.+-]+", "-", self.toolchain).strip("-")

    @property
    def mathlib_built(self) -> bool:
        """Whether Mathlib's compiled files are where Lake puts them."""
        build = self.folder / ".lake" / "packages" / "mathlib" / ".lake" / "build" / "lib"
        return build.is_dir()


def read_project(folder: Path) -> LakeProject:
    """The Lake project in `folder` or in one above it.

    Raises `InputError` where there is none, or no toolchain is named.
    """
    start = folder.expanduser().resolve()
    found = next((at for at in (start, *start.parents) if any((at / f).is_file() for f in _LAKEFILES)), None)
    if found is None:
        raise InputError(f"{folder} is in no Lake project: there is no {' or '.join(_LAKEFILES)}")
    try:
        toolchain = (found / "lean-toolchain").read_text(encoding="utf-8").strip()
    except OSError:
        toolchain = ""
    if not toolchain:
        raise InputError(f"{found} names no toolchain: write one into {found / 'lean-toolchain'}")
    return LakeProject(found, toolchain, mathlib_revision(found))


def own_project() -> LakeProject:
    """Our own Lake project, which pins Mathlib and the REPL: what is proved in by default."""
    folder = cache_dir() / "native" / "lean_project"
    return LakeProject(folder, own_toolchain(), mathlib_revision(lean_project_dir()), own=True)


def own_toolchain() -> str:
    """The toolchain that `lean_project` is for."""
    return (lean_project_dir() / "lean-toolchain").read_text(encoding="utf-8").strip()


def mathlib_revision(folder: Path) -> str | None:
    """The revision of Mathlib in a project's manifest; None where it does not depend on Mathlib."""
    if is_mathlib(folder):
        return "itself"
    packages = manifest_packages(folder)
    return next((str(p.get("rev", "")) for p in packages if p.get("name") == "mathlib"), None)


def manifest_packages(folder: Path) -> list[dict[str, Any]]:
    """What `lake-manifest.json` lists; nothing where it is missing or broken."""
    try:
        packages = json.loads((folder / "lake-manifest.json").read_bytes())["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [package for package in packages if isinstance(package, dict)]


def is_mathlib(folder: Path) -> bool:
    """Whether the project is a checkout of Mathlib."""
    return (folder / "Mathlib.lean").is_file() and (folder / "Mathlib").is_dir()


def version_of(toolchain: str) -> tuple[int, int, int, int] | None:
    """`leanprover/lean4:v4.28.0-rc1` as numbers to compare; None for nightlies and local builds."""
    match = _VERSION.search(f":{toolchain.rpartition(':')[2]}")
    if match is None:
        return None
    major, minor, patch, candidate = match.groups()
    return int(major), int(minor), int(patch), int(candidate) if candidate else _RELEASE


def repl_tag(toolchain: str) -> str | None:
    """The REPL's tag for a toolchain: the one of its version, else the last before it.

    None where the toolchain has no version, or one before all tags.
    """
    wanted = version_of(toolchain)
    if wanted is None:
        return None
    tags = {version_of(f":{tag}"): tag for tag in REPL_TAGS}
    before = [version for version in tags if version is not None and version <= wanted]
    return tags[max(before)] if before else None
