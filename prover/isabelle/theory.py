"""An Isabelle theory as text: its header, its theorems and their proofs, and the file made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from prover.errors import InputError
from prover.isabelle.lexer import Token, position, proper, tokens
from prover.isabelle.rules import DIAGNOSTIC, LANGUAGE, ML, OUTSIDE, THEORY, refusal_in_context
from prover.isabelle.symbols import encode, source_column
from prover.statements.names import unknown_name
from prover.statements.reading import read_bytes, read_text
from prover.types import Position, Statement

GOALS = frozenset({"theorem", "lemma", "corollary", "proposition"})
"""Commands that state a theorem."""

DEFAULT_IMPORTS = ("Complex_Main",)

_PROOF_BEGINS = frozenset(
    "proof by apply using unfolding sorry oops done supply subgoal defer prefer nitpick . ..".split()
)
_ENDS_A_PROOF = (
    (ML | OUTSIDE | LANGUAGE | THEORY) - DIAGNOSTIC - {"begin", "txt", "ML_prf", "ML_val", "tactic", "write"}
)
_CLOSES = frozenset({"by", "done", "qed", ".", "..", "sorry", "oops"})
_PLACE = re.compile(r"(in the statement, )?line (\d+), column (\d+): ")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_']*")


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem of a theory's text: its statement, with what stands before it as header, and its proof.

    `place` is where its command stands, `proof_place` and `start` where its proof begins.
    """

    statement: Statement
    proof: str
    place: Position
    proof_place: Position
    start: int


@dataclass(frozen=True, slots=True)
class TheoryFile:
    """A theory file. `text` is as Isabelle reads it (`source` as it was written, same lines)."""

    path: Path
    name: str
    source: str
    text: str
    imports: tuple[str, ...]
    theorems: tuple[Theorem, ...]

    def place_in_source(self, place: Position) -> Position:
        """A place of `text` as a place of `source`."""
        lines = self.source.split("\n")
        line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
        return Position(place.line, source_column(line, place.column))


def header(imports: Sequence[str], preamble: str = "", name: str = "Problem") -> str:
    """What stands before a statement; an import is a theory's name, quoted or not."""
    names = " ".join(_quoted(item) for item in imports or DEFAULT_IMPORTS)
    body = f"\n{preamble.strip()}\n" if preamble.strip() else ""
    return f"theory {name}\n  imports {names}\nbegin\n{body}"


def theory_text(statement: Statement, proof: str) -> str:
    """The whole theory with one theorem and its proof, its own imports at the top."""
    return f"{statement.header.rstrip()}\n\n{statement.text}\n{proof.strip()}\n\nend\n"


def imports_of(text: str) -> tuple[str, ...]:
    """The theories that a header imports. Raises `InputError` where it is none."""
    found = proper(text)
    words = [token.text for token in found]
    for expected in ("theory", "imports", "begin"):
        if expected not in words:
            raise InputError(f"the theory's header has no `{expected}`")
    start = words.index("imports") + 1
    stop = next(i for i in range(start, len(words)) if words[i] in ("begin", "keywords", "abbrevs"))
    return tuple(_unquoted(token) for token in found[start:stop] if token.kind in ("word", "string"))


def completed(script: str) -> str:
    """A proof with the `done` that it still needs where it ends in `apply`."""
    last = next((t.text for t in reversed(proper(script)) if t.text in _STEPS), "")
    return script if last in _CLOSES or not last else f"{script}\ndone"


_STEPS = _CLOSES | frozenset("apply unfolding using supply defer prefer proof next have show".split())


def statement_of(text: str, header_text: str, source: str = "") -> Statement:
    """A bare `theorem NAME: …`, in ASCII or Unicode, after a header. Raises `InputError`."""
    encoded = encode(text).strip()
    found = proper(encoded)
    if not found or found[0].text not in GOALS:
        raise InputError("a statement begins with theorem, lemma, corollary or proposition")
    end = _statement_end(found, 0)
    if end < len(found):
        encoded = encoded[: found[end].start].rstrip()
    return Statement(_theorem_name(found[:end]), encoded, encode(header_text), source)


def split_statement(statement: Statement) -> tuple[Statement, str, int]:
    """A statement with a `place` as the bare statement, its proof, and how many lines are above that."""
    encoded = encode(statement.text)
    found = proper(encoded)
    end = _statement_end(found, 0)
    start = found[end].start if end < len(found) else len(encoded)
    line_start = encoded.rfind("\n", 0, start) + 1
    plain = replace(statement, text=encoded[:line_start].rstrip(), place=None)
    return plain, encoded[line_start:], encoded.count("\n", 0, line_start)


