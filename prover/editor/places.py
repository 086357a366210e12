"""Where in a declaration a tactic may go in: at a `sorry`, in an empty block, on a new line, before a tactic.

Like `statements/holes.py` this reads tokens and columns. Every place is tried in Lean before anything is
offered there, so a wrong one costs time and shows nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from prover.statements.holes import Hole, find_holes
from prover.statements.lexical import IDENTIFIER, Masked, line_start, mask

_OPENER = re.compile(r"(?:\bby|=>|·|<;>|\bthen|\belse|[(;])$")
_INLINE = re.compile(r"(?:\bby|=>|\bthen|\belse)[ \t]+(?=\S)")
_BULLET = re.compile(r"[ \t]*((?:·[ \t]*)*)")
_WORD = re.compile(rf"{IDENTIFIER}$")

MAX_COLUMNS = 4
"""Of the blocks that are open at a place, so many are tried, the likelier first."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a unit. `probe` is the unit's text with a `sorry` there, which is `hole`.

    `given`: the `sorry` is the user's own. Otherwise `plain` is the text without it and without the word
    that is being typed there: what a suggestion is measured against.
    """

    probe: str
    hole: Hole
    plain: str
    given: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of code without comments. `start` and `end` are offsets, the line break not included."""

    start: int
    end: int
    code: str

    @property
    def blank(self) -> bool:
        return not self.code.strip()

    @property
    def column(self) -> int:
        return len(self.code) - len(self.code.lstrip())

    @property
    def columns(self) -> list[int]:
        """Where tactics of the line may begin: first on the line, and behind each bullet."""
        bullets = _BULLET.match(self.code)
        assert bullets is not None
        rest = "x" if self.code[bullets.end() :].strip() else ""
        return [match.end() - 1 for match in re.finditer(r"[ \t]*\S", bullets[0] + rest)]


def places(text: str, offset: int, typing: bool = False) -> list[Place]:
    """The places that a cursor at `offset` of a unit's text means, the likeliest first.

    `typing`: a word on a line of its own, before the cursor, is the beginning of what is asked for.
    """
    masked = mask(text)
    if masked.unclosed or _in_comment(text, masked, offset):
        return []
    scene = _Scene(text, masked)
    return scene.given(offset) or list(scene.open(offset, typing))


def before_tactic(text: str, offset: int) -> list[Place]:
    """The place right before the tactic that the cursor is in; for goals to be looked at, not for edits."""
    masked = mask(text)
    if masked.unclosed or _in_comment(text, masked, offset):
        return []
    scene = _Scene(text, masked)
    line = scene.lines[scene.line_at(offset)]
    if line.blank:
        return []
    starts = [line.start + column for column in line.columns]
    starts += [line.start + match.end() for match in _INLINE.finditer(line.code)]
    passed = [start for start in sorted(starts) if start <= offset] or starts[:1]
    found = (scene.probe(f"{text[:at]}sorry; {text[at:]}", at, text) for at in reversed(passed))
    return [place for place in found if place]


def word_before(text: str, offset: int) -> int:
    """How long the word is that ends at `offset`."""
    word = _WORD.search(text[line_start(text, offset) : offset])
    return len(word[0]) if word else 0


