"""How far a run is, while it goes on: a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from prover.attempts import Tools
from prover.policy.registry import model_policies
from prover.runs.records import Finished, Job, Outcome, Totals
from prover.search import Progress as SearchProgress

PLAIN_EVERY_S = 10.0
REFRESH_S = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """How busy all are, 0 to 1, and what was done so far, since the run was begun or gone on with."""

    lean: float = 0.0
    model: float = 0.0
    tokens: int = 0
    restarts: int = 0


def load_of(tools: Tools) -> Load:
    """Of tools that are open: Lean's processes and the language models."""
    shares, counts = tools.flow.shares(), tools.prover.pool.counts
    tokens = sum(policy.usage.generated_tokens for policy in model_policies(tools.policy))
    return Load(shares.lean, shares.model, tokens, counts.died + counts.hard_timeouts + counts.recycled)


class RunProgress:
    """A context manager that is told of steps and results. It writes to stderr only.

    `load` is asked once the tools are there; set it then. Rates count from the latest start.
    """

    def __init__(self, totals: Totals, console: Console, prover: str) -> None:
        self.load: Callable[[], Load] | None = None
        self.totals, self._prover = totals, prover
        self._console, self._began = console, time.monotonic()
        self._at_start = totals.done
        self._steps_done, self._steps_open = 0, dict[int, int]()
        self._shown = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[line]}"),
            console=console,
            transient=True,
            auto_refresh=False,
        )
        self._task = self._bar.add_task(
            "bench", total=totals.attempts, completed=totals.done, line="starting"
        )

    def __enter__(self) -> RunProgress:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def step(self, job: Job, progress: SearchProgress) -> None:
        self._steps_open[job.id] = progress.steps
        self._show()

    def finished(self, job: Job, done: Finished) -> None:
        self._steps_open.pop(job.id, None)
        self._steps_done += done.steps
        proved = done.outcome is Outcome.PROVED
        canary = bool(job.theorem.canary)
        self.totals = replace(
            self.totals,
            done=self.totals.done + 1,
            proved=self.totals.proved + (proved and not canary),
            proved_canaries=self.totals.proved_canaries + (proved and canary),
        )
        if proved and canary:
            self._console.print(
                f"VOID: the false statement {job.theorem.name} was proved", style="bold red", markup=False
            )
        self._show(final=self.totals.done == self.totals.attempts)

    def line(self) -> str:
        """Everything but the count, the bar and the time that is left."""
        elapsed = max(time.monotonic() - self._began, 1e-6)
        load = self.load() if self.load else Load()
        steps = self._steps_done + sum(self._steps_open.values())
        rate = 60 * (self.totals.done - self._at_start) / elapsed
        model = f", model {load.model:.0%} ({load.tokens / elapsed:.0f} tokens/s)" if load.tokens else ""
        return (
            f"proved {self.totals.proved}, {rate:.1f}/min, {steps / elapsed:.1f} steps/s, "
            f"{self._prover} {load.lean:.0%}{model}, restarts {load.restarts}"
        )

    def _show(self, final: bool = False) -> None:
        now = time.monotonic()
        terminal = self._console.is_terminal
        if now - self._shown < (REFRESH_S if terminal else PLAIN_EVERY_S) and not final:
            return
        self._shown = now
        if terminal:
            self._bar.update(self._task, completed=self.totals.done, line=self.line(), refresh=True)
            return
        left = self._left()
        self._console.print(
            f"{self.totals.done}/{self.totals.attempts} {self.line()}{left}", markup=False, soft_wrap=True
        )

    def _left(self) -> str:
        done = self.totals.done - self._at_start
        if not done:
            return ""
        elapsed = time.monotonic() - self._began
        return f", {(self.totals.attempts - self.totals.done) * elapsed / done / 60:.1f} min left"
