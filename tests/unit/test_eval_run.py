"""`prover eval` from the command line to the scores, on a stand-in server with recorded outputs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from math_server import Server
from math_server_stand_in import MathServerStandIn
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import ProverError
from prover.evaluate.extract import EXTRACTORS
from prover.evaluate.store import read_run
from prover.evaluate.task import load_task, task_names

GSM8K = {
    "Anna has 3 apples and buys 4. How many?": (
        "7",
        ["3 + 4 = 7. The answer is 7.", "It is 8. The answer is 8."],
    ),
    "A hall has 30 rows of 40 seats. How many seats?": (
        "1,200",
        ["The answer is 1,200 seats.", "The answer is 70."],
    ),
    "Five cost 20 dollars. What does one cost?": (
        "4",
        ["20 / 5 = 5. The answer is 5.", "The answer is $4.00."],
    ),
    "How many are left of 10 after 10?": ("0", ["None are left.", "The answer is 0.", "The answer is 0."]),
}

MATH = {
    "Compute a half plus a third.": (
        r"\frac{5}{6}",
        [r"Final Answer: The final answer is $\dfrac{10}{12}$."],
    ),
    "Solve it all.": ("1,-2", [r"So $x=-2$ or $x=1$. Final Answer: The final answer is $x=-2, x=1$."]),
    "On which interval?": ("[0,1)", [r"Final Answer: The final answer is $[0,1]$. I hope it is correct."]),
}


@pytest.fixture
def gsm8k(tmp_path: Path) -> Iterator[tuple[MathServerStandIn, Path]]:
    data = tmp_path / "gsm8k.jsonl"
    rows = [{"question": text, "answer": f"#### {answer}"} for text, (answer, _) in GSM8K.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Server({text: outputs for text, (_, outputs) in GSM8K.items()}) as server:
        yield server, data


def evaluate(*arguments: str | Path) -> Any:
    """The command's JSON record, or the error that a user would see."""
    result = CliRunner().invoke(app, ["eval", *map(str, arguments), "--json", "--quiet"])
    if isinstance(result.exception, ProverError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_gsm8k_greedy(gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path) -> None:
    server, data = gsm8k
    record = evaluate("gsm8k", "--data", data, "--server", server.url, "--run", tmp_path / "run")
    assert (record["questions"], record["accuracy"]["value"], record["majority"]) == (4, 0.5, None)
    assert record["troubles"] == {"no final answer": 1}
    for body in server.bodies:
        assert body["temperature"] == 0 and body["prompt"].count("Q:") == 9
        assert body["prompt"].endswith("\nA:")


def test_math_is_compared_by_what_answers_mean(tmp_path: Path) -> None:
    data = tmp_path / "math.jsonl"
    rows = [
        {"problem": text, "solution": rf"\boxed{{{answer}}}", "type": "Algebra", "level": f"Level {level}"}
        for level, (text, (answer, _)) in enumerate(MATH.items(), start=1)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Server({text: outputs for text, (_, outputs) in MATH.items()}) as server:
        record = evaluate("math", "--data", data, "--server", server.url, "--run", tmp_path / "run", "--chat")
    assert record["accuracy"]["value"] == pytest.approx(2 / 3)
    correct = {name: part["accuracy"]["value"] for name, part in record["parts"].items()}
    assert correct == {"Algebra": pytest.approx(2 / 3), "level 1": 1.0, "level 2": 1.0, "level 3": 0.0}
    roles = [turn["role"] for turn in server.bodies[0]["messages"]]
    assert roles == ["system", *["user", "assistant"] * 4, "user"]


def test_subjects_are_shown_as_the_data_name_them(tmp_path: Path) -> None:
    data, (text, (answer, outputs)) = tmp_path / "math.jsonl", next(iter(MATH.items()))
    row = {"problem": text, "solution": rf"\boxed{{{answer}}}", "type": "Algebra [i]", "level": "Level 1"}
    data.write_text(json.dumps(row) + "\n")
    with Server({text: outputs}) as server:
        options = ["--data", str(data), "--server", server.url, "--run", str(tmp_path / "run"), "--quiet"]
        assert "Algebra [i]" in CliRunner().invoke(app, ["eval", "math", *options]).stdout


def test_the_majority_is_counted_over_answers_and_those_without_one_do_not_vote(
    gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path
) -> None:
    server, data = gsm8k
    run = tmp_path / "run"
    record = evaluate("gsm8k", "--data", data, "--server", server.url, "--run", run, "--majority", 3)
    # 7,8,7 · 1200,70,1200 · 5,4,5 · -,0,0
    assert record["majority"]["value"] == 0.75
    assert record["accuracy"]["value"] == pytest.approx((2 + 2 + 1 + 2) / 12)
    assert record["pass_at"]["3"]["value"] == 1.0
    assert all((body["n"], body["temperature"]) == (3, 0.6) for body in server.bodies)


def test_the_report_has_the_measured_row_beside_the_published_and_says_what_is_not_measured(
    gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path
) -> None:
    server, data = gsm8k
    runs = [tmp_path / "greedy", tmp_path / "majority"]
    hostile = "<script>document.title='owned'</script>"
    options = ["gsm8k", "--data", data, "--server", server.url, "--model", hostile]
    evaluate(*options, "--run", runs[0])
    evaluate(*options, "--run", runs[1], "--majority", 3)
    result = CliRunner().invoke(
        app, ["report", *map(str, runs), "--json", "--out", str(tmp_path / "page.html")]
    )
    assert result.exit_code == 0, result.output
    tables = {table["title"]: table for table in json.loads(result.stdout)["tables"]}
    greedy = {row["name"]: row for row in tables["Problem solving, one greedy answer"]["rows"]}
    assert greedy["Llemma 7B"]["values"] == [36.4, 7.7, 37.7, 53.1, 18.0]
    assert greedy[f"{hostile}, measured here"]["values"] == [50.0, None, None, None, None]
    (made,) = greedy[f"{hostile}, measured here"]["runs"]
    assert made["command"].startswith("prover") and made["questions"] == 4
    empty = greedy["Llemma 34B, to be measured"]
    assert empty["values"] == [None] * 5 and "prover eval gsm8k" in empty["not_measured"][0]
    formal = {row["name"]: row for row in tables["Formal proofs, miniF2F"]["rows"]}
    lean, isabelle = (formal["Llemma 34B, to be measured"]["not_measured"][at] for at in (0, 3))
    assert "--data test.jsonl --lean native --preset llemma-34b " in lean
    assert "--data valid.jsonl --prover isabelle --preset llemma-7b-isabelle" in isabelle
    majority = tables["Problem solving, the answer of the majority"]["rows"]
    assert [row["values"][0] for row in majority if row["measured"]] == [75.0]
    page = (tmp_path / "page.html").read_text()
    assert "<script" not in page and "not measured" in page


def test_what_is_recorded_is_not_asked_again(gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path) -> None:
    server, data = gsm8k
    options = ["gsm8k", "--data", data, "--server", server.url, "--run", tmp_path / "run"]
    evaluate(*options)
    asked = len(server.requests)
    again = evaluate(*options, "--resume")
    assert (len(server.requests), again["accuracy"]["value"]) == (asked, 0.5)


def test_a_run_is_not_continued_with_other_options_nor_begun_twice(
    gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path
) -> None:
    server, data = gsm8k
    options = ["gsm8k", "--data", data, "--server", server.url, "--run", tmp_path / "run"]
    evaluate(*options)
    with pytest.raises(ProverError, match="holds a run already"):
        evaluate(*options)
    with pytest.raises(ProverError, match="task.shots: was 8, is 2"):
        evaluate(*options, "--resume", "--shots", "2")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gsm9k"], "unknown task"),
        (["gsm8k"], "which questions"),
        (["gsm8k", "--data", "none.jsonl"], "cannot read none.jsonl"),
        (["gsm8k", "--shots", "9"], "8 worked examples"),
        (["gsm8k", "--temperature", "0.5"], "go with --majority"),
        (["gsm8k", "--hub", "openai/gsm8k"], "give the revision"),
    ],
)
def test_wrong_input_is_told_in_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(ProverError, match=said):
        evaluate(*arguments, "--server", "http://127.0.0.1:9", "--run", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"question": "?", "answer": "1"}\n')
    with pytest.raises(ProverError, match="which model"):
        evaluate("gsm8k", "--data", tmp_path / "d.jsonl", "--run", tmp_path / "run")
    with pytest.raises(ProverError, match="answers come from one of"):
        evaluate("gsm8k", "--data", tmp_path / "d.jsonl", "--run", tmp_path / "run", "--policy", "portfolio")


