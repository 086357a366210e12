"""Runs elan and Lake for the set-up: live progress, and errors that say what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console

from prover.errors import SetupError
from prover.lean.session import env_with

ELAN_URL = "https://lean-lang.org/install"

_ENVIRONMENT = (
    *("PATH", "HOME", "ELAN_HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
"""What elan and Lake see of our environment, to fetch and to build: no keys, no tokens."""

_KEPT_LINES = 30
_STEP = re.compile(r"\[(\d+)/(\d+)\]")
_SHOWN = 100

_NO_NETWORK = re.compile(
    r"could not resolve host|failed to connect|connection (?:refused|reset|timed out)|network is unreachable"
    r"|temporary failure in name resolution|error during download|could not download|curl: \(\d+\)"
    r"|unable to access 'https?:",
    re.IGNORECASE,
)
_NO_TOOLCHAIN = re.compile(
    r"toolchain '[^']*' is not installed|no such (?:toolchain|release)|no default toolchain", re.IGNORECASE
)
_OTHER_LEAN = re.compile(
    r"incompatible header|failed to read file .*\.olean|invalid header|object file .* does not exist"
)
_HINTS = (
    (_NO_NETWORK, "no server can be reached. Where toolchain and packages are there already: --offline"),
    (
        _NO_TOOLCHAIN,
        "there is no such toolchain: look at `elan toolchain list` and at the file lean-toolchain",
    ),
    (
        _OTHER_LEAN,
        "compiled files of another Lean are in the way: `lake exe cache get` again, or `lake clean`",
    ),
    (re.compile(r"unknown executable [`']?cache"), "the project has no Mathlib: run `lake update` in it"),
    (re.compile(r"no space left on device", re.IGNORECASE), "the disk is full: Mathlib needs 6 GB"),
)
_OFFLINE = {"LAKE_NO_CACHE": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file"}


def find_program(name: str) -> Path:
    """`elan` or `lake`, on the PATH or where elan installs itself. Raises `SetupError` with the way out."""
    home = Path(os.environ.get("ELAN_HOME") or Path.home() / ".elan") / "bin"
    found = shutil.which(name) or shutil.which(name, path=str(home))
    if found is None:
        raise SetupError(
            f"{name} is not on the PATH: install elan, Lean's version manager, as {ELAN_URL} says "
            "(or use the embedded Lean: leave out --lean native and --project)"
        )
    return Path(found)


def native_env() -> dict[str, str]:
    """The environment of Lean's own programs, elan's folder on the PATH."""
    env = env_with(_ENVIRONMENT)
    folder = str(find_program("lake").parent)
    if folder not in env.get("PATH", "").split(os.pathsep):
        env["PATH"] = os.pathsep.join(part for part in (folder, env.get("PATH", "")) if part)
    return env


def run(
    command: Sequence[str | Path],
    folder: Path,
    title: str,
    console: Console,
    offline: bool = False,
    quiet: bool = False,
) -> str:
    """Run a program of Lean's in `folder`, show what it does, and return its output.

    `offline` tells Lake and elan to ask no server; `quiet` shows it on terminals only. Raises `SetupError`
    with the last lines and a hint.
    """
    words = [str(word) for word in command]
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    whole: list[str] = []
    try:
        with subprocess.Popen(
            words,
            cwd=folder,
            env=native_env() | (_OFFLINE if offline else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            _follow(process.stdout, title, console, lines, whole, quiet)
    except OSError as error:
        raise SetupError(f"{words[0]} does not start: {error.strerror or error}") from error
    if process.returncode != 0:
        raise SetupError(_failure(words, folder, process.returncode, lines))
    return "\n".join(whole)


def _follow(
    output: Iterable[str], title: str, console: Console, last: deque[str], whole: list[str], quiet: bool
) -> None:
    """Show the latest line on a terminal; anywhere else the title, and each tenth of the way."""
    if not console.is_terminal and not quiet:
        console.print(f"{title} …", highlight=False, soft_wrap=True, markup=False)
    tenth = 0
    with console.status(title) as status:
        for line in output:
            text = line.rstrip()
            last.append(text)
            whole.append(text)
            if console.is_terminal:
                status.update(f"{title}: {_plain(text[:_SHOWN])}")
            elif (step := _STEP.search(text)) and int(step[1]) * 10 // max(1, int(step[2])) > tenth:
                tenth = int(step[1]) * 10 // int(step[2])
                console.print(f"  {step[1]} of {step[2]}", highlight=False)


def _failure(words: Sequence[str], folder: Path, code: int, lines: Iterable[str]) -> str:
    tail = "\n".join(line for line in lines if line)
    hint = next((text for form, text in _HINTS if form.search(tail)), "")
    said = f"`{' '.join(words)}` in {folder} ended with exit code {code}"
    return "\n".join(part for part in (f"{said}: {hint}" if hint else said, tail) if part)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
