"""Looks through a block of a corpus for everything of a benchmark: what a worker process does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from prover.overlap.corpus import PIECE, Block, Damage, cut_of
from prover.overlap.declarations import LANGUAGES, DeclarationIndex, Language
from prover.overlap.items import PARTS, Item
from prover.overlap.runs import RunIndex, WholeIndex
from prover.overlap.text import Places, Text

SHOWN = 200
"""Characters of a hit's text that are kept."""


_INDEX = re.compile(r"\.\d+(?=\.|\Z)")


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of runs that are looked for, by how a text is read."""

    words: tuple[int, ...] = (20, 30)
    tokens: tuple[int, ...] = (30,)


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of an item in a document: file, line (of a text file 1), field, and characters from 0 in it.

    `text` is how it begins there.
    """

    rule: str
    item: str
    part: str
    file: int
    line: int
    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a block has. `lines` and `documents` count those that begin in it.

    `wrong` are lines that are no JSON objects; `without` counts those without any of the fields.
    """

    hits: list[Hit]
    lines: int
    documents: int
    characters: int
    wrong: list[Damage]
    without: int


@dataclass(frozen=True, slots=True)
class _Document:
    line: int
    field: str
    offset: int
    text: str
    until: int | None = None


class Scanner:
    """The indices of a benchmark. `possible` says for each rule which items it can find at all."""

    def __init__(self, items: Sequence[Item], lengths: Lengths, fields: Sequence[str]) -> None:
        self._fields = tuple(fields)
        self._plain = not any("*" in field or "." in field for field in fields)
        self._owners = [(item.name, part) for item in items for part in PARTS if part in item.texts]
        texts = [item.texts[part] for item in items for part in PARTS if part in item.texts]
        read = [Text(text) for text in texts]
        self._runs: dict[str, RunIndex | WholeIndex] = {}
        for length in lengths.words:
            self._runs[f"words-{length}"] = RunIndex(read, "words", length)
        for length in lengths.tokens:
            self._runs[f"tokens-{length}"] = RunIndex(read, "tokens", length)
        self._runs["whole"] = WholeIndex(read)
        self._formal = [i for i, (_, part) in enumerate(self._owners) if part in LANGUAGES]
        self._declared = DeclarationIndex([(_language(self._owners[i][1]), texts[i]) for i in self._formal])
        self.possible = self._possible()
        """By rule and part, the names of the items that it can find."""

    def scan(self, block: Block, name: str) -> Found:
        """The hits of a block, by document and place. name: of its file, for what is damaged."""
        wrong: list[Damage] = []
        if block.kind == "text":
            text = block.data.decode()
            documents = [_Document(1, "", block.first, text, block.until)]
            lines, without = 0, 0
        else:
            documents, lines, without = self._documents(block, name, wrong)
        hits: list[Hit] = []
        begun = sum(document.offset == 0 for document in documents)
        size = sum(len(one.text) if one.until is None else one.until for one in documents)
        for group in _groups(documents):
            hits += self._find(group, block.file)
        hits.sort(key=lambda hit: (hit.line, hit.field, hit.start, hit.rule, hit.item, hit.part, hit.end))
        return Found(hits, lines, begun, size, wrong, without)

    def _possible(self) -> dict[str, dict[str, set[str]]]:
        possible = {rule: _named(self._owners, index.possible) for rule, index in self._runs.items()}
        owners = [self._owners[i] for i in self._formal]
        possible["statement"] = _named(owners, self._declared.possible)
        return possible

    def _documents(self, block: Block, name: str, wrong: list[Damage]) -> tuple[list[_Document], int, int]:
        documents: list[_Document] = []
        number, without = block.first - 1, 0
        for number, line in enumerate(block.data.split(b"\n"), block.first):
            if not line.strip():
                continue
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                wrong.append(Damage(name, f"line {number}", f"not JSON: {error}"))
                continue
            if not isinstance(record, dict):
                wrong.append(Damage(name, f"line {number}", "not a JSON object"))
                continue
            texts = self._texts(record)
            without += not texts
            for field, text in texts:
                documents += _pieces(number, field, text)
        return documents, block.data.count(b"\n") + (not block.data.endswith(b"\n")), without

    def _texts(self, record: dict[str, object]) -> list[tuple[str, str]]:
        if self._plain:
            return [
                (field, text) for field in self._fields if isinstance(text := record.get(field), str) and text
            ]
        everything = "*" in self._fields
        return [
            (place, text)
            for place, text in _strings(record, "")
            if text and (everything or _INDEX.sub("", place) in self._fields)
        ]

    def _find(self, documents: Sequence[_Document], file: int) -> Iterator[Hit]:
        breaks = np.cumsum([0, *(len(document.text) + 1 for document in documents)])[:-1]
        text = Text("\n".join(document.text for document in documents))
        for rule, part, start, end in self._matches(text, breaks[1:]):
            number = int(np.searchsorted(breaks, start, "right")) - 1
            document, begin = documents[number], int(breaks[number])
            if document.until is None or start - begin < document.until:
                item, kind = self._owners[part]
                place, shown = document.offset - begin, text.text[start : min(end, start + SHOWN)]
                yield Hit(
                    rule, item, kind, file, document.line, document.field, start + place, end + place, shown
                )

    def _matches(self, text: Text, breaks: Places) -> Iterator[tuple[str, int, int, int]]:
        """Rule, part, start and end of everything found."""
        for rule, index in self._runs.items():
            tokens = text.tokens(index.reading)
            for match in index.find(text, breaks):
                yield rule, match.part, int(tokens.starts[match.first]), int(tokens.ends[match.end - 1])
        for found in self._declared.find(text, breaks):
            yield "statement", self._formal[found.part], found.start, found.end


def _strings(value: object, place: str) -> Iterator[tuple[str, str]]:
    """All texts of a record by their dotted paths: `messages.0.content`."""
    if isinstance(value, str):
        yield place, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from _strings(one, f"{place}.{key}" if place else str(key))


def _language(part: str) -> Language:
    return "lean" if part == "lean" else "isabelle"


def _named(owners: Sequence[tuple[str, str]], possible: Sequence[bool]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {part: set() for part in PARTS if any(owner[1] == part for owner in owners)}
    for (item, part), can in zip(owners, possible, strict=True):
        if can:
            named[part].add(item)
    return named


def _pieces(line: int, field: str, text: str) -> Iterator[_Document]:
    """A document, cut where it is too long to be looked at in one."""
    offset = 0
    while len(text) - offset > PIECE:
        piece = text[offset : offset + PIECE]
        cut = cut_of(piece)
        yield _Document(line, field, offset, piece, cut)
        offset += cut
    yield _Document(line, field, offset, text[offset:])


def _groups(documents: Sequence[_Document]) -> Iterator[Sequence[_Document]]:
    """Documents that are looked at together: up to `PIECE` characters, or one."""
    begin, size = 0, 0
    for i, document in enumerate(documents):
        if size and size + len(document.text) > PIECE:
            yield documents[begin:i]
            begin, size = i, 0
        size += len(document.text)
    if begin < len(documents):
        yield documents[begin:]
