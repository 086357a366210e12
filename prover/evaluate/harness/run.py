"""Tasks of lm-evaluation-harness as a run of ours: resumable, and read by `report` and `overlap`."""

from __future__ import annotations

import difflib
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import orjson
from rich.console import Console

from prover.errors import InputError, SetupError
from prover.evaluate.questions import Question
from prover.evaluate.store import AnswerStore, Sample
from prover.runs.folder import locked
from prover.runs.manifest import Manifest, begun, go_on, write_atomically, write_manifest
from prover.runs.store import DATABASE

RESULTS = "harness.json"
"""What the harness itself says of the run: every metric by every filter, versions, configurations."""

_RESPONSES = "responses.sqlite"

_QUESTIONS = ("problem", "question")
"""Fields of a task's row that have the question alone; elsewhere the whole prompt is kept."""

_NUMBER = int | float | numpy.number | numpy.bool_

COLUMNS = {
    "gsm8k": "GSM8k",
    "gsm8k_cot": "GSM8k",
    "minerva_math": "MATH",
    "mmlu_stem": "MMLU-STEM",
    "mmlu_flan_cot_fewshot_stem": "MMLU-STEM",
}
"""Tasks and groups that measure a whole benchmark of LLEMMA's tables, and the column there."""


@dataclass(frozen=True, slots=True)
class HarnessRequest:
    """What is to be run. model: the arguments of `HarnessModel`. include: a folder with more tasks."""

    manifest: Manifest
    tasks: tuple[str, ...]
    model: Mapping[str, Any]
    include: Path | None = None
    limit: int | None = None
    shots: int | None = None


def run_harness(folder: Path, request: HarnessRequest, resume: bool, console: Console) -> None:
    """Begin the run or go on with it, to its end: greedy answers that are recorded are not asked again.

    Raises `InputError`, `SetupError`, `ModelError`.
    """
    goes_on = begun(folder, resume)
    if goes_on:
        go_on(folder, request.manifest, console)
    manager = task_manager(request)
    with locked(folder):
        if not goes_on:
            _keep(folder, [])
            write_manifest(folder, request.manifest)
        results = _evaluate(folder, request, manager, console)
        kept = {key: value for key, value in results.items() if key != "samples"}
        write_atomically(folder / RESULTS, _json(kept))
        answered, unread = answers(results)
        _keep(folder, answered)
    if unread:
        console.print(f"{', '.join(unread)}: no metric says which answers are right; all are in {RESULTS}")


def _json(results: Mapping[str, Any]) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(results, default=str, option=options)


def task_manager(request: HarnessRequest) -> Any:
    """The harness's tasks, and those of the user's folder. Raises `InputError` for unknown ones."""
    from lm_eval.tasks import TaskManager

    if request.include is not None and not request.include.is_dir():
        raise InputError(f"--include {request.include}: no such folder")
    manager = TaskManager(include_path=None if request.include is None else str(request.include))
    for name in request.tasks:
        if name not in manager.all_tasks:
            near = difflib.get_close_matches(name, manager.all_tasks, n=3) or ["`lm_eval ls tasks` lists all"]
            raise InputError(f"lm-evaluation-harness has no task {name!r}; near: {', '.join(near)}")
    return manager


def _evaluate(folder: Path, request: HarnessRequest, manager: Any, console: Console) -> dict[str, Any]:
    """As `lm_eval.simple_evaluate` does, which also writes down what the machine has installed."""
    from lm_eval import evaluate
    from lm_eval.api.model import CachingLM

    from prover.evaluate.harness.model import HarnessModel

    with _told(request):
        loaded = _loaded(request, manager)
    model = HarnessModel(**request.model)
    try:
        # The harness tells of some of its metrics on stdout, where our record is to stand alone.
        with _told(request), redirect_stdout(sys.stderr):
            found = evaluate(CachingLM(model, str(folder / _RESPONSES)), loaded, limit=request.limit)
    finally:
        model.close()
    if model.too_long:
        console.print(f"{model.too_long} prompts were too long for the model, and count as wrong")
    assert isinstance(found, dict)
    return found


def _loaded(request: HarnessRequest, manager: Any) -> Any:
    """The tasks with their data, prepared as the harness does: its seeds, and no examples by default."""
    import datasets
    from lm_eval.defaults import DEFAULT_OTHER_SEED, DEFAULT_RANDOM_SEED

    datasets.disable_progress_bars()
    random.seed(DEFAULT_RANDOM_SEED)
    numpy.random.seed(DEFAULT_OTHER_SEED)
    loaded = manager.load(list(request.tasks))
    for task in loaded["tasks"].values():
        own = task.get_config("num_fewshot")
        if own is None or (request.shots is not None and own != 0):
            task.set_config(key="num_fewshot", value=request.shots or 0)
        task.set_fewshot_seed(seed=DEFAULT_OTHER_SEED)
    return loaded


@contextmanager
def _told(request: HarnessRequest) -> Iterator[None]:
    """What goes wrong in a task, its data out of reach above all, in one line."""
    try:
        yield
    except (OSError, ValueError, LookupError, ImportError, RuntimeError) as error:
        raise SetupError(f"{', '.join(request.tasks)}: {type(error).__name__}: {error}") from error


def _keep(folder: Path, answered: Sequence[tuple[Question, Sample]]) -> None:
    """All answers at once, in place of what was there."""
    for leftover in folder.glob(f"{DATABASE}*"):
        leftover.unlink()
    with AnswerStore(folder) as store:
        store.create([question for question, _ in answered])
        for key, (_, sample) in enumerate(answered, start=1):
            store.record(key, [sample])


def answers(results: Mapping[str, Any]) -> tuple[list[tuple[Question, Sample]], list[str]]:
    """Every question with its answer by the task's first filter, correct by its first metric that can tell.

    And the tasks that have no such metric, whose questions are left out.
    """
    found, unread = [], []
    for task, rows in results["samples"].items():
        read = [row for row in rows if row["filter"] == rows[0]["filter"]]
        better = results["higher_is_better"].get(task) or {}
        metric = next((one for one in _metrics(results["configs"][task], read) if better.get(one, True)), "")
        found += [_answer(task, row, metric) for row in read if metric in row]
        if not metric:
            unread.append(task)
    return found, unread


def _metrics(config: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Those that are a number from 0 to 1 of each question, and no text that is scored with all others."""
    named = [str(one["metric"]) for one in config.get("metric_list") or ()]
    for name in dict.fromkeys((*named, *(one for row in rows for one in row["metrics"]))):
        values = [row[name] for row in rows if name in row]
        if values and all(isinstance(one, _NUMBER) and 0 <= one <= 1 for one in values):
            yield name


def _answer(task: str, row: Mapping[str, Any], metric: str) -> tuple[Question, Sample]:
    asked = next((row["doc"][field] for field in _QUESTIONS if field in row["doc"]), row["arguments"][0][0])
    question = Question(f"{task}/{row['doc_id']}", str(asked), str(row["target"]), subject=task)
    answer = _answer_of(row["filtered_resps"])
    text = str(_first(row["resps"])) if isinstance(row["filtered_resps"][0], str) else ""
    return question, Sample(0, text, 0, False, answer, float(row[metric]) >= 1)


def _answer_of(responses: Sequence[Any]) -> str:
    """What was read from the answer; of choices that were scored, the number of the likeliest, from 0."""
    if len(responses) > 1 and all(isinstance(one, list | tuple) for one in responses):
        return str(max(range(len(responses)), key=lambda place: responses[place][0]))
    return str(_first(responses))


def _first(value: Any) -> Any:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return value
