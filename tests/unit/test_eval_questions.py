"""Reading questions: the layouts of the benchmarks, and what is said of rows that have another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prover.errors import InputError
from prover.evaluate.questions import last_boxed, open_file, open_hub, read_questions


def read(path: Path, layout: str, *rows: Any, subjects: tuple[str, ...] = ()) -> list[Any]:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return list(read_questions(open_file(path), layout, subjects))


def test_math_rows_give_the_last_boxed_answer_their_subject_and_level(tmp_path: Path) -> None:
    row = {
        "problem": "What?",
        "solution": r"First \boxed{1}, so \boxed{\frac{1}{2}}.",
        "type": "Algebra",
        "level": "Level 3",
    }
    (question,) = read(tmp_path / "m.jsonl", "boxed", row)
    assert (question.reference, question.subject, question.level) == (r"\frac{1}{2}", "Algebra", "3")


def test_gsm8k_rows_end_in_their_answer(tmp_path: Path) -> None:
    rows = (
        {"question": "How many?", "answer": "2 * 600 = 1200\n#### 1,200"},
        {"question": "?", "answer": "7"},
    )
    questions = read(tmp_path / "g.jsonl", "gsm8k", *rows)
    assert [one.reference for one in questions] == ["1200", "7"]
    assert len({one.name for one in questions}) == 2


def test_choices_are_shown_with_letters_and_other_subjects_are_left_out(tmp_path: Path) -> None:
    rows = [
        {"question": "1 + 1?", "choices": ["1", "2", "3", "4"], "answer": 1, "subject": "algebra"},
        {"question": "2 + 2?", "options": ["3", "4"], "answer": "(b)", "subject": "algebra", "id": "two"},
        {"question": "Who?", "choices": ["A", "B"], "answer": 0, "subject": "history"},
    ]
    questions = read(tmp_path / "c.jsonl", "choices", *rows, subjects=("algebra",))
    assert [one.reference for one in questions] == ["B", "B"]
    assert questions[0].problem == "1 + 1?\n(A) 1\n(B) 2\n(C) 3\n(D) 4" and questions[1].name == "two"


GOOD = {"question": "?", "answer": "#### 1"}


@pytest.mark.parametrize(
    ("layout", "row", "said"),
    [
        ("gsm8k", "{not json", ":2: not JSON"),
        ("gsm8k", "[1, 2]", ":2: a line must be a JSON object"),
        ("gsm8k", {"answer": "#### 1"}, ":2: field question or problem is missing; fields there: answer"),
        ("gsm8k", {"question": "", "answer": "#### 1"}, ":2: field question must be a text"),
        (
            "gsm8k",
            {"question": None, "answer": "#### 1"},
            ":2: field question must be a text that is not empty, it is null",
        ),
        ("gsm8k", {"question": "?", "answer": "#### many"}, ":2: field answer must be a number"),
        (
            "gsm8k",
            {"question": "a \ud835 b", "answer": "#### 1"},
            ":2: field 'question' has half of a surrogate",
        ),
        ("gsm8k", {"question": "?", "answer": "7", "id": "\ud835"}, ":2: field 'id' has half of a surrogate"),
        ("gsm8k", {**GOOD, "\ud835": 1}, ":2: field '\\ud835' has half of a surrogate"),
        (
            "choices",
            {"question": "?", "choices": ["1", "\udd38"], "answer": 0},
            ":2: field 'choices' has half of a surrogate",
        ),
        ("boxed", {"problem": "?", "solution": "no box"}, ":2: field solution has no"),
        ("choices", {"question": "?", "choices": "abc", "answer": 0}, ":2: field choices must be a list"),
        (
            "choices",
            {"question": "?", "choices": ["1", "2"], "answer": 2},
            ":2: field answer must be a letter",
        ),
        ("choices", {"question": "?", "choices": ["1", "2"], "answer": True}, ":2: field answer must be"),
        ("choices", {"question": "?", "choices": ["1", "2"], "answer": "AB"}, ":2: field answer must be"),
    ],
)
def test_a_row_of_another_layout_is_named_by_line_and_field(
    tmp_path: Path, layout: str, row: Any, said: str
) -> None:
    good = {"gsm8k": GOOD, "boxed": {"problem": "?", "answer": "1"}}.get(
        layout, {"question": "?", "choices": ["1", "2"], "answer": "A"}
    )
    with pytest.raises(InputError) as error:
        read(tmp_path / "d.jsonl", layout, good, row)
    assert f"d.jsonl{said}" in str(error.value)


def test_a_name_met_twice_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    named = {"id": "one", **GOOD}
    with pytest.raises(InputError, match=r"d.jsonl:2: the name 'one' stands already at .*d.jsonl:1"):
        read(tmp_path / "d.jsonl", "gsm8k", named, named)
    with pytest.raises(InputError, match="no question is left"):
        read(tmp_path / "e.jsonl", "gsm8k")
    with pytest.raises(InputError, match="cannot read"):
        open_file(tmp_path / "missing.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "\xe9"}\n')
    with pytest.raises(InputError, match="not UTF-8"):
        list(read_questions(open_file(tmp_path / "latin.jsonl"), "gsm8k"))


def test_a_hub_data_set_without_its_revision_is_refused() -> None:
    with pytest.raises(InputError, match="give the revision"):
        open_hub("openai/gsm8k:main", "test")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"\boxed{a{b}c}", "a{b}c"),
        (r"\boxed 7 more", "7"),
        (r"\fbox{3}", "3"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{unclosed", None),
        ("nothing", None),
    ],
)
def test_the_last_boxed_answer(text: str, found: str | None) -> None:
    assert last_boxed(text) == found
