"""Bad input ends in one clear line and exit code 2, before any Lean is started."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from prover.attempts import Attempt
from prover.cli import app, main
from prover.cli.records import print_attempt
from prover.cli.sketch_records import print_sketch
from prover.search import Counts, Outcome, SearchResult
from prover.sketch.problem import Problem
from prover.sketch.results import SketchAttempt
from prover.types import Statement

GOOD = {
    "name": "one_add_one",
    "split": "valid",
    "lean4": {"header": "", "statement": "theorem one_add_one : 1 + 1 = 2"},
}


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=cwd, check=False)


def refused(*arguments: str, cwd: Path | None = None) -> str:
    done = run(*arguments, cwd=cwd)
    assert done.returncode == 2, done
    assert done.stdout == "" and "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    return path


def test_an_unknown_name_gets_the_nearest_ones(data: Path) -> None:
    assert "one_add_one" in refused("prove", "one_ad_one", "--data", str(data))


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    assert "no such file" in refused("prove", "x", "--data", str(tmp_path / "none.jsonl"))


def test_a_broken_line_is_named_by_its_number(data: Path) -> None:
    data.write_text(json.dumps(GOOD) + "\n{broken\n", encoding="utf-8")
    assert "data.jsonl:2" in refused("prove", "one_add_one", "--data", str(data))


def test_a_missing_field_is_named(data: Path) -> None:
    data.write_text(json.dumps({"name": "x", "split": "valid"}) + "\n", encoding="utf-8")
    assert "lean4" in refused("prove", "x", "--data", str(data))


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.lean").write_bytes(b"theorem t : 1 = 1 := by\n  \xff sorry\n")
    assert "not UTF-8" in refused("prove", "bad.lean", cwd=tmp_path)


def test_a_lean_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such file: none.lean" in refused("prove", "none.lean:t", cwd=tmp_path)


def test_a_lean_file_without_a_hole_has_nothing_to_prove(tmp_path: Path) -> None:
    (tmp_path / "done.lean").write_text("theorem t : 1 = 1 := rfl\n", encoding="utf-8")
    assert "no `sorry`" in refused("prove", "done.lean", cwd=tmp_path)


def test_an_empty_statement_is_refused() -> None:
    assert "empty" in refused("prove", " ")


def test_a_budget_that_is_none_is_refused() -> None:
    assert "soon" in refused("prove", "1 = 1", "--budget", "soon")


def test_an_unknown_kind_of_graph_file_is_refused_before_the_search() -> None:
    assert ".graphml" in refused("prove", "1 = 1", "--tree", "graph.png")


def test_write_goes_with_a_file_only() -> None:
    assert "--write" in refused("prove", "1 = 1", "--write")


def test_a_graph_that_has_no_folder_is_refused_before_the_search() -> None:
    said = refused("prove", "1 = 1", "--tree", "nowhere/tree.json")
    assert "nowhere/tree.json: cannot write the search graph: no such folder" in said


def test_a_tarball_that_is_not_there_is_named_even_where_lean_is_ready() -> None:
    assert "no such file: none.tgz" in refused("setup", "lean", "--from", "none.tgz")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_full_disk_is_one_line_wherever_it_shows(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise OSError(number, "no room", "runs/one/pid")

    monkeypatch.setattr("prover.cli.command_line", lambda names: full)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 3 and capsys.readouterr().err == "prover: runs/one/pid: no room\n"


SAID = "HTTP 400: no turn ends with [/INST] [type=missing] :bug:"


def test_what_a_model_server_says_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """`[/INST]` was a traceback, the other brackets were gone."""
    result = SearchResult(Outcome.FAILED, None, None, Counts(), None, SAID)
    print_attempt(Attempt(Statement("t", "theorem t : 1 = 1"), result), None, None)
    assert SAID in capsys.readouterr().out


def test_a_sketchs_theorem_is_named_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(Statement("t [/x] [y]", "theorem t : 1 = 1"))
    done = SketchAttempt(problem, Outcome.PROVED, None, "", (), Counts(), False)
    print_sketch(done, "theorem t : 1 = 1 := rfl", None)
    assert "t [/x] [y]: proved" in capsys.readouterr().out


def test_help_has_examples_and_exit_codes() -> None:
    done = run("prove", "--help")
    assert done.returncode == 0
    assert "valid.jsonl" in done.stdout and "Exit codes" in done.stdout


def test_the_options_are_these() -> None:
    """The command line is what others script against: a change here is a change for them."""
    prove = get_command(app).commands["prove"]  # type: ignore[attr-defined]
    options = sorted(name for p in prove.params for name in p.opts if name.startswith("--"))
    assert options == [
        "--budget", "--concurrency", "--data", "--json", "--lean", "--model", "--policy", "--preset",
        "--project", "--quiet", "--record", "--recording", "--score", "--server", "--step-seconds",
        "--strategy", "--tree", "--write",
    ]  # fmt: skip
    commands = sorted(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands == [
        "bench", "diff", "doctor", "eval", "export", "export-model", "harness", "isabelle", "lsp", "mcp",
        "overlap", "prompt", "prove", "report", "serve", "serve-model", "setup", "sketch", "status",
        "submit", "verify",
    ]  # fmt: skip


def test_a_command_is_started_without_the_others_packages() -> None:
    """What `prover diff` or a shell's completion waits for is Python's imports."""
    script = (
        "import sys; sys.argv = ['prover', 'prompt', '--list']\n"
        "import prover.cli\n"
        "try: prover.cli.main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "llemma-7b" in done.stdout and "prover.cli.prompt" in done.stderr.split()
    assert not {"prover.cli.bench", "prover.service", "ray", "torch"} & set(done.stderr.split())


# Which policy.


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--policy", "oracle"], "known: vllm, openai, transformers"),
        (["--policy", "portfolio+portfolio"], "mixed with itself"),
        (["--policy", "replay"], "--recording FILE"),
        (["--recording", "none.jsonl"], "no such file: none.jsonl"),
        (["--server", "http://localhost:1", "--policy", "dummy"], "--server goes with --policy openai"),
        (["--model", "m", "--policy", "portfolio"], "--model and --preset go with"),
        (["--preset", "lemma-7b", "--policy", "openai"], "llemma-7b"),
        (["--strategy", "guess"], "known: best-first, whole-proof, both"),
        (["--strategy", "whole-proof"], "prover-small has no prompt for --strategy whole-proof"),
        (["--strategy", "whole-proof", "--policy", "portfolio"], "needs a language model"),
        (["--preset", "llemma-7b", "--policy", "openai", "--strategy", "whole-proof"], "no prompt for"),
        (["--concurrency", "-1"], "'--concurrency'"),
    ],
)
def test_choices_that_make_no_sense_are_refused_with_the_way_out(options: list[str], says: str) -> None:
    assert says in " ".join(refused("prove", "1 + 1 = 2", *options).split())


def test_a_service_that_cannot_be_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROVER_TOKEN", raising=False)
    assert "set a token" in refused("serve", "--host", "0.0.0.0")
    assert "no such file: none.jsonl" in refused("serve", "--data", "none.jsonl")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1, port {port}" in refused("serve", "--port", port)


def test_a_preset_of_the_users_own_is_checked_by_its_place(tmp_path: Path) -> None:
    preset = tmp_path / "mine.toml"
    preset.write_text('description = "d"\nsource = "s"\n[search]\nbugdet = "lean_s=5"\n', encoding="utf-8")
    said = refused("prove", "1 + 1 = 2", "--policy", "openai", "--preset", str(preset))
    assert "mine.toml: [search]: unknown bugdet" in said
