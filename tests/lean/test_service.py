"""The service on the real Lean and the default policy: what users get, and that nothing leaves it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest_asyncio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from service_stand_in import Running, serving, until

from prover.attempts import Plan, Tools
from prover.judge import LeanJudge
from prover.lean.backend import LeanProver
from prover.policy.registry import PolicyChoice, open_policy
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.service.operations import Operations, Settings
from prover.statements.preludes import prelude
from prover.types import Closed, Statement

THEOREM = "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"
HARD = "theorem hard (f : ℕ → ℕ) (h : ∀ n, f (f n) = n + 2) (k : ∀ n, f (n + 1) > f n) : f 1987 = 1988"


@pytest_asyncio.fixture(scope="module")
async def service(prover: LeanProver, judge: LeanJudge) -> AsyncIterator[Running]:
    choice = PolicyChoice().complete()
    policy = await open_policy(choice)
    plan = Plan(SearchSettings(budget=Budget(lean_s=60, wall_s=120)))
    operations = Operations(Tools(prover, judge, policy, Flow()), Settings(choice, plan))
    async with serving(operations) as running:
        running.client.timeout = 120.0
        yield running
    await policy.close()


async def test_a_real_proof_is_found_and_judged(service: Running) -> None:
    found = (await service.client.post("/v1/prove", json={"statement": THEOREM})).json()
    assert found["proved"] and found["prelude"] == "core" and found["verdict"]["axioms"] is not None
    assert len(found["verdict"]["rungs"]) == 5
    again = {"statement": found["proof"]}
    assert (await service.client.post("/v1/verify", json=again)).json()["verdict"]["proved"]


async def test_a_wrong_proof_is_refused_with_leans_reason(service: Running) -> None:
    asked = {"statement": THEOREM, "proof": "by\n  rfl"}
    verdict = (await service.client.post("/v1/verify", json=asked)).json()["verdict"]
    assert not verdict["proved"] and verdict["reason"]
    asked["proof"] = "sorry"
    assert not (await service.client.post("/v1/verify", json=asked)).json()["verdict"]["proved"]


async def test_suggestions_have_been_run(service: Running, prover: LeanProver) -> None:
    asked = {"statement": "theorem s (a b : ℕ) (h : a ≤ b) : a < b + 1 ∧ a ≤ b", "tactics": ["constructor"]}
    found = (await service.client.post("/v1/suggest", json=asked | {"seconds": 30})).json()
    closing = [one for one in found["suggestions"] if one["label"] == "closes the goal"]
    assert len(found["goals"]) == 2 and closing
    state = await prover.start(Statement("s", str(asked["statement"]), prelude("core").header))
    for tactic in ("constructor", closing[0]["tactic"]):
        result = await prover.step(state, tactic)
        assert not isinstance(result, Closed)
        state = result.state  # type: ignore[attr-defined]
    assert [goal.text for goal in state.goals] == closing[0]["goals"]
    await prover.release(state.statement)


def held(prover: LeanProver) -> set[Statement]:
    """The theorems whose states Lean keeps; other tests may have left theirs."""
    return {statement for worker in prover.pool.workers for statement in worker.theorems}


async def test_leans_messages_point_into_what_was_sent(service: Running, prover: LeanProver) -> None:
    before = held(prover)
    asked = {"statement": "\n  ∀ n : ℕ,\n    n + foo = n"}
    answer = await service.client.post("/v1/prove", json=asked)
    (message,) = answer.json()["messages"]
    assert answer.status_code == 422 and "foo" in message["text"]
    place = (message["line"], message["column"], message["end_line"], message["end_column"])
    assert place == (3, 8, 3, 11)
    assert held(prover) == before


async def test_a_client_that_leaves_frees_lean(service: Running, prover: LeanProver) -> None:
    steps, before, died = prover.pool.counts.requests, held(prover), prover.pool.counts.died
    following = asyncio.create_task(_follow(service.url, HARD))
    await until(lambda: prover.pool.counts.requests > steps + 10, 60)
    following.cancel()
    await until(lambda: service.operations.places.working == 0)
    await until(lambda: held(prover) == before)
    found = (await service.client.post("/v1/prove", json={"statement": THEOREM})).json()
    assert found["proved"] and prover.pool.counts.died == died


async def test_two_clients_share_one_lean(service: Running) -> None:
    statements = [THEOREM, "theorem u (x : ℝ) (h : x + 1 = 3) : x = 2"]
    answers = await asyncio.gather(
        *(service.client.post("/v1/prove", json={"statement": one}) for one in statements)
    )
    assert [answer.json()["proved"] for answer in answers] == [True, True]
    assert [answer.json()["prelude"] for answer in answers] == ["core", "field"]


async def _follow(url: str, statement: str) -> None:
    async with (
        httpx.AsyncClient(base_url=url, timeout=120) as client,
        client.stream("POST", "/v1/prove/stream", json={"statement": statement}) as answer,
    ):
        await answer.aread()


# The commands themselves.

_WATCHED = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        print("WATCHED", event, arguments[1], file=sys.stderr, flush=True)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        print("WATCHED", event, arguments[0], file=sys.stderr, flush=True)
sys.addaudithook(watch)
from prover.cli import main
main()
"""
"""`prover`, which tells of every connection that its Python begins."""


