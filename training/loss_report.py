"""What is seen of a training: a live line on a terminal, lines in a log, and `loss.csv`."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from prover.files import written

COLUMNS = ("step", "seconds", "rate", "loss", "tokens_per_s", "validation_loss", "accuracy")

_ROW_STEPS = 20
_LINE_S = 30.0
_SMOOTH = 0.97


class LossReport:
    """A context manager; `rows` are those of `loss.csv` so far, and go on being filled."""

    def __init__(self, path: Path, rows: list[dict[str, float]]) -> None:
        self._path = path
        self._rows = rows
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._losses: list[float] = []
        self._smooth: float | None = None
        self._tokens = 0
        self._before = time.monotonic()
        self._said = time.monotonic()

    def __enter__(self) -> LossReport:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @staticmethod
    def say(text: str) -> None:
        """A line on the terminal or in the log."""
        Console(stderr=True, highlight=False, soft_wrap=True).print(text)

    def step(self, step: int, done: float, seconds: float, loss: float, tokens: int, rate: float) -> None:
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
        if step % _ROW_STEPS == 0:
            mean = sum(self._losses) / len(self._losses)
            self._add({"step": step, "seconds": seconds, "rate": rate, "loss": mean, "tokens_per_s": speed})
            self._losses, self._tokens, self._before = [], 0, time.monotonic()

    def evaluated(self, step: int, result: dict[str, float]) -> dict[str, float]:
        """After an evaluation, which it returns."""
        if result:
            loss, accuracy = result["validation_loss"], 100 * result["accuracy"]
            self._console.print(f"step {step}: validation loss {loss:.3f}, {accuracy:.1f} % of tactics exact")
        self._add({"step": step, **result})
        return result

    def _show(self, line: str) -> None:
        if self._console.is_terminal:
            self._live.update(Text(line), refresh=True)
        elif time.monotonic() - self._said > _LINE_S:
            self._said = time.monotonic()
            self._console.print(line)

    def _add(self, row: dict[str, float]) -> None:
        self._rows.append(row)
        _write(self._path, self._rows)


def _write(path: Path, rows: Sequence[dict[str, float]]) -> None:
    with written(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: round(value, 6) for name, value in row.items()})
