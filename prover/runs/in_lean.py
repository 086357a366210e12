"""Lean as the language of a run."""

from __future__ import annotations

import re
from pathlib import Path

from prover.runs.arithmetic import read_sentence
from prover.runs.defects import known_defects
from prover.runs.language import Language, file_stem
from prover.runs.manifest import Manifest
from prover.runs.records import Result
from prover.statements.preludes import preludes_for
from prover.types import Statement

CANARIES = Path(__file__).with_name("canaries.toml")


def proof_text(result: Result, note: str) -> str:
    """The file for a proved attempt: `note` as a comment, header, statement, proof."""
    done = result.finished
    script = "  " + done.script.replace("\n", "\n  ")
    return (
        f"/-\n  {_comment(note)}\n-/\n"
        f"{done.header.rstrip()}\n\n{result.theorem.statement.text} := by\n{script}\n"
    )


def judge_again(manifest: Manifest, path: str) -> str:
    """What another Lean than the embedded one has proved imports Mathlib."""
    embedded = manifest.get("lean", {}).get("kind", "embedded") == "embedded"
    return f"prover verify {path}" + ("" if embedded else " --lean native")


def _comment(text: str) -> str:
    return text.replace("-/", "- /").replace("/-", "/ -")


def _stated(name: str, proposition: str) -> Statement:
    return Statement(name, f"theorem {name} : {proposition}", source=CANARIES.name)


def _negated(text: str) -> str:
    head, _, goal = text.partition(":")
    return f"{head.rstrip()} : ¬ ({goal.strip()})"


def _stem(name: str, attempt: int) -> str:
    return file_stem(name, attempt, re.sub(r"[^\w.'-]", "_", name).strip(".") or "theorem", mark=".")


LEAN = Language(
    name="lean",
    title="Lean",
    kind=lambda text: preludes_for(text)[0].name,
    canaries=CANARIES,
    stated=_stated,
    read=read_sentence,
    negated=_negated,
    no="¬",
    defects=known_defects,
    suffix=".lean",
    stem=_stem,
    proof_text=proof_text,
    judge_again=judge_again,
)
