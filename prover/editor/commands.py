"""What takes longer than a request: finish a proof, fill every `sorry` of a file, judge a proof."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from prover.attempts import FileAttempt, attempt_file
from prover.attempts.file import judge_declaration
from prover.editor.documents import Document, Documents, Judged
from prover.editor.features import diagnostics, edit_of, workspace_edit
from prover.editor.outline import Unit
from prover.editor.positions import smallest_edit
from prover.editor.progress import WorkDone, with_progress
from prover.editor.service import Service
from prover.editor.suggest import InFile, Spot, not_found
from prover.search.results import SearchResult
from prover.statements.holes import Hole, find_holes
from prover.statements.leanfile import LeanFile
from prover.types import Verdict


class Commands:
    """Each command says in the editor how it ended."""

    def __init__(self, server: LanguageServer, documents: Documents, service: Service) -> None:
        self._server, self._documents, self._service = server, documents, service

    async def finish(self, uri: str, position: lsp.Position) -> None:
        """Search for the rest of the proof at a place, and put it in."""
        document = self._documents.open.get(uri)
        if document is None:
            return
        suggester = await self._service.suggester()
        spot = await suggester.spot(await document.outline(), document.offset(position))
        if spot is None:
            self._say("there is no goal here")
            return

        async def work(done: WorkDone) -> tuple[InFile | None, SearchResult]:
            return await suggester.finish(spot, self._service.options.plan, done)

        found = await with_progress(self._server, f"Proving {spot.unit.first.label}", work)
        if found is None:
            return
        suggestion, result = found
        if suggestion is None:
            self._say(not_found(result))
        else:
            await self._put_in(uri, spot, suggestion)

    async def fill_all(self, uri: str) -> None:
        """Search for each `sorry` of the file, and put in the proofs that the judge accepts."""
        document = self._documents.open.get(uri)
        if document is None:
            return
        text, version = document.text, document.version
        holes = find_holes(text)
        suggester = await self._service.suggester()

        async def work(done: WorkDone) -> FileAttempt:
            def on_hole(hole: Hole) -> WorkDone:
                done.part = f"{holes.index(hole) + 1} of {len(holes)}: {hole.declaration.label}"
                return done

            file = LeanFile(Path(to_fs_path(uri) or uri), b"", text)
            tools, plan = suggester.judged_tools, self._service.options.plan
            return await attempt_file(tools, file, holes, plan, on_hole)

        done = await with_progress(self._server, "Filling every sorry", work)
        if done is None:
            return
        if done.text != text:
            if not self._is_still(document, version):
                self._say("the file has changed meanwhile: nothing was filled, run again")
                return
            edit = document.text_edit(smallest_edit(text, done.text))
            await self._apply(workspace_edit(document, edit))
        self._say(f"{len(done.accepted)} of {len(holes)} filled{_reasons(done)}")

    async def check(self, uri: str, position: lsp.Position) -> None:
        """The judge's verdict on the theorem at a place."""
        document = self._documents.open.get(uri)
        if document is None:
            return
        version, offset = document.version, document.offset(position)
        outline = await document.outline()
        text, unit = outline.text, outline.unit_at(offset)
        if unit is None:
            self._say("there is no theorem here")
            return
        suggester = await self._service.suggester()

        async def work(done: WorkDone) -> Verdict:
            return await judge_declaration(suggester.tools.judge, suggester.tools.home, text, unit.first)

        verdict = await with_progress(self._server, f"Checking {unit.first.label}", work)
        if verdict is None:
            return
        still = self._is_still(document, version)
        if still:
            self._show(document, unit, verdict)
        result = "is proved" if verdict.proved else f"is not proved: {verdict.reason}"
        self._say(f"{unit.first.label} {result}{'' if still else '; the file has changed meanwhile'}")

    def publish(self, document: Document) -> None:
        """Show the verdicts that still hold."""
        self._server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(document.uri, diagnostics(document), document.version)
        )

    def withdraw(self, document: Document) -> None:
        """The file is closed: what was shown of it goes."""
        if document.verdicts:
            document.verdicts = []
            self.publish(document)

    def _is_still(self, document: Document, version: int) -> bool:
        """Whether the file is open as it was then: neither changed, nor closed and opened anew."""
        return self._documents.open.get(document.uri) is document and document.version == version

    def _show(self, document: Document, unit: Unit, verdict: Verdict) -> None:
        document.verdicts = [judged for judged in document.verdicts if judged.unit != unit]
        document.verdicts.append(Judged(unit, verdict))
        self.publish(document)
        workspace = self._server.client_capabilities.workspace
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            self._server.workspace_code_lens_refresh(None)

    async def _put_in(self, uri: str, spot: Spot, suggestion: InFile) -> None:
        """Apply a proof where its declaration stands now, if it and what it rests on are as they were."""
        document = self._documents.open.get(uri)
        moved = await self._where_now(document, spot, suggestion) if document else None
        if document is None or moved is None:
            self._say("a proof was found, but the theorem has changed meanwhile")
            return
        await self._apply(edit_of(document, moved))

    async def _where_now(self, document: Document, spot: Spot, suggestion: InFile) -> InFile | None:
        outline = await document.outline()
        edit = smallest_edit(suggestion.old, suggestion.new)
        for unit in outline.units:
            core = outline.core(unit)
            same = spot.text.startswith(core) and edit.end <= len(core)
            if (same or outline.unit_text(unit) == spot.text) and outline.prefix(
                unit
            ).text == spot.state.statement.header:
                return suggestion.moved(unit.start)
        return None

    async def _apply(self, edit: lsp.WorkspaceEdit) -> None:
        params = lsp.ApplyWorkspaceEditParams(edit, "Prover")
        result = await self._server.workspace_apply_edit_async(params)
        if not result.applied:
            self._say(f"the editor did not take the edit: {result.failure_reason or 'no reason given'}")

    def _say(self, text: str) -> None:
        params = lsp.ShowMessageParams(lsp.MessageType.Info, f"Prover: {text}")
        self._server.window_show_message(params)


def _reasons(done: FileAttempt) -> str:
    """Why the others are not filled, in a few words."""
    errors = [str(error) for error in done.errors.values()]
    refusals = [verdict.reason for verdict in done.verdicts.values() if not verdict.proved]
    reasons = list(dict.fromkeys(errors + refusals))
    return f"; {reasons[0]}" if reasons else ""
