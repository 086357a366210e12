"""Counts hits as they come, in memory that grows with the benchmark and not with the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prover.overlap.scan import Hit

Possible = Mapping[str, Mapping[str, set[str]]]


@dataclass(slots=True)
class Seen:
    """How often an item was met by one rule in one part. `example` is the first hit."""

    documents: int = 0
    hits: int = 0
    example: Hit | None = None


@dataclass(slots=True)
class Cell:
    """One rule on one part: how many items it can find, and what it found. `items` are by name."""

    possible: int
    items: dict[str, Seen] = field(default_factory=dict)
    documents: int = 0
    hits: int = 0

    @property
    def pairs(self) -> int:
        """Pairs of an item and a document."""
        return sum(seen.documents for seen in self.items.values())


class Counts:
    """What was found so far, by rule and part. Hits must come document by document."""

    def __init__(self, possible: Possible) -> None:
        self.cells = {
            (rule, part): Cell(len(items))
            for rule, parts in possible.items()
            for part, items in parts.items()
        }
        self.documents: int = 0
        self._document: tuple[int, int, str] | None = None
        self._in_document: set[tuple[str, str, str]] = set()

    def add(self, hit: Hit) -> None:
        document = (hit.file, hit.line, hit.field)
        if document != self._document:
            self._document = document
            self._in_document = set()
            self.documents += 1
        cell = self.cells[hit.rule, hit.part]
        seen = cell.items.setdefault(hit.item, Seen(example=hit))
        cell.hits += 1
        seen.hits += 1
        if (hit.rule, hit.part, "") not in self._in_document:
            self._in_document.add((hit.rule, hit.part, ""))
            cell.documents += 1
        if (hit.rule, hit.part, hit.item) not in self._in_document:
            self._in_document.add((hit.rule, hit.part, hit.item))
            seen.documents += 1

    def items_hit(self) -> dict[str, set[str]]:
        """By rule, the items that were met in any part; those met by any rule at all under `any`."""
        found: dict[str, set[str]] = {}
        for (rule, _), cell in self.cells.items():
            found.setdefault(rule, set()).update(cell.items)
        found["any"] = set().union(*found.values())
        return found
