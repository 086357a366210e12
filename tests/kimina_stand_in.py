"""A stand-in for a Kimina Lean Server, which needs a native Lean: its one route, its statuses, its replies.

`elaborate` is the Lean behind it: from a whole file to the REPL's reply. `trouble` are statuses (429, 401) or
words (`timeout`, `rubbish`) that the next requests meet instead, one each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from misbehaving_server import Exchange, MisbehavingServer

Json = dict[str, Any]


class KiminaStandIn(MisbehavingServer):
    def __init__(self, elaborate: Callable[[str], Awaitable[Json]], trouble: list[Any] | None = None) -> None:
        super().__init__(then=self.check)
        self.elaborate = elaborate
        self.trouble = trouble or []

    async def check(self, exchange: Exchange) -> None:
        assert exchange.path == "/api/check"
        trouble = self.trouble.pop(0) if self.trouble else None
        if isinstance(trouble, int):
            await exchange.reply({"detail": "No available REPLs"}, trouble)
        elif trouble == "rubbish":
            await exchange.reply(b"<html>")
        else:
            [snippet] = exchange.body["snippets"]
            result: Json = {"id": snippet["id"], "time": 0.25}
            if trouble == "timeout":
                result["error"] = f"Lean REPL command timed out in {exchange.body['timeout']} seconds"
            else:
                result["response"] = await self.elaborate(snippet["code"])
            await exchange.reply({"results": [result]})
