"""A policy's proposals on disk: a JSON line for each state, written as they come, read back for replay."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.types import Candidate, Policy, State


class Recorder:
    """Passes another policy's candidates on, and appends them to a file: `{"state", "candidates"}` a line.

    Each line is written in one go and at once. A half-written line that a killed process left at the end of
    the file is cut off first. Closing it closes the policy.
    """

    def __init__(self, policy: Policy, path: Path) -> None:
        self.policy = policy
        try:
            _cut_half_line(path)
            self._file: int | None = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        answers = await self.policy.propose(states)
        for state, candidates in zip(states, answers, strict=True):
            self._append(state, candidates)
        return answers

    async def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        await self.policy.close()

    def _append(self, state: State, candidates: Sequence[Candidate]) -> None:
        if self._file is not None:
            record = {"state": state.text, "candidates": [_record(one) for one in candidates]}
            os.write(self._file, orjson.dumps(record) + b"\n")


def read_candidate(record: Mapping[str, Any]) -> Candidate:
    """Raises `KeyError`, `TypeError` or `ValueError` for a record that is no candidate."""
    return Candidate(
        tactic=str(record["tactic"]),
        logprob=-math.inf if (known := record.get("logprob", 0.0)) is None else float(known),
        tokens=int(record.get("tokens", 0)),
        dropped=str(record.get("dropped", "")),
    )


def _record(candidate: Candidate) -> dict[str, Any]:
    record = {"tactic": candidate.tactic, "logprob": candidate.logprob, "tokens": candidate.tokens}
    return record | ({"dropped": candidate.dropped} if candidate.dropped else {})


def _cut_half_line(path: Path) -> None:
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = content.rfind(b"\n") + 1
        whole = end == len(content)
    if not whole:
        os.truncate(path, end)
