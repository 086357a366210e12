"""Recorded candidates as a policy: a run without its model, a published proof checked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError
from prover.policy.recording import read_candidate
from prover.types import Candidate, State

Json = Mapping[str, Any]


class ReplayPolicy:
    """Answers from a file: JSON lines of `recording.Recorder`, or a search log like Llemma's.

    Lines are found by the exact text of the goals; a state that was recorded several times has all its
    candidates, each tactic once. In a search log (`results` with `attempt_results`; repository
    wellecks/llemma_formal2formal, proofsearch.py) a found proof is replayed: the tactic that stood at this
    state, else the one that follows the path so far in the theorem of this name. Raises `InputError` with the
    place of what cannot be read; a last line that was cut off is left out.
    """

    def __init__(self, path: Path) -> None:
        self.unknown = 0
        """States that were asked for and are not in the file."""
        self._states: dict[str, list[Candidate]] = {}
        self._proofs: dict[str, list[tuple[list[str], float]]] = {}
        self._read(path)

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self._candidates(state) for state in states]

    async def close(self) -> None:
        """There is nothing to free."""

    def _candidates(self, state: State) -> list[Candidate]:
        found = self._states.get(state.text) or self._next_steps(state)
        self.unknown += not found
        return list(found)

    def _next_steps(self, state: State) -> list[Candidate]:
        path = [step for step in state.path if isinstance(step, str)]
        proofs = self._proofs.get(state.statement.name, ())
        return _distinct(
            Candidate(proof[len(path)], logprob, tokens=1)
            for proof, logprob in proofs
            if proof[: len(path)] == path and len(proof) > len(path)
        )

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}") from error
        try:
            log = orjson.loads(content)
        except orjson.JSONDecodeError:
            log = None
        try:
            if isinstance(log, dict) and "results" in log:
                self._read_log(log["results"])
            else:
                self._read_lines(path, content)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path}: neither recorded candidates nor a search log: {error!r}") from error

    def _read_lines(self, path: Path, content: bytes) -> None:
        lines = content.split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                if number == len(lines):
                    return
                raise InputError(f"{path}:{number}: broken JSON at column {error.colno}") from error
            try:
                self._add(str(record["state"]), [read_candidate(one) for one in record["candidates"]])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise InputError(f"{path}:{number}: not a recorded state: {error!r}") from error

    def _read_log(self, results: Iterable[Json]) -> None:
        for attempt in (attempt for result in results for attempt in result["attempt_results"]):
            if not attempt.get("success"):
                continue
            proof = [str(tactic) for tactic in attempt["proof"]]
            # The log's score is a sum of costs over the steps; each gets the same share.
            logprob = -float(attempt.get("score", 0.0)) / max(len(proof), 1)
            self._proofs.setdefault(str(attempt["theorem"]), []).append((proof, logprob))
            for step in attempt.get("trace", ()):
                self._add(str(step["state_before"]), [Candidate(str(step["tactic"]), logprob, tokens=1)])

    def _add(self, state: str, candidates: Iterable[Candidate]) -> None:
        self._states[state] = _distinct([*self._states.get(state, ()), *candidates])


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The first of each tactic, and all that are no tactics: their tokens count."""
    seen: set[str] = set()
    kept = []
    for candidate in candidates:
        if not candidate.tactic or candidate.tactic not in seen:
            kept.append(candidate)
        seen.add(candidate.tactic)
    return kept
