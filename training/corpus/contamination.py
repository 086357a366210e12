"""Finds in documents what a benchmark has: its names, its statements, runs of its words.

Statements of Lean and Isabelle are compared by the two rules of `prover.overlap.statements`, whatever they
are called. Other text is compared by runs of `PROSE` words in a row, letters, digits and underscores only;
formal text by runs of `CODE`, for what starts like a benchmark's theorem is not yet one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from prover.errors import InputError
from prover.overlap.isar import isar_shape, isar_statements
from prover.overlap.runs import HashTable
from prover.overlap.shape import Shape, shape_of_code
from prover.overlap.statements import StatementIndex
from prover.overlap.text import Text
from prover.statements.lexical import body_start, mask
from prover.statements.reading import read_bytes, read_text
from training.corpus.likely import LikelyStatements
from training.jsonl import read_jsonl

PROSE = 13
"""Words; as GPT-3 (arXiv 2005.14165, appendix C)."""

CODE = 24
"""Words. Shorter runs are met wherever variables are introduced alike: `(x y z : ℝ) (hx : 0 < x)`."""

LEAN = frozenset({"lean", "lean-steps"})
ISABELLE = frozenset({"isabelle", "isabelle-steps"})

_NAMES = ("name", "problem_name", "full_name", "theorem_name", "id")
_NOT_COMPARED = frozenset(
    {*_NAMES, "header", "imports", "preamble", "split", "source", "url", "commit", "tags"}
)
_NO_NAME = re.compile(
    r"(?:exercise|theorem|lemma|problem|example|thm|ex|test|prob|question|q)?[\d_]*[a-z]?\d*"
)
_LEAST_NAME = 6

_STATE = re.compile(r"\[GOAL\](.*?)\[PROOFSTEP\]", re.DOTALL)
_LINE = re.compile(r"\n(?!\s)")
_KEYWORD = re.compile(r"(?<![\w.«`'])(theorem|lemma|example)\b")
_LONGEST = 20_000
_FORMAL = re.compile(
    r"^\s*(?:@\[|theorem|lemma|example|def|Theorem|Lemma|corollary|proposition)\b", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Contamination:
    """What a document shares with a benchmark: `rule` and `evidence` at `line` of the document, and the item
    with the benchmark's file."""

    rule: str
    evidence: str
    benchmark: str
    file: str
    line: int


class Benchmarks:
    """The benchmark items of some files.

    A file of JSON lines (or a JSON list) has an item in each row: its name, and every text that it holds
    but headers. Any other file is one item, whose statements, where it has some, have their own names.
    Raises `InputError` for a file that cannot be read or holds nothing to compare.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._statements, self._likely = StatementIndex(), LikelyStatements()
        self._names: dict[int, tuple[str, str]] = {}
        self._prose: dict[int, tuple[str, str]] = {}
        self._code: dict[int, tuple[str, str]] = {}
        self.items = 0
        for file in files:
            before = self.items
            for name, texts in _items(file):
                self._add(name, texts, str(file))
            if self.items == before:
                raise InputError(f"{file} holds nothing to compare documents with")
        self._tables = [
            (rule, length, HashTable(np.array([*table], np.uint64), np.arange(len(table))), [*table.values()])
            for rule, length, table in (
                ("name", 1, self._names),
                (f"{PROSE} words in a row", PROSE, self._prose),
                (f"{CODE} words in a row", CODE, self._code),
            )
        ]

    def find(self, text: Text, language: str) -> Contamination | None:
        """The first thing that a document shares with a benchmark."""
        names = text.tokens("names")
        for rule, length, table, items in self._tables:
            places, numbers = table.find(names.hashes if length == 1 else names.runs(length))
            if len(places):
                first = int(places[0])
                evidence = " ".join(text.strings("names", first, first + length))
                line = text.text.count("\n", 0, int(names.starts[first])) + 1
                return Contamination(rule, evidence, *items[numbers[0]], line)
        return self._stated(text.text, language)

    def _stated(self, text: str, language: str) -> Contamination | None:
        shapes = self._likely_shapes(text, language) if language in LEAN else _shapes(text, language)
        for place, own in shapes:
            if (shared := self._statements.find(own)) is not None:
                name, _, file = shared.benchmark.rpartition("\n")
                line = text.count("\n", 0, place) + 1
                return Contamination(shared.rule, shared.evidence, name, file, line)
        return None

    def _likely_shapes(self, text: str, language: str) -> Iterator[tuple[int, Shape]]:
        """Of a Lean document, without most of those that are no benchmark's."""
        stated = list(_lean(text, language))
        likely = self._likely.among([signature for _, signature in stated])
        for (place, signature), wanted in zip(stated, likely, strict=True):
            if wanted:
                yield place, shape_of_code(signature)

    def _add(self, name: str, texts: Sequence[str], file: str) -> None:
        item = (name, file)
        if is_distinctive(name):
            self._names.setdefault(int(Text(name).tokens("names").hashes[0]), item)
        for text in texts:
            for language in ("lean", "isabelle"):
                for place, own in _shapes(text, language):
                    # The file goes with the name: a statement is looked up without its document.
                    self._statements.add(f"{name}\n{file}", text[place : place + 200], own)
                    self._likely.add(own)
            formal = _FORMAL.search(text) is not None
            table, length = (self._code, CODE) if formal else (self._prose, PROSE)
            for run in Text(text).tokens("names").runs(length).tolist():
                table.setdefault(run, item)
        self.items += bool(texts)


