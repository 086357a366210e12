"""What goes between driver and workers: messages in parts so small that Ray's object store takes no part.

Ray sends values up to 100 KB with the call itself; larger ones go through a store of limited size, which
others can fill. Messages are made by our own processes of this version, so they are pickled.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import zstandard

PART_BYTES = 64 * 1024

_LENGTH = 4


def pack(message: object) -> bytes:
    """A message as it is sent: its length, then itself, compressed."""
    packed = zstandard.ZstdCompressor(level=1).compress(pickle.dumps(message))
    return len(packed).to_bytes(_LENGTH) + packed


def parts(packed: bytes) -> Iterator[bytes]:
    """It in pieces that can be sent, in order."""
    return (packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES))


class Inbox:
    """Puts messages together again from the parts of a stream."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, part: bytes) -> Iterator[Any]:
        """The messages that are whole with this part. Take them all before the next part is added."""
        self._bytes += part
        while len(self._bytes) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._bytes[:_LENGTH])
            if len(self._bytes) < end:
                return
            packed = bytes(self._bytes[_LENGTH:end])
            del self._bytes[:end]
            yield pickle.loads(zstandard.ZstdDecompressor().decompress(packed))


class Outbox:
    """Messages that wait to be fetched: what is there is fetched together, as one stream."""

    def __init__(self) -> None:
        self._messages: list[object] = []
        self._packed = b""
        self._filled, self._urgent = asyncio.Event(), asyncio.Event()

    def put(self, message: object, urgent: bool = False) -> None:
        """`urgent`: somebody waits for it."""
        self._messages.append(message)
        self._filled.set()
        if urgent:
            self._urgent.set()

    async def part(self, wait_s: float, linger_s: float) -> bytes:
        """The stream's next part, empty where there is none within `wait_s`.

        What is not urgent may wait for `linger_s` for others to go with it.
        """
        if not self._packed:
            await _within(self._filled, wait_s)
            if self._messages:
                await _within(self._urgent, linger_s)
                self._packed = pack(self._messages)
                self._messages = []
            self._filled.clear()
            self._urgent.clear()
        part, self._packed = self._packed[:PART_BYTES], self._packed[PART_BYTES:]
        return part


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
