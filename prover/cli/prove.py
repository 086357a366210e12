"""`prover prove`: a statement, a problem of a data file, or the holes of a Lean file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.attempts import attempt, attempt_file
from prover.cli.live import LiveProgress
from prover.cli.records import file_record, print_attempt, print_file, print_record, theorem_record
from prover.errors import InputError
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool
from prover.policy.portfolio import PortfolioPolicy
from prover.search import Budget, SearchSettings
from prover.search.export import require_known_format, write_graph
from prover.statements import leanfile, minif2f
from prover.statements.parse import parse_statement
from prover.statements.preludes import start_with_prelude
from prover.types import Policy, Statement

EXAMPLES = """
Prove a theorem, an example, a type, a problem of a data file, or every `sorry` of a Lean file.

    prover prove "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"

    prover prove "∀ n : ℕ, n < 2 ^ n" --budget expansions=50,wall_s=30

    prover prove mathd_numbertheory_335 --data valid.jsonl --json

    prover prove Notes.lean:my_lemma --write

Exit codes: 0 proved, 1 not proved, 2 bad input, 3 something is missing on this machine.
"""


@dataclass(frozen=True, slots=True)
class _Options:
    settings: SearchSettings
    step_s: float
    json: bool
    quiet: bool
    tree: Path | None
    write: bool


@dataclass(frozen=True, slots=True)
class _Engine:
    """What a command runs on, from the first process to the last."""

    prover: LeanProver
    judge: LeanJudge
    policy: Policy


def prove(
    target: Annotated[str, typer.Argument(help="A statement, a NAME of --data, or FILE.lean[:NAME].")],
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file laid out like miniF2F.")] = None,
    budget: Annotated[
        str, typer.Option(help="Limits: expansions=N, steps=N, lean_s=S, wall_s=S, comma between them.")
    ] = "lean_s=60",
    score: Annotated[str, typer.Option(help="How states are ranked: normalized or llemma.")] = "normalized",
    step_seconds: Annotated[float, typer.Option(help="Time limit of one tactic.", min=0.05)] = 5.0,
    tree: Annotated[
        Path | None, typer.Option(help="Save the search graph: a .graphml, .dot or .json file.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the filled file back, if it checks.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    options = _Options(
        settings=SearchSettings(budget=Budget.parse(budget), score=score),
        step_s=step_seconds,
        json=json,
        quiet=quiet,
        tree=tree,
        write=write,
    )
    if tree is not None:
        require_known_format(tree)
    file = None if data else leanfile.parse_target(target)
    if write and file is None:
        raise InputError("--write goes with a Lean file: prover prove FILE.lean --write")
    if file is not None:
        proved = asyncio.run(_prove_file(*file, options))
    else:
        statement = _named(data, target) if data else parse_statement(target)
        proved = asyncio.run(_prove_statement(statement, options))
    raise typer.Exit(0 if proved else 1)


prove.__doc__ = EXAMPLES


def _named(data: Path, name: str) -> Statement:
    return minif2f.find(minif2f.load(data), name, str(data)).statement


async def _prove_statement(statement: Statement, options: _Options) -> bool:
    async with _engine(options) as engine:
        with _progress(statement.name, options) as progress:
            prelude, state = await start_with_prelude(engine.prover, statement)
            done = await attempt(
                engine.prover, engine.judge, engine.policy, state.statement, options.settings, progress
            )
    if options.tree is not None and done.result.graph is not None:
        write_graph(done.result.graph, options.tree)
    if options.json:
        print_record(theorem_record(done, prelude.name))
    else:
        print_attempt(done, prelude.name)
    return done.proved


async def _prove_file(path: Path, name: str | None, options: _Options) -> bool:
    if options.tree is not None:
        raise InputError("--tree goes with one statement, not with a file")
    file = leanfile.load(path)
    holes = leanfile.holes_of(file, name)
    async with _engine(options) as engine:
        with _progress(str(path), options) as progress:
            done = await attempt_file(
                engine.prover, engine.judge, engine.policy, file, holes, options.settings, lambda _: progress
            )
    written = options.write and done.text != file.text
    if written:
        leanfile.write_back(path, done.text, file.original)
    if options.json:
        print_record(file_record(done, written))
    else:
        print_file(done, written)
    return done.proved


class _engine:
    """Lean processes for one command, ended when it is over, however it ends."""

    def __init__(self, options: _Options) -> None:
        lean = ensure_lean(Console(stderr=True))
        self._pool = LeanPool(embedded_launch(lean))
        self._judge = LeanJudge(self._pool)
        self._limits = LeanLimits(step_s=options.step_s)

    async def __aenter__(self) -> _Engine:
        return _Engine(LeanProver(self._pool, self._limits), self._judge, PortfolioPolicy())

    async def __aexit__(self, *error: object) -> None:
        await self._judge.close()
        await self._pool.close()


def _progress(title: str, options: _Options) -> LiveProgress:
    console = Console(stderr=True, highlight=False, quiet=options.quiet)
    return LiveProgress(title, console)
