"""What a worker tells the driver. Everything here can be pickled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from prover.attempts import Plan, Tools
from prover.errors import ProverError
from prover.policy.registry import OpenEngine
from prover.runs.progress import Load
from prover.runs.records import Finished, Job
from prover.search import Progress

ANSWER_S = 600.0
"""Whole proofs of many thousand tokens take minutes."""

OpenTools = Callable[[OpenEngine], AbstractAsyncContextManager[Tools]]
"""Opens a worker's tools; language models are to be opened by what it is given."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker of a run has to know. `versions` are the driver's (see `versions`).

    answer_s: a model's replica that needs longer for an answer is taken to hang.
    """

    tools: OpenTools
    plan: Plan
    versions: dict[str, str]
    answer_s: float = ANSWER_S


@dataclass(frozen=True, slots=True)
class Given:
    """An attempt to be made, and the journal of what has been done of it."""

    job: Job
    journal: bytes


@dataclass(frozen=True, slots=True)
class Lines:
    """New lines of an attempt's journal."""

    id: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """How far a search is."""

    id: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Searched:
    """An attempt's search is over, and its place is free; a proof may wait for the judge."""

    id: int


@dataclass(frozen=True, slots=True)
class Made:
    """An attempt is finished."""

    id: int
    finished: Finished


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt could not be made, for a reason that says nothing of the theorem."""

    id: int
    error: ProverError


@dataclass(frozen=True, slots=True)
class Busy:
    """How busy the worker's tools have been so far."""

    load: Load


@dataclass(frozen=True, slots=True)
class Hung:
    """A model replica did not answer in time, or died. `name` is the replica's."""

    name: str
    reason: str


Message = Lines | Step | Searched | Made | Failed | Busy | Hung
