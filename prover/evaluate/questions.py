"""Reads a benchmark's questions from a JSON-lines file or a pinned data set on the hub, row by row."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.errors import InputError, SetupError

LETTERS = "ABCDEFGH"

LAYOUTS = ("boxed", "gsm8k", "choices")
"""What rows look like. boxed: `problem` and `solution`, whose last \\boxed is the answer, or `answer`, as in
MATH. gsm8k: `question` and `answer`, which ends in `#### 42`. choices: `question`, `choices` or `options`,
and `answer`, an index from 0 or a letter, as in MMLU."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its reference answer. `choices` stand with their letters in `problem` already."""

    name: str
    problem: str
    reference: str
    subject: str = ""
    level: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(f"{self.problem}\0{self.reference}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Source:
    """Where questions come from; `identity` says for the manifest what exactly was read."""

    rows: Iterable[tuple[str, Mapping[str, Any]]]
    identity: Mapping[str, str]


def open_file(path: Path) -> Source:
    """A JSON-lines file. Raises `InputError` for one that cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    return Source(_Lines(path), {"file": path.name, "sha256": digest})


def open_hub(name: str, split: str) -> Source:
    """`DATASET[:CONFIG]@REVISION` through the package `datasets`; the revision is demanded.

    Raises `InputError`, `SetupError`.
    """
    dataset, at, revision = name.partition("@")
    if not at or not revision:
        raise InputError(f"--hub {name}: give the revision, DATASET@REVISION (a commit of the data set)")
    try:
        module: Any = importlib.import_module("datasets")
    except ImportError:
        raise SetupError("--hub needs a package that is not installed: pip install 'prover[eval]'") from None
    repository, _, config = dataset.partition(":")
    try:
        rows = module.load_dataset(repository, config or None, revision=revision, split=split)
    except Exception as error:  # Its errors have no common base.
        raise InputError(f"--hub {name}: {type(error).__name__}: {error}") from error
    numbered = [(f"{dataset}, row {number}", row) for number, row in enumerate(rows)]
    return Source(numbered, {"hub": dataset, "revision": revision, "split": split})


@dataclass(frozen=True, slots=True)
class _Lines:
    path: Path

    def __iter__(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        with self.path.open(encoding="utf-8", errors="strict") as file:
            try:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield self._row(number, line)
            except UnicodeDecodeError as error:
                raise InputError(f"{self.path}: not UTF-8: {error.reason}") from error

    def _row(self, number: int, line: str) -> tuple[str, Mapping[str, Any]]:
        place = f"{self.path}:{number}"
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise InputError(f"{place}: a line must be a JSON object with fields, this is {_kind(row)}")
            broken = [field for field, value in row.items() if not _encodable({field: value})]
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{place}: not JSON: {error}") from error
        if broken:
            raise InputError(
                f"{place}: field {broken[0]!r} has half of a surrogate pair, which is no character"
            )
        return place, row


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_questions(source: Source, layout: str, subjects: Iterable[str] = ()) -> Iterator[Question]:
    """The source's questions; with `subjects`, those of other subjects are left out.

    Raises `InputError` with line and field for a row of another layout, and for a name met twice.
    """
    wanted, names, empty = set(subjects), dict[str, str](), True
    for number, (place, row) in enumerate(source.rows):
        question = _question(row, layout, place, number)
        if wanted and question.subject and question.subject not in wanted:
            continue
        if question.name in names:
            raise InputError(f"{place}: the name {question.name!r} stands already at {names[question.name]}")
        names[question.name] = place
        empty = False
        yield question
    if empty:
        raise InputError("no question is left of the data: is the file empty, or of other subjects?")


def _question(row: Mapping[str, Any], layout: str, place: str, number: int) -> Question:
    name = str(next((row[key] for key in ("name", "id", "unique_id") if key in row), f"{number:05}"))
    subject = str(row.get("subject") or row.get("type") or "")
    level = str(row.get("level") or "").removeprefix("Level ").strip()
    problem, reference = {"boxed": _boxed, "gsm8k": _gsm8k, "choices": _choices}[layout](row, place)
    return Question(name, problem, reference, subject, level)


def _boxed(row: Mapping[str, Any], place: str) -> tuple[str, str]:
    problem = _text(row, place, "problem", "question")
    if isinstance(row.get("answer"), str | int | float):
        return problem, _text(row, place, "answer")
    boxed = last_boxed(_text(row, place, "solution"))
    if boxed is None:
        raise InputError(f"{place}: field solution has no \\boxed{{answer}}, and there is no field answer")
    return problem, boxed


def _gsm8k(row: Mapping[str, Any], place: str) -> tuple[str, str]:
    problem, answer = _text(row, place, "question", "problem"), _text(row, place, "answer")
    _, mark, reference = answer.rpartition("####")
    reference = (reference if mark else answer).strip().replace(",", "")
    if not re.fullmatch(r"-?\$?\d+(?:\.\d+)?", reference):
        raise InputError(
            f"{place}: field answer must be a number, or end in #### and one; it ends {answer[-40:]!r}"
        )
    return problem, reference


def _choices(row: Mapping[str, Any], place: str) -> tuple[str, str]:
    problem = _text(row, place, "question", "problem")
    choices = row.get("choices", row.get("options"))
    if not isinstance(choices, list) or not 2 <= len(choices) <= len(LETTERS):
        raise InputError(f"{place}: field choices must be a list of 2 to {len(LETTERS)} texts")
    answer = row.get("answer")
    letters = LETTERS[: len(choices)]
    named = answer.strip("() ").upper() if isinstance(answer, str) else ""
    if len(named) == 1 and named in letters:
        letter = named
    elif isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(choices):
        letter = LETTERS[answer]
    else:
        raise InputError(f"{place}: field answer must be a letter or an index of choices, not {answer!r}")
    listed = "\n".join(f"({name}) {choice}" for name, choice in zip(LETTERS, choices, strict=False))
    return f"{problem}\n{listed}", letter


def _text(row: Mapping[str, Any], place: str, *names: str) -> str:
    """The first field of these names that is there. Raises `InputError` where it is missing or no text."""
    for name in names:
        if name in row:
            value = row[name]
            if isinstance(value, int | float) and not isinstance(value, bool):
                return str(value)
            if not isinstance(value, str) or not value.strip():
                raise InputError(
                    f"{place}: field {name} must be a text that is not empty, it is {_kind(value)}"
                )
            return value.strip()
    there = ", ".join(map(str, row)) or "none"
    raise InputError(f"{place}: field {' or '.join(names)} is missing; fields there: {there}")


def _kind(value: Any) -> str:
    names = {
        str: "an empty text",
        type(None): "null",
        list: "a list",
        dict: "an object",
        bool: "true or false",
    }
    return names.get(type(value), f"a {type(value).__name__}")


def last_boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}` of a text, or after `\boxed `; None where there is none."""
    start = max(text.rfind(r"\boxed"), text.rfind(r"\fbox"))
    if start < 0:
        return None
    rest = text[start:].split("oxed" if text.startswith(r"\boxed", start) else "box", 1)[1].lstrip()
    if not rest.startswith("{"):
        return (re.match(r"[^\s$.]+", rest) or [None])[0]
    depth = 0
    for place, character in enumerate(rest):
        if character in "{}" and (place == 0 or rest[place - 1] != "\\"):
            depth += 1 if character == "{" else -1
            if depth == 0:
                return rest[1:place].strip()
    return None
