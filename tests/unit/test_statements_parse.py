"""What a user types becomes a statement: a theorem, a lemma, an example, or just a type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.errors import InputError
from prover.statements.parse import parse_statement, place_in_source, proof_value, split_proof
from prover.types import Position

THEOREM = "theorem twice (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"


@pytest.mark.parametrize(
    "tail", ["", " :=", " := by", " := sorry", " := by sorry", " by", " :=\n  by\n    sorry"]
)
def test_the_place_of_the_proof_is_no_part_of_the_statement(tail: str) -> None:
    statement = parse_statement(THEOREM + tail)
    assert (statement.name, statement.text) == ("twice", THEOREM)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("lemma two.pos : 0 < 2", "two.pos", "theorem two.pos : 0 < 2"),
        ("example (n : ℕ) : n = n := by", "goal", "theorem goal (n : ℕ) : n = n"),
        ("example: 1 = 1", "goal", "theorem goal: 1 = 1"),
        ("∀ n : ℕ, n = n", "goal", "theorem goal : ∀ n : ℕ, n = n"),
        ("∀ n : ℕ, n = n := by sorry", "goal", "theorem goal : ∀ n : ℕ, n = n"),
        ("(n : ℕ) {m : ℕ} : n + m = m + n", "goal", "theorem goal (n : ℕ) {m : ℕ} : n + m = m + n"),
        ("(1 : ℕ) = 1", "goal", "theorem goal : (1 : ℕ) = 1"),
        ("theorem «a b» : 1 = 1", "«a b»", "theorem «a b» : 1 = 1"),
        ("/-- Doc. -/ @[simp] theorem t : 1 = 1", "t", "/-- Doc. -/ @[simp] theorem t : 1 = 1"),
        ("theorem t' : h' = 'a'", "t'", "theorem t' : h' = 'a'"),
    ],
)
def test_a_statement_without_a_name_gets_one_and_the_rest_is_kept(
    text: str, name: str, expected: str
) -> None:
    statement = parse_statement(text)
    assert (statement.name, statement.text) == (name, expected)


@pytest.mark.parametrize(
    "text",
    [
        "theorem t : let x := 3; x = 3",
        "theorem t (x : Nat := 3) : x = x",
        "theorem t : { x := 1 : Foo } = y",
        "theorem t :\n  |x| ≤ 1",
        'theorem t : ":= by sorry" = s',
        "theorem t : (fun x => x) 1 = 1",
        "theorem t : x = 1 -- := sorry\n  ∧ y = 2",
    ],
)
def test_other_definitions_in_it_are_not_taken_for_a_proof(text: str) -> None:
    assert parse_statement(text).text == text
    assert parse_statement(text + " := by\n  sorry").text == text


def test_a_comment_at_the_end_cannot_swallow_what_follows() -> None:
    assert (
        parse_statement("theorem t : 1 = 1 -- trivial\n  := by sorry -- really").text == "theorem t : 1 = 1"
    )


def test_line_ends_and_byte_order_mark_of_windows_do_not_matter() -> None:
    assert parse_statement("\ufefftheorem t :\r\n  1 = 1 := by\r\n  sorry\r\n").text == "theorem t :\n  1 = 1"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("  -- only a comment", "is empty"),
        (":= by sorry", "is empty"),
        ("theorem : 1 = 1", "wants a name"),
        ("theorem t : 1 = 1 := rfl", "has a proof already"),
        ("theorem t : 1 = 1 := by simp", "has a proof already"),
        ("theorem t : 1 = 1 /- open", "ends inside a comment"),
        ('theorem t : "open', "ends inside a string"),
        ("def f := 2", "`def` is no statement"),
        ("def f (n : ℕ) := n\ntheorem t : f 1 = 1", "more than one declaration"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as raised:
        parse_statement(text)
    assert "\n" not in str(raised.value)


@given(st.text(alphabet="a(){}:=⟨⟩ ∀,|«»\"'-/\n\\sorybthem", max_size=60))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    try:
        statement = parse_statement(text)
    except InputError:
        return
    assert "theorem" in statement.text
    assert parse_statement(statement.text + " := by sorry") == statement


@pytest.mark.parametrize(
    "source",
    [
        "theorem t : ∀ n : ℕ, HERE",
        "\n\n  theorem t :\r\n  HERE := by sorry",
        "lemma two : 1 = HERE",
        "@[simp] lemma two : 1 = HERE := sorry",
        "example: HERE",
        "  true = HERE",
        "(n : ℕ) : n = HERE",
        "theorem t\n  (h : 1 = 1) :\n\n HERE = ∃ x, x",
    ],
)
def test_leans_places_are_found_again_in_what_the_user_wrote(source: str) -> None:
    statement = parse_statement(source)
    before = statement.text[: statement.text.index("HERE")]
    place = Position(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    written = source.replace("\r\n", "\n")
    found = place_in_source(source, statement, place)
    assert written.split("\n")[found.line - 1][found.column :].startswith("HERE")


def test_a_place_in_what_was_put_in_front_is_where_the_users_text_begins() -> None:
    statement = parse_statement("  1 = 2")
    assert place_in_source("  1 = 2", statement, Position(1, 8)) == Position(1, 2)


@pytest.mark.parametrize("source", ["theorem t : 1 =", " lemma t : 1 =", "1 = := by sorry"])
def test_a_place_behind_the_statement_is_its_end(source: str) -> None:
    statement = parse_statement(source)
    expected = Position(1, source.index("=") + 1)
    for behind in (Position(1, len(statement.text)), Position(1, len(statement.text) + 4), Position(2, 3)):
        assert place_in_source(source, statement, behind) == expected


def test_a_theorem_comes_apart_from_its_proof() -> None:
    whole = "\n theorem t (h : 1 = (2 : ℕ)) : p := by\n  simp"
    assert split_proof(whole) == ("\n theorem t (h : 1 = (2 : ℕ)) : p", ":= by\n  simp")
    assert split_proof("theorem t : let x := 1; x = 1") == ("theorem t : let x := 1; x = 1", "")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("simp", "simp"),
        ("  intro x\r\n  simp\n", "intro x\nsimp"),
        ("by\n  simp", ":= by\n  simp"),
        (":= fun x => x", ":= fun x => x"),
        ("bya", "bya"),
    ],
)
def test_a_proof_is_taken_as_people_write_it(written: str, value: str) -> None:
    assert proof_value(written) == value


def test_no_proof_is_not_taken_for_one() -> None:
    with pytest.raises(InputError, match="there is no proof"):
        proof_value(" \n ")


@pytest.mark.parametrize("tail", [":={}x", ":= by{}x", ":={}by{}x"])
def test_many_blanks_before_a_proof_are_read_at_once(tail: str) -> None:
    blanks = " " * 3000
    with pytest.raises(InputError, match="has a proof already"):
        parse_statement("theorem t : True " + tail.format(blanks, blanks))
