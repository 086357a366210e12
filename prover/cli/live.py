"""How far a search is, while it runs: a live line on a terminal, a plain one every few seconds elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from prover.search import Progress

PLAIN_EVERY_S = 2.0
GOAL_LINES = 8


class LiveProgress:
    """A context manager; call it with each `Progress`. It writes to stderr only.

    With `model`, it says how busy model and Lean are. `assistant`: who tries the steps.
    """

    def __init__(
        self, title: str, console: Console | None = None, model: bool = False, assistant: str = "Lean"
    ) -> None:
        self._model, self._assistant = model, assistant
        self._starting = f"{assistant} and the model" if model else assistant
        self._console = console or Console(stderr=True, highlight=False)
        self._title = title
        self._stage = ""
        self._last_plain = time.monotonic()
        self._began = time.monotonic()
        self._progress: Progress | None = None
        self._spinner = Spinner("dots")
        self._live = Live(
            get_renderable=self._render, console=self._console, transient=True, refresh_per_second=8
        )

    def __enter__(self) -> LiveProgress:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._console.print(self._line(), markup=False, soft_wrap=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, progress: Progress) -> None:
        self._progress = progress
        self._say()

    def _say(self) -> None:
        """A plain line where there is no terminal, now and then."""
        if not self._console.is_terminal and time.monotonic() - self._last_plain >= PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            self._console.print(self._line(), markup=False, soft_wrap=True)

    def stage(self, text: str) -> None:
        """Say what is being done from now on; the progress of what was done before is forgotten."""
        self._stage, self._progress = text, None
        self._say()

    def _line(self) -> str:
        p = self._progress
        elapsed = time.monotonic() - self._began
        if p is None:
            doing = self._stage or f"starting {self._starting}"
            return f"{self._title}: {doing} …" + (f" {elapsed:.0f} s" if elapsed > 1 else "")
        stage = f"{self._stage}: " if self._stage else ""
        line = (
            f"{self._title}: {stage}{p.expansions} expansions, {p.open_goals} open goals, "
            f"best score {p.best_score:.2f}, {p.steps} steps ({p.steps_per_s:.1f}/s), "
            f"{self._assistant} {p.lean_seconds:.1f} s, {elapsed:.1f} s"
        )
        if not self._model:
            return line
        busy = p.shares
        tries = f"{self._assistant} {busy.lean:.0%}"
        return f"{line}; busy: model {busy.model:.0%}, {tries}, waiting {busy.waiting:.0%}"

    def _render(self) -> RenderableType:
        self._spinner.update(text=Text(self._line()))
        goal = self._progress.goal.splitlines() if self._progress else []
        if len(goal) > GOAL_LINES:
            goal = [*goal[: GOAL_LINES - 1], "…"]
        return Group(self._spinner, Text("\n".join(goal), style="dim", overflow="ellipsis", no_wrap=True))
