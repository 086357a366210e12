"""The published tables with rows of our own: measured ones with their commands, empty ones that say so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prover.evaluate.scores import AnswerScores, score
from prover.evaluate.store import is_answer_run, read_run
from prover.evaluate.task import load_task, task_names
from prover.runs.folder import RunFolder
from prover.runs.languages import language_of
from prover.runs.manifest import Manifest
from prover.runs.scores import Estimate, score_run

_PUBLISHED = Path(__file__).parent / "published.toml"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the page tells of it. `table` and `column` say where its figure belongs.

    samples: answers to each question, or attempts at each theorem (then `scores` is None).
    void: a false statement was proved; its figure is then in no table.
    """

    folder: str
    manifest: Manifest
    model: str
    table: str
    column: str
    estimate: Estimate
    asked: int
    questions: int
    samples: int
    scores: AnswerScores | None = None
    parts: dict[str, AnswerScores] = field(default_factory=dict)
    void: bool = False

    @property
    def command(self) -> str:
        return str(self.manifest.get("command", ""))

    @property
    def measure(self) -> str:
        """What the figure is, where each question was asked or each theorem tried more than once."""
        if self.samples == 1:
            return ""
        return f"maj@{self.samples}" if self.scores else f"pass@1 of {self.samples} attempts"

    @property
    def finished(self) -> bool:
        return self.asked == self.questions


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: figures in percent by column, None where there is none; `runs` by column.

    commands: for a row that was not measured, what would measure it.
    """

    name: str
    values: tuple[float | None, ...]
    measured: bool = False
    runs: tuple[Run | None, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Published rows, then ours."""

    key: str
    title: str
    columns: tuple[str, ...]
    source: str
    note: str
    rows: tuple[Row, ...]


def read_runs(folders: Iterable[Path]) -> list[Run]:
    """Raises `InputError` for a folder that is no run."""
    return [_answers(folder) if is_answer_run(folder) else _theorems(folder) for folder in folders]


def tables(runs: Sequence[Run]) -> list[Table]:
    """Every published table; rows of ours stand below, one for each model."""
    published = tomllib.loads(_PUBLISHED.read_text(encoding="utf-8"))
    found = []
    for table in published["tables"]:
        columns = tuple(table["columns"])
        rows = [_published(row) for row in table["rows"]]
        ours = [run for run in runs if run.table == table["key"] and run.column in columns and not run.void]
        rows += [_measured(model, columns, ours) for model in dict.fromkeys(run.model for run in ours)]
        rows += [
            _missing(one, table["key"], columns)
            for one in published["expected"]
            if not any(re.search(one["pattern"], run.model, re.IGNORECASE) for run in ours)
        ]
        found.append(
            Table(table["key"], table["title"], columns, table["source"], table["note"], tuple(rows))
        )
    return found


def tables_record(runs: Sequence[Run]) -> dict[str, Any]:
    """The page's content as JSON has it."""
    return {
        "tables": [
            {
                "title": table.title,
                "columns": table.columns,
                "source": table.source,
                "rows": [_row_record(row) for row in table.rows],
            }
            for table in tables(runs)
        ],
        "runs": [_run_record(run) for run in runs],
    }


def _run_record(run: Run) -> dict[str, Any]:
    return {
        "folder": run.folder,
        "model": run.model,
        "benchmark": run.column,
        "command": run.command,
        "questions": run.asked,
        "samples": run.samples,
        **asdict(run.estimate),
    }


def _row_record(row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"name": row.name, "values": row.values, "measured": row.measured}
    if row.measured:
        record["runs"] = [_run_record(run) for run in row.runs if run is not None]
    elif row.commands:
        record["not_measured"] = row.commands
    return record


def _answers(folder: Path) -> Run:
    manifest, store = read_run(folder)
    samples = int(manifest["samples"])
    with store:
        whole, parts = score(store, samples)
    table, column = _place(manifest, samples)
    estimate = (whole.majority or Estimate(0.0, 0.0, 1.0, 0)) if samples > 1 else whole.accuracy
    counts = whole.asked, whole.questions, samples
    return Run(str(folder), manifest, _model(manifest), table, column, estimate, *counts, whole, parts)


def _place(manifest: Manifest, samples: int) -> tuple[str, str]:
    """Table and column of a run of answers; of a measure that no table has, only a name."""
    if (harness := manifest.get("harness")) is not None:
        return "greedy" if harness["column"] else "", harness["column"] or manifest["benchmark"]
    task = load_task(manifest["benchmark"])
    single, several = ("tool", "") if task.kind == "program" else ("greedy", "majority")
    table = single if samples == 1 else several
    return table, task.benchmark


def _theorems(folder: Path) -> Run:
    """A run of `prover bench`: pass@1 on miniF2F, in the column of its split."""
    with RunFolder(folder) as run:
        scores, totals = score_run(run), run.totals()
        manifest = run.manifest
        splits = [row[0] for row in run.query("SELECT DISTINCT split FROM theorems WHERE canary = ''")]
    split = splits[0] if len(splits) == 1 else ""
    prover = "Isabelle" if language_of(manifest).name == "isabelle" else "Lean 4"
    estimate = scores.pass_at.get(1, Estimate(0.0, 0.0, 1.0, 0))
    planned = max(scores.problems, int(manifest.get("statements", {}).get("count", 0)))
    attempts = int(manifest.get("attempts", 1))
    asked = planned if totals.done == totals.attempts else scores.problems
    return Run(
        str(folder),
        manifest,
        _model(manifest),
        "formal",
        f"{prover}, {split or 'of no single split'}",
        estimate,
        asked,
        planned,
        attempts,
        void=totals.proved_canaries > 0,
    )


def _model(manifest: Manifest) -> str:
    policy = manifest.get("policy", {})
    model = policy.get("model") or {}
    name = str(model.get("name") or policy.get("server") or "+".join(policy.get("names", [])) or "a model")
    harness = manifest.get("harness")
    return f"{name} by lm-evaluation-harness {harness['version']}" if harness else name


def _published(row: dict[str, Any]) -> Row:
    return Row(row["name"], tuple(None if value == "" else float(value) for value in row["values"]))


def _measured(model: str, columns: Sequence[str], runs: Sequence[Run]) -> Row:
    """Of several runs of one model on one benchmark the last named counts."""
    by_column = {run.column: run for run in runs if run.model == model}
    chosen = tuple(by_column.get(column) for column in columns)
    values = tuple(100 * run.estimate.value if run and run.estimate.problems else None for run in chosen)
    return Row(f"{model}, measured here", values, True, chosen)


def _missing(expected: dict[str, str], key: str, columns: Sequence[str]) -> Row:
    commands = tuple(_command(column, key, expected) for column in columns)
    return Row(f"{expected['name']}, to be measured", (None,) * len(columns), commands=commands)


def _command(column: str, key: str, expected: dict[str, str]) -> str:
    """What measures that column of that table with the expected model."""
    preset = expected["preset"]
    if key == "formal":
        prover, split = column.split(", ")
        if prover == "Isabelle":
            how = f"--prover isabelle --preset {expected['isabelle']} --model {expected['model']}"
        else:
            how = f"--lean native --preset {preset}"
        run = f"runs/{preset}-{prover.split()[0].lower()}-{split}"
        return f"prover bench minif2f --data {split}.jsonl {how} --run {run}"
    task = next(load_task(name) for name in task_names() if load_task(name).benchmark == column)
    majority = f" --majority {task.majority.k}" if key == "majority" else ""
    return (
        f"prover eval {task.name} --data {task.name}.jsonl --preset {preset}{majority} --run runs/{task.name}"
    )
