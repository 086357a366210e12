"""The results store: claims, results that come twice, a full disk, a schema of another time."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_run import opener, recorded_tools, request, table
from rich.console import Console

from prover.errors import InputError
from prover.runs.disk import DiskFullError, is_full
from prover.runs.folder import RunFolder
from prover.runs.manifest import write_manifest
from prover.runs.records import Finished, Job, Outcome, Theorem
from prover.runs.run import run
from prover.runs.store import DATABASE, Store
from prover.types import Rung, Statement, Verdict


def theorems(count: int) -> Iterator[Theorem]:
    return (Theorem(f"t{n}", Statement("t", f"theorem t : {n} = {n}")) for n in range(count))


def made(folder: Path, count: int = 5, attempts: int = 1) -> Store:
    store = Store(folder)
    store.create(theorems(count), attempts)
    return store


PROVED = Finished(Outcome.PROVED, script="rfl", verdict=Verdict((Rung("kernel", True),)), solved_at=1)


def test_every_theorem_is_tried_once_before_any_is_tried_again(tmp_path: Path) -> None:
    store = made(tmp_path, 3, attempts=2)
    jobs = store.claim("w", 10, seed=7)
    assert [(job.theorem.name, job.attempt, job.seed) for job in jobs] == [
        (f"t{n}", index, 7 + index) for index in (0, 1) for n in range(3)
    ]
    assert store.claim("other", 10) == []


def test_a_second_result_for_an_attempt_changes_nothing(tmp_path: Path) -> None:
    store = made(tmp_path)
    (job,) = store.claim("w", 1)
    assert store.record([(job, "w", PROVED), (job, "late", Finished(Outcome.BUDGET))]) == [True, False]
    assert store.record([(job, "later", Finished(Outcome.CRASHED, tree=b"x"))]) == [False]
    write_manifest(tmp_path, {"schema": 1})
    with RunFolder(tmp_path) as folder:
        (result,) = folder.results()
    assert result.worker == "w" and result.finished == PROVED


def test_what_was_recorded_is_read_back_as_it_was(tmp_path: Path) -> None:
    store = made(tmp_path)
    (job,) = store.claim("w", 1)
    finished = Finished(
        Outcome.REFUSED,
        detail="∀ x, ⊢",
        script="simp\nomega",
        verdict=Verdict((Rung("syntax", True), Rung("elaborates", False, "no")), ("propext",)),
        expansions=3,
        lean_seconds=0.25,
        errors={"tactic_error": 2},
        started=1.5,
        finished=2.5,
    )
    store.record([(job, "w", finished)])
    write_manifest(tmp_path, {"schema": 1})
    with RunFolder(tmp_path) as folder:
        assert [result.finished for result in folder.results()] == [finished]
        assert [result.theorem for result in folder.results()] == [job.theorem]
        assert folder.tree("t0") is None


def test_an_attempt_that_was_given_back_does_not_count_as_tried(tmp_path: Path) -> None:
    store = made(tmp_path, 1)
    store.release(store.claim("w", 1))
    assert [job.tries for job in store.claim("w", 1)] == [1]


def test_of_two_results_of_an_attempt_that_was_freed_the_first_counts(tmp_path: Path) -> None:
    store = made(tmp_path, 1)
    (job,) = store.claim("slow", 1)
    assert store.free_all() == 1
    (again,) = store.claim("quick", 1)
    assert again.tries == 2
    assert store.record([(job, "slow", PROVED)]) == [True]
    assert store.record([(again, "quick", Finished(Outcome.BUDGET))]) == [False]
    assert store.totals().proved == 1


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["claim", "record", "release", "free", "reopen"]), max_size=30))
def test_whatever_happens_each_attempt_is_free_claimed_or_done_once(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store, held, done = made(folder, 4, 2), list[Job](), set[int]()
    for event in events:
        if event == "claim":
            new = store.claim("w", 2)
            assert not done & {job.id for job in new}
            held += new
        elif event == "record" and held:
            first = store.record([(held[0], "w", PROVED)]) == [True]
            assert first == (held[0].id not in done)
            done.add(held.pop(0).id)
        elif event == "release" and held:
            store.release([held.pop()])
        elif event == "free":
            store.free_all()
        elif event == "reopen":
            store.close()
            store = Store(folder)
    totals = store.totals()
    assert totals.attempts == 8 and totals.done == len(done)
    store.close()


def test_two_problems_of_the_same_name_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(InputError, match="same name"):
        store.create([*theorems(3), *theorems(1)], 1)
    assert not store.ready and store.create(theorems(3), 1) == 3


def test_theorems_are_taken_from_a_stream_and_never_held_together(tmp_path: Path) -> None:
    alive, most = 0, 0

    class Counted(Theorem):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def stream() -> Iterator[Theorem]:
        nonlocal alive, most
        for number in range(3000):
            alive += 1
            most = max(most, alive)
            yield Counted(f"t{number}", Statement("t", "theorem t : True"))

    Store(tmp_path).create(stream(), 1)
    assert most < 10


def test_a_store_of_another_schema_is_not_touched(tmp_path: Path) -> None:
    store = made(tmp_path)
    store.close()
    with sqlite3.connect(tmp_path / DATABASE) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="schema 99"):
        Store(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"x" * 5000)
    with pytest.raises(InputError, match="no database"):
        Store(tmp_path)


def test_a_full_disk_loses_nothing_that_was_recorded_and_the_store_goes_on_with_space(tmp_path: Path) -> None:
    store = made(tmp_path, 60)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 4}")
    kept = 0
    with pytest.raises(DiskFullError, match="--resume"):
        for job in store.claim("w", 60):
            assert store.record([(job, "w", Finished(Outcome.BUDGET, tree=b"x" * 3000))]) == [True]
            kept += 1
    assert 0 < kept < 60 and store.totals().done == kept
    store.close()
    store = Store(tmp_path)
    store.free_all()
    for job in store.claim("w", 60):
        assert store.record([(job, "w", Finished(Outcome.BUDGET, tree=b"x" * 3000))]) == [True]
    assert store.totals().done == 60


def test_a_run_on_a_full_disk_stops_with_the_way_out_and_is_completed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, wanted = recorded_tools(table(40, 0.0)), request(40)
    with monkeypatch.context() as patch:
        real = Store.free_all

        def nearly_full(store: Store) -> int:
            pages = store._db.execute("PRAGMA page_count").fetchone()[0]
            store._db.execute(f"PRAGMA max_page_count = {pages + 3}")
            return real(store)

        patch.setattr(Store, "free_all", nearly_full)
        with pytest.raises(DiskFullError) as stopped:
            run(tmp_path / "run", wanted, opener(tools), False, Console(quiet=True))
    assert stopped.value.exit_code == 3
    with RunFolder(tmp_path / "run") as folder:
        assert 0 < folder.totals().done < 40
    run(tmp_path / "run", wanted, opener(tools), True, Console(quiet=True))
    with RunFolder(tmp_path / "run") as folder:
        assert folder.totals().done == 40


def test_a_quota_is_a_full_disk_and_a_missing_folder_is_not() -> None:
    assert is_full(OSError(errno.ENOSPC, "")) and is_full(OSError(errno.EDQUOT, ""))
    assert not is_full(OSError(errno.ENOENT, ""))
