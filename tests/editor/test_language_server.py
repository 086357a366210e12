"""The language server over standard input and output: each feature, on the real Lean."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest
from editor_client import Editor, split
from lsprotocol import types as lsp

AND = "import Mathlib\n\ntheorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n{}\n"


async def offered(
    editor: Editor,
    uri: str,
    place: lsp.Position,
    wanted: str = "closes the goal",
    diagnostics: Sequence[lsp.Diagnostic] = (),
) -> list[lsp.CodeAction]:
    """Actions with edits, one of them with `wanted` in its title; when busy, a later request has it."""
    actions: list[lsp.CodeAction] = []
    for _ in range(12):
        actions = [action for action in await editor.actions(uri, place, diagnostics) if action.edit]
        if any(wanted in action.title for action in actions):
            break
        await asyncio.sleep(0.2)
    return actions


def titles(actions: list[lsp.CodeAction]) -> list[str]:
    return [action.title for action in actions]


async def test_at_a_sorry_the_best_tactic_is_first_and_says_what_it_does(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  sor¦ry"))
    actions = await offered(editor, uri, place, "constructor  (2 goals left)")
    assert actions[0].is_preferred and actions[0].title.endswith("(closes the goal)")
    assert "constructor  (2 goals left)" in titles(actions)
    text = editor.apply(actions[0].edit)
    assert "sorry" not in text and text.startswith(AND[: AND.index("{}")] + "  ")
    assert [lens.command.title for lens in await editor.lenses(uri) if lens.command] == ["Check this proof"]


async def test_a_tactic_that_leaves_goals_leaves_a_sorry_for_each(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  sor¦ry"))
    actions = await offered(editor, uri, place, "constructor ")
    split_goal = next(action for action in actions if action.title.startswith("constructor "))
    assert editor.apply(split_goal.edit) == AND.format("  constructor\n  · sorry\n  · sorry")


@pytest.mark.parametrize(
    "marked",
    [
        "theorem t (p : Prop) (h : p) : p := by¦\n",
        "theorem t (p : Prop) (h : p) : p := by\n¦\ntheorem u : True := trivial\n",
        "theorem t (p : Prop) (h : p) : p := by\n      ¦\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor\n  · exact hp\n  ¦\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor\n  · exact hp\n  ·¦\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q :=¦ by\n  constructor\n  · exact hp\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor <;>¦\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor <;> sorry¦\n",
        "theorem t (p q : Prop) (hp : p) : p ∨ q := by\n  have h : p := by¦\n  exact Or.inl h\n",
        "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p := by\n  cases h with\n  | inl a => exact Or.inr a\n"
        "  | inr b => ¦\n",
        "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p := by\n  cases h\n"
        "  case inl a => exact Or.inr a\n  case inr b =>\n    ¦\n",
        "theorem t (a b c : ℕ) (h : a = b) (i : b = c) : a = c := by\n  calc a = b := h\n    _ = c := by¦\n",
        "theorem t (p : Prop) (h : p) : p := sorry¦\n",
        "lemma t (p : Prop) (h : p) : p := by\n  sorry¦\n",
        "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := ⟨sorry¦, hq⟩\n",
        "structure S where\n  n : ℕ\n  pos : n = n\n\ndef s : S where\n  n := 3\n  pos := by¦\n",
        "theorem t (p : Prop) (h : p) : p := by\r\n  sorry¦\r\n",
        "/-- 𝔸 -/ theorem 𝔸 (p : Prop) («𝔹 𝔹» : p) : p := by sor¦ry -- 𝔸\n",
    ],
)
async def test_a_tactic_is_offered_at_every_kind_of_place(editor: Editor, marked: str) -> None:
    uri, place = editor.open("import Mathlib\n\n" + marked)
    actions = await offered(editor, uri, place)
    closing = [action for action in actions if action.title.endswith("(closes the goal)")]
    assert closing, titles(actions)
    before = editor.texts[uri]
    editor.apply(closing[0].edit)
    # Asked again at the same theorem, there is nothing left to do.
    _, after = split(re.sub("(theorem|lemma) t", r"\1 ¦t", before, count=1))
    assert "sorry" not in editor.texts[uri]
    assert [a.title for a in await editor.actions(uri, after) if a.edit] == []


async def test_completion_items_carry_the_goals_that_are_left(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  con¦"))
    await offered(
        editor, *editor.open(AND.format("  ¦")), "constructor "
    )  # the same place: its answers are kept
    items = await editor.completions(uri, place)
    item = next(item for item in items if item.label == "constructor")
    assert item.detail == "2 goals left"
    assert isinstance(item.documentation, lsp.MarkupContent) and "⊢ p" in item.documentation.value
    assert item.filter_text == "constructor" and isinstance(item.text_edit, lsp.TextEdit)
    assert editor.insert(uri, item.text_edit) == AND.format("  constructor")


async def test_a_completion_mends_the_indentation_of_its_line(editor: Editor) -> None:
    uri, place = editor.open(AND.format("sim¦"))
    await offered(editor, *editor.open(AND.format("  ¦")), "simp_all")
    item = next(item for item in await editor.completions(uri, place) if item.label == "simp_all")
    assert isinstance(item.text_edit, lsp.TextEdit)
    assert editor.insert(uri, item.text_edit) == AND.format("  simp_all")


async def test_ghost_text_goes_on_from_what_is_typed(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  simp_¦"))
    await offered(editor, uri, place)
    ghosts = await editor.ghosts(uri, place)
    assert ghosts and all(str(ghost.insert_text).startswith("simp_") for ghost in ghosts)
    uri, place = editor.open(AND.format("  zzz¦"))
    assert await editor.ghosts(uri, place) == []


async def test_a_space_in_the_middle_of_a_tactic_brings_no_list(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  exact ¦"))
    assert await editor.completions(uri, place, typed=" ") == []


@pytest.mark.parametrize(
    ("body", "goal"),
    [
        ("  constructor\n  · ex¦act hp\n  · exact hq", "⊢ p"),
        ("  con¦structor\n  · exact hp\n  · exact hq", "⊢ p ∧ q"),
        ("  constructor\n  · exact hp\n  · sor¦ry", "⊢ q"),
        ("  exact ⟨by as¦sumption, hq⟩", "⊢ p"),
    ],
)
async def test_hovering_shows_the_goals_that_a_tactic_sees(editor: Editor, body: str, goal: str) -> None:
    uri, place = editor.open(AND.format(body))
    assert f"{goal}\n```" in await editor.hover(uri, place)


async def test_hovering_hides_what_only_the_prelude_adds(editor: Editor) -> None:
    uri, place = editor.open("import Mathlib\n\ntheorem t (x : ℝ) (h : x = 2) : x + x = 4 := by\n  sor¦ry\n")
    assert await editor.hover(uri, place) == "```lean\nx : ℝ\nh : x = 2\n⊢ x + x = 4\n```"


async def test_hovering_elsewhere_says_nothing(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  -- con¦structor\n  exact ⟨hp, hq⟩"))
    assert await editor.hover(uri, place) == ""


async def test_goals_left_that_the_lean_server_reports_are_worked_on(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  constructor\n  · exact hp") + "\n\n¦")
    where = lsp.Range(lsp.Position(2, 53), lsp.Position(4, 12))
    report = lsp.Diagnostic(where, "unsolved goals\ncase right\n⊢ q", source="Lean 4")
    assert [action for action in await editor.actions(uri, place) if action.edit] == []
    actions = await offered(editor, uri, place, diagnostics=[report])
    so_far = editor.texts[uri].rstrip()
    assert editor.apply(actions[0].edit).startswith(f"{so_far}\n  ")


async def test_finishing_a_proof_shows_progress_and_puts_it_in(editor: Editor) -> None:
    theorem = "theorem t (p q r : Prop) (h : p ∧ q ∧ r) : r ∧ q ∧ p := by\n  sor¦ry\n"
    uri, place = editor.open("import Mathlib\n\n" + theorem)
    action = next(a for a in await editor.actions(uri, place) if a.title == "Finish the proof")
    await editor.run(action.command)
    assert "sorry" not in editor.texts[uri] and "theorem t (p q r : Prop)" in editor.texts[uri]
    assert len(editor.shown("begin")) == len(editor.shown("end")) == 1 and editor.shown("report")


async def test_a_finished_proof_goes_where_its_theorem_is_by_then(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  sor¦ry"))
    (action,) = [a for a in await editor.actions(uri, place) if a.title == "Finish the proof"]
    running = asyncio.create_task(editor.run(action.command))
    await editor.until(lambda: editor.progress)
    end = len(editor.texts[uri])
    editor.change(uri, end, end, "\n-- a remark below\n")
    await running
    assert "sorry" not in editor.texts[uri] and editor.texts[uri].endswith("-- a remark below\n")


async def test_a_search_can_be_cancelled(editor: Editor) -> None:
    hard = "theorem t (n a b c : ℕ) (h : 2 < n) (i : 0 < a * b * c) : a ^ n + b ^ n ≠ c ^ n := by"
    uri, place = editor.open(f"import Mathlib\n\n{hard}\n  sor¦ry\n")
    running = asyncio.create_task(editor.run(lsp.Command("", "prover.finish", arguments=[uri, place])))
    await editor.until(lambda: editor.shown("report"))
    editor.cancel_progress()
    await running
    assert "sorry" in editor.texts[uri] and not any("no proof" in message for message in editor.messages)


async def test_every_sorry_of_a_file_is_filled(editor: Editor) -> None:
    uri, _ = editor.open(
        AND.format("  constructor\n  · sorry\n  · sorry") + "\nexample (x : ℝ) (h : x = 2) : x = 2 := sorry\n"
    )
    await editor.run(lsp.Command("", "prover.fillAll", arguments=[uri]))
    assert "sorry" not in editor.texts[uri], editor.messages
    assert editor.messages[-1].startswith("Prover: 3 of 3 filled")


async def test_a_verdict_is_shown_until_its_theorem_changes(editor: Editor) -> None:
    uri, place = editor.open(AND.format("  exact ⟨hp, hq⟩¦"))
    (action,) = [a for a in await editor.actions(uri, place) if a.title == "Check this proof"]
    assert uri not in editor.diagnostics
    await editor.run(action.command)
    await editor.until(lambda: editor.diagnostics.get(uri))
    (shown,) = editor.diagnostics[uri]
    assert shown.source == "prover" and shown.message.startswith("proved") and shown.range.start.line == 2
    editor.change(uri, len(editor.texts[uri]) - 2, len(editor.texts[uri]) - 1, " ")
    await editor.until(lambda: not editor.diagnostics[uri])


async def test_a_proof_that_rests_on_an_axiom_is_not_called_proved(editor: Editor) -> None:
    uri, place = editor.open(
        "import Mathlib\n\naxiom a : False\n\ntheorem t : 1 = 2 := by\n  exact a.el¦im\n"
    )
    await editor.run(lsp.Command("", "prover.check", arguments=[uri, place]))
    await editor.until(lambda: editor.diagnostics.get(uri))
    assert editor.diagnostics[uri][0].severity == lsp.DiagnosticSeverity.Warning


CHECKED = AND.format("  exact ⟨hp, hq⟩¦")


async def test_a_verdict_on_a_text_that_was_typed_over_is_not_shown_on_the_new_one(editor: Editor) -> None:
    # The file is long, so that the change arrives while it is looked through.
    uri, place = editor.open(CHECKED + "\n-- a long file" * 20_000)
    running = asyncio.create_task(editor.run(lsp.Command("", "prover.check", arguments=[uri, place])))
    await asyncio.sleep(0)
    start = editor.texts[uri].index("⟨hp, hq⟩")
    editor.change(uri, start, start + len("⟨hp, hq⟩"), "⟨hp, hp⟩")
    await running
    assert not editor.diagnostics.get(uri)
    assert editor.messages == ["Prover: t is proved; the file has changed meanwhile"]


async def test_a_verdict_on_a_file_that_was_closed_and_opened_anew_is_not_shown_there(editor: Editor) -> None:
    uri, place = editor.open(CHECKED, name="Reopened")
    running = asyncio.create_task(editor.run(lsp.Command("", "prover.check", arguments=[uri, place])))
    await editor.until(lambda: editor.progress)
    editor.close_all()
    editor.open(AND.format("  sor¦ry"), name="Reopened")
    await running
    assert not editor.diagnostics.get(uri)
