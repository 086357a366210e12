"""Tiny models on disk, shared by the tests of all engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference import Reference

from benchmarks.tiny_llama import make_tiny_llama


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama whose tokenizer has a token for each ASCII character, and no other character."""
    return make_tiny_llama(tmp_path_factory.mktemp("tiny"), unknown=True)


@pytest.fixture(scope="session")
def reference(folder: Path) -> Reference:
    return Reference(folder)
