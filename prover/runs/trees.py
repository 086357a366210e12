"""Search graphs in little space: node-link JSON, compressed by Zstandard."""

from __future__ import annotations

from typing import Any

import networkx as nx
import orjson
import zstandard

from prover.search.export import to_networkx
from prover.search.graph import SearchGraph

_LEVEL = 3


def pack_tree(graph: SearchGraph) -> bytes:
    """The graph as `prover.search.export.to_networkx` gives it, packed."""
    data = nx.node_link_data(to_networkx(graph), edges="edges")
    return zstandard.ZstdCompressor(level=_LEVEL).compress(orjson.dumps(data))


def unpack_tree(packed: bytes) -> dict[str, Any]:
    """Node-link data: `nodes` and `edges`, each a list of records (see `to_networkx`)."""
    data: dict[str, Any] = orjson.loads(zstandard.ZstdDecompressor().decompress(packed))
    return data
