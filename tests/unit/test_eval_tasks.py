"""Every task of `prover eval` from its data's own layout to the report, through a stop and a resumption."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from math_server import Server
from report_runs import CANARY, DECEIVING, PROVED, UNPROVED, make_run
from typer.testing import CliRunner

from prover.cli import app
from prover.evaluate.grade import same_course_number
from prover.evaluate.program.tool import PythonTool
from prover.evaluate.questions import Question
from prover.evaluate.store import MEASURE, AnswerStore, Sample, Vote
from prover.evaluate.task import task_names
from prover.runs.manifest import write_manifest
from prover.runs.records import Theorem
from prover.types import Statement

MATH = [
    {"problem": "Half of 3?", "solution": r"So \boxed{\frac32}.", "type": "Algebra", "level": "Level 1"},
    {"problem": "Roots of x^2=4?", "solution": r"\boxed{2,-2}", "type": "Algebra", "level": "Level 2"},
]
GSM8K = [
    {"question": "Ann has 600 and gets 600. How many?", "answer": "600+600=<<600+600=1200>>1200\n#### 1,200"},
    {"question": "Ben has 5 and loses 2. How many?", "answer": "5-2=3\n#### 3"},
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "math": MATH,
    "math-python": MATH,
    "gsm8k": GSM8K,
    "gsm8k-python": GSM8K,
    "ocw": [
        {"problem": "A photon's energy?", "solution": r"$E = \boxed{3.98e-19}$"},
        {"problem": "How fast?", "answer": "9.81"},
    ],
    "mmlu-stem": [
        {"question": "1+1?", "subject": "abstract_algebra", "choices": ["1", "2", "3", "4"], "answer": 1},
        {"question": "2+2?", "subject": "high_school_physics", "choices": ["4", "5", "6", "7"], "answer": 0},
        {"question": "Who?", "subject": "philosophy", "choices": ["a", "b", "c", "d"], "answer": 0},
    ],
    "sat": [
        {"question": "3x = 6?", "options": ["1", "2", "3", "4"], "answer": "B", "id": "1"},
        {"question": "4x = 4?", "options": ["1", "2", "3", "4"], "answer": "A", "id": "2"},
    ],
}

SAID = {
    "math": [r"Final Answer: The final answer is $1.5$.", r"The final answer is $\pm 3$."],
    "math-python": [
        "from sympy import Rational\nanswer = Rational(3, 2)\n```",
        "from sympy import Symbol, solve\nanswer = solve(Symbol('x')**2 - 9)\n```",
    ],
    "gsm8k": ["600 + 600. The answer is 1,200.", "The answer is 2."],
    "gsm8k-python": ["def solution():\n    return 600 * 2\n```", "def solution():\n    return 5 + 2\n```"],
    "ocw": [r"The final answer is $3.99 \times 10^{-19}$.", "The final answer is $9.8$."],
    "mmlu-stem": ["The answer is (B).", "The answer is (C)."],
    "sat": ["Final Answer: The final answer is B.", "The answer is C."],
}
"""What the model says to the first question, which is right, and to the second, which is wrong."""


@pytest.mark.parametrize("task", task_names())
def test_a_task_is_stopped_gone_on_with_and_reported(task: str, tmp_path: Path) -> None:
    data, run = tmp_path / "data.jsonl", tmp_path / "run"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS[task]))
    asked = [str(row.get("problem") or row["question"]) for row in ROWS[task]]
    with Server(dict(zip(asked, ([text] for text in SAID[task]), strict=False)), fail_after=1) as server:
        options = [task, "--data", data, "--server", server.url, "--run", run, "--in-flight", 1, "-q"]
        more = ["--limits-only"] if "python" in task else []
        threading.Thread(target=stop_when, args=[lambda: len(server.requests) > 1], daemon=True).start()
        stopped = CliRunner().invoke(app, ["eval", *map(str, options), *more])
        assert stopped.exit_code == 130
        server.fail_after, before = None, len(server.requests)
        ended = CliRunner().invoke(app, ["eval", *map(str, options), *more, "--resume", "--json"])
        assert ended.exit_code == 0, (ended.output, ended.exception)
        assert len(server.requests) == before + 1, "what was answered is not asked again"
    record = json.loads(ended.stdout)
    assert (record["asked"], record["accuracy"]["value"]) == (2, 0.5)
    (told,) = json.loads(CliRunner().invoke(app, ["report", str(run), "--json"]).stdout)["runs"]
    assert (told["questions"], told["value"]) == (2, 0.5)


async def test_a_program_that_computes_with_floats_gives_the_number_without_their_last_digits() -> None:
    tool = PythonTool(limits_only=True, confinement="limits")
    program = "answer = [100 * 1.1, 0.1 + 0.2, -1 / 3, 1e-9 / 3, 2.0, 2.5e20]"
    found = "110, 0.3, -0.333333333333, 3.33333333333e-10, 2, 2.5e+20"
    assert await tool.run(program, "answer") == (found, "")


def test_runs_of_proofs_stand_in_the_column_of_their_prover_and_split_and_void_ones_in_none(
    tmp_path: Path,
) -> None:
    test = Theorem("mathd_algebra_1", Statement("mathd_algebra_1", "x : ℕ ⊢ p ∧ q"), "test")
    make_run(tmp_path / "lean", [PROVED, UNPROVED, CANARY], attempts=3)
    make_run(tmp_path / "isabelle", [test], isabelle={"version": "2025"})
    make_run(tmp_path / "void", [PROVED, DECEIVING])
    pages = tmp_path / "page.html"
    folders = [str(tmp_path / name) for name in ("lean", "isabelle", "void")]
    found = CliRunner().invoke(app, ["report", *folders, "--json", "--out", str(pages)])
    assert found.exit_code == 0, (found.output, found.exception)
    tables = {table["title"]: table for table in json.loads(found.stdout)["tables"]}
    (row,) = [row for row in tables["Formal proofs, miniF2F"]["rows"] if row["measured"]]
    values = dict(zip(tables["Formal proofs, miniF2F"]["columns"], row["values"], strict=True))
    assert (values["Lean 4, valid"], values["Isabelle, test"], values["Lean 4, test"]) == (50.0, 100.0, None)
    assert [run["samples"] for run in row["runs"]] == [3, 1]
    page = pages.read_text()
    assert f"{folders[2]} is void" in page and "pass@1 of 3 attempts" in page and "maj@" not in page


def test_the_majority_of_several_programs_is_told_but_is_no_figure_of_one_greedy_program(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with AnswerStore(folder) as store:
        store.create([Question("one", "Six times seven?", "42")])
        store.record(1, [Sample(number, "", 1, False, "42", True) for number in range(3)])
        store.vote(1, Vote("42", True, 3, 3))
    write_manifest(folder, {"schema": 1, "measure": MEASURE, "benchmark": "gsm8k-python", "samples": 3})
    page = tmp_path / "page.html"
    found = CliRunner().invoke(app, ["report", str(folder), "--json", "--out", str(page)])
    assert found.exit_code == 0, (found.output, found.exception)
    record = json.loads(found.stdout)
    assert not any(row["measured"] for table in record["tables"] for row in table["rows"])
    assert [(run["samples"], run["value"]) for run in record["runs"]] == [(3, 1.0)]
    assert "maj@3" in page.read_text()


def stop_when(condition: Callable[[], bool]) -> None:
    """Press Control-C once the condition holds."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.02)
        if condition():
            os.kill(os.getpid(), signal.SIGINT)
            return


@pytest.mark.parametrize(
    ("reference", "answer", "equal"),
    [
        ("9.81", "9.81005", True),
        ("9.81", "9.8", False),
        ("1000000", "1000009", True),
        ("3.98e-19", "4.0e-19", True),
        ("3.98e-19", "4.1e-19", False),
        ("0", "0.0", True),
        ("0", "1e-9", False),
        ("-2e-9", "-2e-9", True),
        ("-2e-9", "2e-9", False),
        ("5", "-5", False),
    ],
)
def test_numbers_of_the_courses_are_compared_by_the_published_rule(
    reference: str, answer: str, equal: bool
) -> None:
    assert same_course_number(Decimal(reference), Decimal(answer)) is equal
