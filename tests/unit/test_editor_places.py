"""Where a cursor's tactic would go, and what stands above it: from the text alone, before Lean is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.editor.outline import Outline
from prover.editor.places import before_tactic, places

CURSOR = "¦"


def probes(marked: str, typing: bool = False) -> list[str]:
    """The unit's text with a `sorry` at each place that the mark may mean."""
    return [place.probe for place in places(marked.replace(CURSOR, ""), marked.index(CURSOR), typing)]


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("theorem t : p := by¦", "theorem t : p := by sorry"),
        ("theorem t : p :=¦", "theorem t : p := sorry"),
        ("theorem t : p := by\n¦", "theorem t : p := by\n  sorry"),
        ("theorem t : p := by\n  simp\n  ¦\n", "theorem t : p := by\n  simp\n  sorry\n"),
        ("theorem t : p := by\n  simp¦\n  rfl", "theorem t : p := by\n  simp\n  sorry\n  rfl"),
        ("theorem t : p ¦:= by\n  simp\n\n", "theorem t : p := by\n  simp\n  sorry\n\n"),
        ("theorem t : p := by\n  · simp\n    ¦", "theorem t : p := by\n  · simp\n    sorry"),
        ("theorem t : p := by\n  · simp\n  ¦", "theorem t : p := by\n  · simp\n  sorry"),
        ("theorem t : p := by\n  ·¦", "theorem t : p := by\n  · sorry"),
        ("theorem t : p := by\n  a <;>¦", "theorem t : p := by\n  a <;> sorry"),
        ("theorem t : p := by\n  case a =>\n¦", "theorem t : p := by\n  case a =>\n    sorry"),
        (
            "theorem t : p := by\n  cases h with\n  | a => ¦",
            "theorem t : p := by\n  cases h with\n  | a => sorry",
        ),
        ("theorem t : p := by simp¦", "theorem t : p := by simp; sorry"),
        ("  theorem t\n      : p := by\n¦", "  theorem t\n      : p := by\n    sorry"),
        ("theorem t : p := by\r\n¦", "theorem t : p := by\r\n  sorry"),
        ("theorem t : p := ⟨sorry, sor¦ry⟩", "theorem t : p := ⟨sorry, sorry⟩"),
    ],
)
def test_the_likeliest_place_comes_first(marked: str, first: str) -> None:
    assert probes(marked)[0] == first


def test_inner_blocks_come_before_outer_ones_but_the_cursor_s_own_column_first() -> None:
    text = "theorem t : p := by\n  · simp\n    · rfl\n{}¦"
    assert [p.splitlines()[-1] for p in probes(text.format(""))] == ["      sorry", "    sorry", "  sorry"]
    assert [p.splitlines()[-1] for p in probes(text.format("  "))] == ["  sorry", "      sorry", "    sorry"]


def test_the_nearest_sorry_of_the_line_is_meant() -> None:
    (place,) = places("theorem t : p := ⟨sorry, sorry⟩ -- here", 26)
    assert place.given and place.hole.start == 25


def test_a_word_being_typed_is_replaced_and_otherwise_left_alone() -> None:
    typed = "theorem t : p := by\n  sim¦"
    assert probes(typed, typing=True)[0] == "theorem t : p := by\n  sorry"
    assert probes(typed)[0] == "theorem t : p := by\n  sim\n  sorry"


@pytest.mark.parametrize(
    "marked",
    [
        "theorem t : p := by\n  simp\n\n¦",
        "theorem t : p := by\n  simp -- rem¦ark",
        "theorem t : p := by\n  -- rem¦ark\n  simp",
        "theorem t : p := by /- open\n  ¦",
        "theorem t (n : N) :¦ p",
    ],
)
def test_where_no_tactic_goes_there_is_no_place(marked: str) -> None:
    assert probes(marked) == []


def test_goals_are_looked_at_before_the_tactic_that_the_cursor_is_in() -> None:
    text = "theorem t : p := by\n  · have h : q := by simp\n    rfl"
    found = [place.probe for place in before_tactic(text, text.index("simp") + 1)]
    assert found[0].splitlines()[1] == "  · have h : q := by sorry; simp"
    assert before_tactic(text, text.index("rfl"))[0].probe.splitlines()[2] == "    sorry; rfl"


PIECES = [*"·⟨⟩()|;:=\n\r -'\"", " by", " sorry", "theorem t", " =>", "simp", "end", "\n  "]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.data())
def test_no_text_breaks_the_search_for_places(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    for place in [*places(text, offset), *places(text, offset, typing=True), *before_tactic(text, offset)]:
        assert place.probe[place.hole.start : place.hole.end] == "sorry"


# What stands above.


def test_of_what_stands_above_only_statements_are_kept() -> None:
    text = (
        "import Mathlib\n\n@[simp] theorem a : 1 = 1 := by\n  rfl\n\nexample : 2 = 2 := rfl\n\n"
        "def f : Nat := 3\nopen Nat\ntheorem b : f = 3 := by\n  sorry\n"
    )
    outline = Outline(text)
    above = outline.prefix(outline.units[-1]).text
    assert "@[simp] theorem a : 1 = 1 := by sorry\n" in above and "rfl" not in above
    assert "def f : Nat := 3\nopen Nat\n" in above and "import Mathlib" not in above


def test_a_proof_with_helpers_stays_whole() -> None:
    text = "theorem a : p := h where h := b\n\ntheorem c : q := by sorry"
    outline = Outline(text)
    assert outline.prefix(outline.units[-1]).text.startswith("theorem a : p := h where h := b")


def test_mutual_declarations_are_one_unit() -> None:
    text = "mutual\ntheorem a : p := b\ntheorem b : p := a\nend\ntheorem c : q := by sorry\n"
    outline = Outline(text)
    assert [len(unit.declarations) for unit in outline.units] == [2, 1]
    assert outline.unit_text(outline.units[0]).startswith("mutual") and outline.unit_at(len(text)) is not None


def test_the_whole_file_decides_which_prelude_it_needs() -> None:
    outline = Outline("import Mathlib\n\ntheorem t (x : ℝ) : x = x := by\n  sorry\n")
    assert "Prover.Field" in outline.prefix(outline.units[0]).text
