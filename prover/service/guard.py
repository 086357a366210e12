"""Who may ask, how much, and what every answer says to a browser: pure ASGI, before anything is read."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import time

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prover.service.metrics import Metrics

PUBLIC = ("/", "/favicon.svg")
"""What needs no token: the page, which holds no data, and its files under `PAGE_FILES`."""

PAGE_FILES = "/page/"

DRAIN_BYTES, DRAIN_S = 1 << 24, 5.0

_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Checks host name, token and size of a request, counts it, and adds the headers of every answer.

    Without a token only names of this machine are answered to: a web page elsewhere, which has its own name
    point here, gets nothing.
    """

    def __init__(
        self, app: ASGIApp, token: str, body_bytes: int, metrics: Metrics, paths: frozenset[str]
    ) -> None:
        self._app, self._token, self._body_bytes = app, token, body_bytes
        self._metrics, self._paths = metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.monotonic()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._checked(scope, receive, answer)
        finally:
            # Only paths of ours: a stranger's would each become a time series.
            path = scope["path"] if scope["path"] in self._paths else "other"
            self._metrics.answered(path, status, time.monotonic() - began)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["path"], headers)
        if refusal is None:
            await self._app(scope, _limited(receive, self._body_bytes), send)
        else:
            await _drain(receive)
            await _refuse(send, *refusal)

    def _refusal(self, path: str, headers: Headers) -> tuple[int, str, str] | None:
        """Status, kind and reason of what is not let through."""
        if not self._token and not is_loopback(_host(headers.get("host", ""))):
            return 421, "host", "this service answers to localhost only, unless it has a PROVER_TOKEN"
        public = path in PUBLIC or path.startswith(PAGE_FILES)
        if self._token and not public and not self._has_token(headers):
            return 401, "unauthorized", "this needs the service's token: Authorization: Bearer …"
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > self._body_bytes:
            return 413, "too_large", f"a request has at most {self._body_bytes} bytes"
        return None

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        expected = self._token.encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected)


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, which no other reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(header: str) -> str:
    """The name in a Host header, without port and brackets."""
    name = header.rpartition("]")[0].lstrip("[") if header.startswith("[") else header.partition(":")[0]
    return name.lower()


def _limited(receive: Receive, most: int) -> Receive:
    """`receive`, for a body that does not say its length."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            await _drain(receive)
            raise HTTPException(413, f"a request has at most {most} bytes")
        return message

    return limited


async def _drain(receive: Receive) -> None:
    """Pass by the rest of a body, within reason: a client that still writes would not read our answer."""
    size, more = 0, True
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while more and size < DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                more = message.get("more_body", False)


async def _refuse(send: Send, status: int, kind: str, reason: str) -> None:
    body = orjson.dumps({"kind": kind, "message": reason, "messages": []})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    # Perhaps not all of the body was read: nothing more can come over this connection.
    headers += [(b"connection", b"close")]
    headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
