"""What is said, without any cluster, of an address, a job or a command that leads nowhere."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorded_run import opener, recorded_tools, request, table
from rich.console import Console
from typer.testing import CliRunner

from prover.cli import app
from prover.cluster.connect import connected
from prover.cluster.jobs import on_the_cluster, value_of
from prover.errors import InputError, SetupError
from prover.runs.run import run


@pytest.fixture
def server() -> Iterator[Callable[[bytes], str]]:
    """A server on this machine that answers everything with the same bytes; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(answer: bytes) -> str:
            def one() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(1024)
                    connection.sendall(answer)

            threading.Thread(target=one, daemon=True).start()
            return f"127.0.0.1:{listening.getsockname()[1]}"

        yield serve


def test_an_address_where_nobody_is_is_said_in_one_line(server: Callable[[bytes], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SetupError, match=f"no Ray cluster answers at 127.0.0.1:{port}") as error:
        connected(f"127.0.0.1:{port}").__enter__()
    assert error.value.exit_code == 3 and "\n" not in str(error.value)


def test_another_server_is_no_cluster(server: Callable[[bytes], str]) -> None:
    with pytest.raises(SetupError, match="is no Ray cluster"):
        connected(server(b"HTTP/1.1 400 Bad Request\r\n\r\n")).__enter__()


def test_a_cluster_named_by_the_environment_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(SetupError, match="127.0.0.1:1"):
        connected("auto").__enter__()


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "http://head:8265", ":6379"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="HOST:PORT"):
        connected(address).__enter__()


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SetupError, match=r"prover\[cluster\]"):
        connected("auto").__enter__()


def test_workers_without_a_cluster_make_no_sense(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_text('{"name": "t", "lean4": {"statement": "theorem t : 1 = 1"}}\n')
    arguments = ["bench", "minif2f", "--data", str(data), "--run", str(tmp_path / "run"), "--workers", "2"]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, InputError) and "--ray" in str(done.exception)


def test_a_submitted_run_has_whole_paths_and_finds_its_cluster() -> None:
    sent = on_the_cluster(["bench", "minif2f", "--data", "d.jsonl", "--run=r", "--budget", "steps=9"])
    assert value_of(sent, "--data") == str(Path("d.jsonl").absolute())
    assert value_of(sent, "--run") == str(Path("r").absolute())
    assert sent[-2:] == ["--ray", "auto"] and value_of(sent, "--budget") == "steps=9"


def test_a_submitted_run_names_presets_and_projects_of_this_folder_by_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head looked for them in the folder that the job runs in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "llemma-7b").mkdir()
    bench = ["bench", "minif2f", "--data", "d", "--run", "r"]
    for option, value, sent in (
        ("--preset", "mine.toml", str(tmp_path / "mine.toml")),
        ("--preset", "llemma-7b", "llemma-7b"),
        ("--project", "proofs", str(tmp_path / "proofs")),
        ("--recording", "answers.jsonl", str(tmp_path / "answers.jsonl")),
        ("--model", "llemma-7b", str(tmp_path / "llemma-7b")),
        ("--model", "org/llemma", "org/llemma"),
    ):
        assert value_of(on_the_cluster([*bench, option, value]), option) == sent
        assert value_of(on_the_cluster([*bench, f"{option}={value}"]), option) == sent


@pytest.mark.parametrize("arguments", [[], ["prove", "1 = 1"], ["bench", "minif2f", "--data", "d.jsonl"]])
def test_only_a_benchmark_with_a_folder_is_submitted(arguments: list[str]) -> None:
    with pytest.raises(InputError):
        on_the_cluster(arguments)


def test_the_status_of_a_folder_says_how_far_the_run_is(tmp_path: Path) -> None:
    tools = recorded_tools(table(7, 0.0))
    run(tmp_path / "run", request(7), opener(tools), False, Console(quiet=True))
    done = CliRunner().invoke(app, ["status", str(tmp_path / "run")])
    assert done.exit_code == 0 and "7/7 attempts, 4 proved" in done.stdout


def test_the_status_of_what_is_no_run_is_an_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert isinstance(done.exception, InputError) and "no folder of a run" in str(done.exception)
