"""Pretraining on several ranks and through kills. The runs themselves are in `pretrain_ranks.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pretrain_ranks import KILLED_AFTER, STOPPED_AT
from pretrain_world import EVERY, STEPS, command_line, curve
from safetensors.torch import load_file

TOLERANCE = 2e-5
"""Relative. Ranks sum the same numbers in another order, and float32 rounds each sum: about 1e-7 a step,
which twelve steps of the optimizer amplify. Bits can be the same only where the order is."""


@pytest.fixture(scope="module")
def runs(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ranks")
    python(str(Path(__file__).with_name("pretrain_ranks.py")), str(world), str(out))
    return out


def python(*arguments: str) -> None:
    tests = Path(__file__).parents[1]
    paths = [str(tests.parent), str(tests), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.mark.parametrize("other", ["data-2", "data-4"])
def test_any_number_of_ranks_has_the_losses_of_one(runs: Path, other: str) -> None:
    for column in ("loss", "norm", "loss lean"):
        one, several = curve(runs / "data-1", column), curve(runs / other, column)
        assert several == pytest.approx(one, rel=TOLERANCE if column != "norm" else 1e-3)
    assert len(one) == 4


def test_torchrun_starts_the_same_run(world: Path, runs: Path, tmp_path: Path) -> None:
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    python(*torchrun, "-m", "training.pretrain", *command_line(world, tmp_path))
    for column in ("loss", "loss lean", "accuracy"):
        assert curve(tmp_path, column) == pytest.approx(curve(runs / "data-1", column), rel=TOLERANCE)
    assert len(curve(tmp_path)) == STEPS


def test_a_run_whose_layers_are_shared_and_which_is_asked_to_stop_goes_on_on_other_ranks(runs: Path) -> None:
    """Four ranks, two to a layer; SIGTERM reaches one of them; then one rank, then two with whole layers."""
    assert (runs / "moved" / "stopped.txt").read_text() == f"{[*STOPPED_AT]}"
    assert curve(runs / "moved") == pytest.approx(curve(runs / "data-1"), rel=TOLERANCE)


def test_a_run_that_is_killed_loses_only_what_came_after_a_checkpoint_and_ends_the_same(runs: Path) -> None:
    lines = (runs / "killed" / "kills.txt").read_text().splitlines()
    kills = [tuple(map(int, line.split())) for line in lines]
    assert all(last >= step for (last, _), step in zip(kills, KILLED_AFTER, strict=True))
    # A checkpoint is written while the next steps run, and is done before the one after it begins.
    assert all(0 <= last - saved < 2 * EVERY for last, saved in kills)
    assert curve(runs / "killed") == curve(runs / "data-1")
    assert len(curve(runs / "killed")) == STEPS
    first, second = (load_file(runs / name / "model" / "model.safetensors") for name in ("data-1", "killed"))
    assert all(first[name].equal(second[name]) for name in first)
