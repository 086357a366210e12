"""Runs the service on a socket until it is told to end; the port first, for one in use is known at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from prover.errors import InputError
from prover.service.guard import is_loopback
from prover.signals import signals_to_end

CONNECTIONS = 512
"""More at a time are turned away."""

PATIENCE_S = 5
"""How long answers may take to end when the service does."""

MIN_TOKEN_CHARS = 16


def require_token(host: str, token: str) -> None:
    """Raises `InputError` where others could reach the service without a token worth its name."""
    if is_loopback(host):
        return
    how = "PROVER_TOKEN=$(python3 -c 'import secrets; print(secrets.token_urlsafe())')"
    if not token:
        raise InputError(f"--host {host} lets other machines in: set a token, {how}")
    if len(token) < MIN_TOKEN_CHARS:
        raise InputError(
            f"PROVER_TOKEN has {len(token)} characters, at least {MIN_TOKEN_CHARS} are needed: {how}"
        )


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises `InputError` in one line."""
    try:
        info = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(info[0], socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(info[4])
            bound.listen(128)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; another: --port"
        ) from error
    return bound


def url_of(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(app: ASGIApp, bound: socket.socket, on_end: Callable[[], None]) -> None:
    """Answer until a signal to end; `on_end` is called before the open answers are waited for."""
    server = Server(app)

    def end() -> None:
        on_end()
        server.end()

    with _on_signals(end):
        await server.serve(sockets=[bound])


class Server(uvicorn.Server):
    """uvicorn as it is set for the service; it ends when `end` is called, a second call ends it at once.

    Signals are ours: uvicorn would raise them again when it has ended, before Lean has.
    """

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_config(app))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=PATIENCE_S,
    )


@contextlib.contextmanager
def _on_signals(end: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = signals_to_end()
    for number in numbers:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
