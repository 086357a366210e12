"""Confines a process that runs other people's text: no network, nothing to write but one folder.

With bubblewrap the process sees the system's programs, its project and toolchain, all read-only, and nothing
else of the machine. Without it only the limits on memory, CPU time, processes and file size hold: it could
still read, and reach the network. Either way it has no environment variables but those that are named.
`prover doctor` says which of the two is in force.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import psutil

Confinement = Literal["bubblewrap", "limits"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
"""What programs need of a Linux system; no user's files, no keys, no sockets."""

_COUNT = '{ ulimit -u "$4" || ulimit -p "$4"; }'
"""The number of processes: `-p` in dash, `-u` in other shells."""

_LIMIT = f'ulimit -v "$1" && ulimit -t "$2" && ulimit -f "$3" && ulimit -c 0 && {_COUNT}'

_RUN = (
    f'{{ {_LIMIT}; }} 2>/dev/null || {{ echo "cannot limit resources" >&2; exit 126; }}; shift 4; exec "$@"'
)

_ENTER = 'cd "$1" && shift && exec "$@"'

SEEN = ("PATH", "LANG", "TZ")
"""What every program needs of our environment. No keys, no tokens, nothing that loads code into a program."""

_ROOT_NAMESPACES = (
    "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"
)  # fmt: skip

_TRIAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What each process may take; where the machine allows less already, that stands.

    `processes` counts those of the user: under bubblewrap those inside, without it those that start after the
    first. Linux does not hold root to it.
    """

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
    env: Mapping[str, str] | None = None,
    toolchain: Sequence[Path] = (),
    confinement: Confinement | None = None,
) -> list[str]:
    """The command line that runs `command` in `project`, confined as well as this machine can.

    `scratch` is its temporary and home folder (`/tmp` under bubblewrap), the only one it may write; the
    caller makes and removes it. `env` is all that it sees of variables, beside `TMPDIR` and `HOME`; by
    default what every program needs of ours. `toolchain` names further folders to read. Under bubblewrap the
    command is a child: measure and end the process group, not the one process.
    """
    kind = confinement or confinement_here()
    seen = {name: os.environ[name] for name in SEEN if name in os.environ} if env is None else dict(env)
    own = "/tmp" if kind == "bubblewrap" else str(scratch)
    variables = [f"{name}={value}" for name, value in {**seen, "TMPDIR": own, "HOME": own}.items()]
    # macOS takes these from programs of its own, such as the shell, and what they start.
    loader = [one for one in variables if one.startswith("DYLD_")]
    limited = _limited(["/usr/bin/env", *loader, *command] if loader else command, limits or Limits(), kind)
    if kind == "bubblewrap":
        return ["/usr/bin/env", "-i", *variables, *_bubblewrap(project, scratch, toolchain), *limited]
    return ["/usr/bin/env", "-i", *variables, "/bin/sh", "-c", _ENTER, "sandbox", str(project), *limited]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A place for processes that run other people's text: what they may read beside the system, and take."""

    project: Path
    toolchain: tuple[Path, ...] = ()
    limits: Limits = Limits()
    confinement: Confinement | None = None

    def line(self, command: Sequence[str], scratch: Path, env: Mapping[str, str]) -> list[str]:
        """`sandboxed`, in this place."""
        return sandboxed(
            command,
            self.project,
            scratch,
            self.limits,
            env=env,
            toolchain=self.toolchain,
            confinement=self.confinement,
        )


def _limited(command: Sequence[str], limits: Limits, kind: Confinement) -> list[str]:
    """`command` under limits that hold for all that it starts. `ulimit` counts KiB, and blocks of 512 bytes.

    macOS has no limit on memory.
    """
    memory = _allowed("RLIMIT_AS", limits.memory_bytes) >> 10
    processes = limits.processes + (_running() if kind == "limits" else 0)
    numbers = (
        "unlimited" if sys.platform == "darwin" else memory,
        _allowed("RLIMIT_CPU", limits.cpu_seconds),
        _allowed("RLIMIT_FSIZE", limits.file_bytes) >> 9,
        _allowed("RLIMIT_NPROC", processes),
    )
    return ["/bin/sh", "-c", _RUN, "sandbox", *map(str, numbers), *command]


