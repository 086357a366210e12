"""LeanDojo's `Dojo` behind our prover, on a stand-in for the package, which wants a toolchain and the
network."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from stepping import opened

from prover.errors import SetupError, StatementError
from prover.lean.native.dojo import DojoProver
from prover.types import (
    Closed,
    Crashed,
    Focus,
    Forbidden,
    ParseError,
    Statement,
    TacticError,
    Timeout,
)

SOURCE = f"https://github.com/made/up@{'a' * 40}:Made/Up.lean"
THEOREM = Statement("two_eq", "theorem two_eq (a b : ℕ) (h : a = b) : b = a", source=SOURCE)


@dataclass(frozen=True)
class TacticState:
    pp: str
    id: int = field(compare=False)


@dataclass(frozen=True)
class ProofFinished:
    tactic_state_id: int


class ProofGivenUp:
    pass


@dataclass(frozen=True)
class LeanError:
    error: str


class DojoCrashError(Exception):
    is_out_of_memory = False


class DojoTacticTimeoutError(Exception):
    pass


class DojoInitError(Exception):
    pass


@dataclass(frozen=True)
class LeanGitRepo:
    url: str
    commit: str


@dataclass(frozen=True)
class Theorem:
    repo: LeanGitRepo
    file_path: str
    full_name: str


class Dojo:
    """A process that knows a few tactics; its states are its own, as LeanDojo's are."""

    entered = 0
    living = 0

    def __init__(self, entry: Theorem, timeout: int) -> None:
        self.entry = entry
        self.own: set[int] = set()

    def __enter__(self) -> tuple[Dojo, TacticState]:
        if self.entry.repo.url.endswith("private"):
            raise ValueError("repository not found")
        if self.entry.full_name == "unknown":
            raise DojoInitError("Failed to locate the theorem")
        Dojo.entered += 1
        Dojo.living += 1
        return self, self.state("a b : ℕ\nh : a = b\n⊢ b = a")

    def __exit__(self, *error: object) -> None:
        Dojo.living -= 1

    def state(self, pp: str) -> TacticState:
        state = TacticState(pp, Dojo.entered * 100 + len(self.own))
        self.own.add(state.id)
        return state

    def run_tac(self, state: TacticState, tactic: str) -> Any:
        assert state.id in self.own, "a state of a process that is gone"
        match tactic:
            case "exact h.symm" | "rfl":
                return ProofFinished(7)
            case "subst h":
                return self.state("a : ℕ\n⊢ a = a")
            case "exact (":
                return LeanError("<input>:1:7: unexpected end of input")
            case "give up":
                return ProofGivenUp()
            case "die":
                raise DojoCrashError("Unexpected EOF")
            case "hang":
                raise DojoTacticTimeoutError
        return LeanError(f"{tactic} failed")


@pytest_asyncio.fixture
async def prover(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DojoProver]:
    module: Any = ModuleType("lean_dojo")
    for one in (TacticState, ProofFinished, ProofGivenUp, LeanError, DojoCrashError, DojoTacticTimeoutError):
        setattr(module, one.__name__, one)
    module.DojoInitError, module.LeanGitRepo, module.Theorem, module.Dojo = (
        DojoInitError,
        LeanGitRepo,
        Theorem,
        Dojo,
    )
    module.check_proof = lambda theorem, proof: proof == "by\n  subst h\n  rfl"
    monkeypatch.setitem(sys.modules, "lean_dojo", module)
    prover = DojoProver()
    yield prover
    await prover.close()
    assert Dojo.living == 0


async def test_results_are_typed_and_goals_are_read(prover: DojoProver) -> None:
    root = await prover.start(THEOREM)
    assert root.goals[0].target == "b = a" and [h.name for h in root.goals[0].hypotheses] == ["a", "b", "h"]
    assert isinstance(await prover.step(root, "exact h.symm"), Closed)
    assert isinstance(await prover.step(root, "exact ("), ParseError)
    assert isinstance(await prover.step(root, "simp"), TacticError)
    assert isinstance(await prover.step(root, "give up"), TacticError)
    assert isinstance(await prover.step(root, "exact sorry"), Forbidden)
    assert isinstance(await prover.step(root, Focus(0)), TacticError)
    assert isinstance(await prover.step(await opened(prover, root, "subst h"), "rfl"), Closed)


@pytest.mark.parametrize(("tactic", "kind"), [("die", Crashed), ("hang", Timeout)])
async def test_a_lost_process_costs_the_step_and_no_state(
    prover: DojoProver, tactic: str, kind: type
) -> None:
    state = await opened(prover, await prover.start(THEOREM), "subst h")
    entered = Dojo.entered
    assert isinstance(await prover.step(state, tactic), kind)
    assert isinstance(await prover.step(state, "rfl"), Closed)
    assert Dojo.entered == entered + 1


async def test_a_script_is_checked_by_leandojo_itself(prover: DojoProver) -> None:
    assert (await prover.check(THEOREM, "subst h\nrfl")).proved
    assert (await prover.check(THEOREM, "simp")).failure == "tactic_error"
    assert (await prover.check(THEOREM, "sorry")).failure == "forbidden"


async def test_what_cannot_be_begun_says_why(prover: DojoProver) -> None:
    with pytest.raises(StatementError, match="URL@COMMIT:FILE"):
        await prover.start(Statement("t", "theorem t : True"))
    with pytest.raises(StatementError, match="cannot begin unknown: Failed to locate"):
        await prover.start(Statement("unknown", "theorem unknown : True", source=SOURCE))
    with pytest.raises(SetupError, match="needs elan, the network and a GITHUB_ACCESS_TOKEN"):
        await prover.start(Statement("t", "theorem t : True", source=SOURCE.replace("/up@", "/private@")))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lean_dojo", None)
    with pytest.raises(SetupError, match=r"prover\[dojo\]"):
        DojoProver()
