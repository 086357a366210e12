"""Problems of a JSON-lines file, and the one line that says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prover.errors import InputError
from prover.statements import minif2f


def record(name: str = "add_zero_nat", **changes: Any) -> dict[str, Any]:
    lean4 = {"header": "import Mathlib", "statement": f"theorem {name} (n : ℕ) : n + 0 = n"}
    informal = {"statement": "Adding nothing.", "proof": "Clear."}
    return {"name": name, "split": "valid", "lean4": lean4, "informal": informal} | changes


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "problems.jsonl"
    text = "\n".join(
        line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines
    )
    path.write_bytes(text.encode())
    return path


def test_problems_come_in_order_with_statement_and_source(tmp_path: Path) -> None:
    path = written(tmp_path, record("one"), "", record("two"))
    problems = minif2f.load(path)
    assert [problem.name for problem in problems] == ["one", "two"]
    first = problems[0]
    assert first.statement.name == "one"
    assert first.statement.text == "theorem one (n : ℕ) : n + 0 = n"
    assert first.statement.header == "import Mathlib"
    assert (first.split, first.informal) == ("valid", "Adding nothing.")
    assert problems[1].statement.source == f"{path}:3"


def test_only_name_and_statement_are_needed(tmp_path: Path) -> None:
    path = written(tmp_path, {"name": "t", "lean4": {"statement": "theorem t : 1 = 1 := by sorry"}})
    assert minif2f.load(path)[0].statement.text == "theorem t : 1 = 1"


def test_line_ends_and_byte_order_mark_of_windows_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "windows.jsonl"
    lines = [json.dumps(record("one")), json.dumps(record("two"))]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert len(minif2f.load(path)) == 2


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"name": "x", ', ":2: broken JSON at column"),
        ("[1, 2]", ":2: not a JSON object"),
        ({"lean4": {"statement": "1 = 1"}}, ":2: field name is missing"),
        (record(""), ":2: field name is empty"),
        ({"name": "x"}, ":2: field lean4.statement is missing"),
        ({"name": "x", "lean4": {}}, ":2: field lean4.statement is missing"),
        (record(lean4="theorem t : 1 = 1"), ":2: field lean4 must be an object"),
        (record(lean4={"statement": 3}), ":2: field lean4.statement must be a string"),
        (record(lean4={"statement": "theorem x : 1 = 1", "header": None}), ":2: field lean4.header must be"),
        (record(lean4={"statement": ""}), ":2: field lean4.statement: the statement is empty"),
        (record(name=7), ":2: field name must be a string"),
        (record("first"), ":2: name 'first' stands already in line 1"),
    ],
)
def test_a_bad_line_is_named_by_file_number_and_field(tmp_path: Path, line: Any, complaint: str) -> None:
    path = written(tmp_path, record("first"), line)
    with pytest.raises(InputError) as raised:
        minif2f.load(path)
    assert str(raised.value).startswith(f"{path}{complaint}")
    assert "\n" not in str(raised.value)


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(json.dumps(record()).encode() + b'\n{"name": "\xe9"}\n')
    with pytest.raises(InputError, match="is not UTF-8: line 2, byte 0xe9"):
        minif2f.load(path)


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        minif2f.load(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot read"):
        minif2f.load(tmp_path)
    with pytest.raises(InputError, match="holds no problem"):
        minif2f.load(written(tmp_path))


def test_an_unknown_name_gets_the_nearest_ones(tmp_path: Path) -> None:
    names = ["mathd_algebra_10", "mathd_algebra_11", "imo_1962_p2"]
    problems = minif2f.load(written(tmp_path, *map(record, names)))
    assert minif2f.find(problems, "imo_1962_p2").name == "imo_1962_p2"
    with pytest.raises(InputError, match=r"no mathd_algebra_1 in f\.jsonl; the nearest: mathd_algebra_1[01]"):
        minif2f.find(problems, "mathd_algebra_1", "f.jsonl")
    with pytest.raises(InputError, match=r"^no zzz in f\.jsonl$"):
        minif2f.find(problems, "zzz", "f.jsonl")
