"""The holes of a Lean file: which there are, what stands there, how they are filled and written back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.errors import InputError
from prover.statements import leanfile
from prover.statements.holes import find_declarations, find_holes
from prover.statements.leanfile import fill, holes_of, load, parse_target, write_back

SCRIPT = "intro x\nomega"


def filled(text: str, script: str = SCRIPT) -> str:
    """`text` with every hole filled."""
    return fill(text, dict.fromkeys(find_holes(text), script))


def kinds(text: str) -> list[str]:
    return ["tactic" if hole.tactic else "term" for hole in find_holes(text)]


def saved(folder: Path, text: str, name: str = "Notes.lean") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_each_sorry_is_found_with_its_declaration_and_place() -> None:
    text = "theorem a : 1 = 1 := by sorry\n\ntheorem β (x : ℕ) : x = x := sorry\n"
    first, second = find_holes(text)
    assert (first.declaration.name, second.declaration.name) == ("a", "β")
    assert text[second.start : second.end] == "sorry"
    assert (second.position.line, second.position.column) == (3, 29)
    assert first.whole and second.whole
    assert [first.tactic, second.tactic] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "-- sorry\ntheorem t : 1 = 1 := rfl -- sorry",
        "/- sorry /- sorry -/ sorry -/ theorem t : 1 = 1 := rfl",
        'theorem t : "sorry" = "\\"sorry" := rfl',
        'theorem t : r#"a" sorry"# = s := rfl',
        "theorem t : '\"' = c := by simp -- \" sorry",
        "theorem t : «sorry» = sorry' := x.sorry",
        "set_option warn.sorry false\ntheorem t : sorryAx = `sorry := rfl",
        "#eval sorry",
        "theorem t : 1 = 1 := rfl\n#check (sorry : ℕ)",
    ],
)
def test_what_only_looks_like_a_hole_is_none(text: str) -> None:
    assert find_holes(text) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (":= sorry", "term"),
        (":= by sorry", "tactic"),
        (":= by\n  simp\n  sorry", "tactic"),
        (":= by\n  exact foo\n    sorry", "term"),
        (":= by\n  constructor\n  · sorry", "tactic"),
        (":= by\n  · simp\n    sorry", "tactic"),
        (":= by\n  have h : 1 = 1 := sorry\n  simp", "term"),
        (":= by\n  have h : 1 = 1 := by\n    sorry\n  simp", "tactic"),
        (":= by\n  refine ⟨sorry, ?_⟩", "term"),
        (":= by\n  exact (sorry)", "term"),
        (":= by\n  (sorry)", "tactic"),
        (":= by { sorry }", "tactic"),
        (":= by simp; sorry", "tactic"),
        (":= let x := 1; sorry", "term"),
        (":= by\n  cases h <;> sorry", "tactic"),
        (":= by\n  all_goals sorry", "tactic"),
        (":= by\n  first | simp | sorry", "tactic"),
        (":= by\n  case inl h => sorry", "tactic"),
        (":= by\n  exact fun x => sorry", "term"),
        (":= by\n  induction n with\n  | zero => exact fun x => x\n  | succ n ih => sorry", "tactic"),
        (":= by\n  match h with\n  | .inl x => sorry", "tactic"),
        (":= match h with\n  | .inl x => sorry", "term"),
        (":= by\n  exact match h with\n    | .inl x => sorry", "term"),
        ("\n  | 0 => sorry", "term"),
        ("\n  | 0 => by sorry", "tactic"),
        (":= by\n  if h : p then\n    sorry\n  else simp", "tactic"),
        (":= if h : p then sorry else rfl", "term"),
        (":= by\n  calc 1 = 2 := by simp\n    _ = 3 := sorry", "term"),
        (":= by\n  show P from sorry", "term"),
    ],
)
def test_a_tactic_s_place_is_told_from_a_term_s(body: str, expected: str) -> None:
    assert kinds(f"theorem t : P {body}\n") == [expected]


@pytest.mark.parametrize("nesting", ["(", "{", "a; (", "if p then ", "match h with\n| x => "])
@pytest.mark.parametrize(("before", "expected"), [(":= by ", "tactic"), (":= ", "term")])
def test_a_place_in_any_depth_is_told_apart(nesting: str, before: str, expected: str) -> None:
    assert kinds(f"theorem t : P {before}{nesting * 2000}sorry\n") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("theorem t : P := sorry\n", "theorem t : P := by\n  intro x\n  omega\n"),
        ("theorem t : P :=\n  sorry\n", "theorem t : P := by\n  intro x\n  omega\n"),
        ("theorem t : P := by sorry\n", "theorem t : P := by\n  intro x\n  omega\n"),
        ("  theorem t : P := sorry", "  theorem t : P := by\n    intro x\n    omega"),
        ("theorem t : P := by\n    sorry\n", "theorem t : P := by\n    intro x\n    omega\n"),
        ("theorem t : P := by -- why\n  sorry", "theorem t : P := by -- why\n  intro x\n  omega"),
        ("theorem t : P := by\n  · sorry", "theorem t : P := by\n  · intro x\n    omega"),
        (
            "theorem t : P := by\n  have h : α := sorry\n  simp",
            "theorem t : P := by\n  have h : α := by intro x\n                   omega\n  simp",
        ),
        ("theorem t : P := f sorry 1", "theorem t : P := f (by intro x\n                       omega) 1"),
        (
            "theorem t : P := by a <;> sorry",
            "theorem t : P := by a <;> (intro x\n                           omega)",
        ),
        ("theorem t : P := by a; sorry", "theorem t : P := by a; (intro x\n                        omega)"),
        (
            "theorem t : P ∧ Q := ⟨by sorry, by sorry⟩",
            "theorem t : P ∧ Q := ⟨by intro x\n                         omega, by intro x\n"
            + " " * 35
            + "omega⟩",
        ),
    ],
)
def test_a_script_is_indented_to_the_place_of_its_sorry(text: str, expected: str) -> None:
    assert filled(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("theorem t : P := by sorry", "theorem t : P := by omega"),
        ("theorem t : P := sorry", "theorem t : P := by\n  omega"),
        ("theorem t : P := f sorry", "theorem t : P := f (by omega)"),
        ("theorem t : P := by a <;> sorry", "theorem t : P := by a <;> (omega)"),
    ],
)
def test_a_script_of_one_line_stays_on_its_line(text: str, expected: str) -> None:
    assert filled(text, "omega") == expected


def test_empty_lines_and_inner_indentation_of_a_script_are_kept() -> None:
    script = "cases h with\n| inl h =>\n\n  simp\n"
    assert filled("theorem t : P := by\n  sorry\n", script) == (
        "theorem t : P := by\n  cases h with\n  | inl h =>\n\n    simp\n"
    )


def test_windows_line_ends_are_used_for_what_is_put_in() -> None:
    assert filled("theorem t : P := by\r\n  sorry\r\n") == "theorem t : P := by\r\n  intro x\r\n  omega\r\n"


def test_only_the_given_holes_are_filled() -> None:
    text = "theorem a : P := by sorry\ntheorem b : Q := by sorry\n"
    assert (
        fill(text, {find_holes(text)[1]: "omega"}) == "theorem a : P := by sorry\ntheorem b : Q := by omega\n"
    )


def test_a_place_without_sorry_is_not_filled() -> None:
    hole = find_holes("theorem a : P := by sorry\n")[0]
    with pytest.raises(ValueError, match="no sorry"):
        fill("theorem a : P := by simp!\n", {hole: "omega"})


def test_names_carry_their_namespaces() -> None:
    text = """
