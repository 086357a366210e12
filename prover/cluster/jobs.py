"""A run as a Ray job: the cluster keeps its driver, and whoever asks is told how far it is."""

from __future__ import annotations

import importlib
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.cluster.connect import NEEDS_RAY
from prover.errors import InputError, SetupError
from prover.policy.preset import whole_path

DEFAULT_ADDRESS = "http://127.0.0.1:8265"
RUN = "prover_run"
"""The key of a job's metadata under which its run's folder stands."""

_PATHS = ("--run", "--data", "--project", "--recording", "--model", "--preset")
_READY_S = 120.0
"""How long a cluster is asked again that has no node yet to take a job."""

JOB_PREFIX = "raysubmit_"
OVER = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the cluster knows it. `status` is PENDING, RUNNING or one of `OVER`."""

    id: str
    status: str
    message: str
    run: Path | None


class Jobs:
    """A cluster's job server. Raises `SetupError` where none answers, `InputError` for a job that is none."""

    def __init__(self, address: str) -> None:
        try:
            module: Any = importlib.import_module("ray.job_submission")
        except ImportError:
            raise SetupError(NEEDS_RAY) from None
        self._address = address
        try:
            self._client = module.JobSubmissionClient(address)
        except Exception as error:  # Its errors have no common base.
            raise self._silent(error) from error

    def submit(self, arguments: Sequence[str]) -> str:
        """Send `prover …` as a job, with arguments that are `on_the_cluster`; its number.

        Raises `SetupError` where the cluster takes none.
        """
        entrypoint, metadata = _entrypoint(arguments), {RUN: value_of(arguments, "--run")}
        until = time.monotonic() + _READY_S
        while True:
            try:
                return str(self._client.submit_job(entrypoint=entrypoint, metadata=metadata))
            except RuntimeError as error:
                # So a cluster answers whose nodes have only just started.
                if "try again" not in str(error) or time.monotonic() > until:
                    raise SetupError(f"the cluster takes no job: {_in_a_line(error)}") from error
                time.sleep(1.0)
            except Exception as error:
                raise self._silent(error) from error

    def job(self, id: str) -> Job:
        """What is known of a job."""
        try:
            info = self._client.get_job_info(id)
        except RuntimeError as error:
            raise InputError(f"{id} is neither a run's folder nor a job of this cluster") from error
        except Exception as error:
            raise self._silent(error) from error
        run = (info.metadata or {}).get(RUN)
        return Job(id, info.status.value, info.message or "", Path(run) if run else None)

    def last_lines(self, id: str, count: int = 5) -> list[str]:
        """The end of what the job printed; nothing where the cluster has none of it, or no more."""
        try:
            return str(self._client.get_job_logs(id)).splitlines()[-count:]
        except RuntimeError:
            return []
        except Exception as error:
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> SetupError:
        return SetupError(f"no Ray job server answers at {self._address}: {_in_a_line(error)}")


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _entrypoint(arguments: Sequence[str]) -> str:
    """What the head's shell runs: this Python where the head has it too, else its own."""
    python, prover = shlex.quote(sys.executable), shlex.join(["-m", "prover", *arguments])
    return f'python={python}; [ -x "$python" ] || python=python3; exec "$python" {prover}'


def on_the_cluster(arguments: Sequence[str]) -> list[str]:
    """The arguments of `prover bench …` as its driver on the cluster has them: `--ray auto`, whole paths.

    Raises `InputError` where they are no such command.
    """
    if not arguments or arguments[0] != "bench":
        raise InputError("what is to be run? prover submit bench minif2f --data … --run …")
    if not value_of(arguments, "--run"):
        raise InputError("a submitted run needs --run DIR, a folder that the cluster's head can write")
    whole, before = list[str](), ""
    for one in arguments:
        option, equals, value = one.partition("=")
        if equals and option in _PATHS:
            whole.append(f"{option}={_path(option, value)}")
        else:
            whole.append(_path(before, one) if before in _PATHS else one)
        before = one
    return whole if value_of(whole, "--ray") else [*whole, "--ray", "auto"]


def _path(option: str, value: str) -> str:
    """A whole path; the name of a model on the hub stays, and that of a preset that ships."""
    if option == "--preset":
        return whole_path(value)
    if option == "--model" and not Path(value).exists():
        return value
    return str(Path(value).expanduser().absolute())


def value_of(arguments: Sequence[str], option: str) -> str:
    """The value of `--option VALUE` or `--option=VALUE`; empty where it is not given."""
    for index, one in enumerate(arguments):
        if one == option and index + 1 < len(arguments):
            return arguments[index + 1]
        if one.startswith(f"{option}="):
            return one.partition("=")[2]
    return ""
