"""A policy's proposals on disk: a JSON line for each state, written as they come, read back for replay."""

from __future__ import annotations

import codecs
import math
import mmap
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.types import Candidate, Policy, State


class Recording:
    """A file to which records are appended, a JSON line each, written in one go and at once.

    A half-written line that a killed process left at the end of the file is cut off first. Raises
    `InputError` for a file that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            _end_last_line(path)
            self._file: int | None = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a record; nothing once it is closed."""
        if self._file is not None:
            os.write(self._file, orjson.dumps(record) + b"\n")

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)


class Recorder:
    """Passes another policy's candidates on, and appends them to a file: `{"state", "candidates"}` a line.

    Closing it closes both.
    """

    def __init__(self, policy: Policy, recording: Recording) -> None:
        self.policy, self._recording = policy, recording

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        answers = await self.policy.propose(states)
        for state, candidates in zip(states, answers, strict=True):
            record = {"state": state.text, "candidates": [_record(one) for one in candidates]}
            self._recording.append(record)
        return answers

    async def close(self) -> None:
        try:
            self._recording.close()
        finally:
            await self.policy.close()


async def open_recorder(path: Path, opening: Callable[[], Awaitable[Policy]]) -> Recorder:
    """A recorder of the policy that `opening` gives.

    The file is opened first, for a model takes long to load. Raises `InputError` where that fails.
    """
    recording = Recording(path)
    try:
        return Recorder(await opening(), recording)
    except BaseException:
        recording.close()
        raise


def read_candidate(record: Mapping[str, Any]) -> Candidate:
    """Raises `KeyError`, `TypeError` or `ValueError` for a record that is no candidate."""
    return Candidate(
        tactic=str(record["tactic"]),
        logprob=-math.inf if (known := record.get("logprob", 0.0)) is None else float(known),
        tokens=int(record.get("tokens", 0)),
        dropped=str(record.get("dropped", "")),
        chance=float(record.get("chance", 1.0)),
    )


def _record(candidate: Candidate) -> dict[str, Any]:
    record = {"tactic": candidate.tactic, "logprob": candidate.logprob, "tokens": candidate.tokens}
    dropped = {"dropped": candidate.dropped} if candidate.dropped else {}
    return record | dropped | ({"chance": candidate.chance} if candidate.chance != 1 else {})


def end_of_whole_lines(content: bytes | mmap.mmap) -> int:
    """Where a last line begins that was cut off while it was written; the end of `content` where none was."""
    begin = content.rfind(b"\n") + 1
    try:
        orjson.loads(content[begin:].removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError:
        return begin
    return len(content)


def _end_last_line(path: Path) -> None:
    """Cut off a half-written last line, and end a whole one that has no line end."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        length, end = len(content), end_of_whole_lines(content)
        ended = content[end - 1 : end] == b"\n"
    if end < length:
        os.truncate(path, end)
    elif not ended:
        with path.open("ab") as unended:
            unended.write(b"\n")
