"""The languages that runs are in, and which of them a run is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prover.runs.folder import RunFolder
from prover.runs.in_isabelle import ISABELLE
from prover.runs.in_lean import LEAN
from prover.runs.language import Language

LANGUAGES = {one.name: one for one in (LEAN, ISABELLE)}


def language_of(manifest: Mapping[str, Any]) -> Language:
    """That of the prover which the manifest describes under its name."""
    return next((one for name, one in LANGUAGES.items() if name in manifest), LEAN)


def defects_in(run: RunFolder) -> dict[str, str]:
    """Why a statement of the run does not count, by its SHA-256. Those listed by name are looked up there."""
    listed = language_of(run.manifest).defects()
    reasons = {one.name: f"{one.kind}: {one.reason}" for one in listed if not one.sha256}
    asked = (
        f"SELECT sha256, name FROM theorems WHERE canary = '' AND name IN ({', '.join('?' * len(reasons))})"
    )
    named = {sha256: reasons[name] for sha256, name in run.query(asked, list(reasons))}
    return {one.sha256: f"{one.kind}: {one.reason}" for one in listed if one.sha256} | named