class _Scene:
    """A unit's text by lines."""

    def __init__(self, text: str, masked: Masked) -> None:
        self.text, self.code = text, masked.code
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.lines = list(_lines(masked.code))
        self.holes = find_holes(text)
        self.base = next((line.column for line in self.lines if not line.blank), 0)

    def line_at(self, offset: int) -> int:
        return bisect_right([line.start for line in self.lines], offset) - 1

    def given(self, offset: int) -> list[Place]:
        """The user's own `sorry` that the cursor is at, else the nearest one of its line."""
        start, end = line_start(self.text, offset), self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        near = [hole for hole in self.holes if start <= hole.start and hole.end <= end]
        near.sort(key=lambda hole: max(hole.start - offset, offset - hole.end, 0))
        return [Place(self.text, hole, self.text, given=True) for hole in near[:1]]

    def open(self, offset: int, typing: bool) -> Iterator[Place]:
        """Places where nothing stands yet."""
        index = self.line_at(offset)
        line = self.lines[index]
        word = word_before(self.code, offset) if typing else 0
        typed = word > 0 and line.code.strip() == self.code[offset - word : offset]
        if line.blank or typed:
            yield from self._on_line(index, offset - line.start - word)
            return
        yield from self._in_empty_block(index, offset, word)
        yield from self._inline(index)
        last = self._extent(index, offset)
        innermost = max((c for c in line.columns if line.start + c <= offset), default=line.column)
        yield from self._below(last, innermost)

    def probe(self, text: str, at: int, plain: str) -> Place | None:
        """The place at offset `at` of `text`, if a `sorry` for a tactic, or a whole body, stands there."""
        hole = next((hole for hole in find_holes(text) if hole.start == at), None)
        if hole is None or not (hole.tactic or hole.whole):
            return None
        return Place(text, hole, plain)

    def _on_line(self, index: int, wanted: int) -> Iterator[Place]:
        """A line that is empty, or has nothing but the word being typed, becomes the new tactic's."""
        line = self.lines[index]
        above = next((i for i in range(index - 1, -1, -1) if not self.lines[i].blank), None)
        apart = index > 0 and self.lines[index - 1].blank and wanted <= self.base
        if above is None or apart:  # the next declaration may be about to be written there
            return
        for column in self._columns(above, wanted):
            lead = self.text[: line.start] + " " * column
            rest = self.text[line.end :]
            if place := self.probe(f"{lead}sorry{rest}", len(lead), lead + rest):
                yield place

    def _below(self, index: int, wanted: int) -> Iterator[Place]:
        """A new line below line `index`."""
        line = self.lines[index]
        for column in self._columns(index, wanted):
            lead = self.text[: line.end] + self.newline + " " * column
            rest = self.text[line.end :]
            if place := self.probe(f"{lead}sorry{rest}", len(lead), self.text):
                yield place

    def _in_empty_block(self, index: int, offset: int, word: int) -> Iterator[Place]:
        """Behind a `by`, `=>`, `·` or `<;>` that ends the line, or `by wor` while a word is typed."""
        line = self.lines[index]
        code = line.code.rstrip()
        typed = word if offset == line.start + len(code) else 0
        opener = code[: len(code) - typed].rstrip()
        if not (_OPENER.search(opener) or opener.endswith(":=")) or self._filled(index):
            return
        # A comment may follow on the line: then nothing can.
        end = line.start + len(opener)
        rest = self.text[line.end :]
        if self.text[end : line.end].strip() not in ("", code[len(opener) :].strip()):
            return
        lead = self.text[:end] + " "
        if place := self.probe(f"{lead}sorry{rest}", len(lead), lead + rest):
            yield place

    def _inline(self, index: int) -> Iterator[Place]:
        """After the last tactic of a block that stands on one line: `by simp`, `| zero => simp`."""
        line = self.lines[index]
        code = line.code.rstrip()
        if not _INLINE.search(code) or self._filled(index) or _OPENER.search(code):
            return
        lead = self.text[: line.start + len(code)] + "; "
        if place := self.probe(f"{lead}sorry{self.text[line.start + len(code) :]}", len(lead), self.text):
            yield place

    def _filled(self, index: int) -> bool:
        """Whether the next line of code is part of what line `index` begins."""
        for line in self.lines[index + 1 :]:
            if not line.blank:
                return line.column > self.lines[index].column
        return False

    def _extent(self, index: int, offset: int) -> int:
        """The last line of the tactic, or of the whole declaration, that line `index` begins."""
        last = index
        column = self.base if _in_signature(self.code, offset) else self.lines[index].column
        for below in range(index + 1, len(self.lines)):
            if self.lines[below].blank:
                continue
            if self.lines[below].column <= column:
                break
            last = below
        return last

    def _columns(self, above: int, wanted: int) -> list[int]:
        """Columns of the blocks that are open below line `above`: the wanted one, then inner before outer."""
        line = self.lines[above]
        found: list[int] = []
        if _OPENER.search(line.code.rstrip()):
            found.append((self.base if self._ends_signature(above) else max(line.columns)) + 2)
        limit = found[0] if found else 10_000
        for earlier in range(above, -1, -1):
            current = self.lines[earlier]
            if current.blank or current.column >= limit:
                continue
            found += [column for column in reversed(current.columns) if column < limit]
            limit = min(limit, current.column)
        found = [column for column in found if column > self.base]
        if wanted in found:
            found.remove(wanted)
            found.insert(0, wanted)
        return found[:MAX_COLUMNS]

    def _ends_signature(self, index: int) -> bool:
        """Whether line `index` ends with the `by` of the declaration's body."""
        before = self.code[: self.lines[index].end].rstrip()
        return bool(re.search(r":=\s*by$", before)) and _in_signature(self.code, len(before))


def _in_signature(code: str, offset: int) -> bool:
    """Whether no tactic block and no value has begun before `offset`."""
    return not re.search(r":=(?!\s*by\s*$)", code[:offset]) and not re.search(r"\bby\s+\S", code[:offset])


def _lines(code: str) -> Iterator[_Line]:
    start = 0
    for part in code.split("\n"):
        end = start + len(part.removesuffix("\r"))
        yield _Line(start, end, code[start:end])
        start += len(part) + 1


def _in_comment(text: str, masked: Masked, offset: int) -> bool:
    """Whether the line of `offset` holds a comment before it, or nothing else."""
    start = line_start(text, offset)
    end = text.find("\n", start)
    line = slice(start, len(text) if end < 0 else end)
    if text[line].strip() and not masked.code[line].strip():
        return True
    before = slice(start, offset)
    return len(masked.code[before].rstrip()) < len(text[before].rstrip())
