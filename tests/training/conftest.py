"""What the tests of pretraining share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A base model, corpora and proof steps; one thread, so that sums have one order."""
    import torch
    from pretrain_world import make_world

    from training.pretrain import ranks

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield make_world(tmp_path_factory.mktemp("world"))
    ranks.stop()
    torch.set_num_threads(threads)
