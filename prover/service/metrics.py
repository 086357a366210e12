"""Prometheus metrics of the service: what was asked, what came of it, how Lean's processes fare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from prover.attempts import Tools
from prover.search.budgets import Counts
from prover.service.places import Places
from prover.types import Verdict

SECONDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Metrics:
    """One service's counters, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "prover_requests", "Answered requests", ["path", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "prover_request_seconds",
            "From request to the answer's end",
            ["path"],
            "",
            "",
            registry=self._registry,
            buckets=SECONDS,
        )
        self._gone = Counter(
            "prover_clients_gone", "Clients that left before the answer", registry=self._registry
        )
        self._attempts = Counter(
            "prover_attempts", "Searches, by outcome", ["outcome"], registry=self._registry
        )
        self._verdicts = Counter("prover_verdicts", "Proofs verified", ["proved"], registry=self._registry)
        self._suggestions = Counter("prover_suggestions", "Working tactics given", registry=self._registry)
        self._steps = Counter("prover_tactics", "Tactics run", registry=self._registry)
        self._tokens = Counter("prover_model_tokens", "Tokens generated in searches", registry=self._registry)
        self._lean = Counter("prover_lean_seconds", "Seconds of Lean's in searches", registry=self._registry)

    def watch(self, places: Places, tools: Tools) -> None:
        """Show how many work and wait, and what happened to Lean's processes."""
        self._gauge("prover_working", "Requests that work", lambda: places.working)
        self._gauge("prover_waiting", "Requests that wait for their turn", lambda: places.waiting)
        self._registry.register(_LeanCollector(tools))

    def answered(self, path: str, status: int, seconds: float) -> None:
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def gone(self) -> None:
        self._gone.inc()

    def attempted(self, outcome: str, counts: Counts) -> None:
        self._attempts.labels(outcome).inc()
        self._steps.inc(counts.steps)
        self._tokens.inc(counts.model_tokens)
        self._lean.inc(counts.lean_seconds)

    def suggested(self, tried: int, found: int) -> None:
        self._steps.inc(tried)
        self._suggestions.inc(found)

    def verified(self, verdict: Verdict) -> None:
        self._verdicts.labels(str(verdict.proved).lower()).inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, documentation: str, value: Callable[[], float]) -> None:
        Gauge(name, documentation, registry=self._registry).set_function(value)


class _LeanCollector(Collector):
    """The pool's own counts, read when they are asked for."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily("prover_lean_processes", "Lean's processes, by event", labels=["event"])
        for event, count in asdict(self._tools.prover.pool.counts).items():
            family.add_metric([event], count)
        yield family
