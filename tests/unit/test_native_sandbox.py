"""A native Lean's processes are confined, measured, and ended as wholes. Lake and the REPL are stand-ins."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import elan_stand_in
import psutil
import pytest
import pytest_asyncio
from rich.console import Console

from prover.lean.native import launch as native
from prover.lean.native.project import read_project
from prover.lean.native.setup import setup_native
from prover.lean.session import Launch, LeanSession
from prover.sandbox import Confinement, confinement_here

QUIET = Console(quiet=True)
KINDS: list[Confinement] = ["limits"] if confinement_here() == "limits" else ["limits", "bubblewrap"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Confinement:
    return request.param


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def launch(tmp_path: Path, kind: Confinement, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """A REPL in the Lake project `mine`."""
    tools = elan_stand_in.install(tmp_path / "elan")
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.delenv("ELAN_HOME", raising=False)
    monkeypatch.setattr(native, "confinement_here", lambda: kind)
    project = tmp_path / "mine"
    project.mkdir()
    (project / "lakefile.toml").write_text('name = "mine"\n')
    (project / "lean-toolchain").write_text("leanprover/lean4:v4.20.1\n")
    return native.native_launch(*setup_native(read_project(project), console=QUIET), console=QUIET)


@pytest_asyncio.fixture
async def session(launch: Launch, temporary: Path) -> AsyncIterator[LeanSession]:
    """A process of it, with one state."""
    session = await launch.start()
    assert isinstance(session, LeanSession)
    await session.request({"cmd": "example : True := by sorry"}, 20)
    yield session
    await session.close()


async def told(session: LeanSession, words: str) -> str:
    reply: dict[str, Any] = await session.request({"proofState": 0, "tactic": f"stand_in {words}"}, 20)
    return reply["message"].removeprefix("Lean error:\n")


async def test_it_may_write_into_a_temporary_folder_that_goes_with_it(
    session: LeanSession, temporary: Path
) -> None:
    folder = json.loads(await told(session, "variables"))["TMPDIR"]
    assert (await told(session, f"write {folder}/note")).startswith("done")
    [note] = temporary.rglob("note")
    assert note.read_text() == "x"
    await session.close()
    assert not note.parent.exists()


async def test_it_sees_what_lake_says_and_none_of_our_variables(session: LeanSession, tmp_path: Path) -> None:
    seen = json.loads(await told(session, "variables"))
    assert seen["LEAN_PATH"].endswith(f"{tmp_path}/mine/.lake/build/lib")
    assert "secret" not in seen.values() and str(tmp_path) not in (seen["HOME"], seen["TMPDIR"])


async def test_its_memory_is_measured_through_whatever_stands_around_it(session: LeanSession) -> None:
    before = session.resident_bytes()
    await session.request({"proofState": 0, "tactic": "stand_in grow 60"}, 20)
    assert session.resident_bytes() > before + 50_000_000


async def test_it_is_ended_with_all_that_it_started(session: LeanSession) -> None:
    """Even with a process that has left its group, as text that Lean runs could have one do."""
    for words in ("child", "daemon"):
        await told(session, words)
    family = psutil.Process(session.pid).children(recursive=True)
    assert sum(one.name() == "sleep" for one in family) == 2
    await session.close()
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive


async def test_the_project_is_there_to_read(session: LeanSession, tmp_path: Path, kind: Confinement) -> None:
    assert "leanprover/lean4" in await told(session, f"read {tmp_path}/mine/lean-toolchain")
    refused = (await told(session, f"write {tmp_path}/mine/new")).startswith("refused")
    assert refused == (kind == "bubblewrap")


async def test_only_bubblewrap_hides_the_users_other_files(
    session: LeanSession, tmp_path: Path, kind: Confinement
) -> None:
    """`prover doctor` says so."""
    (tmp_path / "key").write_text("secret")
    answer = await told(session, f"read {tmp_path}/key")
    assert answer.startswith("refused" if kind == "bubblewrap" else "done")


async def test_a_session_that_cannot_be_made_leaves_no_process_and_no_folder(
    launch: Launch, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[psutil.Process] = []

    def fails(session: LeanSession) -> None:
        started.append(psutil.Process(session.pid))
        raise RuntimeError("no memory for a client")

    monkeypatch.setattr(LeanSession, "__post_init__", fails)
    with pytest.raises(RuntimeError, match="no memory for a client"):
        await launch.start()
    assert len(started) == 1 and not psutil.wait_procs(started, timeout=10)[1]
    assert [one.name for one in temporary.glob("*/*")] == ["owner"]
