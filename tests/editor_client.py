"""An editor without a window: opens files in `prover lsp`, types, asks, and applies what is offered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter

from prover.editor.positions import Lines

CURSOR = "¦"
PATIENCE_S = 180.0


class Editor:
    """A client with the files that it shows. Places in texts are marked with `¦`."""

    def __init__(self, client: LanguageClient) -> None:
        self.client = client
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.messages: list[str] = []
        self.diagnostics: dict[str, list[lsp.Diagnostic]] = {}
        self.progress: list[Any] = []
        self._numbers = itertools.count(1)
        _listen(self)

    def forget(self) -> None:
        """What the server said so far."""
        self.messages.clear()
        self.diagnostics.clear()
        self.progress.clear()

    def open(self, marked: str, name: str = "") -> tuple[str, lsp.Position]:
        """Show a new file with this text; its URI, and the place of the mark."""
        uri = f"file:///work/{name or f'File{next(self._numbers)}'}.lean"
        text, position = split(marked)
        self.texts[uri], self.versions[uri] = text, 1
        item = lsp.TextDocumentItem(uri, "lean4", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return uri, position

    def change(self, uri: str, start: int, end: int, new: str) -> None:
        """Replace a part of a file's text, as typing does."""
        old = self.texts[uri]
        lines = Lines(old)
        range_ = lsp.Range(lsp.Position(*lines.place(start)), lsp.Position(*lines.place(end)))
        self.texts[uri] = old[:start] + new + old[end:]
        self.versions[uri] += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [lsp.TextDocumentContentChangePartial(range_, new)],
            )
        )

    def close_all(self) -> None:
        for uri in self.texts:
            self.client.text_document_did_close(
                lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri))
            )
        self.texts.clear()

    async def actions(
        self, uri: str, position: lsp.Position, diagnostics: Sequence[lsp.Diagnostic] = ()
    ) -> list[lsp.CodeAction]:
        params = lsp.CodeActionParams(
            lsp.TextDocumentIdentifier(uri),
            lsp.Range(position, position),
            lsp.CodeActionContext(list(diagnostics)),
        )
        answer = await self.within(self.client.text_document_code_action_async(params))
        return list(answer or [])

    async def completions(
        self, uri: str, position: lsp.Position, typed: str = ""
    ) -> list[lsp.CompletionItem]:
        kind = lsp.CompletionTriggerKind
        context = lsp.CompletionContext(kind.TriggerCharacter if typed else kind.Invoked, typed or None)
        params = lsp.CompletionParams(lsp.TextDocumentIdentifier(uri), position, context)
        answer = await self.within(self.client.text_document_completion_async(params))
        return list(answer.items) if isinstance(answer, lsp.CompletionList) else list(answer or [])

    async def ghosts(self, uri: str, position: lsp.Position) -> list[lsp.InlineCompletionItem]:
        context = lsp.InlineCompletionContext(lsp.InlineCompletionTriggerKind.Automatic)
        params = lsp.InlineCompletionParams(context, lsp.TextDocumentIdentifier(uri), position)
        answer = await self.within(self.client.text_document_inline_completion_async(params))
        return list(answer.items) if isinstance(answer, lsp.InlineCompletionList) else list(answer or [])

    async def hover(self, uri: str, position: lsp.Position) -> str:
        params = lsp.HoverParams(lsp.TextDocumentIdentifier(uri), position)
        answer = await self.within(self.client.text_document_hover_async(params))
        return answer.contents.value if answer and isinstance(answer.contents, lsp.MarkupContent) else ""

    async def lenses(self, uri: str) -> list[lsp.CodeLens]:
        params = lsp.CodeLensParams(lsp.TextDocumentIdentifier(uri))
        return list(await self.within(self.client.text_document_code_lens_async(params)) or [])

    async def run(self, command: lsp.Command | None) -> None:
        assert command is not None
        params = lsp.ExecuteCommandParams(command.command, command.arguments)
        await self.within(self.client.workspace_execute_command_async(params))

    def shown(self, kind: str) -> list[str]:
        """The messages of progress of a kind: `begin`, `report` or `end`."""
        values = [one.value for one in self.progress if isinstance(one, lsp.ProgressParams)]
        return [str(value.get("message")) for value in values if value["kind"] == kind]

    def cancel_progress(self) -> None:
        """What a user does who no longer wants the work that was begun last."""
        token = self.progress[-1].token
        self.client.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))

    def apply(self, edit: lsp.WorkspaceEdit | None) -> str:
        """The text of the one file that is edited, afterwards; the server hears of it, too."""
        assert edit is not None and edit.document_changes is not None
        (change,) = edit.document_changes
        assert isinstance(change, lsp.TextDocumentEdit)
        uri = change.text_document.uri
        assert change.text_document.version == self.versions[uri]
        for one in change.edits:
            assert isinstance(one, lsp.TextEdit)
            self.insert(uri, one)
        return self.texts[uri]

    def insert(self, uri: str, edit: lsp.TextEdit) -> str:
        """The file's text after a completion's edit."""
        lines = Lines(self.texts[uri])
        start = lines.offset(edit.range.start.line, edit.range.start.character)
        end = lines.offset(edit.range.end.line, edit.range.end.character)
        self.change(uri, start, end, edit.new_text)
        return self.texts[uri]

    @property
    def pid(self) -> int:
        server = self.client._server
        assert server is not None
        return server.pid

    def vanish(self) -> None:
        """Go away without a word, as an editor does that was killed."""
        server = self.client._server
        assert server is not None and server.stdin is not None
        server.stdin.close()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what the server does on its own."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.02)

    async def within(self, answer: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return await answer


def split(marked: str) -> tuple[str, lsp.Position]:
    """A text without its mark, and where that stood."""
    offset = marked.find(CURSOR)
    text = marked.replace(CURSOR, "", 1)
    return text, lsp.Position(*Lines(text).place(max(offset, 0)))


def _converter() -> Any:
    """lsprotocol takes an action that has a command for a bare command."""
    converter = default_converter()
    converter.register_structure_hook(
        lsp.Command | lsp.CodeAction, lambda answer, _: converter.structure(answer, lsp.CodeAction)
    )
    return converter


def _listen(editor: Editor) -> None:
    client = editor.client

    @client.feature(lsp.WINDOW_SHOW_MESSAGE)
    def message(params: lsp.ShowMessageParams) -> None:
        editor.messages.append(params.message)

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def diagnostics(params: lsp.PublishDiagnosticsParams) -> None:
        editor.diagnostics[params.uri] = list(params.diagnostics)

    @client.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)
    def create(params: lsp.WorkDoneProgressCreateParams) -> None:
        editor.progress.append(params)

    @client.feature(lsp.PROGRESS)
    def progress(params: lsp.ProgressParams) -> None:
        editor.progress.append(params)

    @client.feature(lsp.WORKSPACE_APPLY_EDIT)
    def apply(params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
        editor.apply(params.edit)
        return lsp.ApplyWorkspaceEditResult(applied=True)

    @client.feature(lsp.WORKSPACE_CODE_LENS_REFRESH)
    def refresh(params: None) -> None:
        return None


@asynccontextmanager
async def open_editor(*options: str) -> AsyncIterator[Editor]:
    """An editor with its own server, ended as editors do it."""
    client = LanguageClient("test-editor", "1", converter_factory=_converter)
    editor = Editor(client)
    await client.start_io(
        sys.executable, "-m", "prover", "lsp", "--step-seconds", "5", *options, env=dict(os.environ)
    )
    capabilities = lsp.ClientCapabilities(
        window=lsp.WindowClientCapabilities(work_done_progress=True),
        workspace=lsp.WorkspaceClientCapabilities(
            code_lens=lsp.CodeLensWorkspaceClientCapabilities(refresh_support=True)
        ),
    )
    parameters = lsp.InitializeParams(capabilities, process_id=os.getpid())
    await editor.within(client.initialize_async(parameters))
    client.initialized(lsp.InitializedParams())
    try:
        yield editor
    finally:
        with contextlib.suppress(Exception):
            await editor.within(client.shutdown_async(None))
            client.exit(None)
        await client.stop()
