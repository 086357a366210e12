"""Ends a process with everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

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
