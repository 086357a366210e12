"""Where documents come from: files of Proof-Pile-2 on the hub or in a folder, and one's own data.

A source is `NAME=PLACE[:WEIGHT]`. Its place is `hub:OWNER/NAME[@REVISION][/FOLDER]`, a folder of
`*.jsonl.zst` (with `train/` and `validation/` in it, or without), one such file, a Lake project, or a split
of a LeanDojo benchmark. Files of a `test` folder are never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from prover.errors import InputError, SetupError
from prover.statements.reading import read_bytes
from training.corpus.reading import Document, Fault, Faults, documents
from training.leandojo.benchmark import FILES, read_benchmark
from training.leandojo.theorems import steps
from training.statements import Split
from training.steps import GOAL, PROOFSTEP

FORMAL = ("agda", "coq", "idris", "isabelle", "lean", "isabelle-steps", "lean-steps")
"""The formal part of AlgebraicStack (LLEMMA, arXiv 2310.10631, §A.1)."""

LANGUAGES: Mapping[str, str] = {
    **{name: name for name in FORMAL[:5]},
    "isa_proofsteps": "isabelle-steps",
    "lean_proofsteps": "lean-steps",
    **{
        name: name
        for name in "c cpp fortran gap haskell julia jupyter maple matlab python r tex arxiv".split()
    },
    "jupyter-notebook": "jupyter",
    "c++": "cpp",
    "shard": "open-web-math",
}
"""How files of Proof-Pile-2 are called (`github-lean-train-0000`, `agda0000`, …) to the language in them."""

_SUFFIXES = (".jsonl", ".jsonl.zst")
_BUILT = frozenset({"build", "_target", "lake-packages", "node_modules"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, or one project. `split` is None where documents are held out by their hash."""

    source: str
    name: str
    kind: str
    language: str
    split: Split | None
    size: int
    at: str
    revision: str = ""

    def documents(self, start: int, faults: Faults) -> Iterator[Document]:
        """Those after the first `start` lines, or files of a project, each with its language and split."""
        own = {"lines": _lines, "lake": _lake, "leandojo": _leandojo}[self.kind]
        for document in own(self, start, faults):
            yield replace(
                document,
                language=normal(document.language) or self.language,
                split=document.split or self.split,
            )


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the user names it. `weight` is None where it counts by its tokens."""

    name: str
    place: str
    weight: float | None = None

    @classmethod
    def parse(cls, text: str) -> Source:
        """From `NAME=PLACE[:WEIGHT]`. Raises `InputError`."""
        name, equals, place = text.partition("=")
        if not equals or not place or not re.fullmatch(r"[\w.-]+", name):
            raise InputError(
                f"--source {text}: NAME=PLACE or NAME=PLACE:WEIGHT is wanted, like formal=data:0.6"
            )
        before, colon, last = place.rpartition(":")
        if colon and before and before != "hub" and re.fullmatch(r"[\d.]+(?:e-?\d+)?", last):
            weight = float(last) if last.count(".") < 2 else 0.0
            if weight <= 0:
                raise InputError(f"--source {text}: the weight must be a number above 0")
            return cls(name, before, weight)
        return cls(name, place)

    def files(self) -> list[SourceFile]:
        """The files to read, those of validation first. Raises `InputError` where there is none."""
        if self.place.startswith("hub:"):
            found = _on_hub(self)
        else:
            found = _on_disk(self, Path(self.place).expanduser())
        if not found:
            raise InputError(
                f"source {self.name}: {self.place} holds no *.jsonl.zst or *.jsonl, no lakefile and no "
                f"LeanDojo benchmark"
            )
        return sorted(found, key=lambda file: (file.split != "validation", file.name))


def normal(language: str) -> str:
    """A language's name as it is used here; LLEMMA's data and copies of it spell some in other ways."""
    language = language.strip().lower().replace(" ", "-")
    return LANGUAGES.get(language, language)


def language_of(name: str) -> str:
    """The language of a file by its name; `text` where that does not say."""
    stem = PurePosixPath(name).name.split(".")[0].lower()
    for part in (
        stem,
        re.sub(r"^github-|-?(?:train|validation|test)?[-_]?\d*$", "", stem),
        stem.split("_")[0],
    ):
        if part in LANGUAGES:
            return LANGUAGES[part]
    bare = re.sub(r"[-_]?(?:train|validation|test)?[-_]?\d+$", "", stem)
    return LANGUAGES.get(bare.removeprefix("github-"), "text")


def _on_disk(source: Source, place: Path) -> list[SourceFile]:
    if place.is_file() and place.name.endswith(_SUFFIXES):
        return [_file(source, place.name, place.stat().st_size, str(place), split=None)]
    if not place.is_dir():
        raise InputError(f"source {source.name}: there is no folder or JSON-lines file {place}")
    if any((place / name).is_file() for name in ("lakefile.lean", "lakefile.toml")):
        size = sum(path.stat().st_size for path in lake_files(place))
        return [SourceFile(source.name, place.name, "lake", "lean", None, size, str(place))]
    if any((place / name).is_file() for name in FILES):
        size = sum((place / name).stat().st_size for name in FILES if (place / name).is_file())
        return [SourceFile(source.name, place.name, "leandojo", "lean-steps", None, size, str(place))]
    found = [path for path in place.rglob("*") if path.name.endswith(_SUFFIXES) and path.is_file()]
    splits = {path: _split_of(path.relative_to(place).parts) for path in found}
    return [
        _file(source, str(path.relative_to(place)), path.stat().st_size, str(path), split=split)
        for path, split in _chosen(splits).items()
    ]


def _on_hub(source: Source) -> list[SourceFile]:
    repository, revision, folder = _hub_place(source)
    system = hub()
    try:
        revision = revision or _current_revision(repository)
        root = f"datasets/{repository}@{revision}"
        found = system.find(f"{root}/{folder}".rstrip("/"), detail=True)
    except Exception as error:  # whatever the hub and the network raise
        raise SetupError(
            f"source {source.name}: {repository} cannot be listed on the hub: {error}. With no network, "
            f"download its files elsewhere and name the folder"
        ) from error
    sizes = {path: int(facts["size"]) for path, facts in found.items() if path.endswith(_SUFFIXES)}
    splits = {path: _split_of(PurePosixPath(path).parts) for path in sizes}
    return [
        replace(_file(source, path.removeprefix(f"{root}/"), sizes[path], path, split), revision=revision)
        for path, split in _chosen(splits).items()
    ]


def hub() -> Any:
    """The hub's data sets as an fsspec file system. Raises `SetupError` where the package is missing."""
    try:
        from huggingface_hub import HfFileSystem
    except ImportError:
        raise SetupError("reading from the hub needs huggingface_hub: pip install 'prover[train]'") from None
    return HfFileSystem()


