"""What a model wrote of problems, on disk: a JSON line for each answer, read back for runs without it."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.policy.engine import Completion
from prover.policy.recording import Recording, end_of_whole_lines
from prover.sketch.problem import Problem
from prover.sketch.writer import Writer
from prover.statements.reading import read_bytes, read_text
from prover.types import Attempted

_Key = tuple[str, str, str]
"""A problem's name, "draft" or "sketch", and the sketch that is to be repaired, if any."""


class RecordedWriter:
    """A `Writer` that answers from a file, `{"name", "kind", "failed", "completions"}` a line.

    failed: the script of the sketch that is to be repaired, left out for a first one. completions: texts, or
    objects with the fields of `Completion`. Lines of one name, kind and failed sketch are answers in that
    order; after the last, and for what is not in the file, there is none. Raises `InputError` with the line
    that cannot be read; a last line that was cut off is left out.
    """

    def __init__(self, path: Path) -> None:
        self._answers: dict[_Key, deque[list[Completion]]] = {}
        content = read_bytes(path)
        text = read_text(path, content[: end_of_whole_lines(content)])
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                self._read(line, f"{path}:{number}")

    @property
    def names(self) -> set[str]:
        """The problems that the file has answers for."""
        return {name for name, _, _ in self._answers}

    async def drafts(self, problem: Problem) -> list[Completion]:
        return self._next((problem.name, "draft", ""))

    async def sketches(self, problem: Problem, draw: int, failed: Sequence[Attempted]) -> list[Completion]:
        return self._next((problem.name, "sketch", _failed(failed)))

    async def close(self) -> None:
        """There is nothing to free."""

    def _next(self, key: _Key) -> list[Completion]:
        answers = self._answers.get(key)
        return answers.popleft() if answers else []

    def _read(self, line: str, place: str) -> None:
        try:
            record = orjson.loads(line)
            key = (str(record["name"]), str(record["kind"]), str(record.get("failed", "")))
            answer = [_completion(one) for one in record["completions"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{place}: not a recorded answer: {error!r}") from error
        if key[1] not in ("draft", "sketch"):
            raise InputError(f"{place}: kind is {key[1]!r}; known: draft, sketch")
        self._answers.setdefault(key, deque()).append(answer)


class RecordingWriter:
    """Passes another writer's answers on, and appends each to a file that `RecordedWriter` reads.

    Closing it closes both.
    """

    def __init__(self, writer: Writer, recording: Recording) -> None:
        self.writer, self._recording = writer, recording

    async def drafts(self, problem: Problem) -> list[Completion]:
        return self._write(problem, "draft", "", await self.writer.drafts(problem))

    async def sketches(self, problem: Problem, draw: int, failed: Sequence[Attempted]) -> list[Completion]:
        answer = await self.writer.sketches(problem, draw, failed)
        return self._write(problem, "sketch", _failed(failed), answer)

    async def close(self) -> None:
        try:
            self._recording.close()
        finally:
            await self.writer.close()

    def _write(self, problem: Problem, kind: str, failed: str, answer: list[Completion]) -> list[Completion]:
        record: dict[str, Any] = {"name": problem.name, "kind": kind}
        record |= {"failed": failed} if failed else {}
        record["completions"] = [dataclasses.asdict(one) for one in answer]
        self._recording.append(record)
        return answer


def _failed(failed: Sequence[Attempted]) -> str:
    return failed[-1].script if failed else ""


def _completion(value: str | Mapping[str, Any]) -> Completion:
    """Raises `KeyError`, `TypeError` or `ValueError` for what is none."""
    if isinstance(value, str):
        return Completion(value, tokens=0, logprob=None)
    logprob = value.get("logprob")
    return Completion(
        text=str(value["text"]),
        tokens=int(value.get("tokens", 0)),
        logprob=None if logprob is None else float(logprob),
        truncated=bool(value.get("truncated", False)),
    )
