"""Temporary folders of a prover that was killed go when the next one starts; no others do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest

from prover.scratch import scratch_folder

HOLD = """
import sys, time
from prover.scratch import scratch_folder
folder = scratch_folder("lean")
open(folder.name + "/note", "w").close()
print(folder.name, flush=True)
time.sleep(float(sys.argv[1]))
"""


class Other:
    """Another process that has a temporary folder, for so many seconds."""

    def __init__(self, seconds: float = 60) -> None:
        command = [sys.executable, "-c", HOLD, str(seconds)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    @cached_property
    def folder(self) -> Path:
        """Known when it is there."""
        assert self.process.stdout is not None
        return Path(self.process.stdout.readline().strip())

    def end(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    other = Other()
    assert other.folder.is_dir()
    yield other
    other.end()


def test_what_a_killed_process_left_is_removed_by_the_next_one(other: Other, tmp_path: Path) -> None:
    other.end()
    assert (other.folder / "note").is_file()
    with scratch_folder("lean") as name:
        assert not other.folder.parent.exists() and list(tmp_path.iterdir()) == [Path(name).parent]


def test_the_folder_of_a_living_process_stays(other: Other) -> None:
    with scratch_folder("lean"):
        assert (other.folder / "note").is_file()


def test_a_process_that_ends_leaves_nothing(other: Other, tmp_path: Path) -> None:
    done = Other(seconds=0)
    done.process.wait(30)
    assert not done.folder.parent.exists() and list(tmp_path.iterdir()) == [other.folder.parent]


def test_what_the_owner_started_does_not_keep_it_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    start = "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid, flush=True)\n"
    command = [sys.executable, "-c", HOLD.replace("time.sleep", f"{start}time.sleep"), "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder, child = Path(owner.stdout.readline().strip()), int(owner.stdout.readline())
        owner.kill()
        owner.wait()
        try:
            with scratch_folder("lean"):
                assert not folder.exists()
        finally:
            os.kill(child, signal.SIGKILL)


def test_nobody_elses_folder_is_touched(
    other: Other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.end()
    (tmp_path / "prover-scratch-without-an-owner").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "owner").touch()
    (tmp_path / "prover-scratch-link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(os, "geteuid", lambda: other.folder.stat().st_uid + 1)
    with scratch_folder("lean"):
        assert (other.folder / "note").is_file() and (tmp_path / "elsewhere" / "owner").is_file()
        assert (tmp_path / "prover-scratch-without-an-owner").is_dir()


def test_a_folder_that_a_cleaner_of_the_system_removed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder("lean") as name:
        own = Path(name).parent
    own.joinpath("owner").unlink()
    own.rmdir()
    with scratch_folder("lean") as name:
        assert Path(name).is_dir() and Path(name).parent != own


def test_two_processes_that_start_at_once_keep_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    others = [Other() for _ in range(4)]
    try:
        folders = [one.folder for one in others]
        assert all((folder / "note").is_file() for folder in folders)
    finally:
        for one in others:
            one.end()
