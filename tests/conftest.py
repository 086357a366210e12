"""Puts this folder on the import path, so that every test can import the helpers that lie here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair.
settings.register_profile("prover", deadline=None)
settings.load_profile("prover")

HERE = Path(__file__).parent

TOGETHER = ("lean", "cluster", "editor", "isabelle", "browser")
"""Folders whose tests share a process that takes long to start: a Lean, a cluster, a browser."""

LONG_FIRST = ("lean", "models", "training", "cluster", "editor", "browser", "isabelle", "redteam", "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Says which tests one worker runs where several do (`pytest -n 2 --dist loadgroup`), and in what order:
    a folder that shares something, else a file; those first that take long."""
    for item in items:
        folder, *rest = item.path.relative_to(HERE).parts
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else "/".join((folder, *rest))))
    items.sort(key=lambda item: LONG_FIRST.index(item.path.relative_to(HERE).parts[0]))
