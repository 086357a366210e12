"""Where else the rows of `loss.csv` go: TensorBoard, Weights & Biases, and a picture at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prover.errors import SetupError
from prover.files import written

Listener = Callable[[Mapping[str, float]], None]


def tensorboard(folder: Path) -> list[Listener]:
    """Writes events to `folder`, if TensorBoard is installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return []
    writer = SummaryWriter(str(folder))

    def listen(row: Mapping[str, float]) -> None:
        for name, value in row.items():
            if name != "step":
                writer.add_scalar(name, value, int(row["step"]))
        writer.flush()

    return [listen]


def weights_and_biases(project: str | None, facts: Mapping[str, Any]) -> list[Listener]:
    """Sends rows to the project, if one is named: nothing leaves the machine unasked."""
    if project is None:
        return []
    try:
        import wandb
    except ImportError:
        raise SetupError("--wandb needs it: pip install wandb") from None
    run = wandb.init(project=project, config=dict(facts))
    return [lambda row: run.log(dict(row), step=int(row["step"]))]


def draw_curve(path: Path, rows: Sequence[Mapping[str, float]]) -> bool:
    """The losses over the steps as a PNG, training and held-out; false if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    axes = (figure := Figure(figsize=(8, 5), layout="constrained")).subplots()
    names = dict.fromkeys(name for row in rows for name in row if name.split(" ")[0] == "loss")
    for name in names:
        points = [(row["step"], row[name]) for row in rows if name in row]
        axes.plot(*zip(*points, strict=True), label=name, linewidth=1)
    axes.set(xlabel="step", ylabel="loss (nats per token)")
    axes.grid(alpha=0.3)
    if names:
        axes.legend()
    with written(path) as part:
        figure.savefig(part, format="png", dpi=150)
    return True
