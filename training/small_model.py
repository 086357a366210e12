"""Makes the small model that ships, from nothing but the embedded Lean: all stages, each in its own folder.

python -m training.small_model --out work [--minif2f valid.jsonl] [--rounds 2] [--minutes 15]
        [--training-minutes 12] [--dry-run]

library → generated → round 0 (exploration) → tokenizer, model 0 → round 1 → model 1 → … → costs, chances
A stage whose result is there is passed over, so a run that was stopped goes on. The last model is in
`work/model`, as a Hugging Face folder.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from prover.policy.chances import CHANCES
from prover.policy.costs import COSTS


@dataclass(frozen=True, slots=True)
class Stage:
    """A command of `training` and the file by which it is seen to be done."""

    result: Path
    module: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", f"training.{self.module}", *self.arguments]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is made. minutes: of search in each round, and of training for each model."""

    out: Path
    minif2f: tuple[Path, ...] = ()
    rounds: int = 2
    generated: int = 14_000
    minutes: float = 15.0
    training_minutes: float = 12.0
    vocabulary: int = 1024
    seed: int = 0

    def stages(self) -> Iterator[Stage]:
        """In order; each needs what those before it made."""
        benchmarks = [str(path) for path in self.minif2f]
        library, generated = self.out / "library.jsonl.zst", self.out / "generated.jsonl.zst"
        yield Stage(library, "library", ("--out", str(library), *_option("--minif2f", benchmarks)))
        count = ("--count", str(self.generated), "--seed", str(self.seed))
        yield Stage(
            generated, "generated", (*count, "--out", str(generated), *_option("--minif2f", benchmarks))
        )
        statements = ("--statements", str(library), "--statements", str(generated))
        for number in range(self.rounds + 1):
            yield self._search(number, statements)
            yield from self._training(number, (library, generated))
        rounds = [str(self._round(number)) for number in range(self.rounds + 1)]
        model = self._model(self.rounds)
        attempts = [word for folder in rounds for word in ("--attempts", folder)]
        yield Stage(model / COSTS, "costs", (*attempts, "--out", str(model)))
        yield Stage(model / CHANCES, "chances", (*attempts, "--out", str(model)))

    def _search(self, number: int, statements: Sequence[str]) -> Stage:
        folder = self._round(number)
        options = ("--out", str(folder), "--round", str(number), "--minutes", str(self.minutes))
        model = ("--model", str(self._model(number - 1))) if number else ()
        known = [self._round(n) / "steps.jsonl.zst" for n in range(number)]
        seed = [word for path in known for word in ("--known", str(path))] + ["--seed", str(self.seed)]
        if number:
            seed += ["--before", str(self._round(number - 1) / "manifest.json")]
        return Stage(folder / "manifest.json", "expert_iteration", (*statements, *options, *model, *seed))

    def _training(self, number: int, texts: Sequence[Path]) -> Iterator[Stage]:
        steps = [self._round(n) / "steps.jsonl.zst" for n in range(number + 1)]
        data, tokenizer = self.out / f"train{number}.jsonl.zst", self.out / "tokenizer"
        given = [word for path in steps for word in ("--steps", str(path))]
        yield Stage(data, "prepare", (*given, "--out", str(data), "--seed", str(self.seed)))
        if not number:
            files = ("--data", str(data), *map(str, texts))
            size = ("--vocabulary", str(self.vocabulary))
            yield Stage(tokenizer / "tokenizer.json", "tokenizer", (*files, *size, "--out", str(tokenizer)))
        model = self._model(number)
        yield Stage(
            model / "model.safetensors",
            "finetune",
            ("--data", str(data), "--tokenizer", str(tokenizer), "--out", str(model))
            + ("--minutes", str(self.training_minutes), "--seed", str(self.seed)),
        )

    def _round(self, number: int) -> Path:
        return self.out / f"round{number}"

    def _model(self, number: int) -> Path:
        return self.out / ("model" if number == self.rounds else f"model{number}")


def _resuming(stage: Stage) -> list[str]:
    """What makes a training that was stopped go on."""
    from training.checkpoint import CHECKPOINT  # brings torch, which takes seconds

    return ["--resume"] if (stage.result.parent / CHECKPOINT).exists() else []


def _option(name: str, values: Sequence[str]) -> tuple[str, ...]:
    return (name, *values) if values else ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages that are still to be done; returns the exit code of the first that fails, else 0."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    times = options.minutes, options.training_minutes
    plan = Plan(options.out, tuple(options.minif2f), options.rounds, options.generated, *times)
    for stage in plan.stages():
        line = shlex.join(stage.command)
        if stage.result.exists():
            console.print(f"done: {line}", style="dim", highlight=False, markup=False, soft_wrap=True)
            continue
        console.print(line, highlight=False, markup=False, soft_wrap=True)
        if options.dry_run:
            continue
        code = subprocess.run([*stage.command, *_resuming(stage)]).returncode
        if code:
            return code
    return 0


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m training.small_model",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    options.add_argument("--minif2f", type=Path, nargs="+", default=[], help="benchmarks to keep clear of")
    options.add_argument("--rounds", type=int, default=2, help="of expert iteration, after the first")
    options.add_argument("--generated", type=int, default=14_000, help="generated statements")
    options.add_argument("--minutes", type=float, default=15.0, help="of search, in each round")
    options.add_argument("--training-minutes", type=float, default=12.0, help="of training, for each model")
    options.add_argument("--dry-run", action="store_true", help="only print the commands")
    return options


if __name__ == "__main__":
    sys.exit(main())
