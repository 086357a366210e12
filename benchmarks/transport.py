"""How fast requests reach a REPL process: asyncio pipes (ours), pexpect over pipes, and the trap of a
terminal.

    python -m benchmarks.transport
    python -m benchmarks.transport --exchanges 5000 --json

The process at the other end echoes: it reads a request up to its blank line and answers how many bytes came.
What is measured is the way there and back, framing and JSON included; Lean's own time is on top of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from rich.console import Console
from rich.progress import track
from rich.table import Table

from prover.lean.session import Launch, LeanSession

Json = dict[str, Any]

STEP: Json = {"proofState": 12345, "tactic": "simp only [Nat.add_comm, Nat.mul_comm]", "detail": True}
MEGABYTES = 10
TERMINAL_LINES = (4_000, 4_095, 4_096, 10_000)
"""Lengths of lines around what the line discipline of a terminal holds."""

_PATIENCE_S = 5.0
_LONG_S = 300.0


class Transport(Protocol):
    """One process that echoes, and a way to exchange a request for a reply."""

    def exchange(self, request: Json) -> Json: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds but for `rate` (exchanges a second). `request_s`, `reply_s`: of 10 MB in one direction."""

    name: str
    exchanges: int
    rate: float
    median_s: float
    p99_s: float
    request_s: float
    reply_s: float


class AsyncioPipes:
    """The product's own session."""

    name = "asyncio pipes (LeanSession)"

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        launch = Launch(tuple(echo_command()), dict(os.environ), echoes=False)
        self._session = self._loop.run_until_complete(LeanSession.start(launch))

    def exchange(self, request: Json) -> Json:
        return self._loop.run_until_complete(self._session.request(request, _LONG_S))

    def measure(self, requests: int) -> list[float]:
        """The times of many exchanges inside one loop, as a prover has it."""
        return self._loop.run_until_complete(self._measure(requests))

    async def _measure(self, requests: int) -> list[float]:
        times = []
        for _ in progress(requests, self.name):
            started = time.perf_counter()
            await self._session.request(STEP, _LONG_S)
            times.append(time.perf_counter() - started)
        return times

    def close(self) -> None:
        self._loop.run_until_complete(self._session.close())
        self._loop.close()


class PexpectPipes:
    """`pexpect.popen_spawn`: pipes and a reader thread, no delay before a send."""

    name = "pexpect popen_spawn"

    def __init__(self) -> None:
        from pexpect.popen_spawn import PopenSpawn

        self._process = PopenSpawn(echo_command(), timeout=_LONG_S, maxread=1 << 16)

    def exchange(self, request: Json) -> Json:
        self._process.send(json.dumps(request).encode() + b"\n\n")
        self._process.expect_exact(b"\n\n")
        return dict(json.loads(self._process.before))

    def measure(self, requests: int) -> list[float]:
        return timed(self, requests, self.name)

    def close(self) -> None:
        self._process.sendeof()
        self._process.wait()


def timed(transport: Transport, requests: int, name: str) -> list[float]:
    times = []
    for _ in progress(requests, name):
        started = time.perf_counter()
        transport.exchange(STEP)
        times.append(time.perf_counter() - started)
    return times


def progress(count: int, name: str) -> Iterator[int]:
    yield from track(range(count), name, console=Console(stderr=True), transient=True)


def measure(kind: Callable[[], AsyncioPipes | PexpectPipes], exchanges: int) -> Measured:
    """Start a transport and time it: small exchanges, then one long request and one long reply."""
    transport = kind()
    try:
        transport.exchange(STEP)
        times = sorted(transport.measure(exchanges))
        long = {"cmd": "x" * (MEGABYTES << 20)}
        with stopwatch() as request_s:
            assert transport.exchange(long)["bytes"] > MEGABYTES << 20
        with stopwatch() as reply_s:
            assert len(transport.exchange({"reply": MEGABYTES << 20})["text"]) == MEGABYTES << 20
    finally:
        transport.close()
    return Measured(
        transport.name,
        exchanges,
        exchanges / sum(times),
        times[len(times) // 2],
        times[len(times) * 99 // 100],
        request_s[0],
        reply_s[0],
    )


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    seconds: list[float] = []
    started = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class Terminal:
    """What became of one request over a pseudo-terminal. `arrived` is None where no reply came at all."""

    sent: int
    arrived: int | None
    echoed: bool


def through_a_terminal(length: int) -> Terminal:
    """Send one line of `length` bytes as `pexpect.spawn` does, to a process that echoes."""
    import pexpect

    command = echo_command()
    process = pexpect.spawn(command[0], command[1:], timeout=_PATIENCE_S, echo=True)
    process.delaybeforesend = None
    text = b'{"cmd": "' + b"x" * (length - 11) + b'"}'
    process.send(text + b"\n\n")
    try:
        process.expect_exact(b'"bytes": ')
        before = process.before
        process.expect_exact(b"}")
        arrived = int(process.before)
    except pexpect.TIMEOUT:
        before, arrived = process.before or b"", None
    process.terminate(force=True)
    return Terminal(len(text), arrived, b"xxx" in before)


def echo_command() -> list[str]:
    return [sys.executable, __file__, "--echo"]


def echo() -> None:
    """The process at the other end: how many bytes a request had, or a reply as long as it asks for."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    request = b""
    for line in source:
        if line.strip():
            request += line.rstrip()
            continue
        reply: Json = {"bytes": len(request)}
        if request.startswith(b'{"reply"'):
            reply = {"text": "y" * int(json.loads(request)["reply"])}
        sink.write(json.dumps(reply).encode() + b"\n\n")
        sink.flush()
        request = b""


def tables(measured: list[Measured], terminal: list[Terminal]) -> Iterator[Table]:
    table = Table(title=f"{measured[0].exchanges:,} exchanges, and {MEGABYTES} MB in one message")
    for heading in ("transport", "exchanges/s", "median µs", "99 % µs", "request ms", "reply ms"):
        table.add_column(heading, justify="left" if heading == "transport" else "right")
    for one in measured:
        cells = (one.rate, one.median_s * 1e6, one.p99_s * 1e6, one.request_s * 1e3, one.reply_s * 1e3)
        table.add_row(one.name, *(f"{cell:,.0f}" for cell in cells))
    yield table
    trap = Table(title="a pseudo-terminal (pexpect.spawn): why none is used")
    for heading in ("bytes of the line", "bytes that arrived", "the request comes back before the reply"):
        trap.add_column(heading, justify="right")
    for row in terminal:
        arrived = "no reply" if row.arrived is None else f"{row.arrived:,}"
        trap.add_row(f"{row.sent:,}", arrived, "yes" if row.echoed else "no")
    yield trap


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--exchanges", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="one JSON record instead of tables")
    parser.add_argument("--echo", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.echo:
        echo()
        return
    measured = [measure(kind, args.exchanges) for kind in (AsyncioPipes, PexpectPipes)]
    terminal = [through_a_terminal(length) for length in TERMINAL_LINES]
    if args.json:
        print(
            json.dumps(
                {"transports": [asdict(m) for m in measured], "terminal": [asdict(t) for t in terminal]}
            )
        )
        return
    console = Console()
    for table in tables(measured, terminal):
        console.print(table)


if __name__ == "__main__":
    main()
