"""One Ray cluster of several nodes on this machine, for all tests here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from cluster_nodes import TESTS, Nodes


@pytest.fixture(scope="package")
def nodes() -> Iterator[Nodes]:
    paths = [str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]
    settings = {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",
        "RAY_memory_monitor_refresh_ms": "0",  # what else runs on this machine is no fault of these tests
        "RAY_oom_grace_period_s": "0",
        "RAY_local_fs_capacity_threshold": "0.001",  # a full object store finds no room on the disk either
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        nodes = Nodes()
        yield nodes
        nodes.cluster.shutdown()
