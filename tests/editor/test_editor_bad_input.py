"""The language server with bad files and bad clients: a useful answer or silence, and no crash."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from editor_client import Editor, open_editor, split
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from prover.editor.positions import Lines

GOOD = "theorem good (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  sor¦ry\n"


async def edits(editor: Editor, uri: str, place: lsp.Position) -> list[lsp.CodeAction]:
    """Actions with edits; asked again where a busy machine has none yet."""
    actions: list[lsp.CodeAction] = []
    for _ in range(12):
        actions = [action for action in await editor.actions(uri, place) if action.edit]
        if actions:
            break
    return actions


@pytest.mark.parametrize(
    "above",
    [
        "theorem half (n : ℕ\n\n",
        "theorem half : 1 = := by\n  foo bar (\n\n",
        "def f : ℕ := \n\n",
        "theorem done : nonsense 1 := by simp\n\n",
        "@[simp] theorem\n\n",
        "theorem later : 1 = 1 := by\n  skip\n  sorry\n  rfl\n\n",
        "namespace A\n\nend B\n\n",
        "mutual\ntheorem a : True := trivial\ntheorem b : True := trivial\nend\n\n",
    ],
)
async def test_errors_above_the_cursor_are_no_obstacle(editor: Editor, above: str) -> None:
    uri, place = editor.open(f"import Mathlib\n\n{above}{GOOD}")
    actions = await edits(editor, uri, place)
    assert actions
    assert editor.apply(actions[0].edit).startswith(f"import Mathlib\n\n{above}theorem good")


@pytest.mark.parametrize(
    "marked",
    [
        "",
        "¦",
        "import Mathlib\n\n/- unfinished comment\ntheorem t : 1 = 1 := by\n  sor¦ry\n",
        'import Mathlib\n\ndef s := "unfinished\n\ntheorem t : 1 = 1 := by\n  sor¦ry\n',
        "import Mathlib\n\n-- theorem t : 1 = 1 := by sor¦ry\n",
        "import Mathlib\n\ntheorem t : 1 = 2 := by\n  rfl\n  ¦\n",
        "import Mathlib\n\ntheorem t : undefined_thing := by\n  sor¦ry\n",
        "import No.Such.Module\n\ntheorem t : 1 = 1 := by\n  sor¦ry\n",
        '{ "json": true }¦',
        "theorem\x00¦ \u2028",
    ],
)
async def test_where_there_is_nothing_to_offer_nothing_is_offered(editor: Editor, marked: str) -> None:
    uri, place = editor.open(marked)
    assert [action for action in await editor.actions(uri, place) if action.edit] == []
    assert await editor.completions(uri, place) == []
    assert await editor.ghosts(uri, place) == []
    assert editor.messages == [] and uri not in editor.diagnostics


async def test_a_proof_that_is_complete_is_left_alone(editor: Editor) -> None:
    uri, place = editor.open("import Mathlib\n\ntheorem t : 1 = 1 := by\n  rfl¦\n")
    assert [action for action in await editor.actions(uri, place) if action.edit] == []
    assert await editor.ghosts(uri, place) == []


async def test_an_edit_that_breaks_what_follows_is_not_offered(editor: Editor) -> None:
    body = "  constructor¦\n  · exact hp\n  · exact hq\n"
    uri, place = editor.open("import Mathlib\n\n" + GOOD.replace("  sor¦ry\n", body))
    assert [action for action in await editor.actions(uri, place) if action.edit] == []


async def test_a_file_of_ten_thousand_lines_is_answered_near_its_end(editor: Editor) -> None:
    long = "".join(
        f"example (n : ℕ) : n + {i} = {i} + n := by\n  have := n\n  omega\n\n" for i in range(2500)
    )
    uri, place = editor.open(f"import Mathlib\n\n{long}{GOOD}")
    assert await edits(editor, uri, place)
    editor.change(uri, 16, 16, "-- typed above\n")
    lines = Lines(editor.texts[uri])
    below = lsp.Position(place.line + 1, place.character)
    assert lines.text.splitlines()[below.line] == "  sorry"
    assert await edits(editor, uri, below)
    assert len(await editor.lenses(uri)) == 2501


async def test_a_keystroke_ends_what_was_asked_before_it(editor: Editor) -> None:
    uri, place = editor.open(f"import Mathlib\n\n{GOOD}")
    asked = [asyncio.create_task(editor.actions(uri, place)) for _ in range(3)]
    await asyncio.sleep(0)
    end = len(editor.texts[uri])
    editor.change(uri, end, end, "\n")
    assert await asyncio.gather(*asked) == [[], [], []]
    assert await edits(editor, uri, place)


async def test_what_is_typed_letter_by_letter_is_what_is_worked_on(editor: Editor) -> None:
    wanted, place = split(f"-- 𝔸𝔹\nimport Mathlib\n\n{GOOD.replace('good', '𝔤ood')}")
    uri, _ = editor.open("")
    for offset, letter in enumerate(wanted):
        editor.change(uri, offset, offset, letter)
    # A mistake among characters of two units, mended.
    at = wanted.index("𝔤")
    editor.change(uri, at, at + 1, "𝔵𝔶\u2028")
    editor.change(uri, at, at + 3, "𝔤")
    assert editor.texts[uri] == wanted
    assert await edits(editor, uri, place)


async def test_questions_about_files_that_are_not_open_are_answered_by_nothing(editor: Editor) -> None:
    place = lsp.Position(7, 7)
    assert await editor.actions("file:///nowhere.lean", place) == []
    assert await editor.hover("file:///nowhere.lean", place) == ""
    await editor.run(lsp.Command("", "prover.finish", arguments=["file:///nowhere.lean", place]))
    with pytest.raises(JsonRpcException):
        await editor.run(lsp.Command("", "prover.finish", arguments=[3]))
    uri, place = editor.open(f"import Mathlib\n\n{GOOD}")
    assert await edits(editor, uri, lsp.Position(99, 99)) == []
    assert await edits(editor, uri, place)


async def test_two_editors_work_at_once_and_one_may_vanish_in_the_middle_of_a_search(editor: Editor) -> None:
    hard = "theorem t (n a b c : ℕ) (h : 2 < n) (i : 0 < a * b * c) : a ^ n + b ^ n ≠ c ^ n := by"
    async with open_editor("--policy", "portfolio") as second:
        uri, place = second.open(f"import Mathlib\n\n{hard}\n  sor¦ry\n", name="Shared")
        server = psutil.Process(second.pid)
        search = asyncio.create_task(second.run(lsp.Command("", "prover.finish", arguments=[uri, place])))
        await second.until(lambda: second.shown("report"))
        mine, here = editor.open(f"import Mathlib\n\n{GOOD}", name="Shared")
        assert await edits(editor, mine, here)
        everyone = [server, *server.children(recursive=True)]
        assert [c for process in everyone for c in process.net_connections("inet")] == []
        second.vanish()
        await second.until(lambda: not any(_alive(process) for process in everyone))
        search.cancel()
    assert await edits(editor, mine, here)


def _alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
