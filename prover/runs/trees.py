"""Search graphs in little space: node-link JSON, compressed by Zstandard."""

from __future__ import annotations

import threading
from typing import Any

import networkx as nx
import orjson
import zstandard

from prover.search.export import to_networkx
from prover.search.graph import SearchGraph

_LEVEL = 3

_own = threading.local()


def pack_tree(graph: SearchGraph) -> bytes:
    """The graph as `prover.search.export.to_networkx` gives it, packed."""
    data = nx.node_link_data(to_networkx(graph), edges="edges")
    return _compressor().compress(orjson.dumps(data))


def _compressor() -> zstandard.ZstdCompressor:
    """This thread's: to make one costs more than to pack a small tree."""
    if not hasattr(_own, "compressor"):
        _own.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    found: zstandard.ZstdCompressor = _own.compressor
    return found


def unpack_tree(packed: bytes) -> dict[str, Any]:
    """Node-link data: `nodes` and `edges`, each a list of records (see `to_networkx`)."""
    data: dict[str, Any] = orjson.loads(zstandard.ZstdDecompressor().decompress(packed))
    return data
