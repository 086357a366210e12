"""One round of expert iteration: search for proofs, keep what the kernel takes, write its steps as data.

python -m training.expert_iteration --statements library.jsonl.zst --statements generated.jsonl.zst \\
    --out round0 [--round 0] [--model FOLDER] [--lean-seconds 4] [--minutes 20] [--seed 0]

Round 0 explores without a model; later ones mix the model of the round before with exploration (Polu et al.,
arXiv 2202.01344). Statements whose split is `test` are never searched.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from prover.cli import print_error
from prover.errors import InputError, ProverError, StatementError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.policy.mixed import MixedPolicy
from prover.policy.registry import PolicyChoice, open_policy
from prover.search import Budget, SearchSettings, prove
from prover.search.graph import SearchGraph
from prover.types import Policy, ProofTree, Statement
from training.accept import accepts
from training.explore import Explorer
from training.jsonl import read_jsonl, write_jsonl, write_manifest
from training.statements import TrainingStatement, load_statements
from training.steps import ReplayFailed, failures, known_failures, records, replayed

MAX_FAILURES = 12
"""Failed tactics that are kept of one theorem, drawn at random."""


@dataclass(slots=True)
class Round:
    """What a round has found so far."""

    number: int
    draw: random.Random
    steps: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    by_group: Counter[tuple[str, bool]] = field(default_factory=Counter)

    @property
    def groups(self) -> list[str]:
        """Those of which something was tried, in order."""
        return sorted({group for group, _ in self.by_group})

    def tried(self, group: str) -> int:
        return self.by_group[group, True] + self.by_group[group, False]

    def save(self, folder: Path) -> list[Path]:
        """Write all of it, whole files each time, so that a round that dies has what it had."""
        files = [folder / "steps.jsonl.zst", folder / "failed.jsonl.zst"]
        write_jsonl(files[0], self.steps)
        write_jsonl(files[1], self.failed)
        return files

    def finish(self, folder: Path, **facts: Any) -> None:
        """Write all of it and, last, the manifest, by which a round is seen to be over."""
        files = self.save(folder)
        write_manifest(
            folder / "manifest.json",
            files,
            round=self.number,
            outcomes=self.outcomes,
            groups={group: [self.by_group[group, True], self.tried(group)] for group in self.groups},
            steps=len(self.steps),
            failed=len(self.failed),
            **facts,
        )


@dataclass(slots=True)
class Searcher:
    """Searches one statement after the other and adds what it finds to the round."""

    prover: LeanProver
    policy: Policy
    explorer: Explorer
    settings: SearchSettings
    found: Round

    async def run(self, source: TrainingStatement) -> str:
        """Search, replay, accept, record; returns what came of it, in a word."""
        statement = source.statement()
        try:
            outcome = await self._searched(source, statement)
        except StatementError:
            outcome = "does not elaborate"
        except ReplayFailed:
            outcome = "does not replay"
        finally:
            await self.prover.release(statement)
        self.found.outcomes[outcome] += 1
        self.found.by_group[source.group, outcome == "proved"] += 1
        return outcome

    async def _searched(self, source: TrainingStatement, statement: Statement) -> str:
        result = await prove(self.prover, self.policy, statement, self.settings)
        if result.graph is None or result.proof is None:
            return result.outcome.value
        outcome = await self._kept(source, statement, result.graph, result.proof)
        self.explorer.learn(result.graph)
        return outcome

    async def _kept(
        self, source: TrainingStatement, statement: Statement, graph: SearchGraph, proof: ProofTree
    ) -> str:
        state = await self.prover.start(statement)
        steps, short = await replayed(self.prover, state, proof, known_failures(graph))
        if not await accepts(self.prover, statement, short.script(), source.without):
            return "not accepted"
        self.found.steps += records(source, steps, self.found.number)
        failed = list(failures(source, graph, self.found.number))
        self.found.failed += self.found.draw.sample(failed, min(MAX_FAILURES, len(failed)))
        return "proved"


async def run_round(args: argparse.Namespace) -> Round:
    """Search the files' statements, in an order drawn by the seed, until they or the minutes are over."""
    sources = drawn(args.statements, args.seed + 1000 * args.round, args.known)
    if args.before is not None:
        sources = harder_first(sources, args.before, args.seed)
    found = Round(args.round, random.Random(args.seed))
    explorer = Explorer(args.seed, args.width)
    settings = SearchSettings(budget=Budget(lean_s=args.lean_seconds, expansions=args.expansions))
    limits = LeanLimits(step_s=args.step_seconds)
    async with LeanPool(embedded_launch(ensure_lean()), PoolSettings(size=args.processes)) as pool:
        policy = await _policy(explorer, args.model)
        searcher = Searcher(LeanProver(pool, limits), policy, explorer, settings, found)
        try:
            await _search_all(searcher, sources, args)
        except BaseException:
            found.save(args.out)
            raise
        finally:
            await policy.close()
    found.finish(args.out, lean="embedded", settings={k: str(v) for k, v in vars(args).items()})
    return found


