"""A run's folder: made, locked and opened for writing by the driver, read by anyone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
from filelock import FileLock, Timeout

from prover.errors import InputError, SetupError
from prover.runs.manifest import MANIFEST, Manifest, read_manifest
from prover.runs.records import Finished, Outcome, Result, Totals, read_verdict
from prover.runs.store import DATABASE, DONE, RESULT_COLUMNS, SCHEMA_VERSION, THEOREM_COLUMNS, read_theorem
from prover.runs.trees import unpack_tree

_LOCK = "lock"
_ROWS = 500


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run. A killed holder's lock is freed by the system.

    Raises `InputError` where another process has it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"another process is at this run already: {folder}{_holder(folder)}") from None
    except OSError as error:
        raise SetupError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        (folder / "pid").write_text(f"{os.getpid()}\n", encoding="utf-8")
        yield
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return f" (process {int((folder / 'pid').read_text(encoding='utf-8'))})"
    except (OSError, ValueError):
        return ""


def at_work(folder: Path) -> bool:
    """Whether the process that was last at the run is still there, if it is of this machine."""
    note = folder / "pid"
    try:
        began = psutil.Process(int(note.read_text(encoding="utf-8"))).create_time()
        return began <= note.stat().st_mtime
    except (OSError, ValueError, psutil.Error):
        return False


class RunFolder:
    """A run as its readers see it, also while it goes on: the manifest, and results read when asked for.

    Raises `InputError` where there is no run, or one that this version cannot read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = read_manifest(path)
        database = path / DATABASE
        try:
            self._db = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise InputError(f"cannot read {database}: {error}") from error
        if version != SCHEMA_VERSION:
            raise InputError(f"{database} has schema {version}, this prover knows {SCHEMA_VERSION}")

    @staticmethod
    def exists(path: Path) -> bool:
        """Whether a run has been begun there."""
        return (path / MANIFEST).is_file()

    def results(self, outcome: Outcome | None = None, canaries: bool = True) -> Iterator[Result]:
        """The finished attempts by theorem, then attempt, a few at a time in memory."""
        where, values = f"a.state = {DONE}", []
        if outcome is not None:
            where, values = f"{where} AND a.outcome = ?", [outcome.value]
        if not canaries:
            where += " AND t.canary = ''"
        columns = ", ".join(f"a.{name}" for name in RESULT_COLUMNS)
        cursor = self._db.execute(
            f"SELECT a.attempt, a.worker, {THEOREM_COLUMNS}, {columns} FROM theorems t "
            f"JOIN attempts a ON a.theorem = t.id WHERE {where} ORDER BY t.id, a.attempt",
            values,
        )
        while rows := cursor.fetchmany(_ROWS):
            yield from map(_result, rows)

    def tree(self, name: str, attempt: int = 0) -> dict[str, Any] | None:
        """The search graph of an attempt as node-link data (see `trees`); None where there is none."""
        row = self._db.execute(
            "SELECT tr.content FROM trees tr JOIN attempts a ON a.id = tr.attempt "
            "JOIN theorems t ON t.id = a.theorem WHERE t.name = ? AND a.attempt = ?",
            (name, attempt),
        ).fetchone()
        return None if row is None else unpack_tree(row[0])

    def totals(self) -> Totals:
        """How far the run is, by a look at every row."""
        row = self._db.execute(
            f"""SELECT count(*), total(a.state = {DONE}), total(a.state = 1),
            total(a.outcome = 'proved' AND t.canary = ''), total(a.outcome = 'proved' AND t.canary != '')
            FROM attempts a JOIN theorems t ON t.id = a.theorem"""
        ).fetchone()
        return Totals(*map(int, row))

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """For sums that the database makes better than we could; tables as in `store`."""
        return self._db.execute(sql, tuple(values)).fetchall()

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _result(row: Sequence[Any]) -> Result:
    attempt, worker, *rest = row
    theorem, values = read_theorem(rest[:7]), dict(zip(RESULT_COLUMNS, rest[7:], strict=True))
    values["outcome"] = Outcome(values["outcome"])
    values["verdict"] = read_verdict(orjson.loads(values["verdict"]))
    values["errors"] = orjson.loads(values["errors"])
    return Result(theorem, attempt, worker, Finished(**values))
