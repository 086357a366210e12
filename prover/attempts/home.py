"""Which Lean proves: how its processes start, and what a statement or a file written for Mathlib is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.install import EmbeddedLean
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.native.kimina import KiminaLaunch, reach
from prover.lean.native.launch import RESIDENT, Repl, find_repl, native_launch
from prover.lean.native.pantograph import PantographLaunch, find_pantograph
from prover.lean.native.project import MATHLIB_HEADER, LakeProject
from prover.lean.pool import LeanPool
from prover.lean.session import Launch
from prover.policy.registry import Own
from prover.statements.preludes import Prelude, prelude, preludes_for
from prover.types import Statement

_IMPORT_LINE = re.compile(r"^import .*$", re.MULTILINE)
_MATHLIB = re.compile(r"^import (Mathlib|Aesop|Batteries)\b", re.MULTILINE)
_OWN_IMPORT = re.compile(r"^import (?:[\w«»]+\.)*ProverSuggest[ \t]*$", re.MULTILINE)
"""Of `editors/lean/ProverSuggest.lean`, whose tactics ask us: no file needs them to be proved."""

_LEMMA = (
    'macro m:declModifiers "lemma " n:declId s:declSig v:declVal : command => '
    "`($m:declModifiers theorem $n $s $v)"
)
"""Mathlib's keyword, which core Lean has not."""

NATIVE = "native"


@dataclass(frozen=True, slots=True)
class LeanChoice:
    """The Lean that a user asks for. `project`: of `native` and `pantograph`; `server`: of `kimina`, its
    URL."""

    kind: str = "embedded"
    project: LakeProject | None = None
    server: str = ""


@dataclass(frozen=True, slots=True)
class LeanHome:
    """A proof assistant whose processes speak Lean's protocol; mostly Lean itself.

    headers: those to try for a statement, the likelier first, each with its name.

    file_text: the text of a file or of its beginning, given with the whole, as this Lean takes it, and the
    name of the prelude that stands in for its imports. max_bytes: resident memory that a process may always
    have; 0 leaves that to the pool. spares: whether processes are started before they are needed. prover,
    judge: what runs on a pool of its processes. policies: those that only this prover has.
    """

    launch: Launch
    headers: Callable[[Statement], Sequence[Prelude]] = lambda statement: preludes_for(statement.text)
    file_text: Callable[[str, str], tuple[str, str | None]] = lambda text, whole: (text, None)
    max_bytes: int = 0
    spares: bool = True
    prover: Callable[[LeanPool, LeanLimits], LeanProver] = LeanProver
    judge: Callable[[LeanPool], LeanJudge] = LeanJudge
    policies: Callable[[LeanProver], Own] = lambda prover: {}


def embedded_home(lean: EmbeddedLean) -> LeanHome:
    """The Lean that needs no installation. It has no Mathlib: preludes stand in for it."""
    return LeanHome(embedded_launch(lean), file_text=embedded_text)


def open_home(choice: LeanChoice, console: Console) -> LeanHome:
    """The chosen Lean, ready to run: the embedded one is set up where it is not. Raises `SetupError`."""
    if choice.server:
        reach(choice.server)
        return _native(KiminaLaunch((), url=choice.server), MATHLIB_HEADER)
    if choice.project is None:
        return embedded_home(ensure_lean(console))
    if choice.kind == "pantograph":
        program = Repl(find_pantograph(choice.project), ours=False)
        launch = native_launch(choice.project, program, kind=PantographLaunch, console=console)
        return _native(launch, choice.project.header)
    return native_home(choice.project, console)


def native_home(project: LakeProject, console: Console) -> LeanHome:
    """The user's own Lean in a Lake project. Raises `SetupError` where its REPL or Lake is missing."""
    return _native(native_launch(project, find_repl(project), console=console), project.header)


def _native(launch: Launch, header: str) -> LeanHome:
    """Headers and files are taken as they are; a statement without a header has this one."""
    return LeanHome(launch, lambda one: (Prelude(NATIVE, one.header or header),), max_bytes=RESIDENT)


def embedded_text(text: str, whole: str) -> tuple[str, str | None]:
    """`text` with Mathlib's import lines replaced by a prelude, and that prelude's name; line count is kept.

    The line that imports our own tactics goes too; else a file that imports nothing of Mathlib stays as it
    is. Where `text` is only the beginning of a file, that file, `whole`, decides which prelude is needed.
    """
    text = _OWN_IMPORT.sub("", text)
    if not _MATHLIB.search(text):
        return text, None
    chosen = preludes_for(whole)[0]
    imports = [line for line in chosen.header.splitlines() if line.startswith("import ")]
    rest = " ".join(line for line in chosen.header.splitlines() if not line.startswith("import "))
    blanked = _IMPORT_LINE.sub("", text)
    first_blank = blanked.find("\n")
    head, tail = (blanked[:first_blank], blanked[first_blank:]) if first_blank >= 0 else (blanked, "")
    return f"{' '.join(imports)} {rest} {_LEMMA} {head}{tail}", prelude(chosen.name).name
