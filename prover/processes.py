"""Runs a process, and ends one with everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


def kill_tree(process: asyncio.subprocess.Process) -> None:
    """Kill a process, its group if it leads one, and what it started that has left the group.

    A sandbox does, Isabelle's launcher does for Poly/ML, and hostile text may.
    """
    children: list[psutil.Process] = []
    if process.returncode is None:
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def end_tree(process: asyncio.subprocess.Process) -> None:
    """`kill_tree`, and wait for the process's end."""
    kill_tree(process)
    await process.wait()
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


async def output_of(
    command: Sequence[str], env: Mapping[str, str], timeout_s: float, cwd: Path | None = None
) -> tuple[int, str]:
    """A program's exit code and what it says on stdout and stderr; whatever it started ends with it.

    Raises `TimeoutError` after `timeout_s` seconds.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        env=env,
        cwd=cwd,
    )
    try:
        async with asyncio.timeout(timeout_s):
            output, _ = await process.communicate()
    finally:
        await end_tree(process)
    return process.returncode or 0, output.decode("utf-8", "replace")
