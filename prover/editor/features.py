"""What is shown in the editor, made of what was found: actions, completions, hovers, lenses, diagnostics."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsprotocol import types as lsp

from prover.attempts.file import PROVABLE
from prover.editor.documents import Document
from prover.editor.outline import Outline, Unit
from prover.editor.places import word_before
from prover.editor.positions import smallest_edit
from prover.editor.suggest import InFile
from prover.statements.holes import find_holes
from prover.types import Goal, State, Verdict

FINISH, FILL_ALL, CHECK = "prover.finish", "prover.fillAll", "prover.check"
"""The commands that the server runs; their arguments are a file's URI and, but for `FILL_ALL`, a place."""

SOURCE = "prover"
"""Whose our diagnostics are."""

_GOALS_SHOWN = 4

_OF_PRELUDE = re.compile(r"^(?:[ℝℂ]|ℝ ℂ) : Type\n|^inst✝\S* : [^\n]*[ℝℂ](?:\n  [^\n]*)*\n", re.MULTILINE)
"""Hypotheses that a prelude adds where ℝ or ℂ is meant."""


def edit_of(document: Document, suggestion: InFile) -> lsp.WorkspaceEdit:
    return workspace_edit(document, document.text_edit(suggestion.edit))


def workspace_edit(document: Document, edit: lsp.TextEdit) -> lsp.WorkspaceEdit:
    """An edit of this version of the file; a client that has another one refuses it."""
    identifier = lsp.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(identifier, [edit])])


def suggestion_actions(document: Document, found: Sequence[InFile]) -> list[lsp.CodeAction]:
    """An action with a ready edit for each; the first that closes the goal is the preferred one."""
    return [
        lsp.CodeAction(
            title=suggestion.title,
            kind=lsp.CodeActionKind.QuickFix,
            edit=edit_of(document, suggestion),
            is_preferred=suggestion.closes and number == 0,
        )
        for number, suggestion in enumerate(found)
    ]


def command_actions(
    document: Document, outline: Outline, offset: int, has_goal: bool
) -> list[lsp.CodeAction]:
    """Actions that take longer: finish the proof, fill every `sorry`, check the proof."""
    position = lsp.Position(*document.lines.place(offset))
    actions = []
    if has_goal:
        actions.append(_action("Finish the proof", FINISH, document.uri, position))
    unit = outline.unit_at(offset)
    here = find_holes(outline.unit_text(unit)) if unit else []
    if "sorry" in outline.code:
        actions.append(_action("Fill every sorry of this file", FILL_ALL, document.uri))
    if unit is not None and not here and _is_theorem(unit):
        actions.append(_action("Check this proof", CHECK, document.uri, position))
    return actions


def completions(document: Document, offset: int, found: Sequence[InFile]) -> list[lsp.CompletionItem]:
    """An item for each suggestion whose edit stays on the cursor's line."""
    items = [_completion(document, offset, number, one) for number, one in enumerate(found)]
    return [item for item in items if item is not None]


def inline_completions(
    document: Document, offset: int, found: Sequence[InFile]
) -> list[lsp.InlineCompletionItem]:
    """The same as ghost text: only what goes on from the word that is typed."""
    return [
        lsp.InlineCompletionItem(
            insert_text=item.text_edit.new_text,
            filter_text=item.filter_text,
            range=item.text_edit.range,
        )
        for item in completions(document, offset, found)
        if isinstance(item.text_edit, lsp.TextEdit) and _goes_on(document, offset, item.text_edit)
    ]


def lenses(document: Document, outline: Outline) -> list[lsp.CodeLens]:
    """Above each theorem: finish the proof where a `sorry` stands, else check it, or the verdict."""
    verdicts = {judged.unit: judged.verdict for judged in document.verdicts}
    found = []
    for unit in outline.units:
        if not _is_theorem(unit):
            continue
        start = unit.first.keyword
        text = outline.code[unit.start : unit.end]
        title, command, place = "Check this proof", CHECK, start
        if "sorry" in text and (holes := find_holes(outline.unit_text(unit))):
            title, command, place = "Finish the proof", FINISH, unit.start + holes[0].start
        elif unit in verdicts:
            title = _verdict_line(verdicts[unit])
        position = lsp.Position(*document.lines.place(place))
        found.append(
            lsp.CodeLens(document.range(start, start), _command(title, command, document.uri, position))
        )
    return found


def diagnostics(document: Document) -> list[lsp.Diagnostic]:
    """The verdicts that the user asked for, on the declarations' names."""
    return [
        lsp.Diagnostic(
            range=document.range(
                judged.unit.first.keyword, judged.unit.first.keyword + len(judged.unit.first.kind)
            ),
            message=_verdict_line(judged.verdict),
            severity=lsp.DiagnosticSeverity.Information
            if judged.verdict.proved
            else lsp.DiagnosticSeverity.Warning,
            source=SOURCE,
        )
        for judged in document.verdicts
    ]


def hover(state: State) -> lsp.Hover:
    """The goals at a place."""
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, goals_text(state.goals)))


def goals_text(goals: Sequence[Goal]) -> str:
    """Goals as Markdown."""
    if not goals:
        return "No goals"
    shown = _OF_PRELUDE.sub("", "\n\n".join(goal.text for goal in goals[:_GOALS_SHOWN]))
    more = f"\n\n… and {len(goals) - _GOALS_SHOWN} more" if len(goals) > _GOALS_SHOWN else ""
    return f"```lean\n{shown}\n```{more}"


def _completion(
    document: Document, offset: int, number: int, suggestion: InFile
) -> lsp.CompletionItem | None:
    here = offset - suggestion.start
    word = here - word_before(suggestion.old, here)
    edit = smallest_edit(suggestion.old, suggestion.new, within=(word, here)).moved(suggestion.start)
    range_ = document.range(edit.start, edit.end)
    if range_.start.line != range_.end.line:
        return None
    return lsp.CompletionItem(
        label=suggestion.tactic.splitlines()[0],
        kind=lsp.CompletionItemKind.Event,
        detail=suggestion.label,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, goals_text(suggestion.goals)),
        sort_text=f"!{number:03}",
        # What the client holds against the text in the range: what stands there, and the tactic.
        filter_text=document.text[edit.start : suggestion.start + word] + suggestion.tactic,
        preselect=number == 0 and suggestion.closes,
        text_edit=lsp.TextEdit(range_, edit.new),
        insert_text_format=lsp.InsertTextFormat.PlainText,
        insert_text_mode=lsp.InsertTextMode.AsIs,
    )


def _goes_on(document: Document, offset: int, edit: lsp.TextEdit) -> bool:
    """Whether the edit keeps what is typed, and puts something after it."""
    start, end = document.offset(edit.range.start), document.offset(edit.range.end)
    typed = document.text[start:end]
    return end == offset and edit.new_text.startswith(typed) and edit.new_text != typed


def _is_theorem(unit: Unit) -> bool:
    return unit.first.kind in PROVABLE and unit.first.body is not None and len(unit.declarations) == 1


def _verdict_line(verdict: Verdict) -> str:
    if not verdict.proved:
        return f"not proved: {verdict.reason}"
    axioms = ", ".join(verdict.axioms) or "none"
    return f"proved; checked by elaborator and kernel; axioms: {axioms}"


def _action(title: str, command: str, *arguments: object) -> lsp.CodeAction:
    return lsp.CodeAction(
        title=title, kind=lsp.CodeActionKind.QuickFix, command=_command(title, command, *arguments)
    )


def _command(title: str, command: str, *arguments: object) -> lsp.Command:
    return lsp.Command(title=title, command=command, arguments=list(arguments))
