"""`prover lsp`: the language server. It runs beside the editor's own Lean server and stays out of its way."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import version
from threading import Event
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.io_ import StdinAsyncReader, StdoutWriter, run_async
from pygls.lsp.server import LanguageServer

from prover.editor import features
from prover.editor.commands import Commands
from prover.editor.documents import Document, Documents
from prover.editor.jobs import Wait
from prover.editor.service import EditorOptions, Service
from prover.editor.suggest import InFile
from prover.errors import ProverError

T = TypeVar("T")

ACTIONS = Wait(enough=6, seconds=1.5, patience=5.0)
COMPLETIONS = Wait(enough=4, seconds=0.8, patience=2.0)
GHOST = Wait(enough=1, seconds=0.0, patience=2.0)
"""How long each kind of request waits. What is found later is there at the next one."""

_OPENERS = ("by ", "=> ", "· ", "<;> ")

_log = logging.getLogger(__name__)


class ProverServer(LanguageServer):
    """One editor's server: its documents, and what answers for them."""

    def __init__(self, options: EditorOptions) -> None:
        super().__init__(
            "prover", version("prover"), text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental
        )
        self.documents = Documents()
        self.service = Service(options)
        self.commands = Commands(self, self.documents, self.service)
        self._background: set[asyncio.Task[Any]] = set()
        self._told: set[str] = set()
        _register(self, options)

    def opened(self, item: lsp.TextDocumentItem) -> None:
        """A file is open from now on. The first one starts Lean."""
        document = self.documents.opened(item)
        self.service.start()
        self.in_background(self.service.warm(document))

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(self.quietly(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def answer(self, uri: str, work: Callable[[Document], Coroutine[Any, Any, T]]) -> T | None:
        """What `work` gives for an open file; None where it is not open, changes first, or work fails."""
        document = self.documents.open.get(uri)
        return None if document is None else await document.run(self.quietly(work(document)))

    async def close(self) -> None:
        for task in list(self._background):
            task.cancel()
        for document in self.documents.open.values():
            document.cancel()
        await self.service.close()

    async def quietly(self, work: Awaitable[T]) -> T | None:
        """Nothing here may disturb who writes: what the user can mend is said once, the rest is logged."""
        try:
            return await work
        except ProverError as error:
            if str(error) not in self._told:
                self._told.add(str(error))
                text = f"Prover: {error}"
                self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, text))
        except Exception:
            _log.exception("a request failed")
        return None


def _register(server: ProverServer, options: EditorOptions) -> None:
    """Everything that the server answers to."""
    _register_sync(server)
    server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )(functools.partial(_code_actions, server))
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=[" "]))(
        functools.partial(_completion, server)
    )
    server.feature(lsp.TEXT_DOCUMENT_INLINE_COMPLETION)(functools.partial(_ghost, server))
    if options.hover:
        server.feature(lsp.TEXT_DOCUMENT_HOVER)(functools.partial(_hover, server))
    if options.code_lens:
        server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)(functools.partial(_lenses, server))
    _register_commands(server)


def _register_sync(server: ProverServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        encoding = lsp.PositionEncodingKind(server.workspace.position_encoding or "utf-16")
        server.documents.units = encoding.value

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        document = server.documents.open.get(params.text_document.uri)
        if document is None:
            return
        judged = len(document.verdicts)
        document.change(params.content_changes, params.text_document.version)
        if len(document.verdicts) != judged:
            server.commands.publish(document)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        document = server.documents.closed(params.text_document.uri)
        if document is not None:
            server.commands.withdraw(document)


def _register_commands(server: ProverServer) -> None:
    @server.command(features.FINISH)
    async def finish(uri: str, position: lsp.Position) -> None:
        await server.quietly(server.commands.finish(uri, position))

    @server.command(features.FILL_ALL)
    async def fill_all(uri: str) -> None:
        await server.quietly(server.commands.fill_all(uri))

    @server.command(features.CHECK)
    async def check(uri: str, position: lsp.Position) -> None:
        await server.quietly(server.commands.check(uri, position))


async def _code_actions(server: ProverServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction] | None:
    async def work(document: Document) -> list[lsp.CodeAction]:
        outline = await document.outline()
        for offset in _places_meant(document, params):
            spot, found, _ = await server.service.suggestions(document, offset, ACTIONS)
            if spot is not None:
                actions = features.suggestion_actions(document, found)
                return actions + features.command_actions(document, outline, offset, True)
        offset = document.offset(params.range.start)
        return features.command_actions(document, outline, offset, False)

    return await server.answer(params.text_document.uri, work)


def _places_meant(document: Document, params: lsp.CodeActionParams) -> list[int]:
    """The cursor, then where goals are left according to whoever reported it.

    An editor that asks whenever the cursor moves means it only where the line has a `sorry`.
    """
    context = params.context
    left = [d.range.start for d in context.diagnostics if d.message.startswith("unsolved goals")]
    asked = context.trigger_kind != lsp.CodeActionTriggerKind.Automatic
    cursor = [params.range.end] if asked or "sorry" in document.line(params.range.end.line) else []
    return list(dict.fromkeys(document.offset(position) for position in (*cursor, *left)))


async def _completion(server: ProverServer, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    async def work(document: Document) -> lsp.CompletionList:
        offset = document.offset(params.position)
        spaced = params.context is not None and params.context.trigger_character == " "
        if not server.service.ready or (spaced and not document.text[:offset].endswith(_OPENERS)):
            return lsp.CompletionList(is_incomplete=not server.service.ready, items=[])
        _, found, over = await server.service.suggestions(document, offset, COMPLETIONS, typing=True)
        return lsp.CompletionList(not over, features.completions(document, offset, found))

    return await server.answer(params.text_document.uri, work)


async def _ghost(
    server: ProverServer, params: lsp.InlineCompletionParams
) -> list[lsp.InlineCompletionItem] | None:
    async def work(document: Document) -> list[lsp.InlineCompletionItem]:
        if not server.service.ready:
            return []
        offset = document.offset(params.position)
        found: list[InFile]
        _, found, _ = await server.service.suggestions(document, offset, GHOST, typing=True)
        return features.inline_completions(document, offset, found)

    return await server.answer(params.text_document.uri, work)


async def _hover(server: ProverServer, params: lsp.HoverParams) -> lsp.Hover | None:
    async def work(document: Document) -> lsp.Hover | None:
        if not server.service.ready:
            return None
        suggester = await server.service.suggester()
        state = await suggester.goals_at(await document.outline(), document.offset(params.position))
        return None if state is None else features.hover(state)

    return await server.answer(params.text_document.uri, work)


async def _lenses(server: ProverServer, params: lsp.CodeLensParams) -> list[lsp.CodeLens] | None:
    async def work(document: Document) -> list[lsp.CodeLens]:
        return features.lenses(document, await document.outline())

    return await server.answer(params.text_document.uri, work)


async def serve(options: EditorOptions) -> None:
    """Speak with the editor on standard input and output until it goes; then end Lean and the model.

    Where that is cut off by Ctrl-C, a thread that waits for the editor's next line is left.
    """
    server = ProverServer(options)
    server.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
    reader = StdinAsyncReader(sys.stdin.buffer, server.thread_pool)
    try:
        with contextlib.suppress(BrokenPipeError):
            await run_async(Event(), reader, server.protocol, _log, server.report_server_error)
    finally:
        await server.close()
    server.shutdown()  # type: ignore[no-untyped-call]
