"""`prover eval`: mathematics in words, with and without a Python tool, as a run that can be resumed."""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import util
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from prover.cli.bench import say_stopped
from prover.cli.choices import JsonOutput, ModelName, PresetName, Quiet, ServerUrl
from prover.errors import InputError, SetupError
from prover.evaluate.answers.checker import INSTALL
from prover.evaluate.grade import Programs
from prover.evaluate.program.tool import PythonTool, ToolLimits
from prover.evaluate.questions import Question, Source, open_file, open_hub, read_questions
from prover.evaluate.run import Request, Settings, run
from prover.evaluate.scores import AnswerScores, score, score_record
from prover.evaluate.store import MEASURE, read_run
from prover.evaluate.task import Task, load_task, task_names
from prover.policy.engine import Engine, Sampling
from prover.policy.preset import load_preset
from prover.policy.registry import ENGINES, SMALL, PolicyChoice, one_model, open_engine
from prover.runs import identify
from prover.runs.manifest import SCHEMA_VERSION, Manifest
from prover.runs.run import Stopped
from prover.runs.scores import Estimate
from prover.sandbox import sealed_here

EXAMPLES = """
Measure a model on mathematics in words, or with a Python tool: math-python, gsm8k-python.

    prover eval gsm8k --data gsm8k_test.jsonl --server http://localhost:8000 --run runs/gsm8k

    prover eval gsm8k --data gsm8k_test.jsonl --server http://localhost:8000 --run runs/gsm8k --resume

    prover eval math --data math_test.jsonl --preset llemma-7b --run runs/math-maj --majority 256

    prover eval gsm8k --hub openai/gsm8k:main@COMMIT --policy vllm --model llemma_7b/ --run runs/gsm8k

    prover eval math-python --data math_test.jsonl --preset llemma-7b --run runs/math-python

The prompt is few-shot, the answer greedy; `--majority K` draws K answers and counts the one that most give.
It may be killed at any time. Then: prover report runs/gsm8k runs/math-maj. Exit codes: 0 the run is complete,
2 bad input, 3 something is missing on this machine, or the model gives no answer, 130 stopped by you.
"""

TaskName = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help=f"One of {', '.join(task_names())}.",
        autocompletion=lambda incomplete: [name for name in task_names() if name.startswith(incomplete)],
    ),
]


def evaluate(
    task: TaskName,
    run_folder: Annotated[Path, typer.Option("--run", help="The run's folder; made if it is not there.")],
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file with the questions.")] = None,
    hub: Annotated[
        str, typer.Option(help="A data set on the hub, with its commit: DATASET[:CONFIG]@REVISION.")
    ] = "",
    split: Annotated[str, typer.Option(help="The hub's split.")] = "test",
    limit: Annotated[int | None, typer.Option(help="Only the first so many questions.", min=1)] = None,
    majority: Annotated[
        int | None, typer.Option(help="Draw so many answers to each question, and count votes.", min=2)
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="With --majority. Default: the task's.", min=0.01)
    ] = None,
    top_p: Annotated[float | None, typer.Option(help="With --majority. Default: the task's.")] = None,
    shots: Annotated[int | None, typer.Option(help="Worked examples. Default: the task's.", min=0)] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Of one answer. Default: the task's.", min=1)] = None,
    chat: Annotated[bool, typer.Option("--chat", help="Prompt as a conversation.")] = False,
    seed: Annotated[int, typer.Option(help="Of the sampling.")] = 0,
    in_flight: Annotated[int, typer.Option(help="Requests at a time.", min=1)] = 64,
    tool_seconds: Annotated[float, typer.Option(help="Time limit of one program.", min=0.5)] = 5.0,
    limits_only: Annotated[
        bool,
        typer.Option("--limits-only", help="Run programs without bubblewrap, under resource limits alone."),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in this folder.")] = False,
    policy: Annotated[str, typer.Option(help=f"The runtime: {', '.join((*ENGINES, SMALL))}.")] = "",
    preset: PresetName = "",
    model: ModelName = "",
    server: ServerUrl = "",
    json: JsonOutput = False,
    quiet: Quiet = False,
) -> None:
    console = Console(stderr=True, highlight=False, quiet=quiet)
    chosen = load_task(task)
    _require_packages()
    sampling = _sampling(chosen, majority, temperature, top_p, max_tokens)
    settings = Settings(chosen, _shots(chosen, shots), sampling, majority or 1, chat, in_flight, seed)
    if chosen.kind == "program":
        PythonTool(limits_only=limits_only)  # Raises before anything is asked.
    choice = one_model(policy, preset, model, server)
    options = _Options(settings, _source(data, hub, split), limit, choice, tool_seconds, limits_only)
    try:
        run(run_folder, options.request(), resume, console)
    except Stopped:
        say_stopped()
    summary(run_folder, json)


evaluate.__doc__ = EXAMPLES


