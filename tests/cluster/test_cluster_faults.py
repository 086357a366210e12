"""Runs on Ray that lose workers, nodes, models and their driver: no result is lost, none is doubled."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cluster_nodes import TESTS, Nodes
from cluster_run import OnCluster, table_tools
from cluster_tools import Filler, model_tools, noisy_tools, recorded_engine
from recorded_run import HOPELESS, NONSENSE, kind_of, opener, recorded_tools, request, table
from rich.console import Console

from prover.attempts import Plan
from prover.cluster.connect import connected
from prover.cluster.models import Model
from prover.runs.drive import Watch
from prover.runs.folder import RunFolder
from prover.runs.records import Finished, Job, Outcome, Result
from prover.runs.run import run
from prover.search import Budget, SearchSettings

QUIET = Console(stderr=True, quiet=True)
EXPECTED = {HOPELESS: Outcome.GAVE_UP, NONSENSE: Outcome.OUT_OF_REACH}


def run_on(
    nodes: Nodes,
    folder: Path,
    theorems: int,
    on_cluster: OnCluster,
    at: int = -1,
    do: Callable[[], None] = lambda: None,
    first: Callable[[], None] = lambda: None,
    steps: int = 50,
) -> list[Result]:
    """A run from beginning to end; when `at` results are there, `do` is done beside it."""
    done, beside = 0, threading.Thread(target=do)

    def finished(job: Job, result: Finished) -> None:
        nonlocal done
        done += 1
        if done == at:
            beside.start()

    wanted = replace(
        request(theorems, watch=Watch(finished=finished)), plan=Plan(SearchSettings(Budget(steps=steps)))
    )
    with connected(nodes.address):
        first()
        run(folder, wanted, on_cluster, False, QUIET)
    if at > 0:
        beside.join()
    return results_of(folder)


def results_of(folder: Path) -> list[Result]:
    with RunFolder(folder) as finished:
        return list(finished.results())


def require_all(results: Sequence[Result], theorems: int) -> None:
    """Every theorem is there once, with what becomes of it."""
    assert sorted(int(result.theorem.name[1:]) for result in results) == list(range(theorems))
    for result in results:
        kind = kind_of(int(result.theorem.name[1:]))
        assert result.finished.outcome is EXPECTED.get(kind, Outcome.PROVED), result.finished.detail


def told(what: str, on_cluster: OnCluster, lost: int = 0) -> None:
    """Print what a fault cost: it depends on the machine, so nothing is demanded of the seconds."""
    assert on_cluster.crew is not None
    for fault in on_cluster.crew.faults:
        again = "nothing to recover" if fault.recovered_s is None else f"{fault.recovered_s:.2f} s"
        print(f"{what}: {fault.attempts} theorems under way, {lost} steps made again, recovered: {again}")


def test_a_run_on_a_cluster_has_the_same_results_as_a_local_one(nodes: Nodes, tmp_path: Path) -> None:
    on_cluster = OnCluster(partial(table_tools, 20, 0.0, tmp_path))
    there = run_on(nodes, tmp_path / "there", 20, on_cluster)
    run(tmp_path / "here", request(20), opener(recorded_tools(table(20, 0.0))), False, QUIET)
    here = results_of(tmp_path / "here")

    def same(result: Result) -> object:
        """Everything but times and places."""
        return result.theorem, replace(
            result.finished, model_seconds=0.0, wall_seconds=0.0, judge_seconds=0.0, queue_seconds=0.0,
            started=0.0, finished=0.0,
        )  # fmt: skip

    assert list(map(same, there)) == list(map(same, here))
    with RunFolder(tmp_path / "there") as one, RunFolder(tmp_path / "here") as other:
        assert one.tree("t0") == other.tree("t0") != None  # noqa: E711
        assert one.manifest.keys() == other.manifest.keys()


def test_what_a_killed_worker_was_at_is_made_by_others(nodes: Nodes, tmp_path: Path) -> None:
    def kill() -> None:
        at_work = max((tmp_path / "workers").iterdir(), key=lambda path: path.stat().st_mtime)
        os.kill(int(at_work.name), signal.SIGKILL)

    on_cluster = OnCluster(partial(table_tools, 14, 0.1, tmp_path))
    results = run_on(nodes, tmp_path / "run", 14, on_cluster, 3, kill)
    require_all(results, 14)
    assert len({result.worker for result in results}) > 1
    assert on_cluster.crew is not None and len(on_cluster.crew.faults) == 1
    told("worker killed", on_cluster)


def test_searches_on_a_removed_node_go_on_elsewhere_at_the_step_they_were_on(
    nodes: Nodes, tmp_path: Path
) -> None:
    def remove() -> None:
        time.sleep(1.6)
        nodes.remove()

    on_cluster = OnCluster(partial(table_tools, 6, 0.6, tmp_path))
    results = run_on(nodes, tmp_path / "run", 6, on_cluster, 1, remove)
    nodes.nodes.append(nodes.add())
    require_all(results, 6)
    assert on_cluster.crew is not None and on_cluster.crew.faults
    asked = Counter((tmp_path / "steps").read_text().splitlines())
    again = sum(asked.values()) - len(asked)
    under_way = sum(fault.attempts for fault in on_cluster.crew.faults)
    # The step it was on; or all of them within a search's first second, of which no journal is kept.
    assert under_way == 1 and again <= 2
    told("node removed", on_cluster, again)


def test_a_killed_driver_goes_on_where_it_was(nodes: Nodes, tmp_path: Path) -> None:
    command = [sys.executable, str(TESTS / "cluster_run.py"), str(tmp_path / "run"), nodes.address]
    options = ["--theorems", "20", "--step-seconds", "0.1"]
    told: dict[int, float] = {}
    codes, killed_at = [], 0.0
    for stop_at in (6, 20):
        with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as driver:
            assert driver.stdout is not None
            for line in driver.stdout:
                if line.startswith("ack ") and line.endswith("\n"):
                    _, key, finished = line.split()
                    assert int(key) not in told, "made again after its result had been recorded"
                    told[int(key)] = float(finished)
                    if killed_at:
                        after, killed_at = time.time() - killed_at, 0.0
                        print(f"driver killed: results lost 0, the next one after {after:.2f} s")
                if len(told) == stop_at < 20:
                    driver.kill()
        codes.append(driver.returncode)
        killed_at = time.time()
    assert codes == [-signal.SIGKILL, 0]
    require_all(results_of(tmp_path / "run"), 20)
    with RunFolder(tmp_path / "run") as finished_run:
        kept = dict(finished_run.query("SELECT id, finished FROM attempts"))
    assert {key: kept[key] for key in told} == told
    assert list((tmp_path / "run" / "partial").iterdir()) == []


def test_a_model_that_hangs_is_replaced_and_its_requests_are_asked_again(
    nodes: Nodes, tmp_path: Path
) -> None:
    model = Model("recorded", partial(recorded_engine, tmp_path), replicas=1, most=2)
    on_cluster = OnCluster(partial(model_tools, tmp_path), models=[model], answer_s=3.0)
    results = run_on(nodes, tmp_path / "run", 16, on_cluster)
    require_all(results, 16)
    assert (tmp_path / "hung").exists(), "a replica has hung"
    assert sum(result.finished.model_tokens for result in results) > 16
    assert on_cluster.crew is not None and "no answer" in on_cluster.crew.faults[0].reason
    assert on_cluster.crew.faults[0].recovered_s is not None
    told("model hangs", on_cluster)


def fill_every_object_store() -> None:
    """Take all room there is for as long as this process is connected."""
    ray: Any = importlib.import_module("ray")
    affinity = importlib.import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
    fillers = [
        ray.remote(Filler).options(num_cpus=0, scheduling_strategy=affinity(node["NodeID"], soft=False))
        for node in ray.nodes()
        if node["Alive"]
    ]
    kept.extend(filler.remote() for filler in fillers)
    assert all(ray.get([filler.fill.remote() for filler in kept]))


kept: list[Any] = []


def test_a_full_object_store_hinders_no_result(nodes: Nodes, tmp_path: Path) -> None:
    on_cluster = OnCluster(partial(noisy_tools, tmp_path))
    results = run_on(nodes, tmp_path / "run", 2, on_cluster, first=fill_every_object_store, steps=1000)
    kept.clear()
    assert [result.finished.outcome for result in results] == [Outcome.PROVED] * 2
    with RunFolder(tmp_path / "run") as finished:
        sizes = [size for (size,) in finished.query("SELECT length(content) FROM trees")]
    assert len(sizes) == 2 and min(sizes) > 100_000, "what Ray sends without its object store is smaller"
    assert on_cluster.crew is not None and not on_cluster.crew.faults
    print("object store full: results lost 0, workers lost 0")
