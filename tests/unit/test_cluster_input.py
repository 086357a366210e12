"""What is said, without any cluster, of an address, a job or a command that leads nowhere."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import Result
from recorded_run import opener, recorded_tools, request, table
from rich.console import Console
from typer.testing import CliRunner

from prover.cli import app
from prover.cluster.connect import connected
from prover.cluster.jobs import RUN, Jobs, on_the_cluster, value_of
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


class JobServerStandIn:
    """In place of a cluster's job server: `answers` by path, and what was `asked`; the rest is not found."""

    def __init__(self, **jobs: dict[str, object]) -> None:
        self.asked = asked = list[str]()
        self.answers = answers = {"/api/version": {"ray_version": version("ray")}}
        for id, job in jobs.items():
            answers[f"/api/jobs/{id}"] = {"type": "SUBMISSION", "entrypoint": "prover"} | job

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200 if self.path in answers else 404)
                self.end_headers()
                self.wfile.write(json.dumps(answers.get(self.path)).encode())

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> JobServerStandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def status(self, job: str) -> Result:
        return CliRunner().invoke(app, ["status", job, "--address", self.url])


def test_a_cluster_that_goes_away_is_said_in_one_line() -> None:
    """What Ray's client raises then was a traceback."""
    with JobServerStandIn(raysubmit_1={"status": "RUNNING"}) as server:
        jobs = Jobs(server.url)
        assert jobs.job("raysubmit_1").status == "RUNNING"
        with pytest.raises(InputError, match="neither"):
            jobs.job("raysubmit_2")
    for ask in (jobs.job, jobs.last_lines, lambda id: jobs.submit(["bench", "--run", id])):
        with pytest.raises(SetupError, match=f"no Ray job server answers at {server.url}") as error:
            ask("raysubmit_1")
        assert "\n" not in str(error.value)


def test_what_a_job_printed_is_asked_for_only_where_it_is_shown(tmp_path: Path) -> None:
    seen, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run(seen, request(3), opener(recorded_tools(table(3, 0.0))), False, Console(quiet=True))
    jobs = {
        "raysubmit_seen": {"status": "RUNNING", "metadata": {RUN: str(seen)}},
        "raysubmit_far": {"status": "RUNNING", "metadata": {RUN: str(elsewhere)}},
    }
    with JobServerStandIn(**jobs) as server:
        server.answers["/api/jobs/raysubmit_far/logs"] = {"logs": "starting\nhalf way\n"}
        assert "3/3 attempts" in server.status("raysubmit_seen").stdout
        assert not any(path.endswith("/logs") for path in server.asked)
        assert server.status("raysubmit_far").stdout.splitlines()[1:] == ["  starting", "  half way"]
        del server.answers["/api/jobs/raysubmit_far/logs"]
        done = server.status("raysubmit_far")
        assert done.exit_code == 0 and done.stdout.rstrip().endswith("is not seen from here")


def test_the_status_of_a_folder_says_how_far_the_run_is(tmp_path: Path) -> None:
    tools = recorded_tools(table(7, 0.0))
    run(tmp_path / "run", request(7), opener(tools), False, Console(quiet=True))
    done = CliRunner().invoke(app, ["status", str(tmp_path / "run")])
    assert done.exit_code == 0 and "7/7 attempts, 4 proved" in done.stdout


def test_the_status_of_what_is_no_run_is_an_error(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["status", str(tmp_path)])
    assert isinstance(done.exception, InputError) and "no folder of a run" in str(done.exception)
