"""Pretraining as Ray Train starts it: the run is the one that a single process makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cluster_nodes import Nodes
from pretrain_world import STEPS, command_line, curve, make_world, request

from training.pretrain import ranks
from training.pretrain.run import pretrain


def test_two_workers_of_a_cluster_have_the_losses_of_one_process(nodes: Nodes, tmp_path: Path) -> None:
    world = make_world(tmp_path / "world")
    arguments = ["--workers", "2", "--cpu", "--ray", nodes.address, *command_line(world, tmp_path / "ray")]
    done = subprocess.run(
        [sys.executable, "-m", "training.pretrain.on_ray", *arguments],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "ranks 2" in done.stdout + done.stderr  # what the first worker says is seen here
    pretrain(request(world, tmp_path / "alone"))
    ranks.stop()
    losses = curve(tmp_path / "ray")
    assert losses == pytest.approx(curve(tmp_path / "alone"), rel=2e-5) and len(losses) == STEPS
