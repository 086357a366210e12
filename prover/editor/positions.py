"""Places in an editor's text: lines and characters as the protocol counts them, and offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Units = Literal["utf-8", "utf-16", "utf-32"]
"""What an editor counts a line's characters in; UTF-16 code units unless it says otherwise."""

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Lines:
    """A text and where its lines begin. Only `\\n`, `\\r\\n` and `\\r` end a line, as the protocol has it."""

    text: str
    units: Units = "utf-16"

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line's first character."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def offset(self, line: int, character: int) -> int:
        """The offset of a place; beyond the text's or the line's end it is that end."""
        if line >= len(self.starts):
            return len(self.text)
        content = self._line(line)
        if self.units == "utf-32" or content.isascii():
            return self.starts[line] + min(character, len(content))
        return self.starts[line] + _code_points(content, character, self.units)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and character of an offset, both from 0."""
        line = bisect_right(self.starts, offset) - 1
        return line, length(self.text[self.starts[line] : offset], self.units)

    def _line(self, line: int) -> str:
        """The line without its end."""
        last = line + 1 == len(self.starts)
        return self.text[self.starts[line] : None if last else self.starts[line + 1]].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` is replaced by `new`; offsets in code points."""

    start: int
    end: int
    new: str

    def moved(self, by: int) -> Edit:
        """The same edit of a text in which the edited one begins at `by`."""
        return Edit(self.start + by, self.end + by, self.new)

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


def smallest_edit(old: str, new: str, within: tuple[int, int] | None = None) -> Edit:
    """The one edit that makes `new` of `old` and touches as little as it can, but all of `old[within]`."""
    low, high = within or (len(old), 0)
    start, limit = 0, min(len(old), len(new), low)
    while start < limit and old[start] == new[start]:
        start += 1
    end, limit = len(old), len(old) - min(len(old) - start, len(new) - start)
    while end > max(limit, high) and old[end - 1] == new[len(new) - len(old) + end - 1]:
        end -= 1
    return Edit(start, end, new[start : len(new) - len(old) + end])


def length(text: str, units: Units) -> int:
    """How many units a text takes."""
    if units == "utf-32" or text.isascii():
        return len(text)
    return len(text.encode("utf-8")) if units == "utf-8" else len(text.encode("utf-16-le")) // 2


def _code_points(line: str, character: int, units: Units) -> int:
    """How many code points of `line` come before unit number `character`; inside one, it is not counted."""
    passed = 0
    for index, letter in enumerate(line):
        passed += length(letter, units)
        if passed > character:
            return index
    return len(line)
