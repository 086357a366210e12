"""A search's answers, kept as they come: after a kill, the search is taken up at the step it was on.

A state is its path of tactics, so an answer can be given again in any process. The search itself runs anew
and is answered from the journal, until it asks something new; Lean then rebuilds that one state by replay.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from prover.attempts.tools import Tools
from prover.errors import SetupError
from prover.runs.disk import disk
from prover.search.results import describe
from prover.types import (
    Candidate,
    Checked,
    Closed,
    Crashed,
    Focus,
    Forbidden,
    Goal,
    Hypothesis,
    MemoryLimit,
    Open,
    ParseError,
    Policy,
    Prover,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Timeout,
)

QUIET_S = 1.0
"""A search writes nothing in its first second: that much is soon done again."""

Record = dict[str, Any]

_FAILURES: dict[str, Callable[[str], StepResult]] = {
    "parse_error": lambda text: ParseError(message=text),
    "forbidden": lambda text: Forbidden(kind=text),
    "tactic_error": lambda text: TacticError(message=text),
    "timeout": lambda text: Timeout(hard=text == "hard", early=text == "early"),
    "crashed": lambda text: Crashed(message=text),
    "memory_limit": lambda text: MemoryLimit(message=text),
}


class Journal:
    """The answers known so far. `write` is given the lines of new ones, first after `quiet_s` seconds."""

    def __init__(
        self, lines: Iterable[bytes], write: Callable[[bytes], None], quiet_s: float = QUIET_S
    ) -> None:
        self._answers: dict[str, Record] = {}
        for line in lines:
            record = orjson.loads(line)
            self._answers[record["key"]] = record
        self.known = len(self._answers)
        self._write, self._unwritten = write, list[Record]()
        self._quiet_until = time.monotonic() + (0.0 if self.known else quiet_s)

    def get(self, key: str) -> Record | None:
        return self._answers.get(key)

    def add(self, record: Record) -> None:
        """Keep an answer. Raises `DiskFullError` and `SetupError` where it cannot be written."""
        self._unwritten.append(record)
        if time.monotonic() >= self._quiet_until:
            lines = b"".join(orjson.dumps(one) + b"\n" for one in self._unwritten)
            self._unwritten.clear()
            self._write(lines)


class JournalFolder:
    """The journals of attempts under way, each in a file that is made when there is something to write.

    Raises `SetupError` where the folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(exist_ok=True)
            self._there = {one.name for one in path.iterdir()}
        except OSError as error:
            raise SetupError(f"cannot write to {path}: {error.strerror}") from error
        self._path = path

    def file(self, id: int) -> JournalFile:
        """The journal of the attempt of that number."""
        return JournalFile(self._path / _name(id), self._there)

    def remove(self, id: int) -> None:
        """What the journal says is recorded elsewhere."""
        if _name(id) in self._there:
            (self._path / _name(id)).unlink(missing_ok=True)
            self._there.discard(_name(id))


def _name(id: int) -> str:
    return f"{id}.jsonl"


class JournalFile:
    """One of them. `there` are the names of those that are there. A line that a kill cut off is dropped."""

    def __init__(self, path: Path, there: set[str]) -> None:
        self._path, self._there = path, there
        self._file: int | None = None

    def lines(self) -> bytes:
        """The whole lines of it."""
        if self._path.name not in self._there:
            return b""
        content = self._path.read_bytes()
        return content[: content.rfind(b"\n") + 1]

    def write(self, lines: bytes) -> None:
        """Raises `DiskFullError` and `SetupError`."""
        with disk(self._path):
            if self._file is None:
                whole = len(self.lines())
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
                self._there.add(self._path.name)
                os.ftruncate(self._file, whole)
                os.lseek(self._file, 0, os.SEEK_END)
            while lines:
                lines = lines[os.write(self._file, lines) :]

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)


def journaled(tools: Tools, journal: Journal) -> Tools:
    """The tools with answers kept in, and taken from, the journal. They are for one attempt."""
    prover: Any = JournaledProver(tools.prover, journal)
    return replace(tools, prover=prover, policy=JournaledPolicy(tools.policy, journal))


class JournaledProver:
    """The `Prover` protocol: steps that the journal knows are not run again."""

    def __init__(self, prover: Prover, journal: Journal) -> None:
        self._prover, self._journal = prover, journal

    async def start(self, statement: Statement) -> State:
        return await self._prover.start(statement)

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        key = _key("step", state, _plain(step), within_s)
        known = self._journal.get(key)
        if known is not None:
            return _read_result(known, state, step)
        result = await self._prover.step(state, step, within_s)
        self._journal.add({"key": key, **_result_record(result)})
        return result

    async def check(self, statement: Statement, script: str) -> Checked:
        return await self._prover.check(statement, script)

    async def release(self, statement: Statement) -> None:
        await self._prover.release(statement)

    async def close(self) -> None:
        await self._prover.close()


class JournaledPolicy:
    """The `Policy` protocol: states that the journal knows are not asked again."""

    def __init__(self, policy: Policy, journal: Journal) -> None:
        self._policy, self._journal = policy, journal

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [await self._one(state) for state in states]

    async def close(self) -> None:
        await self._policy.close()

    async def _one(self, state: State) -> list[Candidate]:
        key = _key("propose", state)
        known = self._journal.get(key)
        if known is not None:
            return [Candidate(t, _finite(p), *more) for t, p, *more in known["candidates"]]
        (candidates,) = await self._policy.propose([state])
        rows = [(one.tactic, one.logprob, one.tokens, one.dropped, one.chance) for one in candidates]
        self._journal.add({"key": key, "candidates": rows})
        return candidates


def _finite(logprob: float | None) -> float:
    """JSON has no infinity: it is written as null."""
    return -math.inf if logprob is None else logprob


def _plain(step: Step) -> str | int:
    return step.goal if isinstance(step, Focus) else step


def _key(question: str, state: State, *details: str | float | None) -> str:
    path = [_plain(one) for one in state.path]
    return hashlib.blake2b(orjson.dumps([question, path, *details]), digest_size=16).hexdigest()


def _result_record(result: StepResult) -> Record:
    kind, message = describe(result)
    record: Record = {"kind": kind, "message": message, "seconds": result.seconds}
    if isinstance(result, Open):
        goals = [asdict(goal) for goal in result.state.goals]
        record["goals"] = [goal | {"metavariables": sorted(goal["metavariables"])} for goal in goals]
    return record


def _read_result(record: Record, state: State, step: Step) -> StepResult:
    path, kind, seconds = (*state.path, step), record["kind"], float(record["seconds"])
    if kind == "closed":
        return Closed(path=path, seconds=seconds)
    if kind == "open":
        goals = tuple(_read_goal(goal) for goal in record["goals"])
        return Open(state=State(state.statement, path, goals), seconds=seconds)
    return replace(_FAILURES[kind](record["message"]), seconds=seconds)


def _read_goal(record: Record) -> Goal:
    hypotheses = tuple(Hypothesis(**one) for one in record["hypotheses"])
    waits = frozenset(record["metavariables"])
    return Goal(**(record | {"hypotheses": hypotheses, "metavariables": waits}))
