"""`prover export`: a proof as a folder that a stranger can check."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.cli.verdicts import print_verdict
from prover.errors import InputError
from prover.judge import LeanJudge
from prover.judge.bundle import Submission, challenge_of, pins_for, read_submission, write_bundle
from prover.judge.files import FileVerdict
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings

EXAMPLES = """
Write a bundle: challenge, solution, comparator's configuration, toolchain, hashes, and how to check it.

    prover export Solution.lean bundle/ --challenge Challenge.lean

    prover export runs/valid/proofs/mathd_algebra_10.lean bundle/

    prover export Solution.lean bundle/ --project ~/my-lake-project --no-judge

Without a challenge, it is the solution with `sorry` for each proof. What is not proved is not exported;
`--no-judge` leaves judging to the stranger (for Mathlib, which the embedded Lean lacks). Check a bundle with
`prover verify bundle/`. Exit codes: 0 written, 1 not proved, 2 bad input, 3 something is missing.
"""


def export(
    solution: Annotated[Path, typer.Argument(help="SOLUTION.lean.")],
    out: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    challenge: Annotated[
        Path | None, typer.Option(help="The Lean file that states what is to be proved.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The Lake project whose toolchain and Mathlib it is for.")
    ] = None,
    judge: Annotated[bool, typer.Option("--judge/--no-judge", help="Judge it first.")] = True,
) -> None:
    if out.exists():
        raise InputError(f"{out} is there already: name a new folder")
    submission = read_submission(solution, challenge)
    if submission.challenge is None:
        submission = replace(submission, challenge=challenge_of(submission.solution, str(solution)))
    pins = pins_for(submission.challenge or "", (project or solution.parent).resolve())
    said = "Not judged before it was written."
    if judge:
        verdict = asyncio.run(_judged(submission))
        print_verdict(submission, verdict)
        if not verdict.proved:
            raise typer.Exit(1)
        said = _said(verdict)
    write_bundle(out, submission, pins, said)
    Console(stderr=True, highlight=False).print(f"{out}: check it with prover verify {out}", soft_wrap=True)


export.__doc__ = EXAMPLES


async def _judged(submission: Submission) -> FileVerdict:
    console = Console(stderr=True)
    lean = ensure_lean(console)
    with console.status(f"Judging {submission.path.name}"):
        async with LeanPool(embedded_launch(lean), PoolSettings(size=0, spares=0)) as pool:
            judge = LeanJudge(pool)
            verdict = await judge.judge_file(submission.solution, submission.challenge)
            await judge.close()
    return verdict


def _said(verdict: FileVerdict) -> str:
    """What was passed, not just that it was."""
    axioms = sorted({axiom for one in verdict.judged for axiom in one.verdict.axioms})
    rungs = ", ".join(rung.name for rung in verdict.judged[0].verdict.rungs)
    rests = f"rests on {', '.join(axioms)}" if axioms else "rests on no axioms"
    return f"Judged before it was written: {rungs}. It {rests}."
