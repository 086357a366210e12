"""Reads a user's file, or says in one line why not."""

from __future__ import annotations

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
