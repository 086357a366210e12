"""`prover lsp` as a command, and what an editor without the embedded Lean is told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from prover.cli.lsp import lsp
from prover.editor.jobs import MAX_FOUND, Job, Wait
from prover.editor.service import installed_lean
from prover.editor.suggest import InFile
from prover.errors import SetupError


def test_without_its_extra_the_command_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prover.editor.server", None)
    with pytest.raises(SetupError, match=r"pip install 'prover\[editor\]'"):
        lsp()


def test_an_editor_downloads_nothing_unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path))
    with pytest.raises(SetupError, match="run `prover setup lean`"):
        installed_lean()


class Source:
    """Suggestions without end; counts how many were drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> InFile:
        await asyncio.sleep(0)
        self.drawn += 1
        return InFile(str(self.drawn), -1.0, (), 1, 0.0, 0, "", "")


async def test_no_more_is_looked_for_than_is_asked_for() -> None:
    source = Source()
    job = Job(source)
    assert source.drawn == 0
    assert len(await job.first(Wait(2, 5, 5))) == 2
    await asyncio.sleep(0.01)
    assert source.drawn == 2 and job.idle and not job.over
    assert len(await job.first(Wait(MAX_FOUND + 5, 5, 5))) == MAX_FOUND
    assert job.complete and source.drawn == MAX_FOUND


async def test_a_request_has_what_was_found_when_its_time_is_up() -> None:
    class Slow(Source):
        async def __anext__(self) -> InFile:
            if self.drawn:
                await asyncio.sleep(60)
            return await super().__anext__()

    job = Job(Slow())
    assert [one.tactic for one in await job.first(Wait(enough=5, seconds=0.05, patience=5))] == ["1"]
    job.cancel()


async def test_what_goes_wrong_at_the_source_is_told_to_who_asks() -> None:
    class Broken(Source):
        async def __anext__(self) -> InFile:
            raise SetupError("no model")

    with pytest.raises(SetupError, match="no model"):
        await Job(Broken()).first(Wait(1, 1, 1))
