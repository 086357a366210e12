"""Where a run's theorems come from: a JSON-lines file, a data set on the hub, or a folder of Lean files."""

from __future__ import annotations

import hashlib
import importlib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prover.errors import InputError, SetupError
from prover.runs.in_lean import LEAN
from prover.runs.records import Theorem
from prover.statements import leanfile, minif2f, minif2f_isabelle
from prover.statements.holes import find_declarations, find_holes
from prover.statements.parse import parse_statement
from prover.types import Statement

Subset = Literal["core", "field", "all"]
SUBSETS: tuple[Subset, ...] = ("core", "field", "all")

_PROVABLE = ("theorem", "lemma", "example")
_NAME_IN_BUILD = {".lake", "build", ".git"}


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a source is attempted. `split`: only problems of that split, where it is given.

    subset: `core` are statements that mention neither real nor complex numbers, `field` the others. sample:
    so many, drawn by `seed`, in the order of the source.
    """

    split: str = ""
    subset: Subset = "all"
    sample: int | None = None
    seed: int = 0

    def of(self, theorems: Iterable[Theorem], kind: Callable[[str], str] = LEAN.kind) -> Iterator[Theorem]:
        """`kind` tells a text's subset. `theorems` may be gone through twice.

        Raises `InputError` where nothing is left.
        """
        splits: set[str] = set()
        chosen = self._matching(theorems, splits, kind)
        if self.sample is not None:
            count = sum(1 for _ in chosen)
            drawn = set(random.Random(self.seed).sample(range(count), min(self.sample, count)))
            numbered = enumerate(self._matching(theorems, splits, kind))
            chosen = (theorem for index, theorem in numbered if index in drawn)
        empty = True
        for theorem in chosen:
            empty = False
            yield theorem
        if empty:
            known = f"; splits there: {', '.join(sorted(filter(None, splits))) or 'none'}"
            raise InputError(f"no problem is left of split {self.split!r}, subset {self.subset}{known}")

    def _matching(
        self, theorems: Iterable[Theorem], splits: set[str], kind: Callable[[str], str]
    ) -> Iterator[Theorem]:
        for theorem in theorems:
            splits.add(theorem.split)
            if self.split and theorem.split != self.split:
                continue
            if self.subset in ("all", kind(theorem.statement.text)):
                yield theorem


@dataclass(frozen=True, slots=True)
class _File:
    """The theorems of a JSON-lines file, read anew whenever they are asked for: files may be large."""

    path: Path

    def __iter__(self) -> Iterator[Theorem]:
        return (Theorem(one.name, one.statement, one.split) for one in minif2f.read(self.path))


@dataclass(frozen=True, slots=True)
class Source:
    """A place of theorems, which can be gone through many times.

    `identity` says for the manifest what exactly was read.
    """

    theorems: Iterable[Theorem]
    identity: Mapping[str, str]


def open_data(path: Path) -> Source:
    """A JSON-lines file laid out like miniF2F, or a folder of Lean files with one theorem each.

    Raises `InputError` naming file, line and field of what cannot be read.
    """
    if path.is_dir():
        theorems = list(_from_folder(path))
        whole = hashlib.sha256()
        for one in theorems:
            whole.update(f"{one.name}\0{one.sha256}\n".encode())
        return Source(theorems, {"folder": path.name, "sha256": whole.hexdigest()})
    next(minif2f.read(path))
    return Source(_File(path), {"file": path.name, "sha256": _digest(path)})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_isabelle_data(path: Path) -> Source:
    """The Isabelle statements of a JSON-lines file laid out like miniF2F. Raises `InputError`."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: Isabelle's problems are in a JSON-lines file")
    theorems = [Theorem(one.name, one.statement, one.split) for one in minif2f_isabelle.load(path)]
    return Source(theorems, {"file": path.name, "column": "isabelle", "sha256": _digest(path)})


def open_hub(name: str, split: str) -> Source:
    """The data set `DATASET@REVISION` on the hub, through the package `datasets`.

    Rows have either miniF2F's layout here (`name`, `lean4.statement`) or `name` and `formal_statement`. The
    revision is demanded: what a name on the hub holds can change. Raises `InputError`, `SetupError`.
    """
    dataset, at, revision = name.partition("@")
    if not at or not revision:
        raise InputError(f"--hub {name}: give the revision, DATASET@REVISION (a commit of the data set)")
    try:
        module: Any = importlib.import_module("datasets")
    except ImportError:
        raise SetupError("--hub needs a package that is not installed: pip install 'prover[train]'") from None
    try:
        rows = module.load_dataset(dataset, revision=revision, split=_hub_split(split))
    except Exception as error:  # Its errors have no common base.
        raise InputError(f"--hub {name}: {type(error).__name__}: {error}") from error
    theorems = [_from_row(row, f"{name}, row {number}", _hub_split(split)) for number, row in enumerate(rows)]
    return Source(theorems, {"hub": dataset, "revision": revision})


def _hub_split(split: str) -> str:
    """miniF2F's `valid` is the hub's `validation`."""
    return {"valid": "validation", "": "test"}.get(split, split)


def _from_row(row: Mapping[str, Any], place: str, split: str) -> Theorem:
    nested = row.get("lean4")
    field = "lean4.statement" if isinstance(nested, Mapping) else "formal_statement"
    text = nested.get("statement") if isinstance(nested, Mapping) else row.get("formal_statement")
    for label, value in (("name", row.get("name")), (field, text)):
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{place}: field {label} is missing or no text")
    try:
        statement = parse_statement(str(text))
    except InputError as error:
        raise InputError(f"{place}: field {field}: {error}") from error
    short = {"validation": "valid"}.get(split, split)
    return Theorem(str(row["name"]), Statement(statement.name, statement.text, source=place), short)


def _from_folder(folder: Path) -> Iterator[Theorem]:
    """A Lake project's files, in alphabetical order. Those without a `sorry` are not problems."""
    names: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.lean")):
        inside = path.relative_to(folder)
        if _NAME_IN_BUILD & set(inside.parts) or path.name == "lakefile.lean":
            continue
        theorem = _from_file(path, str(inside))
        if theorem is None:
            continue
        if theorem.name in names:
            raise InputError(f"{path}: theorem {theorem.name!r} stands already in {names[theorem.name]}")
        names[theorem.name] = path
        yield theorem
    if not names:
        raise InputError(f"{folder} holds no Lean file with a theorem that ends in `sorry`")


def _from_file(path: Path, inside: str) -> Theorem | None:
    """The theorem of a file, under the file's own header; None where nothing is left to prove."""
    text = leanfile.load(path).text
    if not find_holes(text):
        return None
    declarations = find_declarations(text)
    if len(declarations) != 1 or declarations[0].kind not in _PROVABLE:
        raise InputError(f"{path}: a file of this folder holds one theorem and no other declaration")
    declaration = declarations[0]
    try:
        statement = parse_statement(text[declaration.start : declaration.end])
    except InputError as error:
        raise InputError(f"{path}:{declaration.line}: {error}") from error
    header = re.sub(r"\n{3,}", "\n\n", text[: declaration.start]).strip()
    named = Statement(statement.name, statement.text, header, source=f"{inside}:{declaration.line}")
    return Theorem(declaration.label.replace("«", "").replace("»", ""), named)
