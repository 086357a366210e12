"""Messages of the Isabelle server as bytes (System Manual, chapter 4; `src/Pure/PIDE/byte_message.scala`).

A short message is a line. A long one is a line with its length in bytes, and then so many bytes: a reader
counts bytes and never looks for the end of the line in them.
"""

from __future__ import annotations

import re
from asyncio import IncompleteReadError, StreamReader
from dataclasses import dataclass
from typing import Any

import orjson

MAX_BYTES = 1 << 28
SHORT_BYTES = 100

_NAME = re.compile(r"[A-Za-z0-9_.]*")


class FramingError(Exception):
    """Bytes that are no message."""


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """A name, and its argument as JSON has it (None where there is none)."""

    name: str
    argument: Any = None


def encode_message(name: str, argument: Any = None) -> bytes:
    """The bytes of a command. `argument` is left out where it is None."""
    text = name.encode() if argument is None else name.encode() + b" " + orjson.dumps(argument)
    if len(text) > SHORT_BYTES or b"\n" in text:
        return b"%d\n%s" % (len(text), text)
    return text + b"\n"


async def read_text(reader: StreamReader) -> str | None:
    """The next message's text; None at the end of the stream. Raises `FramingError`."""
    line = await reader.readline()
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise FramingError("the stream ends within a line")
    line = line.rstrip(b"\r\n")
    if line.isdigit():
        line = await _counted(reader, int(line))
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FramingError(f"not UTF-8: {line[:80]!r}") from error


def parse_message(text: str) -> ServerMessage:
    """Name and argument of a reply. Raises `FramingError` where the argument is no JSON."""
    found = _NAME.match(text)
    name = found[0] if found else ""
    argument = text[len(name) :].strip()
    try:
        return ServerMessage(name, orjson.loads(argument) if argument else None)
    except orjson.JSONDecodeError as error:
        raise FramingError(f"the argument of {name} is no JSON: {argument[:80]}") from error


async def _counted(reader: StreamReader, size: int) -> bytes:
    """So many bytes; one line end among them, at the end, is the server's own."""
    if size > MAX_BYTES:
        raise FramingError(f"a message of {size} bytes")
    try:
        text = await reader.readexactly(size)
    except IncompleteReadError as error:
        raise FramingError(f"{len(error.partial)} of {size} bytes") from error
    return text.removesuffix(b"\n").removesuffix(b"\r")
