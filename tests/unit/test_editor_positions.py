"""Places and edits of an editor's text, in units of UTF-16, UTF-8 and code points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.editor.positions import Edit, Lines, Units, smallest_edit

TEXTS = st.text(st.sampled_from("aé𝔸\n\r\u2028 ·"), max_size=40)
UNITS: st.SearchStrategy[Units] = st.sampled_from(["utf-8", "utf-16", "utf-32"])


@pytest.mark.parametrize(("units", "character"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
def test_characters_are_counted_as_the_client_counts_them(units: Units, character: int) -> None:
    lines = Lines("x\né𝔸y", units)
    assert lines.place(4) == (1, character)
    assert lines.offset(1, character) == 4


def test_only_the_protocol_s_line_ends_end_a_line() -> None:
    assert Lines("a\r\nb\rc\nd\u2028e\x0bf").starts == [0, 3, 5, 7]


def test_a_place_beyond_the_text_is_its_end_and_one_inside_a_character_its_beginning() -> None:
    lines = Lines("𝔸b\nc")
    assert lines.offset(0, 99) == 2 and lines.offset(9, 0) == 4
    assert lines.offset(0, 1) == 0


@given(TEXTS, UNITS, st.data())
def test_a_place_and_its_offset_are_the_same(text: str, units: Units, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    inside_line_end = text[offset - 1 : offset + 1] == "\r\n"
    lines = Lines(text, units)
    if not inside_line_end:
        assert lines.offset(*lines.place(offset)) == offset


@given(TEXTS, TEXTS)
def test_the_smallest_edit_makes_one_text_of_the_other(old: str, new: str) -> None:
    assert smallest_edit(old, new).apply(old) == new


@given(TEXTS, TEXTS, st.data())
def test_an_edit_covers_what_it_has_to(old: str, new: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(old)))
    high = data.draw(st.integers(low, len(old)))
    edit = smallest_edit(old, new, within=(low, high))
    assert edit.start <= low and edit.end >= high and edit.apply(old) == new


def test_an_edit_can_be_moved_to_where_its_text_begins() -> None:
    assert Edit(1, 2, "x").moved(10).apply("0123456789abc") == "0123456789axc"
