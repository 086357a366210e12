"""`prover overlap` as a user meets it: benchmarks of several layouts, a report, and plain errors."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import InputError
from prover.overlap.items import Item, load_items

PROBLEM = "In how many ways can seven guests sit around a round table if two of them do not talk"
LEAN = "(n : ℕ) (h₀ : 0 < n) (h₁ : n ^ 3 = 27) : n = 3"
IS_TRUE = 'shows "True"'
FORMAL = {"name": "cubes", "formal_statement": f"theorem cubes {LEAN}", "level": "hard"}

LAYOUTS = {
    "miniF2F": (
        {
            "name": "n",
            "lean4": {"statement": f"theorem n {LEAN}"},
            "isabelle": {"statement": 'theorem n:\n  shows "True"'},
            "informal": {"statement": "What is $1+1$? Show that it is 2.", "proof": "Count."},
        },
        Item("n", {"problem": "What is $1+1$?", "solution": "Count.", "lean": LEAN, "isabelle": IS_TRUE}),
    ),
    "MATH": (
        {"problem": "Find $x$.", "solution": "$1$", "answer": "1", "level": "Level 5", "unique_id": "u"},
        Item("u", {"problem": "Find $x$.", "solution": "$1$"}, "Level 5"),
    ),
    "GSM8k": (
        {"question": "How many?", "answer": "3"},
        Item("b:1", {"problem": "How many?", "solution": "3"}),
    ),
    "Isabelle's miniF2F": (
        {"problem_name": "p", "formal_statement": 'theorem p:\n  fixes n :: nat\n  shows "n = n"'},
        Item("p", {"isabelle": 'fixes n :: nat\n  shows "n = n"'}),
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_items_are_read_from_files_laid_out_like(layout: str, tmp_path: Path) -> None:
    record, item = LAYOUTS[layout]
    (tmp_path / "b.jsonl").write_bytes(orjson.dumps(record))
    assert load_items([tmp_path / "b.jsonl"]) == [item]


BAD = {
    '{"name": "x"}': "b.jsonl:1: no statement",
    "{": "broken JSON",
    '{"problem": 3}': "field problem must be a string",
    '{"name": "x", "problem": "y"}\n{"name": "x", "problem": "y"}': "b.jsonl:2: name 'x' stands there",
    "": "no item in",
}


@pytest.mark.parametrize("text", BAD)
def test_a_file_that_is_no_benchmark_is_an_input_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text(text)
    with pytest.raises(InputError, match=BAD[text]):
        load_items([tmp_path / "b.jsonl"])


def run(*options: object) -> str:
    result = CliRunner().invoke(
        app, ["overlap", "--workers", "1", *map(str, options)], catch_exceptions=False
    )
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    texts = ["Nothing.", f"Lemma. {PROBLEM}. {PROBLEM}?", f"theorem t {LEAN} := by\n  omega"]
    (folder / "a.jsonl").write_bytes(b"\n".join(orjson.dumps({"text": text}) for text in texts))
    (folder / "b.md").write_text(f"As [1] asks: {PROBLEM}?", encoding="utf-8")
    (folder / "c.pdf").touch()
    return folder


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    path = tmp_path / "items.jsonl"
    items = [{"name": "guests", "level": "easy", "problem": PROBLEM}, FORMAL]
    path.write_bytes(b"\n".join(map(orjson.dumps, items)))
    return path


def test_the_command_writes_a_report_a_record_and_the_hits(
    corpus: Path, benchmark: Path, tmp_path: Path
) -> None:
    results, out = tmp_path / "results.jsonl", tmp_path / "out"
    results.write_text('{"name": "guests", "correct": true}\n{"name": "cubes", "correct": false}\n')
    common = ["--corpus", corpus / "a.jsonl", corpus / "b.md", "--benchmark", benchmark, "--results", results]
    text = run(*common, "--out", out)
    assert (out / "report.txt").read_text(encoding="utf-8") == text
    table = [line.split() for line in text.splitlines()]
    assert ["statement", "lean", "1", "1", "1", "1", "1"] in table
    assert ["whole", "problem", "1", "1", "2", "2", "3"] in table
    assert f"{corpus / 'a.jsonl'}:2:text characters 7 to {7 + len(PROBLEM)}" in text
    record = orjson.loads(run(*common, "--json"))
    rule = next(one for one in record["rules"] if (one["rule"], one["part"]) == ("whole", "problem"))
    assert rule["items"]["guests"]["documents"] == 2
    accuracy = {one["rule"]: one for one in record["accuracy"]}
    assert (accuracy["whole"]["hit"], accuracy["whole"]["not_hit"]) == ([1, 2], [0, 0])
    assert (accuracy["statement"]["hit"], accuracy["statement"]["not_hit"]) == ([0, 1], [1, 1])
    assert orjson.loads((out / "overlap.json").read_bytes())["rules"] == record["rules"]


def test_a_folder_is_a_corpus(corpus: Path, benchmark: Path) -> None:
    record = orjson.loads(run("--corpus", corpus, "--benchmark", benchmark, "--json"))
    assert record["corpus"]["files"] == [str(corpus / "a.jsonl"), str(corpus / "b.md")]


def test_where_no_line_has_the_field_the_report_says_so(corpus: Path, benchmark: Path) -> None:
    text = run("--corpus", corpus / "a.jsonl", "--field", "content", "--benchmark", benchmark)
    assert "3 lines have no text under content: --field names others" in text
    assert "Nothing of the benchmark was found." in text


def test_a_benchmark_can_be_named_beside_its_file(corpus: Path, benchmark: Path) -> None:
    record = orjson.loads(run("--corpus", corpus, "--benchmark", "minif2f", "--data", benchmark, "--json"))
    assert record["benchmark"]["items"] == 2


WRONG = {
    "--corpus {corpus} --benchmark minif2f": "--data FILE names one file",
    "--corpus {corpus} --data x.jsonl": "--data goes with",
    "--corpus {corpus} --benchmark math --data {corpus}/../formal.jsonl": "no item has solution",
    "--corpus no.jsonl": "no such file: no.jsonl",
    "--corpus {corpus}/c.pdf": "only .jsonl",
    "--corpus {corpus} --words 20;30": "--words takes numbers",
    "--corpus {corpus} --tokens 1": "at least 2",
    "--corpus {corpus} --resume": "--resume needs the folder",
    "--corpus {corpus} --results {corpus}/a.jsonl": "a.jsonl:1: no name",
}


@pytest.mark.parametrize("options", WRONG)
def test_wrong_options_are_input_errors(options: str, corpus: Path, benchmark: Path) -> None:
    (corpus.parent / "formal.jsonl").write_bytes(orjson.dumps({**FORMAL, "name": "other"}))
    filled = [option.replace("{corpus}", str(corpus)) for option in options.split()]
    with pytest.raises(InputError, match=WRONG[options]):
        run(*filled, "--benchmark", benchmark)
