"""Reads the items of a benchmark, and the parts of each that a corpus can have seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prover.errors import InputError
from prover.overlap.declarations import LANGUAGES, language_of, signature
from prover.statements.minif2f import read_record
from prover.statements.reading import read_lines

PARTS = ("problem", "solution", "lean", "isabelle")
"""What an item can have: its statement and solution in words, its statements for Lean and Isabelle."""

_FIELDS = {
    "problem": ("informal.statement", "problem", "question", "informal_statement", "informal_stmt"),
    "solution": ("informal.proof", "solution", "answer", "informal_proof"),
    "lean": ("lean4.statement", "formal_statement"),
    "isabelle": ("isabelle.statement",),
}
_NAMES = ("name", "id", "unique_id", "problem_name", "problem_id")
_GROUPS = ("level", "group")
_APPENDED = re.compile(r"\s*Show that it is [^.]*\.?[\s$.]*\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a benchmark. `texts` are its parts by name; `group` is what its difficulty is given as."""

    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


def load_items(paths: Iterable[Path]) -> list[Item]:
    """The items of JSON-lines files laid out like miniF2F, MATH or GSM8k, in order.

    An item without a name is called by file and line. Raises `InputError` with file and line: no such file,
    broken JSON, a field that is no text, an item without any part, a name met twice.
    """
    items: dict[str, Item] = {}
    for path in paths:
        for number, line in enumerate(read_lines(path), start=1):
            if line.strip():
                item = _item(read_record(line, f"{path}:{number}"), path, number)
                if item.name in items:
                    raise InputError(f"{path}:{number}: name {item.name!r} stands there already")
                items[item.name] = item
    if not items:
        raise InputError(f"no item in {', '.join(map(str, paths)) or 'no file'}")
    return list(items.values())


def _item(record: dict[str, Any], path: Path, number: int) -> Item:
    place = f"{path}:{number}"
    name = _first(record, _NAMES, place) or f"{path.stem}:{number}"
    texts = {part: text for part in PARTS if (text := _first(record, _FIELDS[part], place).strip())}
    if not texts:
        raise InputError(
            f"{place}: no statement: one of {', '.join(name for names in _FIELDS.values() for name in names)}"
        )
    if "lean" in texts and "isabelle" not in texts and language_of(texts["lean"]) == "isabelle":
        texts["isabelle"] = texts.pop("lean")
    for part in LANGUAGES:
        if part in texts:
            texts[part] = signature(texts[part], part)
    if "informal" in record and "problem" in texts:
        # miniF2F adds the answer to a question in words; the place it was taken from has no such sentence.
        texts["problem"] = _APPENDED.sub("", texts["problem"]) or texts["problem"]
    return Item(name, texts, _first(record, _GROUPS, place))


def _first(record: dict[str, Any], paths: Iterable[str], place: str) -> str:
    """The text at the first of some dotted paths that is there; empty where none is."""
    for path in paths:
        value: Any = record
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, int) and path in (*_NAMES, *_GROUPS):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise InputError(f"{place}: field {path} must be a string")
        if value:
            return value
    return ""
