"""How many processors a model takes: half of those that it may use, on every system."""

import os

import psutil
import pytest

from prover.policy.engines.cores import half_of_the_cores


@pytest.mark.parametrize(("allowed", "taken"), [([0], 1), ([0, 1], 1), ([1, 2, 3, 5], 2)])
def test_half_of_those_that_the_process_may_use(
    allowed: list[int], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: allowed)
    assert half_of_the_cores() == taken


def test_a_system_that_does_not_say_which_it_may_use_as_macos_counts_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(psutil.Process, "cpu_affinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert half_of_the_cores() == 4
