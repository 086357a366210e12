"""A Ray cluster of several nodes on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
STORE_BYTES = 80_000_000


class Nodes:
    """The cluster: a head without CPUs, on which the drivers run, and nodes with one each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": True}
        self.cluster = patiently(
            lambda: Cluster(initialize_head=True, head_node_args=head | {"dashboard_port": 0})
        )
        self.nodes = [self.add(), self.add()]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    @property
    def dashboard(self) -> str:
        return f"http://{self.cluster.head_node.webui_url}"

    def add(self) -> Any:
        return patiently(lambda: self.cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES))

    def remove(self) -> None:
        """Take a node away at once, as a power failure does."""
        self.cluster.remove_node(self.nodes.pop(0), allow_graceful=False)


def patiently(start: Callable[[], Any]) -> Any:
    """Start a node. Ray gives it half a minute, which a machine with much to do does not always keep."""
    for _ in range(2):
        with contextlib.suppress(Exception):
            return start()
    return start()
