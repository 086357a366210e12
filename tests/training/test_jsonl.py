"""JSON lines: what is written comes back, and whatever is wrong with a file is said with its line."""

from pathlib import Path

import orjson
import pytest

from prover.errors import InputError
from training.jsonl import read_jsonl, write_jsonl, write_manifest
from training.statements import TrainingStatement, load_statements, save_statements

ROWS = [{"goal": "n : ℕ\n⊢ 0 ≤ n", "number": i} for i in range(1000)]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.zst"])
def test_what_is_written_comes_back(tmp_path: Path, name: str) -> None:
    assert write_jsonl(tmp_path / name, ROWS) == 1000
    assert list(read_jsonl(tmp_path / name)) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_several_compressed_files_in_one_are_read_as_one(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl.zst", ROWS)
    twice = tmp_path / "b.jsonl.zst"
    twice.write_bytes(2 * (tmp_path / "a.jsonl.zst").read_bytes())
    assert list(read_jsonl(twice)) == ROWS + ROWS


def test_a_compressed_file_that_is_cut_off_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.zst"
    write_jsonl(path, ROWS)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match=r"rows\.jsonl\.zst is damaged after line \d+: the rest .* missing"):
        list(read_jsonl(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n\n{"a": }\n', r"rows\.jsonl:3: not JSON"),
        (b'{"a": 1}\n[1]\n', r"rows\.jsonl:2: a JSON object is wanted, not list"),
        (b'{"a": "\xff"}\n', r"rows\.jsonl:1: not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        list(read_jsonl(path))


def test_a_file_that_is_not_zstd_or_not_there_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.zst"
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(read_jsonl(path))
    path.write_bytes(b'{"a": 1}\n')
    with pytest.raises(InputError, match="damaged after line 0"):
        list(read_jsonl(path))


def test_a_writer_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, ROWS[:1])

    def broken():  # type: ignore[no-untyped-def]
        yield ROWS[1]
        raise RuntimeError("the source ends here")

    with pytest.raises(RuntimeError):
        write_jsonl(path, broken())
    assert list(read_jsonl(path)) == ROWS[:1]


def test_a_manifest_names_its_files_with_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    write_manifest(tmp_path / "manifest.json", [tmp_path / "a.jsonl"], round=1)
    manifest = orjson.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["round"] == 1 and manifest["files"]["a.jsonl"]["bytes"] == 3
    assert manifest["files"]["a.jsonl"]["sha256"].startswith("ca3d163bab055381827226140568f3bef7")


STATEMENT = TrainingStatement("t", "theorem t : 1 = 1", "import X", "library", "Init.Core", "train", "eq_one")


def test_statements_come_back(tmp_path: Path) -> None:
    save_statements(tmp_path / "s.jsonl.zst", [STATEMENT])
    assert list(load_statements(tmp_path / "s.jsonl.zst")) == [STATEMENT]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": None}, r"statement 1: no text under \['text'\]"),
        ({"split": "dev"}, "no split is called 'dev'"),
    ],
)
def test_a_statement_that_lacks_something_is_named(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    save_statements(tmp_path / "s.jsonl", [STATEMENT])
    row = next(read_jsonl(tmp_path / "s.jsonl")) | change
    write_jsonl(tmp_path / "s.jsonl", [row])
    with pytest.raises(InputError, match=message):
        list(load_statements(tmp_path / "s.jsonl"))