PROGRAMS = {
    "What is six times seven?": ("42", ["def solution():\n    return 6 * 7\n```\n", "oops("]),
    "What is one over zero?": ("1", ["def solution():\n    return 1 / 0"]),
    "How long is for ever?": ("1", ["def solution():\n    while True:\n        pass"]),
}


def test_programs_are_run_and_their_answers_compared(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    rows = [{"question": text, "answer": f"#### {answer}"} for text, (answer, _) in PROGRAMS.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ["--data", data, "--run", tmp_path / "run", "--tool-seconds", "1", "--limits-only"]
    with Server({text: outputs for text, (_, outputs) in PROGRAMS.items()}) as server:
        record = evaluate("gsm8k-python", *options, "--server", server.url)
    assert record["accuracy"]["value"] == pytest.approx(1 / 3)
    assert record["troubles"] == {"error in the program: ZeroDivisionError": 1, "time limit": 1}


@pytest.mark.parametrize("name", task_names())
def test_every_task_has_its_shots_and_its_own_examples_are_answered_as_it_wants(name: str) -> None:
    task = load_task(name)
    shots = {"gsm8k": 8, "gsm8k-python": 8, "math-python": 5}.get(name, 4)
    prompt = task.prompt_for("THE QUESTION", shots, chat=False)
    assert len(task.examples) == shots and isinstance(prompt, str)
    assert prompt.count(task.prompt.split("{{problem}}")[0].strip()) == shots + 1
    for example in task.examples:
        if task.kind == "words":
            assert EXTRACTORS[task.answer](example.solution) is not None
            assert not any(stop in example.problem for stop in task.stop)
        else:
            compile(example.solution, name, "exec")
            assert task.result in example.solution


def test_a_run_killed_without_warning_loses_only_what_was_under_way(
    gsm8k: tuple[MathServerStandIn, Path], tmp_path: Path
) -> None:
    server, data = gsm8k
    server.fail_after, folder = 9, tmp_path / "run"
    options = ["gsm8k", "--data", data, "--server", server.url, "--run", folder, "--majority", "48"]
    command = [sys.executable, "-m", "prover", "eval", *map(str, options), "--in-flight", "1", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: len(server.requests) > 9)
    finally:
        process.kill()
        process.wait()
    _, store = read_run(folder)
    with store:
        recorded = sum(map(len, store.numbers().values()))
    assert recorded == 9 * 16
    server.fail_after, before = None, len(server.requests)
    record = evaluate(*options, "--in-flight", "1", "--resume")
    assert len(server.requests) - before == 3
    assert (record["asked"], record["samples"], record["majority"]["value"]) == (4, 48, 0.75)


def until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
