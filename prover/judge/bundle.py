"""A folder that a stranger can check: what was asked (Challenge.lean), what was answered (Solution.lean)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.lean.embedded.sources import lean_project_dir
from prover.statements.holes import Declaration, find_declarations, find_holes
from prover.statements.leanfile import load
from prover.statements.reading import read_bytes, read_text

CHALLENGE, SOLUTION, CONFIGURATION, HASHES = (
    "Challenge.lean",
    "Solution.lean",
    "comparator.json",
    "SHA256SUMS",
)

PERMITTED_AXIOMS = ("propext", "Quot.sound", "Classical.choice")

_IMPORT = re.compile(r"^\s*(?:public )?import (?:all )?([\w.]+)", re.MULTILINE)
_STATING = ("theorem", "lemma")


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be judged: a solution's text, and the challenge's where there is one."""

    path: Path
    solution: str
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Pins:
    """The toolchain that a bundle is for (`leanprover/lean4:v…`), and Mathlib's revision if it needs it."""

    toolchain: str
    mathlib: str = ""


def is_bundle(folder: Path) -> bool:
    """Whether the folder has a challenge and a solution."""
    return (folder / CHALLENGE).is_file() and (folder / SOLUTION).is_file()


def read_submission(path: Path, challenge: Path | None = None) -> Submission:
    """A Lean file, or the solution of a bundle. Raises `InputError` where a file is missing or not UTF-8."""
    if path.is_dir():
        if not is_bundle(path):
            raise InputError(f"{path} is no bundle: it lacks {CHALLENGE} or {SOLUTION}")
        return read_submission(path / SOLUTION, challenge or path / CHALLENGE)
    return Submission(path, load(path).text, load(challenge).text if challenge is not None else None)


def challenge_of(solution: str, name: str) -> str:
    """The solution with a `sorry` for the proof of each of its theorems; `name` is what to call it in errors.

    Raises `InputError` where it has no theorem, or one whose proof does not begin with `:=`.
    """
    text, position = "", 0
    for declaration in find_declarations(solution):
        if declaration.kind not in _STATING:
            continue
        if declaration.body is None:
            raise InputError(
                f"{name}:{declaration.line}: {declaration.label} is proved by equations: give --challenge"
            )
        body = solution[declaration.body : declaration.end]
        gap = body[len(body.rstrip()) :]
        text += solution[position : declaration.body] + ":= by sorry" + gap
        position = declaration.end
    if not position:
        raise InputError(f"{name} states no theorem")
    return text + solution[position:]


def pins_for(challenge: str, project: Path) -> Pins:
    """The pins of the Lake project that the folder `project` is in, or else our own.

    Raises `InputError` where Mathlib is needed and no project says which.
    """
    home = next(
        (f for f in (project, *project.parents) if (f / "lean-toolchain").is_file()), lean_project_dir()
    )
    pins = Pins((home / "lean-toolchain").read_text(encoding="utf-8").strip())
    if not any(module.split(".")[0] == "Mathlib" for module in _IMPORT.findall(challenge)):
        return pins
    try:
        packages = json.loads((home / "lake-manifest.json").read_bytes())["packages"]
        return Pins(pins.toolchain, next(str(p["rev"]) for p in packages if p["name"] == "mathlib"))
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"the challenge imports Mathlib, and no lake-manifest.json in {project} or above says which "
            "revision: give --project"
        ) from None


