"""An audit of files: every hit with its place, bounded memory, damage passed over, and going on."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
import zstandard

from prover.errors import InputError, SetupError
from prover.overlap import audit as module
from prover.overlap.audit import BLOCKS_EACH, HITS, STATE, Job, audit
from prover.overlap.corpus import Damage, Reader
from prover.overlap.items import Item
from prover.overlap.scan import Lengths

PROBLEM = "In how many ways can seven guests sit around a round table if two of them do not talk"
LEAN = "(n : ℕ) (h₀ : 0 < n) (h₁ : n ^ 3 = 27) : n = 3"
ITEMS = (Item("guests", {"problem": PROBLEM}, "easy"), Item("cubes", {"lean": LEAN}, "hard"))
FILLING = "Nothing of any benchmark stands here. " * 20


def rows(*texts: str) -> bytes:
    return b"".join(orjson.dumps({"text": text}) + b"\n" for text in texts)


def packed(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def job(*files: Path, **changes: object) -> Job:
    return Job(files, ITEMS, **{"lengths": Lengths((10,), ()), **changes})


def hits(folder: Path) -> list[tuple[str, str, str, int, str]]:
    records = [orjson.loads(line) for line in (folder / HITS).read_bytes().splitlines()]
    return [(h["rule"], h["item"], Path(h["file"]).name, h["line"], h["text"]) for h in records]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files: a problem twice in the first, a theorem in the second, both in the third."""
    theorem = f"theorem cubes_of_old {LEAN}"
    (tmp_path / "a.jsonl").write_bytes(rows(FILLING, FILLING, FILLING, f"{FILLING}{PROBLEM}. {PROBLEM}."))
    (tmp_path / "b.jsonl.zst").write_bytes(packed(rows(*[FILLING] * 5, f"{theorem} := by\n  sorry", FILLING)))
    (tmp_path / "c.txt").write_text(f"{FILLING}{PROBLEM}\n\n{theorem} := by\n", encoding="utf-8")
    return [tmp_path / name for name in ("a.jsonl", "b.jsonl.zst", "c.txt")]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes of a block, where files are read in small pieces."""
    monkeypatch.setattr("prover.overlap.audit.Reader", lambda *given: Reader(*given, block=1000))
    monkeypatch.setattr("prover.overlap.corpus._CHUNK", 300)
    return 1000


def test_every_hit_has_its_document_and_place(files: list[Path], tmp_path: Path) -> None:
    found = audit(job(*files, folder=tmp_path / "out"))
    assert [hit for hit in hits(tmp_path / "out") if hit[0] != "words-10"] == [
        ("whole", "guests", "a.jsonl", 4, PROBLEM),
        ("whole", "guests", "a.jsonl", 4, PROBLEM),
        ("statement", "cubes", "b.jsonl.zst", 6, f"theorem cubes_of_old {LEAN}"),
        ("whole", "cubes", "b.jsonl.zst", 6, LEAN),
        ("whole", "guests", "c.txt", 1, PROBLEM),
        ("statement", "cubes", "c.txt", 1, f"theorem cubes_of_old {LEAN}"),
        ("whole", "cubes", "c.txt", 1, LEAN),
    ]
    cell = found.counts.cells["whole", "problem"]
    assert (cell.documents, cell.pairs, cell.hits, found.counts.documents) == (2, 2, 3, 3)
    assert (found.progress.documents, found.progress.lines) == (12, 11)
    assert found.counts.items_hit()["any"] == {"guests", "cubes"}


def test_several_processes_find_the_same_in_the_same_order(files: list[Path], tmp_path: Path) -> None:
    audit(job(*files, folder=tmp_path / "one"))
    audit(job(*files, folder=tmp_path / "two", workers=2))
    assert (tmp_path / "one" / HITS).read_bytes() == (tmp_path / "two" / HITS).read_bytes()


def test_the_workers_of_a_killed_audit_end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(rows(*[FILLING] * 40_000))
    program = (
        "from pathlib import Path; from prover.overlap.audit import Job, audit;"
        "from prover.overlap.items import Item;"
        "audit(Job((Path('a.jsonl'),), (Item('x', {'problem': 'y'}),), workers=2))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])}
    audit_process = psutil.Popen([sys.executable, "-c", program], cwd=tmp_path, env=environment)
    deadline = time.monotonic() + 100
    while len(workers := audit_process.children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    audit_process.kill()
    audit_process.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)  # Two, and the one that tracks resources.
    for process in alive:
        process.kill()
    assert len(workers) == 3 and not alive


def test_a_worker_that_is_killed_is_told_also_where_the_next_block_meets_it(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledAtOnce(ProcessPoolExecutor):
        def submit(self, *given: Any, **named: Any) -> Future[Any]:
            future = super().submit(*given, **named)
            for process in multiprocessing.active_children():
                process.kill()
            future.exception()  # Until the pool knows.
            return future

    monkeypatch.setattr(module, "ProcessPoolExecutor", KilledAtOnce)
    with pytest.raises(SetupError, match=r"a worker was killed .*a\.jsonl from line 1; --resume goes on"):
        audit(job(*files, folder=tmp_path / "out", workers=2))


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path, small_blocks: int) -> None:
    most = []
    for lines in (20, 400):
        path = tmp_path / f"{lines}.jsonl"
        path.write_bytes(rows(*[FILLING] * lines))
        most.append(audit(job(path)).progress.most_held)
    assert max(most) <= BLOCKS_EACH * (small_blocks + len(rows(FILLING)))
    assert path.stat().st_size > 40 * max(most)


def broken(good: bytes) -> bytes:
    """A zstd frame that stops making sense in its middle."""
    return good[: len(good) // 2] + b"\xff" * 40 + good[len(good) // 2 + 40 :]


def test_a_damaged_frame_is_told_with_its_place_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    first, second = rows(*[f"{n} {FILLING}" for n in range(300)]), rows(FILLING, PROBLEM)
    path.write_bytes(broken(packed(first)) + packed(second))
    found = audit(job(path, folder=tmp_path / "out"))
    assert ("whole", "guests") in {hit[:2] for hit in hits(tmp_path / "out")}
    assert found.progress.damage[0].file == str(path)
    assert found.progress.damage[0].place.startswith("byte ")


def test_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(packed(rows(PROBLEM, *map(str, range(5000))))[:-50])
    assert audit(job(path)).progress.damage[-1].what == "the rest of the file is missing"


def test_lines_that_are_no_objects_are_told_and_passed_over_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "x\n[1]\n\n{"other": "x"}\n' + rows(PROBLEM))
    found = audit(job(path, folder=tmp_path / "out"))
    assert [one.place for one in found.progress.damage] == ["line 1", "line 2"]
    assert found.progress.without == 1
    assert hits(tmp_path / "out")[0][3] == 5
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: .* --max-damage is 1"):
        audit(job(path, most_damage=1))


def test_a_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prover.overlap.corpus.LONGEST_LINE", 5000)
    monkeypatch.setattr("prover.overlap.corpus._CHUNK", 700)
    path = tmp_path / "a.jsonl"
    path.write_bytes(rows(FILLING, "x" * 20_000, PROBLEM))
    found = audit(job(path, folder=tmp_path / "out"))
    assert found.progress.damage == [Damage(str(path), "line 2", "a line of more than 5000 bytes")]
    assert {hit[3] for hit in hits(tmp_path / "out")} == {3}


def test_a_broken_off_audit_goes_on_where_it_was(
    files: list[Path], tmp_path: Path, small_blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY_S", 0.0)
    blocks: list[int] = []
    whole = audit(job(*files, folder=tmp_path / "whole"), watch=lambda p: blocks.append(p.blocks))
    seen: list[int] = []

    def stop(progress: module.Progress) -> None:
        seen.append(progress.blocks)
        if len(seen) == len(blocks) // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(job(*files, folder=tmp_path / "out"), watch=stop)
    with (tmp_path / "out" / HITS).open("ab") as file:
        file.write(b'{"half a line')
    again = audit(job(*files, folder=tmp_path / "out"), resume=True, watch=lambda p: seen.append(p.blocks))
    assert hits(tmp_path / "out") == hits(tmp_path / "whole")
    assert again.counts.cells == whole.counts.cells
    assert again.progress.characters == whole.progress.characters
    assert seen == blocks  # None was looked at twice.


def test_an_audit_is_not_written_over_nor_gone_on_with_as_another(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    audit(job(*files, folder=out))
    with pytest.raises(InputError, match="--resume goes on"):
        audit(job(*files, folder=out))
    with pytest.raises(InputError, match="another corpus"):
        audit(job(*files[:2], folder=out), resume=True)
    (out / STATE).write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        audit(job(*files, folder=out), resume=True)


FIELDS = {
    "text": ("text", set()),
    "a path": ("messages.content", {"messages.1.content"}),
    "all": ("*", {"messages.1.content", "more"}),
}


@pytest.mark.parametrize("case", FIELDS)
def test_other_fields_than_text_can_be_named(case: str, tmp_path: Path) -> None:
    field, expected = FIELDS[case]
    record = {"messages": [{"role": "user", "content": "?"}, {"content": PROBLEM}], "more": PROBLEM}
    (tmp_path / "a.jsonl").write_bytes(orjson.dumps(record))
    audit(job(tmp_path / "a.jsonl", folder=tmp_path / "out", fields=(field,)))
    lines = (tmp_path / "out" / HITS).read_bytes().splitlines()
    assert {orjson.loads(line)["field"] for line in lines} == expected


def test_parquet_is_read_by_its_columns(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"text": [FILLING, PROBLEM], "id": [1, 2]}), tmp_path / "a.parquet")
    audit(job(tmp_path / "a.parquet", folder=tmp_path / "out"))
    assert ("whole", "guests", "a.parquet", 2, PROBLEM) in hits(tmp_path / "out")


def test_a_field_inside_of_a_parquet_column_is_read(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    messages = [[{"content": FILLING}, {"content": PROBLEM}]]
    parquet.write_table(arrow.table({"messages": messages, "more": [PROBLEM]}), tmp_path / "a.parquet")
    audit(job(tmp_path / "a.parquet", folder=tmp_path / "out", fields=("messages.content",)))
    lines = (tmp_path / "out" / HITS).read_bytes().splitlines()
    assert {orjson.loads(line)["field"] for line in lines} == {"messages.1.content"}
