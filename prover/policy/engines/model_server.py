"""One model server over HTTP: a request out, a bounded reply in, and what to make of the ways it can fail."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import orjson

from prover.errors import InputError, ModelError
from prover.policy.engines.openai_format import ServerError, clean, read_error

CONNECT_S = 10.0

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TRY_AGAIN = frozenset({408, 409, 425, 429, *range(500, 600)}) - {501, 505}
_OVERLOAD = (429, 503)
_SHORTEST_KEY = 8


class Trouble(Exception):
    """A failure that may pass. `overload`: the server has too much to do. `wait_s`: how long to leave it."""

    def __init__(self, text: str, *, overload: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.overload = overload
        self.wait_s = wait_s


class Rejected(Exception):
    """The server does not take the parameters `names`; `error` is to be raised if they are needed."""

    def __init__(self, names: list[str], error: ModelError) -> None:
        super().__init__(str(error))
        self.names = names
        self.error = error


class NotFound(ModelError):
    """The server does not have the path, or not the model."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class ModelServer:
    """A server by its address, as `http://host:port`, where `/v1` is added, or a longer path, taken as it is.

    The key is sent in the header of each request and shown nowhere. Raises `InputError` for a bad address, or
    a key that cannot be sent.
    """

    def __init__(self, address: str, key: str = "", timeout_s: float = 600.0) -> None:
        url = _parse(address)
        key = key.strip()
        if not (key.isascii() and key.isprintable()):
            raise InputError("the key in OPENAI_API_KEY has characters that cannot be sent")
        self.url = str(url.copy_with(userinfo=b""))
        self._key = key.encode() if len(key) >= _SHORTEST_KEY else b""
        self._has_key = bool(key)
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=256),
            trust_env=url.host not in _LOOPBACK,
        )

    async def get(self, path: str, most_bytes: int) -> bytes:
        """The body of a successful answer; raises as `post` does."""
        return self._checked(await self._send(self._client.build_request("GET", path), most_bytes))

    async def post(self, path: str, body: Mapping[str, Any], most_bytes: int) -> bytes:
        """The body of a successful answer, at most `most_bytes`.

        Raises `Trouble` where trying again may help, `Rejected` where leaving a parameter out may,
        `ContextLengthError` and `ModelError` where nothing does. Cancelling it closes the connection.
        """
        request = self._client.build_request(
            "POST", path, content=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
        return self._checked(await self._send(request, most_bytes))

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _send(self, request: httpx.Request, most_bytes: int) -> _Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await _read(response, most_bytes)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise Trouble(f"no answer within {self._timeout_s:g} s", overload=True) from None
        except httpx.RequestError as error:
            raise Trouble(clean(str(error)) or type(error).__name__) from None
        if self._key:
            body = body.replace(self._key, b"***")
        return _Answer(response.status_code, response.headers, body)

    def _checked(self, answer: _Answer) -> bytes:
        if 200 <= answer.status < 300:
            return answer.body
        error = read_error(answer.status, answer.body)
        if too_long := error.context_length():
            raise too_long
        if answer.status in _TRY_AGAIN and error.fields.get("code") != "insufficient_quota":
            raise Trouble(
                f"status {answer.status}: {error.message}",
                overload=answer.status in _OVERLOAD,
                wait_s=_retry_after(answer.headers.get("retry-after", "")),
            )
        if names := error.rejected():
            raise Rejected(names, self._refusal(error))
        raise self._refusal(error)

    def _refusal(self, error: ServerError) -> ModelError:
        says = f"the model server at {self.url} says: {error.message}"
        match error.status:
            case 401 | 403 if self._has_key:
                return ModelError(f"{says}. It does not accept the key in OPENAI_API_KEY")
            case 401 | 403:
                return ModelError(f"{says}. It wants a key: set OPENAI_API_KEY")
            case 404:
                return NotFound(f"{says}. Its models are listed at {self.url}/models: --model NAME")
            case 301 | 302 | 307 | 308:
                return ModelError(
                    f"the model server at {self.url} points elsewhere: give its last --server URL"
                )
        return ModelError(f"{says} (status {error.status})")


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    body = bytearray()
    body_chunks = cast(AsyncGenerator[bytes, None], response.aiter_bytes())
    async with contextlib.aclosing(body_chunks) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > most_bytes:
                raise ModelError(f"the model server's answer is longer than {most_bytes:,} bytes")
    return bytes(body)


def _parse(address: str) -> httpx.URL:
    text = address.strip()
    shown = repr(text.rpartition("@")[2])
    try:
        url = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL:
        raise InputError(f"{shown} is no address of a server; such as http://localhost:8000") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InputError(f"{shown} is no address of a server; such as http://localhost:8000")
    path = url.path.rstrip("/")
    return url.copy_with(path=path or "/v1", query=None, fragment=None)


def _retry_after(value: str) -> float:
    """Seconds to wait, from a `Retry-After` header in either of its forms; 0 where there is none."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
