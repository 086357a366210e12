"""Answers of a run in SQLite: one row for each sample of a question, written once.

The process that holds the run's lock is the only writer. Samples of one request are there together or not at
all, so that a killed run loses only the requests that were under way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from prover.errors import InputError
from prover.evaluate.questions import Question
from prover.runs.disk import disk
from prover.runs.manifest import Manifest, read_manifest
from prover.runs.store import DATABASE, transaction

SCHEMA_VERSION = 101
"""Apart from that of theorem runs (`prover.runs.store`), whose readers then refuse it in plain words."""

MEASURE = "answers"
"""What `measure` says in the manifest of such a run."""

_SCHEMA = """
CREATE TABLE questions (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, problem TEXT NOT NULL, reference TEXT NOT NULL,
  subject TEXT NOT NULL, level TEXT NOT NULL);
CREATE TABLE samples (
  question INTEGER NOT NULL REFERENCES questions, number INTEGER NOT NULL,
  text TEXT NOT NULL, tokens INTEGER NOT NULL, truncated INTEGER NOT NULL,
  answer TEXT, correct INTEGER NOT NULL, trouble TEXT NOT NULL, seconds REAL NOT NULL,
  PRIMARY KEY (question, number));
CREATE TABLE votes (
  question INTEGER PRIMARY KEY REFERENCES questions, answer TEXT, correct INTEGER NOT NULL,
  voters INTEGER NOT NULL, ballots INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion and what it was worth.

    answer: as extracted or as the program gave it; None where there is none. trouble: why there is none, or
    why it could not be compared. seconds: of the model's request, shared by its samples.
    """

    number: int
    text: str
    tokens: int
    truncated: bool
    answer: str | None
    correct: bool
    trouble: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Vote:
    """What most samples of a question say; those without an answer do not vote.

    voters: samples that gave the chosen answer. ballots: samples that gave any.
    """

    answer: str | None
    correct: bool
    voters: int
    ballots: int


SAMPLE_COLUMNS = tuple(field.name for field in fields(Sample))


class AnswerStore:
    """A run's answers. Every writing method raises `DiskFullError` where there is no room."""

    def __init__(self, folder: Path, writable: bool = True) -> None:
        self.path = folder / DATABASE
        with disk(self.path):
            if writable:
                self._db = sqlite3.connect(self.path, isolation_level=None)
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
            else:
                self._db = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in ((0, SCHEMA_VERSION) if writable else (SCHEMA_VERSION,)):
            self._db.close()
            raise InputError(
                f"{self.path} has schema {version}: it holds no answers that this prover can read"
            )

    def create(self, questions: Iterable[Question]) -> int:
        """Fill a new store; how many questions there are. All or nothing."""
        with self._change():
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._db.execute(statement)
            self._db.executemany(
                "INSERT INTO questions (name, problem, reference, subject, level) VALUES (?, ?, ?, ?, ?)",
                ((q.name, q.problem, q.reference, q.subject, q.level) for q in questions),
            )
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        return self.count()

    def record(self, question: int, samples: Sequence[Sample]) -> None:
        """Samples of one request."""
        columns = ", ".join(("question", *SAMPLE_COLUMNS))
        places = ", ".join("?" * (len(SAMPLE_COLUMNS) + 1))
        rows = [(question, *asdict(one).values()) for one in samples]
        with self._change():
            self._db.executemany(f"INSERT OR IGNORE INTO samples ({columns}) VALUES ({places})", rows)

    def vote(self, question: int, vote: Vote) -> None:
        with self._change():
            self._db.execute(
                "INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", (question, *asdict(vote).values())
            )

    def questions(self) -> Iterator[tuple[int, Question]]:
        """Each with its number in the store."""
        sql = "SELECT id, name, problem, reference, subject, level FROM questions ORDER BY id"
        for key, *values in self._db.execute(sql).fetchall():
            yield key, Question(*values)

    def samples(self, question: int) -> list[Sample]:
        sql = f"SELECT {', '.join(SAMPLE_COLUMNS)} FROM samples WHERE question = ? ORDER BY number"
        return [_sample(row) for row in self._db.execute(sql, (question,)).fetchall()]

    def numbers(self) -> dict[int, set[int]]:
        """For each question with samples, the numbers of those that are recorded."""
        found: dict[int, set[int]] = {}
        for question, number in self._db.execute("SELECT question, number FROM samples"):
            found.setdefault(question, set()).add(number)
        return found

    def votes(self) -> dict[int, Vote]:
        rows = self._db.execute("SELECT question, answer, correct, voters, ballots FROM votes").fetchall()
        return {
            key: Vote(answer, bool(correct), voters, ballots)
            for key, answer, correct, voters, ballots in rows
        }

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM questions").fetchone()[0])

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction: there as a whole afterwards, or not at all."""
        with disk(self.path), transaction(self._db):
            yield


def is_answer_run(folder: Path) -> bool:
    """Whether a run's folder holds answers, not theorems. Raises `InputError` where it is no run."""
    return read_manifest(folder).get("measure") == MEASURE


def read_run(folder: Path) -> tuple[Manifest, AnswerStore]:
    """A run of this kind for reading, also while it goes on. Raises `InputError`."""
    manifest = read_manifest(folder)
    if manifest.get("measure") != MEASURE:
        raise InputError(f"{folder} is no run of prover eval")
    return manifest, AnswerStore(folder, writable=False)


def _sample(row: Sequence[object]) -> Sample:
    values = dict(zip(SAMPLE_COLUMNS, row, strict=True))
    values["truncated"], values["correct"] = bool(values["truncated"]), bool(values["correct"])
    return Sample(**values)  # type: ignore[arg-type]
