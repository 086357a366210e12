"""A Lean file cut into what is elaborated as one: declarations, and what stands between them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prover.attempts.file import PROVABLE
from prover.attempts.home import embedded_text
from prover.statements.holes import Declaration, find_declarations
from prover.statements.lexical import line_start, mask

_MUTUAL = re.compile(r"^(?P<indent>[ \t]*)mutual\b.*?^(?P=indent)end\b[^\n]*", re.MULTILINE | re.DOTALL)
_HELPERS = re.compile(r"\b(where|termination_by|decreasing_by)\b")


@dataclass(frozen=True, slots=True)
class Unit:
    """A declaration with its documentation and what follows it up to the next command; or a `mutual` block.

    Offsets are those of the file. It begins where its first line does, unless other code stands there.
    """

    start: int
    end: int
    declarations: tuple[Declaration, ...]

    @property
    def first(self) -> Declaration:
        return self.declarations[0]


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands before a unit, as the embedded Lean reads it: pieces to be taken one after the other."""

    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Outline:
    """The units of one version of a file. Making it takes a third of a second for ten thousand lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = mask(text).code
        self.units = _units(text, self.code)
        self._starts = [unit.start for unit in self.units]

    def unit_at(self, offset: int) -> Unit | None:
        """The unit that holds `offset`, blank lines below it included."""
        index = bisect_right(self._starts, offset) - 1
        if index < 0 or offset > self.units[index].end:
            return None
        return self.units[index]

    def unit_text(self, unit: Unit) -> str:
        return self.text[unit.start : unit.end]

    def core(self, unit: Unit) -> str:
        """A unit's text without the blanks and comments behind it."""
        return self.text[unit.start : unit.start + len(self.code[unit.start : unit.end].rstrip())]

    def prefix(self, unit: Unit) -> Prefix:
        """What stands before `unit`. Proofs of earlier theorems are left out: only statements count."""
        pieces, position = [], 0
        for earlier in self.units[: self.units.index(unit)]:
            pieces.append(self.text[position : earlier.start])
            pieces.append(self._statement(earlier))
            position = earlier.end
        pieces.append(self.text[position : unit.start])
        head, _ = embedded_text(pieces[0], self.text)
        return Prefix(tuple(as_lean_reads(piece) for piece in (head, *pieces[1:]) if piece.strip()))

    def _statement(self, unit: Unit) -> str:
        """A unit as those below it see it."""
        only = unit.first
        body = only.body
        if len(unit.declarations) > 1 or body is None or only.kind not in PROVABLE:
            return self.unit_text(unit)
        if only.kind == "example":
            return ""
        if _HELPERS.search(self.code, body, unit.end):
            return self.unit_text(unit)
        return f"{self.text[unit.start : body]}:= by sorry\n"


def as_lean_reads(text: str) -> str:
    """The text as Lean takes it from a file: lines, and columns in code points, stay what they are."""
    return text.replace("\r\n", "\n")


def _units(text: str, code: str) -> list[Unit]:
    """Declarations that stand in one `mutual` block are one unit."""
    blocks = [(match.start(), match.end()) for match in _MUTUAL.finditer(code)]
    return [
        Unit(
            start=block[0] if block else _line_begin(code, group[0].start),
            end=max(block[1], group[-1].keyword) if block else group[-1].end,
            declarations=tuple(group),
        )
        for block, group in _grouped(find_declarations(text), blocks)
    ]


def _grouped(
    declarations: Sequence[Declaration], blocks: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int] | None, list[Declaration]]]:
    group: list[Declaration] = []
    current: tuple[int, int] | None = None
    for declaration in declarations:
        block = next((b for b in blocks if b[0] <= declaration.keyword < b[1]), None)
        if group and (block is None or block != current):
            yield current, group
            group = []
        group.append(declaration)
        current = block
    if group:
        yield current, group


def _line_begin(code: str, start: int) -> int:
    """The beginning of the line of `start`, where nothing else stands before it."""
    line = line_start(code, start)
    return start if code[line:start].strip() else line