def test_nothing_of_the_default_service_leaves_this_machine(tmp_path: Path) -> None:
    stderr = (tmp_path / "stderr").open("w+")
    command = [sys.executable, "-c", _WATCHED, "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        with _Connections(process.pid) as seen:
            url = process.stdout.readline().split()[2].rstrip(";")
            with httpx.Client(base_url=url, timeout=120) as client:
                assert client.post("/v1/prove", json={"statement": THEOREM}).json()["proved"]
                assert client.post("/v1/suggest", json={"statement": THEOREM}).json()["suggestions"]
                assert client.get("/v1/status").json()["model_server"] is None
                assert client.get("/").status_code == 200
        assert len(seen.processes) >= 3, "the service and its Lean processes were watched"
        assert seen.remote and all(ipaddress.ip_address(one).is_loopback for one in seen.remote)
        lean = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in lean)
    finally:
        process.kill()
    stderr.seek(0)
    told = stderr.read()
    # Asking for the addresses of the host to listen on is all.
    watched = [line for line in told.splitlines() if line.startswith("WATCHED")]
    assert watched == ["WATCHED socket.getaddrinfo 127.0.0.1"] * len(watched)
    assert "the service has ended" in told and "Traceback" not in told


async def test_an_assistant_starts_the_server_and_has_something_proved(tmp_path: Path) -> None:
    names = ("PATH", "PYTHONPATH", "PROVER_CACHE", "HOME", "XDG_CACHE_HOME")
    env = {name: os.environ[name] for name in names if name in os.environ}
    arguments = ["-m", "prover", "mcp", "--policy", "portfolio"]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=env)
    with (tmp_path / "stderr").open("w+") as stderr:
        async with Client(stdio_client(server, stderr), mode="legacy") as client:
            found = (await client.call_tool("prove", {"statement": THEOREM})).structured_content
            assert found is not None and found["proved"]
            again = {"statement": THEOREM, "proof": found["script"]}
            verified = (await client.call_tool("verify", again)).structured_content
            assert verified is not None and verified["verdict"]["proved"]
        stderr.seek(0)
        assert "Traceback" not in stderr.read()


class _Connections:
    """Looks all the time which connections a process and its children have."""

    def __init__(self, pid: int) -> None:
        self.processes: set[int] = set()
        self.remote: set[str] = set()
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> _Connections:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            with contextlib.suppress(psutil.Error):
                for one in (self._root, *self._root.children(recursive=True)):
                    self.processes.add(one.pid)
                    self.remote |= {c.raddr.ip for c in one.net_connections("inet") if c.raddr}
