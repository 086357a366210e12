"""Work that takes seconds, as the editor shows it: begun, reported, ended, and cancelled by the user."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from prover.search import Progress

T = TypeVar("T")

REPORT_EVERY_S = 0.4


class WorkDone:
    """What a piece of work says of itself; read whenever it is time for a report."""

    def __init__(self) -> None:
        self.part = ""
        self._latest: Progress | None = None
        self._began = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        self._latest = progress

    def line(self) -> str:
        seconds = f"{time.monotonic() - self._began:.0f} s"
        parts = [self.part] if self.part else []
        if self._latest is not None:
            parts.append(f"{self._latest.expansions} states, {self._latest.steps} tactics tried")
        return ", ".join([*parts, seconds])


async def with_progress(
    server: LanguageServer, title: str, work: Callable[[WorkDone], Coroutine[Any, Any, T]]
) -> T | None:
    """The result of `work`, shown as progress where the client can; None where the user cancels it."""
    done = WorkDone()
    task = asyncio.create_task(work(done))
    window = server.client_capabilities.window
    token = str(uuid.uuid4()) if window and window.work_done_progress else None
    try:
        if token is not None and await _begin(server, token, title):
            loop = asyncio.get_running_loop()
            cancelled = server.work_done_progress.tokens[token]
            cancelled.add_done_callback(lambda _: loop.call_soon_threadsafe(task.cancel))
            await _report(server, token, done, task)
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if token is not None and server.work_done_progress.tokens.pop(token, None) is not None:
            server.work_done_progress.end(token, lsp.WorkDoneProgressEnd())


async def _begin(server: LanguageServer, token: str, title: str) -> bool:
    created: Awaitable[Any] = server.work_done_progress.create_async(token)
    with contextlib.suppress(Exception):  # whatever a client says against it, the work goes on
        await created
        begin = lsp.WorkDoneProgressBegin(title=title, cancellable=True)
        server.work_done_progress.begin(token, begin)
        return True
    return False


async def _report(server: LanguageServer, token: str, done: WorkDone, task: asyncio.Task[Any]) -> None:
    while not task.done():
        await asyncio.wait({task}, timeout=REPORT_EVERY_S)
        report = lsp.WorkDoneProgressReport(message=done.line(), cancellable=True)
        server.work_done_progress.report(token, report)
