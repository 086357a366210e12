"""Finds out what a manifest states: versions and hashes of Lean or Isabelle, models, and the machine."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prover.attempts import Plan
from prover.attempts.home import LeanChoice
from prover.attempts.isabelle_home import IsabelleChoice
from prover.doctor import check_gpu, memory_bytes
from prover.isabelle.launch import JUDGE, STEPS, find_isabelle, installed_provers, isabelle_version
from prover.lean.embedded.install import LEAN_PACKAGE
from prover.lean.embedded.sources import lean_project_dir, sources_digest
from prover.lean.native.launch import find_repl
from prover.lean.native.pantograph import find_pantograph
from prover.lean.native.project import LakeProject, repl_tag
from prover.policy.preset import load_preset
from prover.policy.registry import PolicyChoice
from prover.runs.records import Theorem
from prover.statements.preludes import prelude

_WEIGHTS = (".safetensors", ".bin", ".json", ".model", ".gguf", ".txt")
_CHUNK = 1 << 22


def lean_identity(choice: LeanChoice | None = None) -> dict[str, Any]:
    """The Lean that is run: the embedded one with our sources and preludes, a project's own, or a server."""
    choice = choice or LeanChoice()
    if choice.server:
        return {"kind": choice.kind, "server": choice.server}
    if (project := choice.project) is not None:
        manifest = project.folder / "lake-manifest.json"
        return {
            "kind": choice.kind,
            "toolchain": project.toolchain,
            "mathlib": project.mathlib,
            "manifest_sha256": file_hash([manifest]) if manifest.is_file() else None,
            "repl": _repl_name(choice, project),
            "sources": sources_digest(),
        }
    toolchain = (lean_project_dir() / "lean-toolchain").read_text(encoding="utf-8").strip()
    headers = {name: _sha256(prelude(name).header.encode()) for name in ("core", "field")}
    return {
        "kind": "embedded",
        "package": str(LEAN_PACKAGE),
        "integrity": LEAN_PACKAGE.integrity,
        "toolchain": toolchain,
        "sources": sources_digest(),
        "preludes": headers,
        "mathlib": None,
    }


def isabelle_identity(choice: IsabelleChoice) -> dict[str, Any]:
    """The Isabelle that is run: its version or its heaps, its external provers, our ML, and who judges.

    Raises `SetupError` where there is none.
    """
    isabelle = find_isabelle()
    return {
        "kind": "heaps" if isabelle.command is None else "isabelle",
        "version": isabelle_version(isabelle),
        "session": isabelle.logic,
        "heaps": {heap.name: file_hash([heap]) for heap in isabelle.heaps},
        "provers": installed_provers(),
        "ml_sha256": file_hash([JUDGE, STEPS]),
        "judge": choice.judged_by(isabelle),
        "oracles": list(choice.oracles),
    }


def _repl_name(choice: LeanChoice, project: LakeProject) -> str:
    if choice.kind == "pantograph":
        return find_pantograph(project).name
    return "ours" if find_repl(project).ours else f"community {repl_tag(project.toolchain)}"


def policy_identity(choice: PolicyChoice) -> dict[str, Any]:
    """Names, and where a model is asked: preset, samplings, model. A model's folder is hashed."""
    found: dict[str, Any] = {"names": list(choice.names)}
    if choice.recording is not None:
        found["recording_sha256"] = file_hash([choice.recording])
    if not choice.uses_model:
        return found
    preset = load_preset(choice.preset)
    settings = asdict(preset)
    return found | {
        "preset": {"name": preset.name, "sha256": _sha256(repr(preset).encode())},
        "sampler": settings["samplings"],
        "engine": settings["engine"],
        "server": choice.server or None,
        "model": model_identity(choice.model or ("" if choice.names == ("openai",) else preset.model)),
    }


def model_identity(model: str) -> dict[str, str | None]:
    """A folder by the hash of its configuration, tokenizer and weights; a name on the hub by its revision.

    The revision is that of the local cache, None where the model is not there yet or a server has it.
    """
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in _WEIGHTS)
        return {"name": folder.name, "sha256": file_hash(files)}
    return {"name": model or None, "revision": _cached_revision(model) if "/" in model else None}


def search_identity(plan: Plan, step_s: float) -> dict[str, Any]:
    """How theorems are attacked, without what only concerns the display."""
    settings = asdict(plan.settings)
    settings.pop("progress_every_s")
    return {"strategy": plan.strategy, "rounds": plan.rounds, "step_seconds": step_s, **settings}


def machine_identity() -> dict[str, Any]:
    """What it runs on; figures of different machines compare only as ratios."""
    gpu = check_gpu()
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "gpu": gpu.detail if gpu.status == "ok" else None,
        "python": platform.python_version(),
    }


def git_revision() -> str | None:
    """The commit of the checkout that this code runs from, with `-dirty` for changes; None outside of one."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def prover_version() -> str:
    """Of the installed package."""
    return importlib.metadata.version("prover")


def file_hash(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files, read piece by piece."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                whole.update(piece)
    return whole.hexdigest()


def _cached_revision(model: str) -> str | None:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(model, "config.json")
    except ValueError:  # No name on the hub: a server may call a model by its path.
        return None
    return Path(found).parent.name if isinstance(found, str) else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def statements_identity(theorems: Iterable[Theorem]) -> dict[str, Any]:
    """How many theorems and canaries, and SHA-256 over all of them in order, names included."""
    whole, count, canaries = hashlib.sha256(), 0, 0
    for theorem in theorems:
        whole.update(f"{theorem.name}\0{theorem.sha256}\n".encode())
        count, canaries = count + (not theorem.canary), canaries + bool(theorem.canary)
    return {"count": count, "canaries": canaries, "sha256": whole.hexdigest()}
