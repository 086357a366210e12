"""The training loop: gradients over all ranks, the rate by schedule, and what is done when one goes wrong."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.nn.utils import clip_grad_norm_

from prover.errors import ProverError
from training.corpus.mixture import Mixture
from training.loss_report import LossReport
from training.pretrain.checkpoints import Checkpoints, read_place
from training.pretrain.estimate import mfu
from training.pretrain.evaluate import Evaluator
from training.pretrain.model import Llama
from training.pretrain.ranks import Ranks
from training.pretrain.rows import Rows, rows_of
from training.pretrain.settings import Settings, Training
from training.pretrain.watch import LossWatch
from training.schedule import rate_share


class TrainingStopped(ProverError):
    """The loss went wrong, and the rule says to stop, or no rewind is left."""


class Interrupted(ProverError):
    """The run was asked to stop; its state is on the disk."""

    exit_code = 143


@dataclass(slots=True)
class Place:
    """How far a run has come: after `step` steps, `tokens` and `seconds`; the rewinds there were."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    rewinds: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Trainer:
    """One run on this rank. `run` trains from `place` to the last step."""

    settings: Settings
    ranks: Ranks
    model: Llama
    optimizer: torch.optim.Optimizer
    mixture: Mixture
    loss: Callable[[Llama, Rows], Tensor]
    evaluator: Evaluator
    checkpoints: Checkpoints
    report: LossReport
    identity: dict[str, Any]
    place: Place = field(default_factory=Place)
    watch: LossWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = LossWatch(self.settings.watch)

    def run(self) -> dict[str, float]:
        """Train to the end, and return the last evaluation. Raises `TrainingStopped` and `Interrupted`."""
        saving, steps = self.settings.saving, self.settings.training.steps
        result = self._evaluate() if self.place.step == 0 else {}
        begin = time.monotonic() - self.place.seconds
        with _Signals() as signals:
            while self.place.step < steps:
                self.step()
                self.place.seconds = time.monotonic() - begin
                step = self.place.step
                if step % saving.evaluate_every == 0 or step == steps:
                    result = self._evaluate()
                stop = self.ranks.any(signals.asked)
                if (step % saving.every == 0 or step == steps or stop) and self.watch.calm:
                    self.save()
                if stop and step < steps:
                    last = self.checkpoints.last()
                    kept = f"--resume goes on from {last}" if last else "there is no checkpoint"
                    raise Interrupted(f"asked to stop after step {step}: {kept}")
        self.checkpoints.wait()
        return result

    def save(self) -> None:
        """Begin to write a checkpoint of the present state."""
        facts = {"identity": self.identity, "mixture": self.mixture.state(), "watch": self.watch.state()}
        self.checkpoints.save(self.model, self.optimizer, asdict(self.place) | facts)

    def restore(self) -> None:
        """Go on from the newest checkpoint."""
        path = self.checkpoints.last()
        assert path is not None
        place = read_place(path)
        self.checkpoints.load(path, self.model, self.optimizer)
        self.place = Place(**{name: place[name] for name in Place.__slots__})
        self.mixture.restore(place["mixture"])
        self.watch.restore(place["watch"])

    def step(self) -> None:
        """The next batch and what follows from it: a step of the optimizer, or the rule for a bad loss."""
        training = self.settings.training
        started = time.monotonic()
        loss, norm = self._gradients()
        if reason := self.watch.wrong(loss, norm):
            self._rewind(reason)
            return
        rate = training.rate * _share(self.place.step + 1, training)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.place.step += 1
        tokens = training.batch * training.length
        self.place.tokens += tokens
        took = time.monotonic() - started
        more = {"norm": norm}
        if self.ranks.device.type == "cuda":
            more["mfu"] = mfu(tokens / took, self.settings, torch.distributed.get_world_size())
        done = self.place.step / training.steps
        self.report.step(self.place.step, done, self.place.seconds + took, loss, tokens, rate, more)

    def _gradients(self) -> tuple[float, float]:
        """Sum the gradients of the next batch; returns mean loss and gradient norm before clipping.

        The loss is the mean over all targets of the batch, wherever they lie, so that the number of ranks
        and micro-batches does not matter.
        """
        ranks, training = self.ranks, self.settings.training
        places = self.mixture.places(training.batch)[ranks.data_rank :: ranks.data_size]
        rows = rows_of([self.mixture.read(place) for place in places], training.separate_documents)
        (targets,) = ranks.totals(rows.count)
        total = torch.zeros((), device=ranks.device)
        self.optimizer.zero_grad(set_to_none=True)
        for part in rows.parts(self.settings.machine.micro_batch, ranks.device):
            loss = self.loss(self.model, part)
            # FSDP takes the mean over the data ranks; the sum is meant.
            (loss * (ranks.data_size / targets)).backward()
            total += loss.detach()
        norm = clip_grad_norm_(self.model.parameters(), training.clip)
        norm = norm.full_tensor() if isinstance(norm, DTensor) else norm
        return ranks.totals(float(total))[0] / targets, float(norm)

    def _rewind(self, reason: str) -> None:
        """Back to the weights of the last checkpoint; the data go on, past what did the harm."""
        watch, step, earlier = self.settings.watch, self.place.step, self.place.rewinds
        path = self.checkpoints.last()
        if watch.rule == "stop" or len(earlier) >= watch.rewinds or path is None:
            kept = f"{path} is the last good state" if path else "there is no checkpoint yet"
            raise TrainingStopped(f"stopped after step {step}: {reason}; {kept}")
        data = self.mixture.state()
        seconds = self.place.seconds
        self.restore()
        self.mixture.restore(data)
        rewind = {"from": step, "to": self.place.step, "reason": reason}
        self.place.rewinds, self.place.seconds = [*earlier, rewind], seconds
        self.report.back_to(self.place.step, f"step {step}: {reason}; back to step {self.place.step}")

    def _evaluate(self) -> dict[str, float]:
        result = self.evaluator(self.model)
        return self.report.evaluated(self.place.step, result)


def _share(step: int, training: Training) -> float:
    return rate_share(step / training.steps, training.warm_up / training.steps, training.lowest)


def optimizer_of(model: Llama, training: Training) -> torch.optim.Optimizer:
    """Fused AdamW; only matrices decay."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": training.weight_decay},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=training.rate, betas=training.betas, eps=training.epsilon, fused=True)


class _Signals:
    """Within it SIGTERM and Ctrl-C ask for an end after the step; Ray's worker threads get no signals."""

    def __init__(self) -> None:
        self.asked = False
        self._main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> _Signals:
        if self._main:
            self._before = {one: signal.signal(one, self._ask) for one in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items() if self._main else ():
            signal.signal(one, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
