"""A run's results in SQLite: one row for each attempt, which is free, claimed or finished, and finished once.

The process that holds the run's lock is the only writer; anyone may read. A result is in the database when
`record` returns: with the write-ahead log, a killed process loses nothing of it. (`synchronous=NORMAL`: a
power failure may take the last moments; the attempts are then free again.)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.runs.disk import disk
from prover.runs.records import Finished, Job, Outcome, Theorem, Totals, verdict_record
from prover.types import Statement

SCHEMA_VERSION = 2

DATABASE = "results.sqlite"

FREE, CLAIMED, DONE = 0, 1, 2

_SCHEMA = """
CREATE TABLE theorems (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, text TEXT NOT NULL, lean_name TEXT NOT NULL,
  header TEXT NOT NULL, source TEXT NOT NULL, split TEXT NOT NULL, canary TEXT NOT NULL,
  sha256 TEXT NOT NULL);
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY, theorem INTEGER NOT NULL REFERENCES theorems, attempt INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, worker TEXT NOT NULL DEFAULT '',
  tries INTEGER NOT NULL DEFAULT 0,
  outcome TEXT, detail TEXT, budget TEXT, prelude TEXT, header TEXT, script TEXT, verdict TEXT,
  expansions INTEGER, steps INTEGER, model_tokens INTEGER, model_seconds REAL, lean_seconds REAL,
  wall_seconds REAL, judge_seconds REAL, queue_seconds REAL, solved_at INTEGER, errors TEXT,
  started REAL, finished REAL,
  UNIQUE (theorem, attempt));
