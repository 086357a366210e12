"""LeanDojo's `Dojo` as a prover (extra `dojo`; lean-dojo 4, interaction/dojo.py): theorems of traced
repositories.

It knows a theorem by repository, commit, file and name, which a statement's source says: `URL@COMMIT:FILE`.
Tracing a repository needs the network, a GITHUB_ACCESS_TOKEN and hours; one that was traced before is in
LeanDojo's cache. Its calls block, so that each theorem has a thread. It has no `focus`: goals are proved in
their order, and a search is to leave them together (`SearchSettings(split=False)`).
"""

from __future__ import annotations

import asyncio
import importlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from prover.errors import SetupError, StatementError
from prover.lean.messages import failure_kind, goal_of
from prover.lean.native.refusals import forbidden
from prover.types import (
    Checked,
    Closed,
    Crashed,
    Focus,
    Forbidden,
    MemoryLimit,
    Message,
    Open,
    ParseError,
    Position,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Timeout,
)

SOURCE = re.compile(r"(?P<url>\S+)@(?P<commit>[0-9a-f]{7,40}):(?P<file>\S+\.lean)")


@dataclass(slots=True)
class _Theorem:
    """One theorem's process, in its thread, and LeanDojo's own states by path."""

    dojo: Any
    theorem: Any
    thread: ThreadPoolExecutor
    states: dict[tuple[Step, ...], Any] = field(default_factory=dict)


class DojoProver:
    """The `Prover` protocol on LeanDojo. Raises `SetupError` where it is not installed."""

    def __init__(self, timeout_s: float = 600.0) -> None:
        self._lean_dojo = _lean_dojo()
        self._timeout_s = timeout_s
        self._theorems: dict[Statement, _Theorem] = {}
        self._lock = asyncio.Lock()

    async def start(self, statement: Statement) -> State:
        """Raises `StatementError` where LeanDojo has no such theorem, `SetupError` where it cannot trace."""
        async with self._lock:
            if statement not in self._theorems:
                self._theorems[statement] = await self._enter(statement)
        return self._state(statement, (), self._theorems[statement].states[()])

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        """A lost process is started again, and the path to the state replayed."""
        if isinstance(step, Focus):
            return TacticError(message="LeanDojo does not focus: its goals are proved in their order")
        if word := forbidden(step):
            return Forbidden(kind=word)
        started = time.monotonic()
        try:
            await self.start(state.statement)
            own = self._theorems[state.statement]
            found = await self._call(own, self._replayed, own, state.path, step)
        except self._lean_dojo.DojoTacticTimeoutError:
            await self.release(state.statement)
            return Timeout(hard=True, seconds=time.monotonic() - started)
        except self._lean_dojo.DojoCrashError as error:
            await self.release(state.statement)
            return MemoryLimit(message=str(error)) if error.is_out_of_memory else Crashed(message=str(error))
        return self._result(state, step, found, time.monotonic() - started)

    async def check(self, statement: Statement, script: str) -> Checked:
        """Whether the whole script proves it, by LeanDojo's own `check_proof` of the changed file."""
        started = time.monotonic()
        if word := forbidden(script):
            return Checked("forbidden", (Message("error", word, Position(1, 0)),))
        theorem = self._theorem(statement)
        proof = "by\n  " + script.replace("\n", "\n  ")
        holds = await asyncio.to_thread(self._lean_dojo.check_proof, theorem, proof)
        return Checked("" if holds else "tactic_error", seconds=time.monotonic() - started)

    async def release(self, statement: Statement) -> None:
        """End the theorem's process."""
        own = self._theorems.pop(statement, None)
        if own is not None:
            await self._call(own, own.dojo.__exit__, None, None, None)
            own.thread.shutdown(wait=False)

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(self.release(statement) for statement in list(self._theorems)))

    def _theorem(self, statement: Statement) -> Any:
        match = SOURCE.fullmatch(statement.source)
        if match is None:
            raise StatementError(
                f"LeanDojo proves theorems of repositories, URL@COMMIT:FILE: {statement.source!r}"
            )
        repo = self._lean_dojo.LeanGitRepo(match["url"], match["commit"])
        return self._lean_dojo.Theorem(repo, match["file"], statement.name)

    async def _enter(self, statement: Statement) -> _Theorem:
        thread = ThreadPoolExecutor(1)
        theorem = self._theorem(statement)
        own = _Theorem(self._lean_dojo.Dojo(theorem, timeout=int(self._timeout_s)), theorem, thread)
        try:
            own.dojo, own.states[()] = await self._call(own, own.dojo.__enter__)
        except self._lean_dojo.DojoInitError as error:
            raise StatementError(f"LeanDojo cannot begin {statement.name}: {error}") from error
        except (OSError, ValueError) as error:
            raise SetupError(
                f"LeanDojo cannot trace {statement.source}: {error}. Tracing needs elan, the network and a "
                "GITHUB_ACCESS_TOKEN; what was traced before lies in ~/.cache/lean_dojo"
            ) from error
        return own

    async def _call(self, own: _Theorem, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(own.thread, function, *arguments)

    def _replayed(self, own: _Theorem, path: tuple[Step, ...], step: str) -> Any:
        """In the theorem's thread: the step on the state at `path`, which is made again where it is not
        known."""
        known = max(length for length in range(len(path) + 1) if path[:length] in own.states)
        for length in range(known, len(path)):
            own.states[path[: length + 1]] = own.dojo.run_tac(own.states[path[:length]], path[length])
        found = own.dojo.run_tac(own.states[path], step)
        if isinstance(found, self._lean_dojo.TacticState):
            own.states[(*path, step)] = found
        return found

    def _result(self, state: State, step: str, found: Any, seconds: float) -> StepResult:
        path = (*state.path, step)
        if isinstance(found, self._lean_dojo.ProofFinished):
            return Closed(path=path, seconds=seconds)
        if isinstance(found, self._lean_dojo.TacticState):
            return Open(state=self._state(state.statement, path, found), seconds=seconds)
        if isinstance(found, self._lean_dojo.ProofGivenUp):
            return TacticError(message="the tactic leaves a sorry", seconds=seconds)
        kind = ParseError if failure_kind(found.error) == "parse" else TacticError
        return kind(message=found.error, seconds=seconds)

    def _state(self, statement: Statement, path: tuple[Step, ...], found: Any) -> State:
        return State(statement, path, tuple(map(goal_of, found.pp.split("\n\n"))))


def _lean_dojo() -> ModuleType:
    try:
        return importlib.import_module("lean_dojo")
    except ImportError as error:
        raise SetupError(f"LeanDojo is not installed: pip install 'prover[dojo]' ({error})") from error
