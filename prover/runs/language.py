"""What a run has to know of the language of its statements: one value for each proof assistant."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prover.runs.arithmetic import Sentence
from prover.runs.defects import Defect
from prover.runs.manifest import Manifest
from prover.runs.records import Result
from prover.types import Statement


@dataclass(frozen=True, slots=True)
class Language:
    """The language of one proof assistant. `name` is its key in a manifest, `title` what people call it.

    kind: `core` of a text without real and complex numbers, else `field`. canaries: the file of false
    statements. stated: a statement from its name and proposition. read: a statement's text as a sentence of
    arithmetic, where it is one. negated: the negation of a statement without variables and hypotheses. no:
    what stands before a proposition for its negation. defects: the statements of miniF2F that are defective.
    suffix: of a file with a proof; stem: that file's name, from the theorem's and the number of the attempt;
    proof_text: what is in it, with a note; judge_again: the command that judges it, from the run's manifest
    and the file's path.
    """

    name: str
    title: str
    kind: Callable[[str], str]
    canaries: Path
    stated: Callable[[str, str], Statement]
    read: Callable[[str], Sentence | None]
    negated: Callable[[str], str]
    no: str
    defects: Callable[[], list[Defect]]
    suffix: str
    stem: Callable[[str, int], str]
    proof_text: Callable[[Result, str], str]
    judge_again: Callable[[Manifest, str], str]


def file_stem(name: str, attempt: int, plain: str, mark: str) -> str:
    """The name, without suffix, of the file for an attempt: that of no other attempt at any theorem.

    plain: the theorem's name in characters that files may have. mark: what stands before the number of an
    attempt after the first. A hash tells apart the names that would read the same.
    """
    if plain != name or re.search(rf"{re.escape(mark)}\d+\Z", plain):
        plain += f"_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{plain}{mark}{attempt}" if attempt else plain