def _allowed(name: str, wanted: int) -> int:
    """`wanted`, or the hard limit that is lower: a process cannot raise that one."""
    import resource  # Windows has none, and no confinement either.

    hard = resource.getrlimit(getattr(resource, name))[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _running() -> int:
    """The user's threads, all of which the limit on processes counts."""
    own = os.getuid()
    found = psutil.process_iter(["uids", "num_threads"])
    return sum(
        one.info["num_threads"] or 1 for one in found if one.info["uids"] and one.info["uids"].real == own
    )


def _bwrap() -> str:
    """The whole path: what starts it may look for programs in other places than we do."""
    return shutil.which("bwrap") or "bwrap"


def _bubblewrap(project: Path, scratch: Path, toolchain: Sequence[Path]) -> list[str]:
    """bubblewrap's command line, up to the command. What is mounted later lies over what came before."""
    line = [_bwrap(), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in _SYSTEM:
        line += ["--ro-bind-try", path, path]
    line += ["--proc", "/proc", "--dev", "/dev", "--bind", str(scratch), "/tmp"]
    for folder in (*toolchain, project):
        resolved = str(folder.resolve())
        line += ["--ro-bind", resolved, resolved]
    return [*line, "--chdir", str(project.resolve()), "--"]


def sealed(
    command: Sequence[str], folder: Path, limits: Limits, *, toolchain: Sequence[Path], private_bytes: int
) -> list[str]:
    """The command line that runs `command` in `folder` under bubblewrap, where nothing it writes stays.

    Stricter than `sandboxed`: all is read-only but `/tmp`, a folder of `private_bytes` in memory. Where we
    are root, so is the command, with the right to become another user and no other: as that one Linux holds
    it to a number of processes.
    """
    if os.geteuid() == 0 and _root_makes_namespaces():
        line = [_bwrap(), *_ROOT_NAMESPACES, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID"]
        line += ["--cap-add", "CAP_SETGID"]
    else:
        line = [_bwrap(), "--unshare-all", "--cap-drop", "ALL"]
    line += ["--die-with-parent", "--new-session"]
    for path in _SYSTEM:
        line += ["--ro-bind-try", path, path]
    line += ["--proc", "/proc", "--dev", "/dev"]
    line += ["--perms", "1777", "--size", str(private_bytes), "--tmpfs", "/tmp"]
    for resolved in (one.resolve() for one in (*toolchain, folder)):
        for parent in reversed(resolved.parents[:-1]):
            line += ["--perms", "0755", "--dir", str(parent)]
        line += ["--ro-bind", str(resolved), str(resolved)]
    line += ["--remount-ro", "/dev", "--remount-ro", "/"]
    line += ["--setenv", "TMPDIR", "/tmp", "--setenv", "HOME", "/tmp", "--chdir", str(folder.resolve()), "--"]
    return [*line, *_limited(command, limits, "bubblewrap")]


@cache
def _root_makes_namespaces() -> bool:
    """Whether root may do so without a user namespace, in which it could become nobody else."""
    trial = [_bwrap(), *_ROOT_NAMESPACES, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    return _runs(trial)


@cache
def confinement_here() -> Confinement:
    """What this machine can do: bubblewrap may be installed and yet not allowed to make namespaces."""
    if shutil.which("bwrap") is None:
        return "limits"
    trial = [_bwrap(), "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    return "bubblewrap" if _runs(trial) else "limits"


@cache
def sealed_here() -> Confinement:
    """As `confinement_here`, for `sealed`: bubblewrap before 0.7, or set-user-ID, limits no folder's size."""
    if confinement_here() == "limits":
        return "limits"
    trial = sealed(["true"], Path("/usr"), Limits(), toolchain=(), private_bytes=1 << 20)
    return "bubblewrap" if _runs(trial) else "limits"


def _runs(trial: Sequence[str]) -> bool:
    try:
        done = subprocess.run(trial, capture_output=True, timeout=_TRIAL_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