@dataclass(frozen=True, slots=True)
class _Options:
    settings: Settings
    source: Source
    limit: int | None
    choice: PolicyChoice
    tool_seconds: float
    limits_only: bool

    def questions(self) -> list[Question]:
        found = read_questions(self.source, self.settings.task.layout, self.settings.task.subjects)
        return [one for _, one in zip(range(self.limit or sys.maxsize), found, strict=False)]

    def request(self) -> Request:
        questions = self.questions()
        return Request(
            manifest=_manifest(self, questions),
            questions=lambda: iter(questions),
            settings=self.settings,
            engine=self._opener(),
            tool=self._tool(),
        )

    def _opener(self) -> Callable[[], Awaitable[Engine]]:
        return partial(open_engine, self.choice.names[0], self.choice, load_preset(self.choice.preset))

    def _tool(self) -> Callable[[], Programs] | None:
        if self.settings.task.kind != "program":
            return None
        return lambda: PythonTool(ToolLimits(seconds=self.tool_seconds), limits_only=self.limits_only)


def _require_packages() -> None:
    if util.find_spec("math_verify") is None or util.find_spec("sympy") is None:
        raise SetupError(INSTALL)


def _shots(task: Task, shots: int | None) -> int:
    if shots is not None and shots > len(task.examples):
        raise InputError(f"--shots {shots}: {task.name} has {len(task.examples)} worked examples")
    return len(task.examples) if shots is None else shots


def _sampling(
    task: Task, majority: int | None, temperature: float | None, top_p: float | None, max_tokens: int | None
) -> Sampling:
    greedy = Sampling(temperature=0.0, max_tokens=max_tokens or task.max_tokens, stop=task.stop)
    if majority is None:
        if temperature is not None or top_p is not None:
            raise InputError("--temperature and --top-p go with --majority K: a single answer is greedy")
        return greedy
    like = task.majority
    return replace(
        greedy,
        temperature=like.temperature if temperature is None else temperature,
        top_p=like.top_p if top_p is None else top_p,
    )


def _source(data: Path | None, hub: str, split: str) -> Source:
    if (data is None) == (not hub):
        raise InputError("which questions? either --data FILE or --hub DATASET@REVISION")
    return open_file(data) if data is not None else open_hub(hub, split)


def _manifest(options: _Options, questions: list[Question]) -> Manifest:
    settings, choice = options.settings, options.choice
    found = identify.policy_identity(choice)
    return {
        "schema": SCHEMA_VERSION,
        "measure": MEASURE,
        "benchmark": settings.task.name,
        "prover": identify.prover_version(),
        "data": dict(options.source.identity),
        "questions": _questions_identity(questions),
        "task": settings.task.identity(settings.shots),
        "sampling": asdict(settings.sampling) | {"seed": settings.seed},
        "samples": settings.samples,
        "chat": settings.chat,
        "tool": _tool_identity(options),
        "policy": {key: found[key] for key in ("names", "engine", "server", "model")},
        "machine": identify.machine_identity() | {"in_flight": settings.in_flight},
        "git": identify.git_revision(),
        "command": shlex.join(["prover", *(one for one in sys.argv[1:] if one != "--resume")]),
    }


def _tool_identity(options: _Options) -> dict[str, Any] | None:
    if options.settings.task.kind != "program":
        return None
    return {"seconds": options.tool_seconds, "confinement": sealed_here()}


def _questions_identity(questions: list[Question]) -> dict[str, Any]:
    digest = hashlib.sha256("".join(f"{one.name}\0{one.sha256}\n" for one in questions).encode()).hexdigest()
    return {"count": len(questions), "sha256": digest}


def summary(folder: Path, json: bool) -> None:
    """Print what the run came to."""
    manifest, store = read_run(folder)
    with store:
        whole, parts = score(store, manifest["samples"])
    if json:
        record = {"run": str(folder), "benchmark": manifest["benchmark"]} | score_record(whole)
        record["parts"] = {name: score_record(one) for name, one in parts.items()}
        typer.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    console.print(_table(manifest, whole, parts))
    if whole.troubles:
        told = ", ".join(f"{reason} {count}" for reason, count in whole.troubles.items())
        console.print(f"without a counted answer: {told}")
    console.print(f"everything is in {folder}; a page: prover report {folder}")


def _table(manifest: Manifest, whole: AnswerScores, parts: dict[str, AnswerScores]) -> Table:
    single = "greedy" if whole.samples == 1 else "one sample"
    table = Table(
        "", "questions", f"{single} (95 %)", *([f"maj@{whole.samples} (95 %)"] if whole.majority else [])
    )
    for name, one in {str(manifest["benchmark"]): whole, **parts}.items():
        shares = [_share(one.accuracy), *([_share(one.majority)] if whole.majority else [])]
        table.add_row(name, str(one.asked), *shares)
    return table


def _share(estimate: Estimate | None) -> str:
    if estimate is None or not estimate.problems:
        return ""
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