def drawn(files: list[Path], seed: int, known: Sequence[Path] = ()) -> list[TrainingStatement]:
    """The statements to search, of all files, in an order drawn by the seed.

    Left out are those of a test split, and those of which the files `known` have steps.
    """
    proved = {row.get("name") for path in known for row in read_jsonl(path)}
    sources = [s for file in files for s in load_statements(file) if s.split != "test"]
    sources = [s for s in sources if s.name not in proved]
    if not sources:
        raise InputError(f"no statement to search in {', '.join(map(str, files))}")
    random.Random(seed).shuffle(sources)
    return sources


def harder_first(sources: list[TrainingStatement], manifest: Path, seed: int) -> list[TrainingStatement]:
    """In an order drawn at random in which groups that an earlier round mostly proved come seldom, at first.

    Raises `InputError` where the manifest is not that of a round.
    """
    try:
        groups: dict[str, list[int]] = orjson.loads(manifest.read_bytes())["groups"]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"{manifest} is no manifest of a round: {error!r}") from None
    draw = random.Random(seed)

    def place(source: TrainingStatement) -> float:
        proved, tried = groups.get(source.group, [0, 0])
        weight = 1.1 - (proved + 1) / (tried + 2)
        return float(draw.random() ** (1 / weight))  # Efraimidis and Spirakis, IPL 97 (2006)

    return sorted(sources, key=place, reverse=True)


async def _policy(explorer: Explorer, model: str) -> Policy:
    if not model:
        return explorer
    choice = PolicyChoice(("ctranslate2",), preset="prover-small", model=model).complete()
    return MixedPolicy([await open_policy(choice), explorer], [0.75, 0.25])


async def _search_all(searcher: Searcher, sources: list[TrainingStatement], args: argparse.Namespace) -> None:
    waiting, end = iter(sources), time.monotonic() + 60 * args.minutes
    saved = time.monotonic()
    with _bar() as bar:
        task = bar.add_task("", total=len(sources), proved=0, steps=0)

        async def work(waiting: Iterator[TrainingStatement]) -> None:
            nonlocal saved
            while time.monotonic() < end and (source := next(waiting, None)) is not None:
                await searcher.run(source)
                proved, steps = searcher.found.outcomes["proved"], len(searcher.found.steps)
                bar.update(task, advance=1, proved=proved, steps=steps)
                if time.monotonic() - saved > 60:
                    saved = time.monotonic()
                    searcher.found.save(args.out)

        await asyncio.gather(*(work(waiting) for _ in range(args.processes)))


def _bar() -> Progress:
    return Progress(
        TextColumn("searched"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("proved {task.fields[proved]}  steps {task.fields[steps]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--statements", type=Path, action="append", required=True, metavar="FILE")
    options.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    options.add_argument(
        "--known", type=Path, action="append", default=[], metavar="FILE", help="steps of earlier rounds"
    )
    options.add_argument(
        "--before", type=Path, metavar="MANIFEST", help="of an earlier round: what it proved comes seldom"
    )
    options.add_argument("--round", type=int, default=0)
    options.add_argument("--model", default="", metavar="FOLDER", help="the model of the round before")
    options.add_argument("--lean-seconds", type=float, default=4.0, help="for one statement")
    options.add_argument("--step-seconds", type=float, default=1.5, help="for one tactic")
    options.add_argument("--expansions", type=int, default=24, help="for one statement")
    options.add_argument("--width", type=int, default=24, help="candidates of the exploration, for one state")
    options.add_argument(
        "--minutes", type=float, default=20.0, help="for the round; what is begun is finished"
    )
    options.add_argument("--processes", type=int, default=2, help="Lean processes")
    options.add_argument("--seed", type=int, default=0)
    return options


def main() -> None:
    try:
        found = asyncio.run(run_round(parser().parse_args()))
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
    console = Console()
    console.print(f"{dict(found.outcomes)}; {len(found.steps)} steps, {len(found.failed)} failed tactics")
    for group in found.groups:
        proved = found.by_group[group, True]
        console.print(f"  {group:45} {proved:5} of {found.tried(group)}", highlight=False)


if __name__ == "__main__":
    main()
