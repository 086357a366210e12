"""Each proof of a run as a Lean file of its own, which a stranger can have judged again."""

from __future__ import annotations

import re

from prover.runs.folder import RunFolder
from prover.runs.manifest import write_atomically
from prover.runs.records import Outcome, Result

PROOFS = "proofs"


def proof_text(result: Result) -> str:
    """The file for a proved attempt: how to check it, header, statement, proof."""
    done = result.finished
    rungs = ", ".join(rung.name for rung in done.verdict.rungs) if done.verdict else ""
    axioms = ", ".join(done.verdict.axioms) if done.verdict and done.verdict.axioms else "none"
    warning = f"\n\n  A CANARY, and false ({result.theorem.canary}): this run is void." * bool(
        result.theorem.canary
    )
    script = "  " + done.script.replace("\n", "\n  ")
    return (
        f"/-\n  {_comment(result.theorem.name)}, under the prelude `{done.prelude}`. "
        f"SHA-256 of the statement:\n  {result.theorem.sha256}\n"
        f"  Judged: {rungs}; axioms: {axioms}.{warning}\n\n"
        f"  To judge it again, in a fresh Lean: prover verify FILE\n-/\n"
        f"{done.header.rstrip()}\n\n{result.theorem.statement.text} := by\n{script}\n"
    )


def write_proofs(run: RunFolder) -> int:
    """Write every proof of the run that has no file yet to its folder `proofs`; how many are there."""
    folder, count = run.path / PROOFS, 0
    folder.mkdir(exist_ok=True)
    for result in run.results(Outcome.PROVED):
        path = folder / f"{file_name(result)}.lean"
        if not path.exists():
            write_atomically(path, proof_text(result).encode())
        count += 1
    return count


def file_name(result: Result) -> str:
    """A name for a file on any system; attempts after the first have their number at the end."""
    safe = re.sub(r"[^\w.'-]", "_", result.theorem.name).strip(".") or "theorem"
    return safe if result.attempt == 0 else f"{safe}.{result.attempt}"


def _comment(text: str) -> str:
    return text.replace("-/", "- /").replace("/-", "/ -")
