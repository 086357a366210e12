"""What is seen of a training: a live line on a terminal, lines in a log, and `loss.csv`."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from prover.files import written

STEP_COLUMNS = ("step", "seconds", "rate", "loss", "tokens_per_s")
COLUMNS = (*STEP_COLUMNS, "validation_loss", "accuracy")

_LINE_S = 30.0
_SMOOTH = 0.97


class LossReport:
    """A context manager; `rows` are those of `loss.csv` so far, and go on being filled.

    columns: of the file. row_steps: steps between rows. listeners: called with each new row. silent: nothing
    is shown, written or called, as on all ranks but the first.
    """

    def __init__(
        self,
        path: Path,
        rows: list[dict[str, float]],
        columns: Sequence[str] = COLUMNS,
        row_steps: int = 20,
        listeners: Sequence[Callable[[Mapping[str, float]], None]] = (),
        silent: bool = False,
    ) -> None:
        self._path = path
        self.rows = rows
        self._columns = columns
        self._row_steps = row_steps
        self._listeners = listeners
        self._silent = silent
        self._console = Console(stderr=True, highlight=False, quiet=silent)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._losses: list[float] = []
        self._smooth: float | None = None
        self._tokens = 0
        self._before = time.monotonic()
        self._said = time.monotonic()

    def __enter__(self) -> LossReport:
        if self._console.is_terminal and not self._silent:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @staticmethod
    def say(text: str) -> None:
        """A line on the terminal or in the log."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)

    def step(
        self,
        step: int,
        done: float,
        seconds: float,
        loss: float,
        tokens: int,
        rate: float,
        more: Mapping[str, float] | None = None,
    ) -> None:
        """After each step: `done` is the share of the run behind us, `tokens` are those of the batch."""
        self._losses.append(loss)
        self._smooth = loss if self._smooth is None else _SMOOTH * self._smooth + (1 - _SMOOTH) * loss
        self._tokens += tokens
        speed = self._tokens / max(time.monotonic() - self._before, 1e-6)
        left = seconds * (1 - done) / done if done > 0 else 0.0
        line = (
            f"step {step}, {100 * done:.1f} %: loss {self._smooth:.3f}, {speed:,.0f} tokens/s, "
            f"{int(left) // 60}:{int(left) % 60:02d} left"
        )
        self._show(line)
        if step % self._row_steps == 0:
            mean = sum(self._losses) / len(self._losses)
            row = {"step": step, "seconds": seconds, "rate": rate, "loss": mean, "tokens_per_s": speed}
            self._add({**row, **(more or {})})
            self._losses, self._tokens, self._before = [], 0, time.monotonic()

    def evaluated(self, step: int, result: dict[str, float]) -> dict[str, float]:
        """After an evaluation, which it returns."""
        if result:
            said = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in result.items())
            self._console.print(f"step {step}: {said}", markup=False)
            self._add({"step": step, **result})
        self._tokens, self._before = 0, time.monotonic()
        return result

    def back_to(self, step: int, reason: str) -> None:
        """The run went back: what came after `step` is no part of its curve."""
        self._console.print(reason, markup=False)
        self.rows[:] = [row for row in self.rows if row["step"] <= step]
        self._losses, self._smooth = [], None

    def _show(self, line: str) -> None:
        if self._console.is_terminal:
            self._live.update(Text(line), refresh=True)
        elif time.monotonic() - self._said > _LINE_S:
            self._said = time.monotonic()
            self._console.print(line)

    def _add(self, row: dict[str, float]) -> None:
        self.rows.append(row)
        if self._silent:
            return
        _write(self._path, self._columns, self.rows)
        for listener in self._listeners:
            listener(row)


def read_rows(path: Path, last: int) -> list[dict[str, float]]:
    """The rows of a `loss.csv` up to that step, to go on with; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: float(text) for name, text in row.items() if text} for row in csv.DictReader(file)]
    return [{**row, "step": int(row["step"])} for row in rows if row["step"] <= last]


def _write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, float]]) -> None:
    with written(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
