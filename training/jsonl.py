"""JSON lines, plain or zstd: errors name file and line, and a file is there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import orjson
import zstandard

from prover.errors import InputError
from prover.files import written

LEVEL = 10
"""Of zstd: beyond it these files hardly shrink."""

TORN = b"\xff"
"""Stands for what could not be decompressed: no JSON and no UTF-8, so that the line it tore is no record."""

_CHUNK = 1 << 18


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, one a line; empty lines are passed over.

    Raises `InputError` with file and line for what is no JSON object, and for a file that is not there, is
    cut off or is no zstd file although its name ends in `.zst`.
    """
    number = 0
    try:
        for number, line in enumerate(_lines(path), 1):
            if line.strip():
                yield _object(line, f"{path}:{number}")
    except (zstandard.ZstdError, EOFError) as error:
        raise InputError(f"{path} is damaged after line {number}: {error}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write one object a line, compressed where the name ends in `.zst`; returns how many.

    The file appears when it is complete.
    """
    count = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as files:
        part = files.enter_context(written(path))
        file: IO[bytes] = files.enter_context(part.open("wb"))
        if path.suffix == ".zst":
            file = files.enter_context(zstandard.ZstdCompressor(level=LEVEL).stream_writer(file))
        for row in rows:
            file.write(orjson.dumps(row) + b"\n")
            count += 1
    return count


def print_json(value: Any) -> None:
    """A report on standard output, for programs to read."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def write_manifest(path: Path, files: Iterable[Path], **facts: Any) -> None:
    """`facts` and each file's size and SHA-256 as JSON, so that a reader knows what it has."""
    described = {
        file.name: {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
    }
    with written(path) as part:
        part.write_bytes(orjson.dumps({**facts, "files": described}, option=orjson.OPT_INDENT_2) + b"\n")


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InputError(f"{place}: a JSON object is wanted, not {type(value).__name__}")
    return value


def _lines(path: Path) -> Iterator[bytes]:
    """A file's lines as bytes: one that is not UTF-8 is to be reported with its number."""
    rest = b""
    for chunk in _chunks(path):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    yield rest


def _chunks(path: Path) -> Iterator[bytes]:
    """A file's content, decompressed where it is zstd. Raises `EOFError` where that is cut off."""
    with path.open("rb") as file:
        if path.suffix == ".zst":
            yield from decompressed(file, _stop)
        else:
            yield from iter(lambda: file.read(_CHUNK), b"")


def decompressed(file: IO[bytes], damaged: Callable[[int, Exception], None]) -> Iterator[bytes]:
    """What is in the zstd frames of a file, in order.

    `damaged` gets the place in the file near which a frame cannot be read, and why. Where it returns, `TORN`
    comes instead, and reading goes on with the next frame that there is.
    """
    frame, chunk, within = zstandard.ZstdDecompressor().decompressobj(), file.read(_CHUNK), False
    while chunk:
        try:
            yield frame.decompress(chunk)
            rest, over = frame.unused_data, frame.eof
        except zstandard.ZstdError as error:
            damaged(file.tell() - len(chunk), error)
            yield TORN
            rest, over = _next_frame(chunk[1:], file), True
        if over:
            frame = zstandard.ZstdDecompressor().decompressobj()
        within, chunk = not over, rest or file.read(_CHUNK)
    if within:
        damaged(file.tell(), EOFError("the rest of the file is missing"))
        yield TORN


def _next_frame(chunk: bytes, file: IO[bytes]) -> bytes:
    """From the next place on where a frame may begin; empty where the file has none."""
    while (place := chunk.find(zstandard.FRAME_HEADER)) < 0:
        more = file.read(_CHUNK)
        if not more:
            return b""
        chunk = chunk[-3:] + more
    return chunk[place:]


def _stop(_place: int, error: Exception) -> None:
    raise error