def write_bundle(folder: Path, submission: Submission, pins: Pins, judged: str) -> None:
    """Write a bundle into `folder`, which must not be there yet. `judged` says in a line what our judge said.

    Raises `InputError` where the folder is there, or a challenge asks for what comparator cannot name.
    """
    challenge = submission.challenge
    if challenge is None:
        raise ValueError("a bundle needs a challenge")
    configuration = _configuration(challenge)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"cannot make {folder}: {error.strerror or error}") from error
    _write(folder / CHALLENGE, challenge)
    _write(folder / SOLUTION, submission.solution)
    _write(folder / CONFIGURATION, json.dumps(configuration, indent=2, ensure_ascii=False) + "\n")
    _write(folder / "lean-toolchain", pins.toolchain + "\n")
    own = any(module.split(".")[0] == "Prover" for module in _IMPORT.findall(challenge + submission.solution))
    if own:
        _copy_preludes(folder)
    _write(folder / "lakefile.toml", _lakefile(pins, own))
    _write(folder / "README.md", _readme(configuration, pins, judged))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = (f"{_hash(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    _write(folder / HASHES, "".join(sums))


def changed_files(folder: Path) -> list[str]:
    """Which files of a bundle are not as its list of hashes says; none where it has no list.

    Raises `InputError` where the list or a file on it cannot be read.
    """
    listed = folder / HASHES
    if not listed.is_file():
        return []
    lines = [line.partition("  ") for line in read_text(listed, read_bytes(listed)).splitlines()]
    return [name for expected, _, name in lines if _hash(folder / name) != expected]


def _hash(path: Path) -> str | None:
    """SHA-256 of a file; None where there is none. Raises `InputError` where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def _configuration(challenge: str) -> dict[str, object]:
    """comparator's configuration: what it is to compare, by name (leanprover/comparator, README)."""
    holes: dict[str, Declaration] = {
        hole.declaration.name: hole.declaration for hole in find_holes(challenge)
    }
    for found in holes.values():
        if "private" in challenge[found.start : found.keyword].split():
            raise InputError(
                f"line {found.line}: {found.label} is private: comparator cannot ask for it by name"
            )
        if not found.name:
            raise InputError(f"line {found.line}: {found.label} has no name that comparator could ask for")
    theorems = [name for name, found in holes.items() if found.kind in _STATING]
    definitions = [name for name, found in holes.items() if found.kind not in _STATING]
    return {
        "challenge_module": Path(CHALLENGE).stem,
        "solution_module": Path(SOLUTION).stem,
        "theorem_names": theorems,
        **({"definition_names": definitions} if definitions else {}),
        "permitted_axioms": list(PERMITTED_AXIOMS),
        "enable_nanoda": False,
    }


def _lakefile(pins: Pins, own: bool) -> str:
    libraries: Sequence[str] = ("Challenge", "Solution", *(("Prover",) if own else ()))
    text = 'name = "bundle"\ndefaultTargets = ["Challenge", "Solution"]\n'
    text += "".join(f'\n[[lean_lib]]\nname = "{name}"\n' for name in libraries)
    if pins.mathlib:
        text += f'\n[[require]]\nname = "mathlib"\nscope = "leanprover-community"\nrev = "{pins.mathlib}"\n'
    return text


def _readme(configuration: dict[str, object], pins: Pins, judged: str) -> str:
    names = [*_names(configuration, "theorem_names"), *_names(configuration, "definition_names")]
    mathlib = f", Mathlib {pins.mathlib}" if pins.mathlib else ""
    first = "lake exe cache get && " if pins.mathlib else ""
    return f"""# A proof to check

`{CHALLENGE}` states what is to be proved, with `sorry`. Read it: it is all that you have to read.
`{SOLUTION}` proves it: {", ".join(f"`{name}`" for name in names)}. Lean {pins.toolchain}{mathlib}.

Check it:

    prover verify .

{judged}

By an independent checker (leanprover/comparator, with landrun and lean4export on the PATH):

    {first}lake env comparator {CONFIGURATION}

`sha256sum -c {HASHES}` says whether a file was changed since.
"""


def _names(configuration: dict[str, object], key: str) -> list[str]:
    names = configuration.get(key, [])
    return [str(name) for name in names] if isinstance(names, list) else []


def _copy_preludes(folder: Path) -> None:
    """The preludes under which our statements elaborate, as sources."""
    source = lean_project_dir() / "Prover"
    shutil.copytree(source, folder / "Prover", ignore=shutil.ignore_patterns("Repl", "headers"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
