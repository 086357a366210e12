"""Reads a user's file, or says in one line why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prover.errors import InputError


def read_bytes(path: Path) -> bytes:
    """The content of `path`. Raises `InputError` where it is missing, a folder or not readable."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def read_text(path: Path, content: bytes) -> str:
    """`content` as UTF-8, without byte order mark. Raises `InputError` naming the line of a bad byte."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path} is not UTF-8: line {line}, byte 0x{content[error.start]:02x}") from error
    return text.removeprefix("\ufeff")


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, one at a time in memory, without byte order mark and line ends.

    Raises `InputError` as `read_bytes` and `read_text` do, once it comes to the place.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError as error:
                    byte = f"line {number}, byte 0x{line[error.start]:02x}"
                    raise InputError(f"{path} is not UTF-8: {byte}") from error
                yield (text.removeprefix("\ufeff") if number == 1 else text).removesuffix("\n")
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
