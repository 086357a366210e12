"""Checkpoints of a run on many ranks: written beside training, complete or not there, the last few kept."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.optim import Optimizer

from prover.errors import InputError, SetupError
from prover.files import written
from training.pretrain.model import Llama
from training.pretrain.ranks import Ranks

PLACE = "place.json"


class Checkpoints:
    """In `folder`, as `step-N`. One that is being written ends in `.part`, and is renamed when all of it is
    on the disk: a run that is killed finds the one before.
    """

    def __init__(self, folder: Path, keep: int, ranks: Ranks) -> None:
        self._folder, self._keep, self._ranks = folder, keep, ranks
        self._writing: tuple[Future[None], Path] | None = None
        if ranks.first:
            for part in folder.glob("*.part"):
                shutil.rmtree(part)
            folder.mkdir(parents=True, exist_ok=True)

    def save(self, model: Llama, optimizer: Optimizer, place: dict[str, Any]) -> None:
        """Begin to write; returns when the state is copied. Waits for the one before, should it not be done.

        place: what else goes with it, as JSON takes it; `step` is among it.
        """
        self.wait()
        final = self._folder / f"step-{place['step']:08d}"
        part = final.with_name(f"{final.name}.part")
        if self._ranks.first:
            part.mkdir(parents=True, exist_ok=True)
            with written(part / PLACE) as file:
                file.write_text(json.dumps(place), encoding="utf-8")
        dist.barrier()
        weights, state = get_state_dict(model, optimizer)
        future = dcp.async_save(
            {"model": weights, "optimizer": state}, checkpoint_id=part, process_group=self._ranks.files
        )
        published: Future[None] = Future()
        future.add_done_callback(lambda done: self._publish(done, part, final, published))
        self._writing = published, part

    def _publish(self, done: Future[Any], part: Path, final: Path, published: Future[None]) -> None:
        """The first rank's future is done when every rank has written its share."""
        try:
            done.result()
            if self._ranks.first:
                older = final.with_suffix(".old.part")  # of before a rewind
                if final.exists():
                    final.replace(older)
                part.replace(final)
                shutil.rmtree(older, ignore_errors=True)
                for old in _complete(self._folder)[: -self._keep]:
                    shutil.rmtree(old)
            published.set_result(None)
        except Exception as error:  # whatever disks and the writer's threads raise: told in `wait`
            published.set_exception(error)

    def wait(self) -> None:
        """Until the checkpoint that is being written is there. Raises `SetupError` if it could not be."""
        if self._writing is not None:
            (future, part), self._writing = self._writing, None
            try:
                future.result()
            except Exception as error:  # whatever disks and the writer's threads raise
                raise SetupError(f"{part} could not be written: {error}") from error

    def last(self) -> Path | None:
        """The newest one that is complete; the same on all ranks once they have met at a barrier."""
        self.wait()
        dist.barrier()
        there = _complete(self._folder)
        return there[-1] if there else None

    def load(self, path: Path, model: Llama, optimizer: Optimizer) -> None:
        """Put its state into model and optimizer, whatever number of ranks wrote it. Raises `InputError`."""
        weights, state = get_state_dict(model, optimizer)
        try:
            dcp.load(
                {"model": weights, "optimizer": state}, checkpoint_id=path, process_group=self._ranks.files
            )
        except Exception as error:  # whatever damaged files raise on one of the ranks
            raise InputError(
                f"{path} is damaged: remove it to go on from the one before ({error})"
            ) from error
        set_state_dict(model, optimizer, model_state_dict=weights, optim_state_dict=state)


def last_place(folder: Path) -> dict[str, Any] | None:
    """What went with the newest complete checkpoint of a folder, without reading its weights."""
    there = _complete(folder)
    return read_place(there[-1]) if there else None


def read_place(path: Path) -> dict[str, Any]:
    try:
        return json.loads((path / PLACE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no checkpoint of this trainer: {error}") from None


def _complete(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if path.suffix != ".part")
