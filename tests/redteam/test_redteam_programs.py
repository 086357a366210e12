"""Programs that a hostile model might write: the sandbox contains each, and the next program runs as usual.

Each file of `programs/` begins with what may come of it. Under resource limits alone a program could read
files and reach the network: there, only those are run that attack time, memory and our pipes.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from pathlib import Path

import psutil
import pytest

from prover.errors import SetupError
from prover.evaluate.program.tool import PythonTool, ToolLimits
from prover.sandbox import sealed_here

PROGRAMS = {path.stem: path for path in sorted((Path(__file__).parent / "programs").glob("*.txt"))}
LIMITS = ToolLimits(seconds=1.0)
AT_ONCE = 2

NEEDS_BUBBLEWRAP = {
    name
    for name in PROGRAMS
    if re.match(r"reads_|opens_|writes_|traces_|kills_|remounts_|daemon_|fills_|nests_|memory_of|fork_", name)
}
BUBBLEWRAP = sealed_here() == "bubblewrap"


def program(name: str, home: Path, port: int) -> str:
    text = PROGRAMS[name].read_text(encoding="utf-8")
    values = {"HOME_OF_THE_TEST": str(home), "OUTSIDE_PID": str(os.getpid()), "PORT": str(port)}
    return re.sub("|".join(values), lambda found: values[found[0]], text)


async def outcomes(tool: PythonTool, names: list[str], home: Path, port: int) -> dict[str, str]:
    """What came of each: its answer, or why there is none. A harmless program runs after each."""

    async def one(name: str) -> tuple[str, str]:
        answer, trouble = await tool.run(program(name, home, port), "answer")
        assert await tool.run("answer = 6 * 7", "answer") == ("42", "")
        return name, answer or trouble

    return dict(await asyncio.gather(*map(one, names)))


def unexpected(found: dict[str, str]) -> dict[str, str]:
    """Those that did not end in a way that their first line names."""
    wrong = {}
    for name, outcome in found.items():
        allowed = PROGRAMS[name].read_text(encoding="utf-8").splitlines()[0].lstrip("# ").split(", ")
        if not any(one in outcome for one in allowed):
            wrong[name] = outcome
    return wrong


@pytest.mark.skipif(not BUBBLEWRAP, reason="bubblewrap does not run here: the tool refuses, tested below")
async def test_under_bubblewrap_every_hostile_program_is_contained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SECRET").write_text("SECRET")
    monkeypatch.setenv("SECRET_TOKEN", "SECRET")
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as unix:
        listener.setblocking(False)
        unix.bind(str(tmp_path / "SECRET.sock"))
        unix.listen()
        unix.setblocking(False)
        tool = PythonTool(LIMITS, at_a_time=AT_ONCE)
        found = await outcomes(tool, list(PROGRAMS), tmp_path, listener.getsockname()[1])
        for one in (listener, unix):
            with pytest.raises(BlockingIOError):
                one.accept()
    assert unexpected(found) == {}
    assert {path.name for path in tmp_path.iterdir()} == {"SECRET", "SECRET.sock"}
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before


async def test_under_limits_alone_time_memory_and_pipes_are_contained(tmp_path: Path) -> None:
    tool = PythonTool(LIMITS, at_a_time=AT_ONCE, limits_only=True, confinement="limits")
    names = [name for name in PROGRAMS if name not in NEEDS_BUBBLEWRAP]
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    found = await outcomes(tool, names, tmp_path, 9)
    assert unexpected(found) == {}
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before


def test_without_bubblewrap_the_tool_refuses_unless_that_is_accepted() -> None:
    with pytest.raises(SetupError, match="--limits-only"):
        PythonTool(confinement="limits")


async def test_a_sandbox_that_does_not_start_is_no_answer_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "bwrap"
    stand_in.write_text("#!/bin/sh\necho 'bwrap: Unknown option --size' >&2\nexit 1\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SetupError, match="does not start.*Unknown option --size"):
        await PythonTool(LIMITS, confinement="bubblewrap").run("answer = 1", "answer")


async def test_a_program_that_is_given_longer_may_also_compute_longer() -> None:
    tool = PythonTool(ToolLimits(seconds=200.0), limits_only=True, confinement="limits")
    program = "import resource\nanswer = resource.getrlimit(resource.RLIMIT_CPU)[0]"
    allowed, _ = await tool.run(program, "answer")
    assert int(allowed or 0) > 200


async def test_programs_that_run_side_by_side_are_watched_by_one_look_at_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, children = [], psutil.Process.children

    def counted(process: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
        looks.append(time.monotonic())
        return children(process, recursive)

    monkeypatch.setattr(psutil.Process, "children", counted)
    tool = PythonTool(LIMITS, at_a_time=6, limits_only=True, confinement="limits")
    sleeping = [tool.run("import time\ntime.sleep(9)", "answer") for _ in range(6)]
    begun = time.monotonic()
    assert await asyncio.gather(*sleeping) == [(None, "time limit")] * 6
    assert 1 < len(looks) <= (looks[-1] - begun) / 0.05 + 1
