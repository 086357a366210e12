"""Reading files as they are in the wild: odd rows are understood, broken ones counted with their place."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import orjson
import pytest
import zstandard

from prover.errors import InputError
from training.corpus.reading import Document, Faults, documents, meta_of


def read(
    content: bytes, name: str = "a.jsonl", start: int = 0, limit: int = 100
) -> tuple[list[Document], Faults]:
    faults = Faults(limit)
    compressed = name.endswith(".zst")
    return list(documents(io.BytesIO(content), name, compressed, start, faults)), faults


def lines(*rows: object) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


@pytest.mark.parametrize(
    ("row", "language"),
    [
        ({"text": "x"}, ""),
        ({"text": "x", "meta": None}, ""),
        ({"text": "x", "meta": ""}, ""),
        ({"text": "x", "meta": "not JSON"}, ""),
        ({"text": "x", "meta": [1]}, ""),
        ({"text": "x", "meta": '{"lang": "Coq"}'}, "Coq"),
        ({"text": "x", "meta": {"lang": "Coq"}}, "Coq"),
        ({"text": "x", "meta": {"language": "Coq"}}, "Coq"),
        ({"text": "x", "meta": {"lang": 3}}, ""),
    ],
)
def test_meta_may_be_missing_a_text_or_an_object(row: dict[str, object], language: str) -> None:
    (document,), faults = read(lines(row))
    assert (document.text, document.language, faults.count) == ("x", language, 0)


def test_meta_that_is_a_text_is_the_object_in_it() -> None:
    assert meta_of({"meta": '{"repo": "a/b"}'}) == meta_of({"meta": {"repo": "a/b"}}) == {"repo": "a/b"}


def test_json_as_python_writes_it_is_read() -> None:
    row = b'{"text": "half \\ud835 of a pair", "meta": {"stars": NaN}}\n'
    (document,), faults = read(row)
    assert (document.text, faults.count) == ("half � of a pair", 0)


def test_what_is_no_document_is_counted_with_file_line_and_offset() -> None:
    content = b'{"text": "a"}\n{"text": \n\n[1]\n{"no": 1}\n{"text": "\xff"}\n{"text": "b"}'
    found, faults = read(content)
    assert [(one.text, one.place, one.number) for one in found] == [
        ("a", "a.jsonl:1", 1),
        ("b", "a.jsonl:7", 7),
    ]
    assert [(one.line, one.offset) for one in faults.last] == [(2, 14), (4, 25), (5, 29), (6, 39)]
    assert str(faults.last[1]) == "a.jsonl:4 (byte 25): a JSON object is wanted, not list"
    assert "no text" in faults.last[2].reason


def test_more_broken_places_than_allowed_stop_the_reading_and_name_the_last() -> None:
    with pytest.raises(InputError, match=r"more than 2 broken places.*a\.jsonl:3 \(byte 4\).*--max-faults"):
        read(b"x\ny\nz\n", limit=2)


def frames(*contents: bytes) -> list[bytes]:
    return [zstandard.ZstdCompressor(write_checksum=True).compress(content) for content in contents]


def test_a_damaged_frame_is_counted_and_the_next_is_read() -> None:
    first, second, third = frames(*(lines({"text": name}, {"text": name * 2}) for name in "abc"))
    damaged = bytearray(second)
    damaged[-2] ^= 0xFF  # the checksum
    found, faults = read(first + bytes(damaged) + third, "a.jsonl.zst")
    texts = [one.text for one in found]
    assert texts[:2] == ["a", "aa"] and texts[-2:] == ["c", "cc"] or texts[-1:] == ["cc"]
    assert faults.last[0].file == "a.jsonl.zst" and "damaged zstd" in faults.last[0].reason


def test_a_line_that_damage_tore_is_never_taken_for_a_document() -> None:
    """The head of one row and the tail of another can be a row of their own."""
    head, tail = b'{"text": "first half, ', b'second half of another"}\n'
    torn = frames(head)[0] + b"\x28\xb5\x2f\xfd\xff\xff\xff\xff" + frames(tail + lines({"text": "whole"}))[0]
    found, faults = read(torn, "a.jsonl.zst")
    assert [one.text for one in found] == ["whole"]
    assert [fault.reason.split(":")[0] for fault in faults.last] == ["damaged zstd", "not JSON"]


def test_a_file_that_is_cut_off_gives_what_it_has_and_a_fault() -> None:
    texts = [f"document {n} {random.Random(n).randbytes(200).hex()}" for n in range(3000)]
    (whole,) = frames(lines(*({"text": text} for text in texts)))
    found, faults = read(whole[: len(whole) // 2], "a.jsonl.zst")
    assert 0 < len(found) < 3000
    assert [one.text for one in found] == texts[: len(found)]
    assert "the rest of the file is missing" in faults.last[0].reason


def test_a_file_that_is_no_zstd_is_a_fault() -> None:
    found, faults = read(lines({"text": "a"}), "a.jsonl.zst")
    assert found == [] and "damaged zstd" in faults.last[0].reason


@pytest.mark.parametrize("start", range(8))
def test_reading_goes_on_after_any_line_with_the_documents_and_faults_that_follow(start: int) -> None:
    content = b'{"text": "a"}\n{"text": \n\n{"text": "b"}\n{"no": 1}\n{"text": "c"}\n{"text": "d"}\n'
    (everything, all_faults), (rest, faults) = read(content), read(content, start=start)
    assert rest == [one for one in everything if one.number > start]
    assert faults.last == [one for one in all_faults.last if one.number > start]


def step(goal: str, group: str, split: str = "train") -> dict[str, str]:
    return {"text": goal, "goal": goal, "tactic": "simp", "group": group, "split": split}


def test_proof_steps_come_as_one_document_for_each_group_as_llemma_has_them() -> None:
    found, _ = read(
        lines(step("⊢ a", "A"), step("⊢ b", "A"), step("⊢ c", "B"), step("⊢ d", "B", "validation"))
    )
    assert [one.text for one in found] == [
        "[GOAL]⊢ a[PROOFSTEP]simp\n[GOAL]⊢ b[PROOFSTEP]simp",
        "[GOAL]⊢ c[PROOFSTEP]simp",
        "[GOAL]⊢ d[PROOFSTEP]simp",
    ]
    assert [(one.split, one.number, one.language) for one in found] == [
        ("train", 2, "lean-steps"),
        ("train", 3, "lean-steps"),
        ("validation", 4, "lean-steps"),
    ]


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.corpus.reading.LONGEST_LINE", 1 << 20)
    with pytest.raises(InputError, match="no JSON lines"):
        read(b"x" * (2 << 20))


def test_a_file_without_a_last_line_end_is_read_to_its_end(tmp_path: Path) -> None:
    found, _ = read(json.dumps({"text": "a"}).encode())
    assert [one.text for one in found] == ["a"]