def opening_statement(text: str) -> list[Token]:
    """The proper tokens of the statement that an encoded text begins with; what follows is not read."""
    found: list[Token] = []
    for token in tokens(text):
        if found and _begins_proof(token):
            break
        if token.kind != "comment":
            found.append(token)
    return found


def load(path: Path) -> TheoryFile:
    """Read a theory file. Raises `InputError` naming line and column where it is none that can be judged."""
    source = read_text(path, read_bytes(path)).replace("\r\n", "\n").replace("\r", "\n")
    text = encode(source)
    refused = refusal_in_context(text)
    if refused is not None:
        line = source.split("\n")[refused.place.line - 1]
        column = source_column(line, refused.place.column)
        raise InputError(f"{path}:{refused.place.line}:{column}: {refused.reason}")
    found = proper(text)
    try:
        imports = imports_of(text)
        name = found[1].text
        theorems = tuple(_theorems(text, found, path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if found[0].text != "theory" or name != path.stem:
        raise InputError(f"{path}: the theory must be called like its file: theory {path.stem}")
    return TheoryFile(path, name, source, text, imports, theorems)


def without(theorem: Theorem, unproved: Sequence[Theorem]) -> Statement:
    """The theorem's statement where earlier theorems that have no proof are left out; lines stay."""
    before = theorem.statement.header
    for other in unproved:
        start = len(other.statement.header)
        end = other.start + len(other.proof)
        before = before[:start] + re.sub(r"[^\n]", " ", before[start:end]) + before[end:]
    return replace(theorem.statement, header=before)


def place_in_file(file: TheoryFile, theorem: Theorem, reason: str) -> tuple[Position, str]:
    """The place in the file of which a verdict's reason speaks, and the rest of the reason."""
    found = _PLACE.match(reason)
    if found is None:
        return file.place_in_source(theorem.place), reason
    base = theorem.place if found[1] else theorem.proof_place
    line, column = int(found[2]), int(found[3])
    place = Position(base.line + line - 1, column + (base.column if line == 1 else 0))
    return file.place_in_source(place), reason[found.end() :]


def find(file: TheoryFile, name: str) -> Theorem:
    """The theorem called `name`. Raises `InputError` with the nearest names if there is none."""
    for theorem in file.theorems:
        if theorem.statement.name == name:
            return theorem
    raise unknown_name(name, [theorem.statement.name for theorem in file.theorems], str(file.path))


def _theorems(text: str, found: list[Token], path: Path) -> list[Theorem]:
    theorems = []
    index = 0
    while index < len(found):
        if found[index].kind != "word" or found[index].text not in GOALS:
            index += 1
            continue
        start, middle = index, _statement_end(found, index)
        index = next((i for i in range(middle, len(found)) if _ends_proof(found[i])), len(found))
        theorems.append(_theorem(text, found, start, middle, index, path))
    return theorems


def _theorem(text: str, found: list[Token], start: int, middle: int, stop: int, path: Path) -> Theorem:
    begin = found[start].start
    place = position(text, begin)
    name = _theorem_name(found[start:middle], place)
    proof_start = found[middle].start if middle < len(found) else len(text)
    end = found[stop].start if stop < len(found) else len(text)
    statement = Statement(name, text[begin:proof_start].rstrip(), text[:begin], source=f"{path}:{place.line}")
    return Theorem(statement, text[proof_start:end].rstrip(), place, position(text, proof_start), proof_start)


def _statement_end(found: list[Token], start: int) -> int:
    """The index of the first token of the proof."""
    return next((i for i in range(start + 1, len(found)) if _begins_proof(found[i])), len(found))


def _begins_proof(token: Token) -> bool:
    return token.kind in ("word", "symbol") and (token.text in _PROOF_BEGINS or _ends_proof(token))


def _ends_proof(token: Token) -> bool:
    return token.kind == "word" and token.text in _ENDS_A_PROOF


def _theorem_name(found: list[Token], place: Position | None = None) -> str:
    """The name after the command. Raises `InputError` where there is none: nothing could be judged by it."""
    index = 1
    if found[1:2] and found[1].text == "(":
        index = next((i + 1 for i, t in enumerate(found) if t.text == ")"), len(found))
    named = index + 1 < len(found) and found[index + 1].text in (":", "[")
    if not named or not _NAME.fullmatch(found[index].text):
        where = f"{place.line}:{place.column}: " if place else ""
        raise InputError(f"{where}a {found[0].text} needs a name to be judged: {found[0].text} my_name: …")
    return found[index].text


def _quoted(item: str) -> str:
    bare = item.strip().strip('"')
    return bare if re.fullmatch(r"[A-Za-z][A-Za-z0-9_']*", bare) else f'"{bare}"'


def _unquoted(token: Token) -> str:
    return token.text.strip('"')
