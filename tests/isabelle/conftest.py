"""A real Isabelle process, shared by all tests here. They are listed as not run where there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from prover.errors import SetupError
from prover.isabelle.backend import IsabelleLimits, IsabelleProver, open_pool
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.launch import Isabelle, find_isabelle
from prover.isabelle.theory import header, statement_of
from prover.lean.pool import LeanPool


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.isabelle)


@pytest.fixture(scope="session")
def isabelle() -> Isabelle:
    try:
        return find_isabelle()
    except SetupError as error:
        pytest.skip(f"not run here: {error}")


@pytest_asyncio.fixture(scope="session")
async def pool(isabelle: Isabelle) -> AsyncIterator[LeanPool]:
    async with open_pool(isabelle) as pool:
        yield pool


@pytest.fixture(scope="session")
def prover(pool: LeanPool) -> IsabelleProver:
    return IsabelleProver(pool, IsabelleLimits(step_s=2.0, check_s=20.0))


@pytest_asyncio.fixture(scope="session")
async def judge(pool: LeanPool) -> AsyncIterator[IsabelleJudge]:
    judge = IsabelleJudge(pool, timeout_s=20.0)
    yield judge
    await judge.close()


@pytest_asyncio.fixture(scope="session")
async def hol(prover: IsabelleProver) -> None:
    """Skips the tests that need HOL where the process has Pure only."""
    statement = statement_of('theorem hol_is_here: "True"', header(["Main"]))
    try:
        await prover.start(statement)
    except SetupError as error:
        pytest.skip(f"not run here: needs a heap with HOL ({error})")
    await prover.release(statement)


@pytest_asyncio.fixture(scope="session")
async def analysis(hol: None, prover: IsabelleProver) -> None:
    """Skips the tests that need real numbers where the heap has none."""
    statement = statement_of('theorem reals_are_here: "True"', header(()))
    try:
        await prover.start(statement)
    except SetupError as error:
        pytest.skip(f"not run here: needs a heap with Complex_Main ({error})")
    await prover.release(statement)
