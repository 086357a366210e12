"""The connection of this process to a Ray cluster, or to one that is started on this machine for the run."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from prover.errors import InputError, SetupError

REACH_S = 5.0

NEEDS_RAY = "--ray needs a package that is not installed: pip install 'prover[cluster]'"

_OWN_RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would tell its makers of it
    "RAY_worker_niceness": "0",  # else Lean would give way to everything on this machine
}
"""Settings of a Ray that we start; a cluster that is there has its own."""

_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""The start of an HTTP/2 connection, which gRPC servers answer with a settings frame (RFC 9113, 3.4)."""


@contextmanager
def connected(address: str, workers_speak: bool = False) -> Iterator[None]:
    """`auto`: the cluster that `RAY_ADDRESS` names or that this machine is part of, else this machine alone.
    `local`: this machine alone. `HOST:PORT`: the cluster whose head is there. workers_speak: what workers
    print is shown here.

    Raises `SetupError` where Ray is not installed or no cluster answers, `InputError` for a wrong address.
    """
    for name, value in _OWN_RAY.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise SetupError(NEEDS_RAY) from None
    _connect(ray, _resolved(address), workers_speak)
    try:
        yield
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, address: str, workers_speak: bool) -> None:
    options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": workers_speak}
    if address == "local":
        options["include_dashboard"] = False
    else:
        _require_ray_at(address)
    on_sigterm = signal.getsignal(signal.SIGTERM)
    for last in (False, False, True) if address == "local" else (True,):
        try:
            ray.init(address=address, **options)
            break
        except Exception as error:  # Its errors have no common base.
            ray.shutdown()
            if last:
                reason = " ".join(str(error).split())
                raise SetupError(f"cannot use the Ray cluster at {address}: {reason[:500]}") from error
            # Ray gives a node 30 seconds to start, which a machine with much to do may not keep.
    # Ray ends the process on this signal; the run stops cleanly.
    signal.signal(signal.SIGTERM, on_sigterm)


def _resolved(address: str) -> str:
    """`local`, or a host and port."""
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or _started_here() or "local"
    if address != "local" and not re.fullmatch(r"[^\s:/]+:\d+", address):
        raise InputError(
            f"--ray {address}: give auto, local or HOST:PORT of the cluster's head; "
            "from a machine outside of the cluster, use prover submit"
        )
    return address


def _started_here() -> str | None:
    """The address that `ray start` left, as long as somebody answers there."""
    note = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()) / "ray" / "ray_current_cluster"
    try:
        address = note.read_text(encoding="utf-8").strip()
        _require_ray_at(address)
    except (OSError, SetupError):
        return None
    return address


def _require_ray_at(address: str) -> None:
    """Raises `SetupError` where no gRPC server answers. Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=REACH_S) as connection:
            if os.environ.get("RAY_USE_TLS", "0") != "0":
                return
            connection.sendall(_HELLO)
            frame = connection.recv(9)
    except (OSError, OverflowError) as error:
        raise SetupError(f"no Ray cluster answers at {address}: {error}") from error
    if len(frame) < 4 or frame[3] != 4:
        raise SetupError(f"what answers at {address} is no Ray cluster; its head's port is 6379 by default")


def node_resources() -> list[dict[str, float]]:
    """What each node that is there has, on the cluster this is connected to: `CPU`, `GPU` and others."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]
