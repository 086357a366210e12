"""Each proof of a run as a file of its own, which a stranger can have judged again."""

from __future__ import annotations

from prover.runs.folder import RunFolder
from prover.runs.language import Language
from prover.runs.languages import language_of
from prover.runs.manifest import Manifest, write_atomically
from prover.runs.records import Outcome, Result

PROOFS = "proofs"


def proof_text(result: Result, manifest: Manifest) -> str:
    """The file for a proved attempt: what was judged of it, how to check it, header, statement, proof."""
    done, language = result.finished, language_of(manifest)
    rungs = ", ".join(rung.name for rung in done.verdict.rungs) if done.verdict else ""
    axioms = ", ".join(done.verdict.axioms) if done.verdict and done.verdict.axioms else "none"
    warning = f"\n\n  A CANARY, and false ({result.theorem.canary}): this run is void." * bool(
        result.theorem.canary
    )
    note = (
        f"{result.theorem.name}, under the prelude `{done.prelude}`. "
        f"SHA-256 of the statement:\n  {result.theorem.sha256}\n"
        f"  Judged: {rungs}; axioms: {axioms}.{warning}\n\n"
        f"  To judge it again: {language.judge_again(manifest, 'FILE')}"
    )
    return language.proof_text(result, note)


def write_proofs(run: RunFolder) -> int:
    """Write every proof of the run that has no file yet to its folder `proofs`; how many are there."""
    folder, count, language = run.path / PROOFS, 0, language_of(run.manifest)
    folder.mkdir(exist_ok=True)
    for result in run.results(Outcome.PROVED):
        path = folder / file_name(result, language)
        if not path.exists():
            write_atomically(path, proof_text(result, run.manifest).encode())
        count += 1
    return count


def file_name(result: Result, language: Language) -> str:
    """A name for a file on any system, that of no other attempt; after the first, their number ends it."""
    return language.stem(result.theorem.name, result.attempt) + language.suffix
