"""Each proof as a Lean file of its own, which a stranger has judged again by `prover check FILE`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.judge import LeanJudge
from prover.runs.folder import RunFolder
from prover.runs.manifest import write_atomically
from prover.runs.records import Outcome, Result, statement_hash
from prover.statements import leanfile
from prover.statements.holes import find_declarations
from prover.types import Statement, Verdict

PROOFS = "proofs"

_END = "-/\n"


@dataclass(frozen=True, slots=True)
class Bundled:
    """A proof file, read: the statement with its header, and its value from `:=` on."""

    path: Path
    statement: Statement
    proof: str

    @property
    def sha256(self) -> str:
        """Of the statement, as runs name it."""
        return statement_hash(self.statement.text)


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
        f"  To judge it again, in a fresh Lean: prover check FILE\n{_END}"
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


def read_proof(path: Path) -> Bundled:
    """Raises `InputError` where the file does not hold exactly one theorem with its proof."""
    text = leanfile.load(path).text
    if text.startswith("/-") and _END in text:
        text = text.split(_END, 1)[1]
    declarations = find_declarations(text)
    if len(declarations) != 1 or declarations[0].kind != "theorem" or declarations[0].body is None:
        raise InputError(f"{path} is no proof file: it needs a header, then one `theorem … := …`")
    found = declarations[0]
    body = found.body or 0
    statement = Statement(
        found.label, text[found.start : body].rstrip(), text[: found.start].strip() + "\n", str(path)
    )
    return Bundled(path, statement, text[body : found.end].rstrip())


async def judge_proof(judge: LeanJudge, bundled: Bundled) -> Verdict:
    """The verdict on a proof file, from the start."""
    return await judge.judge(bundled.statement, bundled.proof)


def _comment(text: str) -> str:
    return text.replace("-/", "- /").replace("/-", "/ -")
