"""The files that are open in an editor: their text as it is typed, and what is under way for each."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lsprotocol import types as lsp

from prover.editor.outline import Outline, Unit
from prover.editor.positions import Edit, Lines, Units
from prover.types import Verdict

T = TypeVar("T")

_LONG = 40_000
"""Characters: a longer file is looked through in a thread."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on the declaration at `unit`, while nothing at or above it has changed."""

    unit: Unit
    verdict: Verdict


@dataclass(slots=True)
class Document:
    """One open file. Its text is that of `version`, saved or not."""

    uri: str
    version: int
    lines: Lines
    verdicts: list[Judged] = field(default_factory=list)
    _outline: asyncio.Task[Outline] | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def text(self) -> str:
        return self.lines.text

    def offset(self, position: lsp.Position) -> int:
        return self.lines.offset(position.line, position.character)

    def line(self, number: int) -> str:
        """A line's text, with its end; empty beyond the last one."""
        return self.text[self.lines.offset(number, 0) : self.lines.offset(number + 1, 0)]

    def range(self, start: int, end: int) -> lsp.Range:
        return lsp.Range(lsp.Position(*self.lines.place(start)), lsp.Position(*self.lines.place(end)))

    def text_edit(self, edit: Edit) -> lsp.TextEdit:
        return lsp.TextEdit(self.range(edit.start, edit.end), edit.new)

    def change(self, changes: Sequence[lsp.TextDocumentContentChangeEvent], version: int) -> None:
        """The text after these edits, one after the other. What is under way for the old one ends."""
        for change in changes:
            start = 0
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start, end = self.offset(change.range.start), self.offset(change.range.end)
                text = Edit(start, end, change.text).apply(self.text)
            else:
                text = change.text
            self.lines = Lines(text, self.lines.units)
            self.verdicts = [judged for judged in self.verdicts if judged.unit.end <= start]
        self.version = version
        self._outline = None
        self.cancel()

    def cancel(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()

    async def outline(self) -> Outline:
        """The units of this version."""
        if self._outline is None:
            self._outline = asyncio.create_task(_outline(self.text))
        return await asyncio.shield(self._outline)

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`, or None where the text changes first."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        try:
            await asyncio.wait({task})
            return None if task.cancelled() else task.result()
        finally:
            task.cancel()
            self._tasks.discard(task)


async def _outline(text: str) -> Outline:
    return await asyncio.to_thread(Outline, text) if len(text) > _LONG else Outline(text)


@dataclass(slots=True)
class Documents:
    """All open Lean files, by their URI."""

    units: Units = "utf-16"
    open: dict[str, Document] = field(default_factory=dict)

    def opened(self, item: lsp.TextDocumentItem) -> Document:
        document = Document(item.uri, item.version, Lines(item.text, self.units))
        self.open[item.uri] = document
        return document

    def closed(self, uri: str) -> Document | None:
        """The file, if it was open; what is under way for it ends."""
        document = self.open.pop(uri, None)
        if document is not None:
            document.cancel()
        return document
