"""Tasks of lm-evaluation-harness, the real one, with our models: from a YAML to a run and its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from math_server import Server
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import ProverError
from prover.evaluate.harness.run import answers

QUESTIONS = {
    "Anna has 3 apples and buys 4. How many?": ("7", ["3 + 4 = 7. The answer is 7."]),
    "How many seats are 30 rows of 40?": ("1200", ["The answer is 1,200.\n\nQ: And"]),
    "What does one cost, if five cost 20?": ("4", ["It is 5. The answer is 5."]),
}

SHOTS = [{"question": "How many are 2 rows of 3?", "answer": "2 * 3 = 6. The answer is 6."}]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """A folder with two tasks over a local file: one that generates, one that compares likelihoods."""
    data = tmp_path / "questions.jsonl"
    rows = [{"question": text, "answer": answer} for text, (answer, _) in QUESTIONS.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    shared: dict[str, Any] = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "doc_to_text": "Q: {{question}}\nA:",
        "fewshot_config": {"sampler": "first_n", "samples": SHOTS},
    }
    said = {"function": "regex", "regex_pattern": r"The answer is (-?[0-9.,]+)\."}
    write_task(
        tmp_path / "tasks" / "sums.yaml",
        shared,
        task="sums",
        output_type="generate_until",
        doc_to_target="{{answer}}",
        num_fewshot=1,
        generation_kwargs={"until": ["Q:"], "do_sample": False, "max_gen_toks": 32},
        filter_list=[{"name": "said", "filter": [said, {"function": "take_first"}]}],
        metric_list=[{"metric": "exact_match", "regexes_to_ignore": [","]}],
    )
    write_task(
        tmp_path / "tasks" / "even.yaml",
        shared,
        task="even",
        output_type="multiple_choice",
        doc_to_choice=["even", "odd"],
        doc_to_target=0,
        metric_list=[{"metric": "acc"}],
    )
    return tmp_path / "tasks"


def write_task(path: Path, shared: dict[str, Any], **own: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(shared | own))


def harness(*arguments: str | Path, command: str = "harness") -> Any:
    """The command's JSON record, or the error that a user would see."""
    result = CliRunner().invoke(app, [command, *map(str, arguments), "--json"])
    if isinstance(result.exception, ProverError):
        raise result.exception
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_a_task_of_the_harness_is_a_run_that_the_report_and_the_resumption_know(
    tasks: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with Server({text: outputs for text, (_, outputs) in QUESTIONS.items()}) as server:
        options: list[str | Path] = ["sums", "--include", tasks, "--server", server.url, "--run", run, "-q"]
        record = harness(*options)
        prompts = [body["prompt"] for body in server.bodies]
        assert (record["asked"], record["accuracy"]["value"]) == (3, pytest.approx(2 / 3))
        assert harness(*options, "--resume")["asked"] == 3
        assert len(server.bodies) == 3, "what is recorded is not asked again"
        with pytest.raises(ProverError, match="holds a run already"):
            harness(*options)
        with pytest.raises(ProverError, match="harness.limit: was null, is 1"):
            harness(*options, "--resume", "--limit", "1")
    assert all(SHOTS[0]["answer"] in prompt and prompt.endswith("\nA:") for prompt in prompts)
    assert json.loads((run / "harness.json").read_bytes())["results"]["sums"]["exact_match,said"] == (
        pytest.approx(2 / 3)
    )
    (told,) = harness(run, command="report")["runs"]
    assert (told["benchmark"], told["questions"], told["value"]) == ("sums", 3, pytest.approx(2 / 3))


def test_choices_are_scored_by_a_model_in_this_process(tasks: Path, tmp_path: Path) -> None:
    arguments = ["even", "--include", tasks, "--policy", "small", "--run", tmp_path / "run", "--quiet"]
    record = harness(*arguments)
    likely = json.loads((tmp_path / "run" / "harness.json").read_bytes())["results"]["even"]["acc,none"]
    assert (record["asked"], record["accuracy"]["value"]) == (3, likely)


def test_an_answer_is_right_by_the_first_metric_that_can_say_so() -> None:
    row = {"filter": "none", "target": "b", "arguments": [["a"]], "resps": [["b"]], "filtered_resps": ["b"]}
    told = {"perplexity": -0.1, "mcc": ("b", "b"), "f1": (1, 1), "chance": 0.5, "acc": True}
    rows = [row | told | {"metrics": list(told), "doc": {}, "doc_id": 1}]
    better = dict.fromkeys(told, True) | {"perplexity": False, "chance": False}
    metrics = [{"metric": name} for name in told]
    found, unread = answers(
        {
            "samples": {"one": rows, "two": [one | {"acc": "b"} for one in rows]},
            "configs": {"one": {"metric_list": metrics}, "two": {"metric_list": metrics}},
            "higher_is_better": {"one": better, "two": better},
        }
    )
    assert [(question.name, sample.correct) for question, sample in found] == [("one/1", True)]
    assert unread == ["two"]


def test_a_task_whose_answers_are_scored_all_together_is_kept_and_that_said(
    tasks: Path, tmp_path: Path
) -> None:
    sums = yaml.safe_load((tasks / "sums.yaml").read_text())
    write_task(tasks / "told.yaml", sums, task="told", metric_list=[{"metric": "bleu"}])
    run = tmp_path / "run"
    with Server({text: outputs for text, (_, outputs) in QUESTIONS.items()}) as server:
        options = ["told", "--include", tasks, "--server", server.url, "--run", run]
        result = CliRunner().invoke(app, ["harness", *map(str, options), "--json"])
    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.stdout)["asked"] == 0
    assert "told: no metric says which answers are right" in result.stderr
    assert "bleu,said" in json.loads((run / "harness.json").read_bytes())["results"]["told"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sumz"], "has no task 'sumz'; near: .*sums"),
        (["sums"], "which model"),
        (["even", "--server", "SERVER"], "does not tell"),
        (["sums", "--server", "SERVER", "--include", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(
    tasks: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    include = [] if "--include" in arguments else ["--include", tasks]
    model = [] if said == "which model" or "SERVER" in arguments else ["--policy", "small"]
    with Server({"?": ["no"]}) as server, pytest.raises(ProverError, match=said):
        given = [server.url if one == "SERVER" else one for one in arguments]
        harness(*given, *model, *include, "--run", tmp_path / "run", "--quiet")


def test_a_sampling_option_that_engines_lack_is_refused() -> None:
    from prover.evaluate.harness.model import sampling_of

    drawn = sampling_of({"until": "Q:", "do_sample": True, "temperature": 0.6, "top_p": 0.9}, 64)
    assert (drawn.temperature, drawn.top_p, drawn.max_tokens, drawn.stop) == (0.6, 0.9, 64, ("Q:",))
    assert sampling_of({"until": ["\n", ""], "temperature": 0.7, "do_sample": False}, 64).temperature == 0
    with pytest.raises(ProverError, match="top_k"):
        sampling_of({"until": [], "top_k": 5}, 64)