namespace A.B
theorem one : P := sorry
section S
lemma two : P := sorry
end S
theorem _root_.three : P := sorry
end A.B
instance : Inhabited Foo := sorry
theorem four.five : P := sorry
"""
    names = [hole.declaration.name for hole in find_holes(text)]
    assert names == ["A.B.one", "A.B.two", "three", "", "four.five"]
    assert find_holes(text)[3].declaration.label == "instance in line 9"


def test_a_declaration_begins_with_its_documentation_attributes_and_commands() -> None:
    text = "theorem a : P := rfl\n\n/-- Doc. -/\n@[simp]\nopen Nat in\nprivate theorem b : Q := by sorry\n"
    declaration = find_declarations(text)[1]
    assert text[declaration.start :].startswith("/-- Doc. -/")
    assert text[declaration.keyword : declaration.body] == "theorem b : Q "


def test_a_sorry_is_the_whole_body_or_a_part_of_it() -> None:
    text = "theorem a : P := by sorry\ntheorem b : P := by\n  simp\n  sorry\ntheorem c : P := f sorry\n"
    assert [hole.whole for hole in find_holes(text)] == [True, False, False]


def test_a_target_is_a_file_with_or_without_a_name() -> None:
    assert parse_target("dir/Notes.lean") == (Path("dir/Notes.lean"), None)
    assert parse_target("Notes.lean:Foo.bar'") == (Path("Notes.lean"), "Foo.bar'")
    assert parse_target("C:\\Notes.lean:x") == (Path("C:\\Notes.lean"), "x")
    assert parse_target("theorem t : 1 = 1") is None
    assert parse_target("imo_1962_p2") is None


NAMED = "namespace A\ntheorem one : P := sorry\ntheorem two : P := rfl\nend A\ntheorem B.one : P := sorry\n"


def test_a_name_chooses_its_declaration(tmp_path: Path) -> None:
    file = load(saved(tmp_path, NAMED))
    assert [hole.declaration.name for hole in holes_of(file)] == ["A.one", "B.one"]
    assert [hole.declaration.name for hole in holes_of(file, "B.one")] == ["B.one"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("A.oen", "no A.oen in .*; the nearest: A.one"),
        ("one", r"not the only one .*: A\.one \(line 2\), B\.one \(line 5\)"),
        ("two", "two in .* has no `sorry` to prove"),
    ],
)
def test_a_name_that_does_not_choose_is_refused(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        holes_of(load(saved(tmp_path, NAMED)), name)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "None.lean")
    (tmp_path / "Latin.lean").write_bytes(b"-- first\n-- \xe9\n")
    with pytest.raises(InputError, match="is not UTF-8: line 2, byte 0xe9"):
        load(tmp_path / "Latin.lean")
    with pytest.raises(InputError, match=r"Done\.lean has no `sorry`"):
        holes_of(load(saved(tmp_path, "theorem t : P := rfl", "Done.lean")))


def test_writing_back_keeps_mode_byte_order_mark_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = saved(tmp_path, "\ufefftheorem t : P := by\r\n  sorry\r\n")
    path.chmod(0o640)
    file = load(path)
    write_back(path, filled(file.text, "omega"), file.original)
    assert path.read_bytes() == "\ufefftheorem t : P := by\r\n  omega\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["Notes.lean"]


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    path = saved(tmp_path, "theorem t : P := sorry")
    link = tmp_path / "Link.lean"
    link.symlink_to(path)
    write_back(link, "new", path.read_bytes())
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, "theorem t : P := sorry")
    original = path.read_bytes()
    path.write_text("the user's own edit")
    with pytest.raises(InputError, match="has changed meanwhile"):
        write_back(path, "ours", original)
    assert path.read_text() == "the user's own edit"
    assert os.listdir(tmp_path) == ["Notes.lean"]


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = saved(tmp_path, "theorem t : P := sorry")
    monkeypatch.setattr(leanfile.os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*Notes\.lean: No space left"):
        write_back(path, "ours", path.read_bytes())
    assert path.read_text() == "theorem t : P := sorry"
    assert os.listdir(tmp_path) == ["Notes.lean"]


PIECES = st.sampled_from(
    [
        "-- a comment with sorry\n",
        "/- block /- sorry -/ -/\n",
        'def s := "sorry \\" -- "\n',
        "def c := '\"'\n",
        "theorem a' : ∀ α : ℕ, α = α := sorry\n",
        "/-- doc -/\n@[simp] theorem b : P := by sorry\n",
        "lemma c : P := by\n  have h : Q := sorry\n  · sorry\n  all_goals sorry\n",
        "example : P ∧ Q := ⟨by sorry, sorry⟩\n",
        "namespace N\n",
        "end N\n",
        "#check sorry\n",
        "\n",
    ]
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
SCRIPTS = st.sampled_from(["omega", "simp", "intro x\nomega", "cases h with\n| a =>\n  simp\n| b => rfl"])


@given(TEXTS, st.lists(SCRIPTS, min_size=40, max_size=40), st.booleans())
def test_filling_removes_each_hole_and_changes_nothing_else(
    text: str, scripts: list[str], crlf: bool
) -> None:
    text = text.replace("\n", "\r\n") if crlf else text
    holes = find_holes(text)
    result = fill(text, dict(zip(holes, scripts, strict=False)))
    assert find_holes(result) == []
    assert [d.name for d in find_declarations(result)] == [d.name for d in find_declarations(text)]
    rest = result
    for kept in kept_parts(text, [(hole.start, hole.end) for hole in holes]):
        assert kept in rest
        rest = rest[rest.index(kept) + len(kept) :]


def kept_parts(text: str, cuts: list[tuple[int, int]]) -> list[str]:
    """What stands between the cuts; its blanks at the end may go with a cut."""
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    return [text[start:end].rstrip() for start, end in zip(starts, ends, strict=True)]


@given(TEXTS)
def test_filling_with_sorry_finds_the_same_holes_again(text: str) -> None:
    before = find_holes(text)
    again = find_holes(fill(text, dict.fromkeys(before, "sorry")))
    assert [hole.declaration.label for hole in again if hole.declaration.name] == [
        hole.declaration.label for hole in before if hole.declaration.name
    ]
    assert all(hole.tactic for hole in again)


@given(st.text(alphabet="sorytheoma:=b -/\"'«»{}⟨⟩|\n·", max_size=80))
def test_no_text_breaks_the_scan(text: str) -> None:
    for hole in find_holes("theorem t : P := by " + text):
        assert hole.start < hole.end
