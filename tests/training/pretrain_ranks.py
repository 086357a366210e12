"""Runs pretraining on several ranks, as child processes of one process that has torch imported already.

    python pretrain_ranks.py WORLD OUT

Each run leaves a folder in OUT. `torchrun` would import torch once a rank, which takes longer than the runs.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import matplotlib.figure  # noqa: F401  # here and not in every child
import torch
import torch.utils.tensorboard
from pretrain_world import curve, request

from training.pretrain.checkpoints import last_place
from training.pretrain.inputs import Request
from training.pretrain.loop import Interrupted, Trainer
from training.pretrain.run import pretrain

STOPPED_AT = (6, 9)
TENSOR = {"machine": {"tensor_parallel": 2}}
KILLED_AFTER = (2, 6, 9)


def rank(number: int, size: int, port: int, run: Callable[[int], None]) -> int:
    """Start one rank; returns its process."""
    if pid := os.fork():
        return pid
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ |= {"RANK": str(number), "WORLD_SIZE": str(size), "LOCAL_RANK": str(number)}
    try:
        run(number)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def ranks(size: int, run: Callable[[int], None]) -> None:
    """Run on so many ranks; raises where one of them fails."""
    port = _free_port()
    started = [rank(number, size, port, run) for number in range(size)]
    ends = [os.waitpid(pid, 0)[1] for pid in started]
    if any(ends):
        raise SystemExit(f"a rank of {size} failed")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until_asked_to_stop(asked: Request, at: int, is_asked: bool) -> None:
    """SIGTERM reaches one rank alone, in the middle of step `at`."""
    step = Trainer.step

    def stepped(self: Trainer) -> None:
        if is_asked and self.place.step == at - 1:
            os.kill(os.getpid(), signal.SIGTERM)
        step(self)

    Trainer.step = stepped  # type: ignore[method-assign]
    try:
        pretrain(asked)
    except Interrupted:
        return
    raise AssertionError("SIGTERM did not end the run")


def moved_from_ranks_to_ranks(world: Path, out: Path) -> None:
    """From four ranks, two to a layer, to one, to two; `stopped.txt` has the steps of both stops."""
    (first, second), again = STOPPED_AT, request(world, out, resume=True)
    steps = []
    ranks(4, lambda number: until_asked_to_stop(request(world, out, **TENSOR), first, number == 1))
    steps.append(last_place(out / "checkpoints")["step"])
    ranks(1, lambda number: until_asked_to_stop(again, second, True))
    steps.append(last_place(out / "checkpoints")["step"])
    ranks(2, lambda number: void(pretrain(again)))
    (out / "stopped.txt").write_text(f"{steps}")


def killed_again_and_again(world: Path, out: Path) -> None:
    """Kill the run at random moments, then let it end; `kills.txt` has the last step and the saved one."""
    draw = random.Random(0)
    again = request(world, out, resume=True)
    lines = []
    for step in KILLED_AFTER:
        child = rank(0, 1, _free_port(), lambda number: void(pretrain(again)))
        while _last_step(out) < step:
            time.sleep(0.005)
        time.sleep(draw.uniform(0.0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        place = last_place(out / "checkpoints")
        lines.append(f"{_last_step(out)} {place['step'] if place else 0}\n")
    ranks(1, lambda number: void(pretrain(again)))
    (out / "kills.txt").write_text("".join(lines))


def _last_step(out: Path) -> int:
    return max(curve(out), default=0) if (out / "loss.csv").exists() else 0


def void(facts: object) -> None:
    """A run's facts are in its folder."""


def main() -> None:
    world, out = map(Path, sys.argv[1:])
    for size in (1, 2, 4):
        ranks(size, lambda number, size=size: void(pretrain(request(world, out / f"data-{size}"))))
    moved_from_ranks_to_ranks(world, out / "moved")
    killed_again_and_again(world, out / "killed")


if __name__ == "__main__":
    main()
