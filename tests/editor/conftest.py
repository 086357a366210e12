"""A real `prover lsp`, driven by pygls' own client over standard input and output, with the real Lean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from editor_client import Editor, open_editor

from prover.lean.embedded.setup import ensure_lean


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.lean)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def running() -> AsyncIterator[Editor]:
    """One server for all tests: a Lean process takes seconds to start."""
    ensure_lean()
    async with open_editor() as editor:
        yield editor


@pytest_asyncio.fixture
async def editor(running: Editor) -> AsyncIterator[Editor]:
    """The server with no file open."""
    running.forget()
    yield running
    running.close_all()
