"""Reads a corpus as blocks of bounded size: JSON lines, plain text or Parquet, compressed or not.

What is damaged is told, counted and passed over, up to a limit; nothing is ever read into memory whole.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import orjson
import zstandard

from prover.errors import InputError, SetupError

BLOCK = 1 << 20
"""Bytes of lines that are handed on together, if there are as many."""
LONGEST_LINE = 1 << 26
"""Bytes of a line; a longer one counts as damaged."""
PIECE = 1 << 22
"""Characters of a document that are looked at together; a longer one is cut, with an overlap."""
OVERLAP = 1 << 16

_CHUNK = 1 << 18
_FRAME = b"\x28\xb5\x2f\xfd"

Kind = Literal["lines", "text"]
SUFFIXES = (".jsonl", ".ndjson", ".txt", ".md", ".tex", ".lean", ".thy", ".parquet")


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a corpus that could not be read. `place` is a line, or a byte of the file as it is stored."""

    file: str
    place: str
    what: str


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one file, or a piece of a text. `first` is the number of the first line, or of a character.

    Matches that begin at or behind `until` (bytes' or characters' place; None: everywhere) are the next
    block's to find. `stored` is how far into the file as it is stored the reader has come.
    """

    file: int
    kind: Kind
    data: bytes
    first: int
    until: int | None = None
    stored: int = 0


@dataclass(slots=True)
class Reader:
    """The blocks of files. `report` is told of damage as it is met.

    fields: of Parquet files, the columns that are read; JSON lines are handed on as they are.
    """

    files: Sequence[Path]
    fields: Sequence[str]
    report: Callable[[Damage], None]
    block: int = BLOCK

    def read(self, number: int) -> Iterator[Block]:
        """The blocks of file `number`. Raises `InputError` where it cannot be read at all."""
        path = self.files[number]
        try:
            if path.name.endswith(".parquet"):
                yield from self._parquet(number)
                return
            with path.open("rb") as file:
                chunks = self._chunks(path, file)
                suffix = _suffix(path)
                read = self._lines if suffix in (".jsonl", ".ndjson") else self._text
                yield from read(number, chunks, file)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}") from error

    def _chunks(self, path: Path, file: IO[bytes]) -> Iterator[bytes]:
        if path.suffix != ".zst":
            return iter(lambda: file.read(_CHUNK), b"")
        return self._unpacked(path, file)

    def _unpacked(self, path: Path, file: IO[bytes]) -> Iterator[bytes]:
        """What zstd frames hold. Behind a damaged one it goes on with the next that begins."""
        frame = zstandard.ZstdDecompressor().decompressobj()
        begun, searching, tail = False, False, b""
        while chunk := file.read(_CHUNK):
            while chunk:
                if searching:
                    chunk = tail + chunk
                    at = chunk.find(_FRAME)
                    tail, chunk = (chunk[-3:], b"") if at < 0 else (b"", chunk[at:])
                    if not chunk:
                        break
                    frame, begun, searching = zstandard.ZstdDecompressor().decompressobj(), False, False
                    yield b"\n"
                if frame.eof:
                    frame, begun = zstandard.ZstdDecompressor().decompressobj(), False
                try:
                    yield frame.decompress(chunk)
                    begun, chunk = True, frame.unused_data
                except zstandard.ZstdError as error:
                    self.report(Damage(str(path), f"byte {file.tell() - len(chunk)}", str(error)))
                    searching, chunk = True, chunk[1:]
        if begun and not frame.eof and not searching:
            self.report(Damage(str(path), f"byte {file.tell()}", "the rest of the file is missing"))

    def _lines(self, number: int, chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[Block]:
        held: list[bytes] = []
        size, first, skipping = 0, 1, False
        for chunk in chunks:
            cut = chunk.rfind(b"\n") + 1
            if cut and skipping:
                cut_in = chunk.find(b"\n") + 1
                chunk, cut, skipping, first = chunk[cut_in:], cut - cut_in, False, first + 1
            if skipping:
                continue
            held.append(chunk[:cut])
            size += cut
            if cut and size >= self.block:
                data = b"".join(held)
                yield Block(number, "lines", data, first, stored=file.tell())
                first, held, size = first + data.count(b"\n"), [], 0
            held.append(chunk[cut:])
            size += len(chunk) - cut
            if size > LONGEST_LINE:
                data = b"".join(held)
                whole = data.rfind(b"\n") + 1
                if whole:
                    yield Block(number, "lines", data[:whole], first, stored=file.tell())
                first += data.count(b"\n")
                what = f"a line of more than {LONGEST_LINE} bytes"
                self.report(Damage(str(self.files[number]), f"line {first}", what))
                held, size, skipping = [], 0, True
        if data := b"".join(held):
            yield Block(number, "lines", data, first, stored=file.tell())

    def _text(self, number: int, chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[Block]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text, first = "", 0
        for chunk in chunks:
            text += decoder.decode(chunk)
            while len(text) > PIECE:
                cut = cut_of(text[:PIECE])
                yield Block(number, "text", text[:PIECE].encode(), first, cut, file.tell())
                text, first = text[cut:], first + cut
        text += decoder.decode(b"", True)
        if text:
            yield Block(number, "text", text.encode(), first, stored=file.tell())

    def _parquet(self, number: int) -> Iterator[Block]:
        try:
            from pyarrow import parquet
        except ImportError:
            raise SetupError("Parquet files need a package: pip install pyarrow") from None
        path = self.files[number]
        try:
            file: Any = parquet.ParquetFile(path)
            wanted = {*self.fields, *(field.split(".")[0] for field in self.fields)}
            columns = [name for name in file.schema_arrow.names if "*" in wanted or name in wanted]
            first = 1
            for rows in file.iter_batches(batch_size=512, columns=columns):
                lines = b"".join(orjson.dumps(row, default=str) + b"\n" for row in rows.to_pylist())
                yield Block(number, "lines", lines, first, stored=path.stat().st_size)
                first += rows.num_rows
        except (ValueError, OSError) as error:
            self.report(Damage(str(path), "the file", str(error)))


def cut_of(piece: str) -> int:
    """Where a document's next piece begins: at white space, `OVERLAP` characters before this one's end."""
    target = len(piece) - OVERLAP
    for place in range(target, max(target - OVERLAP, 0), -1):
        if piece[place].isspace():
            return place
    return target


def corpus_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those inside of folders named, in order of their names.

    Raises `InputError` for what is not there, and for a kind of file that is not read.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and _suffix(one) in SUFFIXES)
            if not inside:
                raise InputError(f"no {', '.join(SUFFIXES)} file in {path}")
            files += inside
        elif not path.is_file():
            raise InputError(f"no such file: {path}")
        elif _suffix(path) not in SUFFIXES:
            raise InputError(f"{path}: only {', '.join(SUFFIXES)} are read, each also as .zst")
        else:
            files.append(path)
    return files


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix if path.suffix == ".zst" else path.suffix
