"""What the user is told where a run's file cannot be written: a full disk, an unusable file."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prover.errors import InputError, SetupError


class DiskFullError(SetupError):
    """There is no room for results. What was recorded is safe."""


RESUME = "What was recorded is safe: free some space, then run the same command with --resume"


@contextmanager
def disk(path: Path, way_out: str = RESUME) -> Iterator[None]:
    """Says of a full disk what to do about it (`way_out`), and of an unusable file what is wrong.

    Raises `DiskFullError`, `SetupError` for a file that cannot be written, `InputError` for one that is no
    database.
    """
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        if is_full(error):
            raise DiskFullError(f"the disk is full: {path}. {way_out}") from error
        reason = getattr(error, "strerror", None) or error
        raise SetupError(f"cannot write {path}: {reason}") from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path} is no database of results: {error}") from error


def is_full(error: BaseException) -> bool:
    """Whether an error means that the disk, or the user's share of it, is full."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
