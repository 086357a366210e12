"""Shows how far the set-up is: a live bar on a terminal, one line a step anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

Advance = Callable[[int], None]
"""Says that so many more bytes are done."""


@contextmanager
def byte_progress(console: Console, title: str, total: int | None, done: int = 0) -> Iterator[Advance]:
    """Progress over `total` bytes (None: not known), of which `done` were done before."""
    if not console.is_terminal:
        console.print(f"{title} …", highlight=False, soft_wrap=True)
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total, completed=done)
        yield lambda count: progress.advance(task, count)


@contextmanager
def step_progress(console: Console, title: str) -> Iterator[None]:
    """A step without a measure."""
    if not console.is_terminal:
        console.print(f"{title} …", highlight=False, soft_wrap=True)
        yield
        return
    with console.status(title):
        yield