def _current_revision(repository: str) -> str:
    from huggingface_hub import HfApi

    return str(HfApi().dataset_info(repository).sha)


def _hub_place(source: Source) -> tuple[str, str, str]:
    found = re.fullmatch(r"hub:([\w.-]+/[\w.-]+)(?:@([\w.-]+))?(?:/(.*))?", source.place)
    if found is None:
        raise InputError(
            f"source {source.name}: hub:OWNER/NAME[@REVISION][/FOLDER] is wanted, not {source.place}"
        )
    return found[1], found[2] or "", found[3] or ""


def _split_of(parts: Sequence[str]) -> Split | None:
    for part in parts[:-1]:
        split: Mapping[str, Split] = {"train": "train", "validation": "validation", "val": "validation"}
        if part in split:
            return split[part]
        if part == "test":
            return "test"
    return None


def _chosen(splits: Mapping[Any, Split | None]) -> dict[Any, Split | None]:
    """Without tests. Where a source has files of validation, nothing else is held out of it."""
    held_out = "validation" in splits.values()
    chosen = {file: split for file, split in splits.items() if split != "test"}
    return {file: split if held_out or split == "validation" else None for file, split in chosen.items()}


def _file(source: Source, name: str, size: int, at: str, split: Split | None) -> SourceFile:
    return SourceFile(source.name, name, "lines", language_of(name), split, size, at)


def _opened(file: SourceFile) -> IO[bytes]:
    try:
        return hub().open(file.at, "rb") if file.revision else Path(file.at).open("rb")
    except OSError as error:
        raise InputError(f"{file.at} cannot be read: {error.strerror or error}") from error


def _lines(file: SourceFile, start: int, faults: Faults) -> Iterator[Document]:
    with _opened(file) as content:
        yield from documents(content, file.name, file.at.endswith(".zst"), start, faults)


def lake_files(project: Path) -> list[Path]:
    """The Lean files of a project that are its own: not of packages, not built, not hidden."""
    return [
        path
        for path in sorted(project.rglob("*.lean"))
        if not any(part in _BUILT or part.startswith(".") for part in path.relative_to(project).parts)
    ]


def _lake(file: SourceFile, start: int, faults: Faults) -> Iterator[Document]:
    read, project = 0, Path(file.at)
    for number, path in enumerate(lake_files(project), 1):
        content = read_bytes(path)
        read += len(content)
        if number <= start:
            continue
        place = f"{project.name}/{path.relative_to(project)}"
        try:
            yield Document(content.decode(), place, number, read)
        except UnicodeDecodeError as error:
            faults.add(Fault(place, 1, error.start, "not UTF-8", number))


def _leandojo(file: SourceFile, start: int, faults: Faults) -> Iterator[Document]:
    theorems = read_benchmark(Path(file.at))
    for number, theorem in enumerate(theorems, 1):
        blocks = [f"{GOAL}{step['goal']}{PROOFSTEP}{step['tactic']}" for step in steps(theorem)]
        if number > start and blocks:
            read = file.size * number // len(theorems)
            yield Document(
                "\n".join(blocks), f"{theorem.file}: {theorem.name}", number, read, "", theorem.split
            )
