"""The real embedded Lean, shared by all tests here: one warm pool, set up as a user's would be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from repl_process import Repl

from prover.judge import LeanJudge
from prover.lean.backend import LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import Launch, LeanSession


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.lean)


@pytest.fixture(scope="package")
def launch() -> Launch:
    return embedded_launch(ensure_lean())


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def pool(launch: Launch) -> AsyncIterator[LeanPool]:
    pool = LeanPool(launch, PoolSettings(size=1, spares=1))
    yield pool
    await pool.close()


@pytest.fixture(scope="package")
def prover(pool: LeanPool) -> LeanProver:
    return LeanProver(pool)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def judge(pool: LeanPool) -> AsyncIterator[LeanJudge]:
    judge = LeanJudge(pool)
    yield judge
    await judge.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def repl(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Repl]:
    work, scratch = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("scratch")
    launch = embedded_launch(ensure_lean(), work=work, scratch=scratch)
    repl = Repl(launch, work, await LeanSession.start(launch))
    yield repl
    await repl.session.close()
