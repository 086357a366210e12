"""Runs `MathServerStandIn` on an event loop of its own: the command that asks it runs one too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from math_server_stand_in import MathServerStandIn


class Server:
    """The stand-in, as long as the block lasts."""

    def __init__(self, texts: Mapping[str, Sequence[str]], **options: Any) -> None:
        self.stand_in = MathServerStandIn(texts, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> MathServerStandIn:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.stand_in.start(), self._loop).result(30)
        return self.stand_in

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stand_in.stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
