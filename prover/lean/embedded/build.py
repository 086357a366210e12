"""Compiles `lean_project` with the embedded Lean: once for each state of its sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from prover.errors import SetupError
from prover.lean.embedded.install import EmbeddedLean
from prover.lean.embedded.progress import step_progress
from prover.lean.embedded.sources import lean_project_dir

_IMPORT = re.compile(r"^(?:public )?import (Prover\.[\w.]+)$", re.MULTILINE)

_REPL = "Prover.Repl."

_BATCH_SECONDS = 900
"""Far above what a batch takes on a slow machine; a compiler that hangs must not hang the set-up."""

NATIVE_ONLY = {"Prover.Repl.Main"}
"""The native executable's `main`; here the loader does its work."""


def modules_in_order() -> list[str]:
    """Every module of `lean_project` that the embedded Lean compiles, each after those it imports."""
    root = lean_project_dir()
    graph: dict[str, set[str]] = {}
    for path in sorted((root / "Prover").rglob("*.lean")):
        if "headers" in path.relative_to(root).parts:
            continue
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if module not in NATIVE_ONLY:
            graph[module] = set(_IMPORT.findall(path.read_text(encoding="utf-8")))
    return [m for m in TopologicalSorter(graph).static_order() if m not in NATIVE_ONLY]


def repl_modules(build: Path) -> list[str]:
    """The modules in a build folder whose compiled code the REPL runs on."""
    return [f"Prover.Repl.{path.stem}" for path in sorted((build / "Prover" / "Repl").glob("*.code"))]


def ensure_built(lean: EmbeddedLean, console: Console | None = None) -> None:
    """Compile what the build folder lacks. Raises `SetupError` with Lean's messages.

    A build is made beside its place and renamed, so a killed one leaves nothing that is used.
    """
    if lean.project_build_dir.is_dir():
        return
    console = console or Console(stderr=True)
    with FileLock(lean.root / "build.lock"):
        if lean.project_build_dir.is_dir():
            return
        stage = lean.project_build_dir.with_suffix(".stage")
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        with step_progress(console, "Compiling the REPL and the statement preludes"):
            _compile(lean, stage)
        os.rename(stage, lean.project_build_dir)
        _remove_older(lean)


def _compile(lean: EmbeddedLean, out: Path) -> None:
    """Compile the REPL and the preludes side by side: neither imports the other."""
    modules = modules_in_order()
    repl = [module for module in modules if module.startswith(_REPL)]
    preludes = [module for module in modules if not module.startswith(_REPL)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        chains = [pool.submit(_compile_chain, lean, out, chain, n) for chain, n in ((repl, 3), (preludes, 8))]
        for chain in chains:
            chain.result()


def _compile_chain(lean: EmbeddedLean, out: Path, modules: list[str], at_once: int) -> None:
    """Compile in order, `at_once` modules in each process: what a module imports is not freed after it."""
    for first in range(0, len(modules), at_once):
        _compile_batch(lean, out, modules[first : first + at_once])


def _compile_batch(lean: EmbeddedLean, out: Path, modules: list[str]) -> None:
    from prover.lean.embedded.launch import lean_env, node_command, runtime_config

    sources = str(lean_project_dir())
    config = runtime_config(lean) | {"sources": sources, "out": str(out), "modules": modules}
    command = node_command(lean, "compile.cjs", config, writable=out)
    try:
        done = subprocess.run(
            command, env=lean_env(), capture_output=True, text=True, timeout=_BATCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"compiling {', '.join(modules)} took more than {_BATCH_SECONDS} s") from None
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line]
        detail = "\n".join(errors[:20]) or done.stderr[-2000:]
        raise SetupError(f"compiling lean_project failed:\n{detail}\nRun `prover setup lean --force`.")


def _remove_older(lean: EmbeddedLean) -> None:
    """Builds of other source states, all but the newest: another checkout may be using it."""
    others = [p for p in lean.root.glob("project-*") if p.is_dir() and p != lean.project_build_dir]
    for stale in sorted(others, key=lambda p: p.stat().st_mtime)[:-1]:
        shutil.rmtree(stale, ignore_errors=True)
