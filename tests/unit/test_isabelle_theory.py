"""Theory files and statements as text, and miniF2F's Isabelle half."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.errors import InputError
from prover.isabelle.theory import (
    completed,
    find,
    header,
    imports_of,
    load,
    place_in_file,
    statement_of,
    theory_text,
    without,
)
from prover.statements import minif2f_isabelle
from prover.types import Position

THEORY = """theory Two
  imports Complex_Main "HOL-Library.Multiset"
begin

(* theorem no: "False" sorry *)
definition twice :: "nat ⇒ nat" where "twice n = n + n"

lemma even_twice:
  fixes n :: nat
  shows "even (twice n)"
  unfolding twice_def
  by simp

theorem second [simp]: "∀n. twice n = 2 * (n::nat)"
proof -
  have "lemma = lemma" by simp
  show ?thesis by (simp add: twice_def)
qed

end
"""


def write(folder: Path, text: str, name: str = "Two") -> Path:
    path = folder / f"{name}.thy"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_gives_its_theorems_with_their_proofs_and_what_stands_before(tmp_path: Path) -> None:
    file = load(write(tmp_path, THEORY.replace('"lemma = lemma"', '"x = x" for x :: nat')))
    assert file.imports == ("Complex_Main", "HOL-Library.Multiset")
    assert [theorem.statement.name for theorem in file.theorems] == ["even_twice", "second"]
    first, second = file.theorems
    assert first.statement.text.endswith('shows "even (twice n)"')
    assert first.proof == "unfolding twice_def\n  by simp"
    assert second.proof.startswith("proof -") and second.proof.endswith("qed")
    assert "even_twice" in second.statement.header
    assert (second.place.line, second.proof_place.line) == (14, 15)


def test_an_earlier_theorem_without_proof_is_left_out_and_lines_stay(tmp_path: Path) -> None:
    first, second = load(write(tmp_path, THEORY)).theorems
    header_text = without(second, [first]).header
    assert "even_twice" not in header_text and "definition twice" in header_text
    assert header_text.count("\n") == second.statement.header.count("\n")


def test_what_a_verdict_speaks_of_is_placed_in_the_file(tmp_path: Path) -> None:
    file = load(write(tmp_path, THEORY))
    second = file.theorems[1]
    assert place_in_file(file, second, "line 2, column 2: wrong") == (Position(16, 2), "wrong")
    place, rest = place_in_file(file, second, "in the statement, line 1, column 0: bad")
    assert (place, rest) == (Position(14, 0), "bad")
    assert place_in_file(file, second, "no verdict") == (Position(14, 0), "no verdict")


def test_a_word_in_a_string_does_not_end_a_proof(tmp_path: Path) -> None:
    assert find(load(write(tmp_path, THEORY)), "second").proof.endswith("qed")


def test_a_place_in_the_encoded_text_is_found_in_the_file(tmp_path: Path) -> None:
    file = load(write(tmp_path, THEORY))
    place = file.place_in_source(file.theorems[1].place)
    assert file.source.split("\n")[place.line - 1][place.column :].startswith("theorem second")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lemma x: True by simp", "no `theory`"),
        ("theory Two begin end", "no `imports`"),
        ('theory Two imports Main begin lemma "True" by simp end', "needs a name"),
        ("theory Other imports Main begin end", "called like its file"),
        ("theory Two imports Main begin\nML \\<open>1\\<close>\nend", ":2:0: ML is forbidden"),
        ("theory Two imports Main begin (* open", "never closed"),
        ("theory Two imports Main begin\n lemma x: ∀\x07 by simp end", ":2:11: control character U+0007"),
    ],
)
def test_what_cannot_be_judged_is_bad_input(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(write(tmp_path, text))
    assert said in str(caught.value)


def test_an_unknown_theorem_is_answered_by_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="even_twice"):
        find(load(write(tmp_path, THEORY)), "even_twices")


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load(tmp_path / "No.thy")


def test_a_statement_leaves_its_proof_behind() -> None:
    statement = statement_of('theorem t: fixes x :: nat shows "x ≥ 0" by simp', header(()))
    assert statement.text == 'theorem t: fixes x :: nat shows "x \\<ge> 0"'
    assert statement.name == "t"


@pytest.mark.parametrize("text", ["", "by simp", '"x = x"', 'theorem "x = x"', "sorry"])
def test_what_is_no_statement_is_bad_input(text: str) -> None:
    with pytest.raises(InputError):
        statement_of(text, header(()))


def test_imports_are_quoted_where_isabelle_wants_quotes() -> None:
    text = header(["Complex_Main", '"HOL-Number_Theory.Number_Theory"', "HOL.List"])
    assert 'imports Complex_Main "HOL-Number_Theory.Number_Theory" "HOL.List"' in text
    assert imports_of(text) == ("Complex_Main", "HOL-Number_Theory.Number_Theory", "HOL.List")


def test_apply_needs_done_and_by_does_not() -> None:
    assert completed("apply simp\napply auto") == "apply simp\napply auto\ndone"
    for whole in ("by simp", "apply simp by auto", "apply simp\ndone", "proof - show ?thesis . qed", ".."):
        assert completed(whole) == whole
    assert completed('apply (simp add: foo[of "by x"])').endswith("\ndone")


def test_the_written_theory_ends() -> None:
    text = theory_text(statement_of('theorem t: "True"', header(["Main"])), "by simp\n")
    assert text == 'theory Problem\n  imports Main\nbegin\n\ntheorem t: "True"\nby simp\n\nend\n'


def test_minif2f_statements_have_their_own_imports_and_no_proof() -> None:
    data = Path(__file__).parents[3] / "shared" / "data" / "minif2f" / "valid.jsonl"
    if not data.is_file():
        pytest.skip("not run here: needs ../shared/data/minif2f/valid.jsonl")
    problems = minif2f_isabelle.load(data)
    assert len(problems) == 244
    for problem in problems:
        assert problem.statement.name == problem.name
        assert imports_of(problem.statement.header)
        assert not {"sorry", "proof", "by"} & set(problem.statement.text.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"name": "a", "isabelle": 3}', "must be an object"),
        ('{"name": "a", "isabelle": {}}', "statement is missing"),
        ('{"name": "a", "isabelle": {"statement": "theorem a: x", "imports": "Main"}}', "list of strings"),
        ('{"name": "a", "isabelle": {"statement": "by simp"}}', "begins with theorem"),
        ("{", "broken JSON"),
        ('{"name": "a"}', "no problem"),
    ],
)
def test_a_broken_data_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(line)
    with pytest.raises(InputError, match=said):
        minif2f_isabelle.load(path)
