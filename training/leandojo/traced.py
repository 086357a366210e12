"""A repository that LeanDojo traced: its theorems, tactic states and premises, from the `*.trace.xml` files.

Tracing writes one for each source, `.lake/build/ir/A/B.trace.xml` for `A/B.lean`: the syntax tree, an element
a node. A theorem's element has its full name and place; a tactic's has the states around it; an identifier's
has the full name and place of what it means, where that is a constant (LeanDojo's guide, “Getting Started”,
and `data_extraction/traced_data.py`). The `*.ast.json` beside them are what they were made of.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

from prover.errors import InputError
from prover.statements.reading import read_bytes
from training.leandojo.theorems import TracedTactic, TracedTheorem
from training.splits import split_groups

_TRACES = Path(".lake") / "build" / "ir"
_ENDING = ".trace.xml"
_THEOREMS = frozenset({"CommandTheoremNode", "LemmaNode", "MathlibTacticLemmaNode"})
_GIT_SECONDS = 30.0

Place = tuple[int, int]
"""Line and column, both from 1."""


def traces_of(folder: Path) -> list[Path]:
    """The trace files of a repository's own sources, not of its packages; none where it was not traced."""
    return sorted((folder / _TRACES).rglob(f"*{_ENDING}"))


def read_traced(folder: Path, seed: int = 0) -> list[TracedTheorem]:
    """The theorems of a traced repository, file by file. Files are dealt to the splits, with `seed`.

    Raises `InputError` with file and element of what is wrong, or where a source has changed since.
    """
    traces = traces_of(folder)
    if not traces:
        raise InputError(f"{folder} was not traced: there is no {_TRACES}/*{_ENDING}")
    url, commit = _origin(folder)
    found = [theorem for trace in traces for theorem in _theorems(folder, trace)]
    splits = split_groups(Counter(theorem.file for theorem in found), seed)
    return [replace(one, url=url, commit=commit, split=splits[one.file]) for one in found]


def _source_of(folder: Path, trace: Path) -> str:
    relative = trace.relative_to(folder / _TRACES).as_posix()
    return relative.removesuffix(_ENDING) + ".lean"


def _elements(trace: Path) -> Iterator[ElementTree.Element]:
    """The elements of a file, each when it is complete. Raises `InputError`."""
    try:
        for _, element in ElementTree.iterparse(trace):
            yield element
    except (ElementTree.ParseError, OSError) as error:
        raise InputError(f"{trace}: no complete trace: {error}") from error


def _theorems(folder: Path, trace: Path) -> Iterator[TracedTheorem]:
    file = _source_of(folder, trace)
    for element in _elements(trace):
        if element.tag in _THEOREMS and element.get("full_name"):
            yield _theorem(trace, file, element)
        if element.tag in ("CommandDeclarationNode", *_THEOREMS):
            element.clear()  # A file of Mathlib's has millions of elements.
        if element.tag == "TracedFile":
            _check_source(folder / file, trace, element)


def _check_source(source: Path, trace: Path, root: ElementTree.Element) -> None:
    """Places are those of the file that was traced."""
    if hashlib.md5(read_bytes(source), usedforsecurity=False).hexdigest() != root.get("md5"):
        raise InputError(f"{source} has changed since {trace.name} was written: trace the repository again")


def _theorem(trace: Path, file: str, element: ElementTree.Element) -> TracedTheorem:
    tactics: dict[tuple[str, str, str], TracedTactic] = {}
    for node in element.iter():
        if node.get("state_before") is not None:
            tactic = _tactic(trace, node)
            tactics.setdefault((tactic.before, tactic.tactic, tactic.after), tactic)
    return TracedTheorem(
        url="",
        commit="",
        file=file,
        name=_text(trace, element, "full_name"),
        start=_place(trace, element, "start"),
        end=_place(trace, element, "end"),
        split="train",
        tactics=tuple(tactics.values()),
    )


def _tactic(trace: Path, node: ElementTree.Element) -> TracedTactic:
    """Premises are the constants that are named and have a place, as LeanDojo's own files list them."""
    named = (one for one in node.iter("IdentNode") if one.get("mod_name") and one.get("def_start"))
    premises = dict.fromkeys(_text(trace, one, "full_name") for one in named if one.get("full_name"))
    return TracedTactic(
        tactic=_text(trace, node, "tactic"),
        before=_text(trace, node, "state_before"),
        after=_text(trace, node, "state_after"),
        premises=tuple(premises),
    )


def _text(trace: Path, element: ElementTree.Element, name: str) -> str:
    """An attribute. LeanDojo escapes its text before it writes XML, which escapes it again."""
    value = element.get(name)
    if value is None:
        raise InputError(f"{trace}: {element.tag} at {element.get('start')} has no {name}")
    return unescape(value, {"&quot;": '"'})


def _place(trace: Path, element: ElementTree.Element, name: str) -> Place:
    text = _text(trace, element, name)
    try:
        line, column = ast.literal_eval(text)
        return int(line), int(column)
    except (ValueError, SyntaxError, TypeError) as error:
        raise InputError(f"{trace}: {element.tag} has no place in {name}: {text!r}") from error


def _origin(folder: Path) -> tuple[str, str]:
    """The URL and commit by which LeanDojo knows the repository. Raises `InputError`."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        raise InputError(f"{folder} is no Git checkout: LeanDojo names a theorem by repository and commit")
    url = _git(folder, "config", "--get", "remote.origin.url") or str(folder.resolve())
    return url.removesuffix(".git"), commit


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"git does not run: {error}") from error
    return done.stdout.strip() if done.returncode == 0 else ""
