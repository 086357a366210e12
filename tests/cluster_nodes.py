"""A Ray cluster of several nodes on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
STORE_BYTES = 80_000_000


class Nodes:
    """The cluster: a head without CPUs, on which the drivers run, and nodes with two each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": True}
        self.cluster = Cluster(initialize_head=True, head_node_args=head | {"dashboard_port": 0})
        self.nodes = [self.add(), self.add()]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    @property
    def dashboard(self) -> str:
        return f"http://{self.cluster.head_node.webui_url}"

    def add(self) -> Any:
        return self.cluster.add_node(num_cpus=2, object_store_memory=STORE_BYTES)

    def remove(self) -> None:
        """Take a node away at once, as a power failure does."""
        self.cluster.remove_node(self.nodes.pop(0), allow_graceful=False)
