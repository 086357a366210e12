"""`prover check`: a proof file, or all proofs of a run, judged again from the start."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from prover.errors import InputError
from prover.judge import LeanJudge
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.runs.bundle import PROOFS, Bundled, judge_proof, read_proof
from prover.runs.records import verdict_record
from prover.types import Verdict

EXAMPLES = """
Judge proofs again, each from its own file, in a Lean process that searches nothing.

    prover check runs/valid/proofs/mathd_numbertheory_335.lean

    prover check runs/valid

The statement is the file's: read it, or compare its SHA-256 with the run's. Exit codes: 0 every proof holds,
1 one does not, 2 bad input, 3 something is missing on this machine.
"""


def check(
    target: Annotated[Path, typer.Argument(help="A proof file, or the folder of a run.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record a line.")] = False,
) -> None:
    bundles = [read_proof(path) for path in _files(target)]
    verdicts = asyncio.run(_judge(bundles, json))
    raise typer.Exit(0 if all(verdict.proved for verdict in verdicts) else 1)


check.__doc__ = EXAMPLES


def _files(target: Path) -> list[Path]:
    """Raises `InputError` where a folder holds no proofs."""
    if not target.is_dir():
        return [target]
    folder = target / PROOFS if (target / PROOFS).is_dir() else target
    files = sorted(folder.glob("*.lean"))
    if not files:
        raise InputError(f"there is no proof in {folder}")
    return files


async def _judge(bundles: list[Bundled], json: bool) -> list[Verdict]:
    lean = ensure_lean(Console(stderr=True))
    verdicts = []
    async with LeanPool(embedded_launch(lean), PoolSettings(size=0, spares=0)) as pool:
        judge = LeanJudge(pool)
        for bundled in bundles:
            verdicts.append(await judge_proof(judge, bundled))
            _print(bundled, verdicts[-1], json)
        await judge.close()
    return verdicts


def _print(bundled: Bundled, verdict: Verdict, json: bool) -> None:
    if json:
        record = {"file": str(bundled.path), "statement": bundled.statement.text, "sha256": bundled.sha256}
        typer.echo(orjson.dumps(record | {"proved": verdict.proved} | (verdict_record(verdict) or {})))
        return
    rungs = " ".join(f"{'✓' if rung.passed else '✗'} {rung.name}" for rung in verdict.rungs)
    reason = f"  {verdict.reason}" if verdict.reason else ""
    axioms = f"  axioms: {', '.join(verdict.axioms) or 'none'}" if verdict.proved else ""
    console = Console(highlight=False, soft_wrap=True)
    style = "green" if verdict.proved else "red"
    console.print(f"{bundled.path}: {rungs}{axioms}{reason}", markup=False, style=style)
