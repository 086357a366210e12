"""Puts this folder on the import path, so that every test can import the helpers that lie here.

Says also what one worker runs where several do, as `make test` has them (pytest-xdist, `--dist loadgroup`).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair.
settings.register_profile("prover", deadline=None)
settings.load_profile("prover")

HERE = Path(__file__).parent

TOGETHER = ("lean", "models", "cluster", "editor", "isabelle", "browser")
"""Folders whose tests share a process that takes long to start. Elsewhere those of a file stay together."""

LONG_FIRST = ("lean", "models", "cluster", "training", "editor", "browser", "isabelle", "redteam", "unit")


# Before xdist's own, which reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE)
        folder = place.parts[0]
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else str(place)))
    items.sort(key=lambda item: LONG_FIRST.index(item.path.relative_to(HERE).parts[0]))
