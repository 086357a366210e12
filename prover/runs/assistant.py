"""The proof assistant of a run: its language, how it is opened, how its problems are read, what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from prover.attempts.home import LeanChoice, LeanHome, open_home
from prover.attempts.isabelle_home import IsabelleChoice, isabelle_home
from prover.runs.identify import isabelle_identity, lean_identity
from prover.runs.in_isabelle import ISABELLE
from prover.runs.in_lean import LEAN
from prover.runs.language import Language
from prover.runs.problems import Source, open_data, open_isabelle_data


@dataclass(frozen=True, slots=True)
class Assistant:
    """home: opens it; it can be pickled. data: reads a file's problems. identity: for the manifest."""

    language: Language
    home: Callable[[Console], LeanHome]
    data: Callable[[Path], Source]
    identity: Callable[[], dict[str, Any]]


def lean_assistant(choice: LeanChoice) -> Assistant:
    return Assistant(LEAN, partial(open_home, choice), open_data, partial(lean_identity, choice))


def isabelle_assistant(choice: IsabelleChoice) -> Assistant:
    return Assistant(
        ISABELLE, partial(isabelle_home, choice), open_isabelle_data, partial(isabelle_identity, choice)
    )
