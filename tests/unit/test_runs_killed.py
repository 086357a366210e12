"""Runs that are killed, stopped and started twice: nothing is lost, nothing is there twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from recorded_run import HOPELESS, NONSENSE, kind_of

from prover.runs.folder import RunFolder
from prover.runs.records import Outcome

DRIVER = Path(__file__).parent.parent / "recorded_run.py"
PATIENCE_S = 300
EXPECTED = {HOPELESS: Outcome.GAVE_UP, NONSENSE: Outcome.OUT_OF_REACH}


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(DRIVER), str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def acknowledged(lines: list[str]) -> dict[int, float]:
    """What a driver said it had recorded. A line that was cut off by the kill says nothing."""
    words = [line.split() for line in lines if line.startswith("ack ") and line.endswith("\n")]
    return {int(key): float(finished) for _, key, finished in words}


def run_until(driver: subprocess.Popen[str], count: int) -> list[str]:
    """Its output up to `count` acknowledgements; what it wrote before it was killed is included."""
    assert driver.stdout is not None
    lines = []
    for line in driver.stdout:
        lines.append(line)
        if len(acknowledged(lines)) == count:
            driver.kill()
    driver.wait(PATIENCE_S)
    return lines


def test_a_driver_killed_at_random_moments_loses_no_result_and_doubles_none(tmp_path: Path) -> None:
    folder, theorems, attempts = tmp_path / "run", 60, 2
    options = (
        "--theorems",
        str(theorems),
        "--attempts",
        str(attempts),
        "--step-seconds",
        "0.002",
        "--resume",
    )
    moments, told, kills = random.Random(0), dict[int, float](), 0
    while True:
        driver = start(folder, *options)
        lines = run_until(driver, moments.randint(1, 16))
        for key, finished in acknowledged(lines).items():
            assert key not in told, "an attempt was made again after its result had been recorded"
            told[key] = finished
        if driver.returncode == 0:
            break
        assert driver.returncode == -signal.SIGKILL
        kills += 1
    assert kills >= 8
    with RunFolder(folder) as run:
        results = list(run.results())
        kept = dict(run.query("SELECT id, finished FROM attempts"))
    assert {key: kept[key] for key in told} == told, "what was acknowledged is what is there"
    assert len({(result.theorem.name, result.attempt) for result in results}) == theorems * attempts
    for result in results:
        kind = kind_of(int(result.theorem.name[1:]))
        assert result.finished.outcome is EXPECTED.get(kind, Outcome.PROVED)
    assert len(list((folder / "proofs").iterdir())) == sum(
        result.finished.outcome is Outcome.PROVED for result in results
    )


def test_a_driver_killed_while_it_makes_the_folder_starts_anew(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "results.sqlite").write_bytes(b"half a database")
    driver = start(folder, "--theorems", "5")
    out, error = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0, error
    assert out.endswith("complete\n")


def test_ctrl_c_and_sigterm_stop_cleanly_and_the_rest_is_done_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    options = ("--theorems", "30", "--step-seconds", "0.02", "--resume")
    done = 0
    for number in (signal.SIGINT, signal.SIGTERM):
        driver = start(folder, *options)
        assert driver.stdout is not None
        first = driver.stdout.readline()
        driver.send_signal(number)
        lines = [first, *driver.stdout]
        assert driver.wait(PATIENCE_S) == 130 and lines[-1] == "stopped\n"
        done += len(acknowledged(lines))
        with RunFolder(folder) as run:
            totals = run.totals()
        assert totals.done == done and totals.claimed == 0
    driver = start(folder, *options)
    driver.communicate(timeout=PATIENCE_S)
    with RunFolder(folder) as run:
        assert driver.returncode == 0 and run.totals().done == 30


def test_a_driver_under_nohup_goes_on_when_its_terminal_is_closed(tmp_path: Path) -> None:
    command = ["nohup", sys.executable, str(DRIVER), str(tmp_path / "run"), "--theorems", "12"]
    driver = subprocess.Popen([*command, "--step-seconds", "0.02"], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    driver.stdout.readline()
    driver.send_signal(signal.SIGHUP)
    out, _ = driver.communicate(timeout=PATIENCE_S)
    assert driver.returncode == 0 and out.endswith("complete\n")


def test_a_second_driver_says_that_the_first_is_at_it_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = start(folder, "--theorems", "12", "--step-seconds", "600", "--steps")
    assert first.stdout is not None
    try:
        before = first.stdout.readline()
        second = start(folder, "--theorems", "12", "--step-seconds", "600", "--resume")
        out, error = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == 2 and f"process {first.pid}" in error and out == ""
        first.send_signal(signal.SIGTERM)
        lines = [before, *first.stdout]
        assert first.wait(PATIENCE_S) == 130
    finally:
        first.kill()
    with RunFolder(folder) as run:
        assert run.totals().done == len(acknowledged(lines))
        assert run.totals().claimed == 0


def test_a_run_is_not_begun_over_another_one(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    start(folder, "--theorems", "3").communicate(timeout=PATIENCE_S)
    again = start(folder, "--theorems", "3")
    _, error = again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 2 and "--resume" in error
    other = start(folder, "--theorems", "4", "--resume")
    _, error = other.communicate(timeout=PATIENCE_S)
    assert other.returncode == 2 and "theorems: was 3, is 4" in error


def steps_of(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("step ") and line.endswith("\n")]


def test_a_search_cut_off_by_a_kill_goes_on_at_the_step_it_was_on(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    options = ("--theorems", "1", "--step-seconds", "0.7", "--steps", "--resume")
    asked: list[str] = []
    for _ in range(10):
        driver = start(folder, *options)
        assert driver.stdout is not None
        lines = []
        for line in driver.stdout:
            lines.append(line)
            if len(steps_of(lines)) == 3:
                driver.kill()
        driver.wait(PATIENCE_S)
        asked += steps_of(lines)
        if driver.returncode == 0:
            break
    assert driver.returncode == 0 and len(asked) > 4, "it was killed on the way"
    repeated = len(asked) - len(set(asked))
    assert len(set(asked)) == 4 and repeated <= len(asked) // 3
    assert list((folder / "partial").iterdir()) == []
