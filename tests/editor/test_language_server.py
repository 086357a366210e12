"""The language server over standard input and output: each feature, on the real Lean."""

from __future__ import annotations

import asyncio

import pytest
from editor_client import Editor, split
from lsprotocol import types as lsp

AND = "import Mathlib\n\ntheorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n{}\n"


async def offered(
    editor: Editor, uri: str, place: lsp.Position, wanted: str = "closes the goal"
) -> list[lsp.CodeAction]:
    """Actions with edits, one of them with `wanted` in its title; when busy, a later request has it."""
    actions: list[lsp.CodeAction] = []
    for _ in range(12):
        actions = [action for action in await editor.actions(uri, place) if action.edit]
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
    _, after = split(before.replace("theorem t", "theorem ¦t", 1))
    assert "sorry" not in editor.texts[uri]
    assert [a.title for a in await editor.actions(uri, after) if a.edit] == []
