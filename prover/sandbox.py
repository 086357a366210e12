"""Confines a process that runs other people's text: no network, nothing to write but one folder.

With bubblewrap the process sees the system's programs, its project and toolchain, all read-only, and nothing
else of the machine. Without it only the limits on memory, CPU time, processes and file size hold: it could
still read, and reach the network. `prover doctor` says which of the two is in force.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Confinement = Literal["bubblewrap", "limits"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
"""What programs need of a Linux system; no user's files, no keys, no sockets."""

_COUNT = '{ ulimit -u "$4" || ulimit -p "$4"; }'
"""The number of processes: `-p` in dash, `-u` in other shells."""

_LIMIT = f'ulimit -v "$1" && ulimit -t "$2" && ulimit -f "$3" && ulimit -c 0 && {_COUNT}'

_RUN = (
    f'{{ {_LIMIT}; }} 2>/dev/null || {{ echo "cannot limit resources" >&2; exit 126; }}; shift 4; exec "$@"'
)

_ENTER = 'cd "$1" && export TMPDIR="$2" && shift 2 && exec "$@"'

_TRIAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What each process may take. `processes` counts those of the user; Linux does not hold root to it."""

    memory_bytes: int = 16 << 30
    cpu_seconds: int = 24 * 3600
    processes: int = 512
    file_bytes: int = 1 << 30


def sandboxed(
    command: Sequence[str],
    project: Path,
    scratch: Path,
    limits: Limits | None = None,
    *,
    toolchain: Sequence[Path] = (),
    confinement: Confinement | None = None,
) -> list[str]:
    """The command line that runs `command` in `project`, confined as well as this machine can.

    `scratch` is its temporary folder (`TMPDIR`, and `/tmp` under bubblewrap), the only one it may write; the
    caller makes and removes it. `toolchain` names further folders to read: that of elan, a package cache.
    Under bubblewrap the command is a child: measure and end the process group, not the one process.
    """
    limited = _limited(command, limits or Limits())
    if (confinement or confinement_here()) == "limits":
        return ["/bin/sh", "-c", _ENTER, "sandbox", str(project), str(scratch), *limited]
    return [*_bubblewrap(project, scratch, toolchain), *limited]


def _limited(command: Sequence[str], limits: Limits) -> list[str]:
    """`command` under limits that hold for all that it starts. `ulimit` counts KiB, and blocks of 512 bytes.

    macOS has no limit on memory.
    """
    memory = "unlimited" if sys.platform == "darwin" else limits.memory_bytes >> 10
    numbers = (memory, limits.cpu_seconds, limits.file_bytes >> 9, limits.processes)
    return ["/bin/sh", "-c", _RUN, "sandbox", *map(str, numbers), *command]


def _bubblewrap(project: Path, scratch: Path, toolchain: Sequence[Path]) -> list[str]:
    """bubblewrap's command line, up to the command. What is mounted later lies over what came before."""
    line = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in _SYSTEM:
        line += ["--ro-bind-try", path, path]
    line += ["--proc", "/proc", "--dev", "/dev", "--bind", str(scratch), "/tmp"]
    for folder in (*toolchain, project):
        resolved = str(folder.resolve())
        line += ["--ro-bind", resolved, resolved]
    line += ["--setenv", "TMPDIR", "/tmp", "--setenv", "HOME", "/tmp"]
    return [*line, "--chdir", str(project.resolve()), "--"]


@cache
def confinement_here() -> Confinement:
    """What this machine can do: bubblewrap may be installed and yet not allowed to make namespaces."""
    if shutil.which("bwrap") is None:
        return "limits"
    trial = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        done = subprocess.run(trial, capture_output=True, timeout=_TRIAL_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return "limits"
    return "bubblewrap" if done.returncode == 0 else "limits"
