"""A user's Lean file whose `sorry`s are to be proved: read it, find them, fill them, write it back safely."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.statements.holes import Declaration, Hole, find_declarations, find_holes
from prover.statements.lexical import line_start, mask
from prover.statements.names import unknown_name
from prover.statements.reading import read_bytes, read_text

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class LeanFile:
    """A file as it was read. `text` is without byte order mark, with its own line ends; places count in it.

    Lean reads `\\r\\n` as `\\n`: lines, and columns in code points, are the same for both.
    """

    path: Path
    original: bytes
    text: str


def parse_target(target: str) -> tuple[Path, str | None] | None:
    """`FILE.lean` or `FILE.lean:NAME` as path and name; None if `target` is neither."""
    match = re.fullmatch(r"(\S.*\.lean)(?::(\S+))?", target.strip())
    return (Path(match[1]), match[2]) if match else None


def load(path: Path) -> LeanFile:
    """Read a Lean file. Raises `InputError` where it is missing or not UTF-8."""
    original = read_bytes(path)
    return LeanFile(path, original, read_text(path, original))


def holes_of(file: LeanFile, name: str | None = None) -> list[Hole]:
    """The holes of the whole file, or of the declaration called `name` (or, if only one is, `….name`).

    Raises `InputError` for an unknown or ambiguous name, and where there is no `sorry`.
    """
    holes = find_holes(file.text)
    if name is not None:
        chosen = _choose(find_declarations(file.text), name, file.path)
        holes = [hole for hole in holes if hole.declaration == chosen]
    if not holes:
        where = f"{name} in {file.path}" if name else f"{file.path}"
        raise InputError(f"{where} has no `sorry` to prove")
    return holes


def fill(text: str, replacements: Mapping[Hole, str]) -> str:
    """`text` with each given hole replaced by its tactic script; all else stays, character by character.

    A script of several lines is indented to the place of its `sorry`; where a term stood, `by` goes before.
    Holes must be those of `find_holes(text)`; raises `ValueError` where no `sorry` stands.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    code = mask(text).code
    result, position = "", 0
    for hole in sorted(replacements, key=lambda hole: hole.start):
        if code[hole.start : hole.end] != "sorry":
            raise ValueError(f"no sorry at {hole.position}")
        start, piece = _piece(text, code, hole, replacements[hole].splitlines())
        result += text[position:start]
        column = len(result) - line_start(result, len(result))
        result += newline.join(_indented(piece, column))
        position = hole.end
    return result + text[position:]


def write_back(path: Path, new_text: str, original: bytes) -> None:
    """Replace the file by `new_text`, in one step, keeping its mode and byte order mark.

    Raises `InputError`, and changes nothing, if the file is not `original` any more or cannot be written.
    """
    target = path.resolve()  # Through a link: its target is replaced, not the link.
    content = (_BOM if original.startswith(_BOM) else b"") + new_text.encode("utf-8")
    try:
        temporary = _write_beside(target, content)
        try:
            if target.read_bytes() != original:
                raise InputError(f"{path} has changed meanwhile: not written, run again")
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class _Piece:
    """What goes in for a hole: `opening`, then `lines` in one column: there, or below it at `indent`."""

    lines: Sequence[str]
    opening: str = ""
    closing: str = ""
    indent: int | None = None


def _piece(text: str, code: str, hole: Hole, script: Sequence[str]) -> tuple[int, _Piece]:
    """From where the text is replaced (up to the hole's end), and by what."""
    several = len(script) > 1
    before = code[: hole.start].rstrip()
    # Blanks between the opener and the hole go too, unless a comment or a line break stands there.
    gap = text[len(before) : hole.start]
    on_line = not gap.strip() and "\n" not in gap
    if hole.whole and not hole.tactic and not gap.strip():
        return len(before), _Piece(script, opening=" by", indent=_indent_below(code, hole.declaration))
    if hole.whole and hole.tactic and several and on_line:
        return len(before), _Piece(script, indent=_indent_below(code, hole.declaration))
    rest = code[hole.end :].split("\n", 1)[0].strip()
    if not hole.tactic:
        bare = before.endswith(":=") and not rest
        return hole.start, _Piece(script, *(("by ", "") if bare else ("(by ", ")")))
    if before.endswith("<;>") or (several and (before.endswith(";") or rest[:1] not in _CLOSES_LINE)):
        return hole.start, _Piece(script, "(", ")")
    return hole.start, _Piece(script)


_CLOSES_LINE = ("", ")", "]", "}", "⟩", ",")


def _indent_below(code: str, declaration: Declaration) -> int:
    line = line_start(code, declaration.start)
    return declaration.start - line + 2 if not code[line : declaration.start].strip() else 2


def _indented(piece: _Piece, column: int) -> list[str]:
    """The lines of a piece that begins at `column`; the first one goes on from there."""
    if piece.indent is None:
        margin = " " * (column + len(piece.opening))
        first = piece.opening + piece.lines[0]
        rest = piece.lines[1:]
    else:
        margin, first, rest = " " * piece.indent, piece.opening, piece.lines
    lines = [first, *(margin + line if line.strip() else "" for line in rest)]
    lines[-1] += piece.closing
    return lines


def _choose(declarations: Sequence[Declaration], name: str, path: Path) -> Declaration:
    """The declaration with that full name, or the only one whose name ends so."""
    named = [declaration for declaration in declarations if declaration.name]
    exact = [declaration for declaration in named if declaration.name == name]
    found = exact or [declaration for declaration in named if declaration.name.endswith(f".{name}")]
    if not found:
        raise unknown_name(name, [declaration.name for declaration in named], str(path))
    if len(found) > 1:
        where = ", ".join(f"{declaration.name} (line {declaration.line})" for declaration in found)
        raise InputError(f"{name} is not the only one in {path}: {where}")
    return found[0]


def _write_beside(target: Path, content: bytes) -> Path:
    """A new file with `content` on the disk, in the folder of `target`, with its mode and owner."""
    status = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, status.st_mode & 0o7777)
        if hasattr(os, "chown"):
            with contextlib.suppress(PermissionError):  # Another's file that we may write: it becomes ours.
                os.chown(temporary, status.st_uid, status.st_gid)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
