"""Temporary folders. What a killed prover left behind is removed by the next one."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there, what a killed prover leaves behind stays.
    fcntl = None  # type: ignore[assignment]

_PREFIX = "prover-scratch-"
_OWNER = "owner"

_own: dict[str, Path] = {}
_turn = threading.Lock()


def scratch_folder(kind: str) -> tempfile.TemporaryDirectory[str]:
    """A new folder in this process's own one, which is made, and those of dead processes removed, when it is
    first asked for. Raises `OSError`."""
    parent = tempfile.gettempdir()
    with _turn:
        if parent not in _own or not _own[parent].is_dir():
            _own[parent] = _make(Path(parent))
        own = _own[parent]
    return tempfile.TemporaryDirectory(prefix=f"{kind}-", dir=own, ignore_cleanup_errors=True)


def _make(parent: Path) -> Path:
    """A folder whose owner is known: for as long as the process lives, it locks a file in it."""
    _sweep(parent)
    own = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    atexit.register(_remove, own, os.getpid())
    if fcntl is not None:
        # Locked before it has its name: no sweep sees it free.
        part = own / f"{_OWNER}.part"
        fcntl.flock(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), fcntl.LOCK_EX)
        part.rename(own / _OWNER)
    return own


def _sweep(parent: Path) -> None:
    """Remove the folders of this user whose owner has died."""
    if fcntl is None:
        return
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            owner = os.open(folder / _OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while the owner lives
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(owner)


def _remove(own: Path, pid: int) -> None:
    if os.getpid() == pid:  # not in what was forked from it
        shutil.rmtree(own, ignore_errors=True)