CREATE INDEX free_attempts ON attempts (state) WHERE state = 0;
CREATE INDEX claimed_attempts ON attempts (state) WHERE state = 1;
CREATE TABLE trees (attempt INTEGER PRIMARY KEY REFERENCES attempts, content BLOB NOT NULL);
"""

RESULT_COLUMNS = (
    "outcome detail budget prelude header script verdict expansions steps model_tokens model_seconds "
    "lean_seconds wall_seconds judge_seconds queue_seconds solved_at errors started finished"
).split()
"""Those of an attempt that has been finished, by the names of the fields of `Finished`."""

THEOREM_COLUMNS = "t.name, t.lean_name, t.text, t.header, t.source, t.split, t.canary"

_RECORD = f"""UPDATE attempts SET state = {DONE}, worker = ?,
  {", ".join(f"{name} = ?" for name in RESULT_COLUMNS)} WHERE id = ? AND state != {DONE}"""

_FREE = f"""SELECT a.id, a.attempt, a.tries, {THEOREM_COLUMNS}
  FROM attempts a JOIN theorems t ON t.id = a.theorem WHERE a.state = {FREE} ORDER BY a.id LIMIT ?"""


class Store:
    """The results of one run folder, opened for writing. Whoever opens it holds the run's lock.

    Every method raises `DiskFullError` when there is no room; nothing of its change is then there.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / DATABASE
        with disk(self.path):
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            self._db.close()
            raise InputError(
                f"{self.path} has schema {version}, this prover knows {SCHEMA_VERSION}: "
                "read it with the version that wrote it"
            )
        self.ready = version == SCHEMA_VERSION

    def create(self, theorems: Iterable[Theorem], attempts: int) -> int:
        """Fill a new store with `attempts` free attempts at each theorem; how many theorems there are.

        All or nothing. Raises `InputError` for a name met twice. Attempts are taken in the order of their
        index first: every theorem is tried once before any is tried again.
        """
        last: Theorem | None = None

        def rows() -> Iterator[tuple[str, ...]]:
            nonlocal last
            for last in theorems:
                yield _theorem_row(last)

        with self._change():
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._db.execute(statement)
            try:
                self._db.executemany(
                    "INSERT INTO theorems (name, text, lean_name, header, source, split, canary, sha256) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    rows(),
                )
            except sqlite3.IntegrityError as error:
                assert last is not None
                raise self._met_twice(last) from error
            count = int(self._db.execute("SELECT count(*) FROM theorems").fetchone()[0])
            for index in range(attempts):
                self._db.execute(
                    "INSERT INTO attempts (theorem, attempt) SELECT id, ? FROM theorems ORDER BY id", (index,)
                )
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self.ready = True
        return count

    def claim(self, worker: str, limit: int, seed: int = 0) -> list[Job]:
        """Up to `limit` free attempts, now this worker's until they are recorded or given back."""
        with self._change():
            rows = self._db.execute(_FREE, (limit,)).fetchall()
            self._db.executemany(
                f"UPDATE attempts SET state = {CLAIMED}, worker = ?, tries = tries + 1 WHERE id = ?",
                [(worker, row[0]) for row in rows],
            )
        return [
            Job(key, read_theorem(theorem), attempt, seed + attempt, tries + 1)
            for key, attempt, tries, *theorem in rows
        ]

    def record(self, results: Sequence[tuple[Job, str, Finished]]) -> list[bool]:
        """Results with their workers' names, in one commit; for each whether it is the first for its attempt.

        A second result for the same attempt changes nothing, whatever it says.
        """
        with self._change():
            return [self._record(*result) for result in results]

    def release(self, jobs: Iterable[Job]) -> None:
        """Give back claims whose work was stopped. It does not count as a try."""
        with self._change():
            self._db.executemany(
                f"UPDATE attempts SET state = {FREE}, tries = tries - 1 WHERE id = ? AND state = {CLAIMED}",
                [(job.id,) for job in jobs],
            )

    def free_all(self) -> int:
        """Free every claim: those who made them are gone, since the run's lock is ours."""
        with self._change():
            return self._db.execute(f"UPDATE attempts SET state = {FREE} WHERE state = {CLAIMED}").rowcount

    def totals(self) -> Totals:
        """Counted anew: a look at every row."""
        row = self._db.execute(
            f"""SELECT count(*), total(a.state = {DONE}), total(a.state = {CLAIMED}),
            total(a.outcome = 'proved' AND t.canary = ''), total(a.outcome = 'proved' AND t.canary != '')
            FROM attempts a JOIN theorems t ON t.id = a.theorem"""
        ).fetchone()
        return Totals(*map(int, row))

    def close(self) -> None:
        """Fold the log into the database, if there is room, and close it."""
        self._db.close()

    def _met_twice(self, theorem: Theorem) -> InputError:
        name, source = theorem.name, theorem.statement.source
        (first,) = self._db.execute("SELECT source FROM theorems WHERE name = ?", (name,)).fetchone()
        places = f": {first} and {source}" if first and source else ""
        return InputError(f"two problems have the same name, {name!r}{places}")

    def _record(self, job: Job, worker: str, finished: Finished) -> bool:
        values = [_COLUMN.get(name, _plain)(getattr(finished, name)) for name in RESULT_COLUMNS]
        if self._db.execute(_RECORD, (worker, *values, job.id)).rowcount == 0:
            return False
        if finished.tree:
            self._db.execute("INSERT INTO trees VALUES (?, ?)", (job.id, finished.tree))
        return True

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction: there as a whole afterwards, or not at all."""
        with disk(self.path), transaction(self._db):
            yield


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction of a connection that begins none itself; rolled back where the block raises."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def read_theorem(row: Sequence[str]) -> Theorem:
    """From a row of `THEOREM_COLUMNS`."""
    name, lean_name, text, header, source, split, canary = row
    return Theorem(name, Statement(lean_name, text, header, source), split, canary)


def _theorem_row(theorem: Theorem) -> tuple[str, ...]:
    s = theorem.statement
    return (
        theorem.name, s.text, s.name, s.header, s.source, theorem.split, theorem.canary, theorem.sha256
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return value


_COLUMN: dict[str, Callable[[Any], Any]] = {
    "outcome": lambda outcome: Outcome(outcome).value,
    "verdict": lambda verdict: orjson.dumps(verdict_record(verdict)).decode(),
    "errors": lambda errors: orjson.dumps(errors).decode(),
}