def is_distinctive(name: str) -> bool:
    """Whether a name says which item is meant: `mathd_algebra_478` does, `exercise_1_2` does not."""
    name = name.lower()
    return (
        len(name) >= _LEAST_NAME
        and re.fullmatch(r"\w+", name) is not None
        and not (_NO_NAME.fullmatch(name) or re.fullmatch(r"[a-z]+", name))
    )


def lean_statements(text: str) -> Iterator[tuple[int, str]]:
    """The masked signatures of a Lean text's theorems and examples, each with its place. Lean 3 is read
    alike. The audit (`prover.overlap.declarations`) has another finder: it looks for theorems in any text,
    prose and damaged files too, where comments and ends can only be guessed."""
    if not _KEYWORD.search(text):
        return
    code = mask(text).code
    starts = [found.start() for found in _KEYWORD.finditer(code)]
    for start, following in zip(starts, [*starts[1:], len(code)], strict=False):
        limit = min(following, start + _LONGEST)
        end = body_start(code, start, limit)
        if end is None:  # equations, or a proof that is left out
            blank = code.find("\n\n", start, limit)
            end = blank if blank >= 0 else limit
        signature = code[start:end]
        yield start, signature.replace("example", "theorem _", 1) if signature.startswith("ex") else signature


def goals(text: str) -> Iterator[tuple[int, str]]:
    """The states of a document of Lean steps as the statements that they are, each with its place."""
    for found in _STATE.finditer(text):
        first = found[1].split("\n\n")[0]  # further goals wait
        before, turnstile, target = f"\n{first}".partition("\n⊢")
        if turnstile:
            hypotheses = (one for one in _LINE.split(before) if ":" in one)
            yield found.start(), f"theorem _ {' '.join(f'({one})' for one in hypotheses)} : {target}"


def _lean(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The masked signatures of a document, if it is one of Lean, each with its place."""
    if language in LEAN:
        yield from lean_statements(text)
    if language == "lean-steps":
        yield from goals(text)


def _shapes(text: str, language: str) -> Iterator[tuple[int, Shape]]:
    """The statements of a document, by its language."""
    for place, signature in _lean(text, language):
        yield place, shape_of_code(signature)
    if language in ISABELLE:
        for place, statement in isar_statements(text):
            with suppress(InputError):  # one that says nothing
                yield place, isar_shape(statement)


def _items(file: Path) -> Iterator[tuple[str, list[str]]]:
    if file.suffix == ".json":
        try:
            rows = orjson.loads(read_bytes(file))
        except orjson.JSONDecodeError as error:
            raise InputError(f"{file} is no JSON: {error}") from None
        yield from (_item(row, f"{file.name}:{number}") for number, row in enumerate(_rows(rows), 1))
    elif file.suffix in (".jsonl", ".zst"):
        for number, row in enumerate(read_jsonl(file), 1):
            yield _item(row, f"{file.name}:{number}")
    else:
        yield file.name, [read_text(file, read_bytes(file))]


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    found = value if isinstance(value, list) else [value]
    yield from (row for row in found if isinstance(row, Mapping))


def _item(row: Mapping[str, Any], place: str) -> tuple[str, list[str]]:
    name = next((value for key in _NAMES if isinstance(value := row.get(key), str) and value), place)
    return name.rpartition("|")[2], list(_texts(row))


def _texts(value: Any) -> Iterator[str]:
    """Every text of an item but its names and headers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NOT_COMPARED:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
