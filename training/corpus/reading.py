"""Reads documents from JSON lines as they are; what is broken is counted and passed over, up to a limit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from prover.errors import InputError
from training.jsonl import decompressed
from training.statements import SPLITS, Split
from training.steps import GOAL, PROOFSTEP

CHUNK = 1 << 18
LONGEST_LINE = 1 << 28
"""Bytes; what is longer has lost its line ends."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text to learn from.

    `place` is for people: file and line. `number` counts what was consumed of the file up to and with this
    document (lines, or files of a project), `read` the bytes. `split` is None where the source has no say.
    """

    text: str
    place: str
    number: int
    read: int
    language: str = ""
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that could not be read, at `offset` bytes into the content of `file` (into the file itself
    where the compression is damaged). `number` counts as a document's."""

    file: str
    line: int
    offset: int
    reason: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} (byte {self.offset}): {self.reason}"


@dataclass(slots=True)
class Faults:
    """Counts what could not be read. `add` raises `InputError` when that is more than `limit`."""

    limit: int
    count: int = 0
    last: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.count += 1
        self.last.append(fault)
        if self.count > self.limit:
            raise InputError(
                f"more than {self.limit} broken places in the data, the last: {fault}. Mend the file, or "
                f"allow more with --max-faults; what is done is kept"
            )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number from 1, where it begins, and how much of the file is read."""

    content: bytes
    number: int
    offset: int
    read: int


def lines(file: IO[bytes], name: str, compressed: bool, start: int, faults: Faults) -> Iterator[Line]:
    """The lines of a file after the first `start`, empty ones too. What is damaged in the compression is a
    fault."""
    number, offset, rest = 0, 0, b""

    def damaged(place: int, error: Exception) -> None:
        if number >= start:
            faults.add(Fault(name, number + 1, place, f"damaged zstd: {error}", number + 1))

    chunks = decompressed(file, damaged) if compressed else iter(lambda: file.read(CHUNK), b"")
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for content in whole:
            number += 1
            if number > start:
                yield Line(content, number, offset, file.tell())
            offset += len(content) + 1
        if len(rest) > LONGEST_LINE:
            raise InputError(
                f"{name}:{number + 1}: a line of more than {LONGEST_LINE >> 20} MiB: no JSON lines"
            )
    if rest and number >= start:
        yield Line(rest, number + 1, offset, file.tell())


def documents(file: IO[bytes], name: str, compressed: bool, start: int, faults: Faults) -> Iterator[Document]:
    """The documents of a file of JSON lines, after its first `start` lines.

    A row has its text under `text`; `meta` may be missing, a text or an object. Rows that are proof steps
    (`training.steps`) come as one document for each run of rows of one group, laid out as LLEMMA's.
    """
    steps: list[tuple[Line, Mapping[str, Any]]] = []
    for line in lines(file, name, compressed, start, faults):
        if not line.content.strip():
            continue
        row = _row(line, name, faults)
        if row is None:
            continue
        if steps and not (_is_step(row) and _group(row) == _group(steps[-1][1])):
            yield _proof(steps, name)
            steps = []
        if _is_step(row):
            steps.append((line, row))
        else:
            yield _document(line, row, name)
    if steps:
        yield _proof(steps, name)


def meta_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row's `meta`, whatever it is; empty where nothing can be made of it."""
    meta = row.get("meta")
    if isinstance(meta, str):
        try:
            meta = orjson.loads(meta)
        except orjson.JSONDecodeError:
            return {}
    return meta if isinstance(meta, Mapping) else {}


def _row(line: Line, name: str, faults: Faults) -> Mapping[str, Any] | None:
    def fault(reason: str) -> None:
        faults.add(Fault(name, line.number, line.offset, reason, line.number))

    try:
        row = _parsed(line.content)
    except ValueError as error:
        return fault(f"not JSON: {error}")
    if not isinstance(row, dict):
        return fault(f"a JSON object is wanted, not {type(row).__name__}")
    if not isinstance(row.get("text"), str):
        return fault("no text under 'text'")
    return row


def _parsed(content: bytes) -> Any:
    """JSON as it is found in the wild: with NaN, and with halves of surrogate pairs, which become U+FFFD."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        row = json.loads(content)
        if isinstance(row, dict) and isinstance(row.get("text"), str):
            row["text"] = row["text"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return row


def _document(line: Line, row: Mapping[str, Any], name: str) -> Document:
    meta = meta_of(row)
    language = next((v for k in ("lang", "language") if isinstance(v := meta.get(k), str)), "")
    return Document(row["text"], f"{name}:{line.number}", line.number, line.read, language, _split(row))


def _split(row: Mapping[str, Any]) -> Split | None:
    return next((split for split in SPLITS if split == row.get("split")), None)


def _is_step(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("goal"), str) and isinstance(row.get("tactic"), str)


def _group(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row.get("group"), row.get("split")


def _proof(steps: list[tuple[Line, Mapping[str, Any]]], name: str) -> Document:
    (first, row), (last, _) = steps[0], steps[-1]
    text = "\n".join(f"{GOAL}{step['goal']}{PROOFSTEP}{step['tactic']}" for _, step in steps)
    return Document(text, f"{name}:{first.number}", last.number, last.read, "lean-steps", _split(row))
