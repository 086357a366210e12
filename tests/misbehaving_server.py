"""A model server on loopback that does what a test tells it, well or badly, request by request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[["Exchange"], Any]
"""A coroutine function that answers one request, or does not."""


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: MisbehavingServer

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def reply(
        self, body: bytes | Any, status: int = 200, headers: Mapping[str, str] | None = None, cut: int = 0
    ) -> None:
        """A whole reply, or one that ends `cut` bytes before the length it announces."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [
            f"HTTP/1.1 {status} Status",
            f"Content-Length: {len(data)}",
            "Content-Type: application/json",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await self.send("\r\n".join([*lines, "", ""]).encode() + data[: len(data) - cut])
        if cut:
            self.writer.close()


@dataclass
class MisbehavingServer:
    """Answers request number i by `script[i]`, and from its end on by `then`.

    It lists `models`. `requests` keeps the requests for completions, `hung_up` counts clients that closed the
    connection while they waited, `most_at_once` is the largest number of requests it had at a time.
    """

    script: list[Behaviour] = field(default_factory=list)
    then: Behaviour | None = None
    models: Sequence[Mapping[str, Any]] = ({"id": "tiny", "owned_by": "vllm"},)
    port: int = 0
    requests: list[Exchange] = field(default_factory=list)
    hung_up: int = 0
    most_at_once: int = 0
    _running: int = 0
    _server: asyncio.Server | None = None
    _clients: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        return [exchange.body for exchange in self.requests]

    async def __aenter__(self) -> MisbehavingServer:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut every connection, as a server that dies."""
        assert self._server is not None
        self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            while (exchange := await self._read(reader, writer)) and not writer.is_closing():
                await self._answer(exchange)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(task)
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Exchange(method, path, headers, json.loads(body) if body else {}, reader, writer, self)

    async def _answer(self, exchange: Exchange) -> None:
        if exchange.method == "GET":
            await exchange.reply({"object": "list", "data": list(self.models)})
            return
        number = len(self.requests)
        self.requests.append(exchange)
        behaviour = self.script[number] if number < len(self.script) else self.then or answers()
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            await behaviour(exchange)
        finally:
            self._running -= 1


# What a request may be answered with.


def choice(text: str, *, chat: bool, logprobs: Sequence[Any] | None = (-0.5,), finish: str = "stop") -> Any:
    """A choice in the form of either endpoint; each log-probability is of a token that spells nothing."""
    if chat:
        listed = None if logprobs is None else {"content": [{"token": "", "logprob": x} for x in logprobs]}
        return {
            "message": {"role": "assistant", "content": text},
            "logprobs": listed,
            "finish_reason": finish,
        }
    listed = None if logprobs is None else {"tokens": [""] * len(logprobs), "token_logprobs": list(logprobs)}
    return {"text": text, "logprobs": listed, "finish_reason": finish}


def answers(
    text: str = "simp",
    *,
    logprobs: Sequence[Any] | None = (-0.25, -0.5),
    finish: str = "stop",
    most: int | None = None,
    usage: Mapping[str, Any] | None = None,
    after_s: float = 0.0,
) -> Behaviour:
    """As asked, with n choices, or with at most `most`; log-probabilities only where they were asked for."""

    async def behave(exchange: Exchange) -> None:
        await asyncio.sleep(after_s)
        chat = "messages" in exchange.body
        told = logprobs if exchange.body.get("logprobs") else None
        count = min(exchange.body.get("n", 1), most or 1_000)
        choices = [choice(text, chat=chat, logprobs=told, finish=finish) for _ in range(count)]
        counts = {"prompt_tokens": 10, "completion_tokens": 2 * count} if usage is None else usage
        await exchange.reply({"choices": choices, "usage": counts})

    return behave


def status(
    number: int, message: str = "no", headers: Mapping[str, str] | None = None, **fields: Any
) -> Behaviour:
    """An error in OpenAI's form."""
    return replies({"error": {"message": message, **fields}}, number, headers)


def replies(body: bytes | Any, code: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    """This body: bytes as they are, anything else as JSON."""

    async def behave(exchange: Exchange) -> None:
        await exchange.reply(body, code, headers)

    return behave


def rejects(*names: str) -> Behaviour:
    """Refuses a request that has one of these parameters, else answers."""

    async def behave(exchange: Exchange) -> None:
        if found := [name for name in names if name in exchange.body]:
            await status(400, f"Unsupported parameter: '{found[0]}' is not supported here.")(exchange)
        else:
            await answers()(exchange)

    return behave


async def sends_rubbish(exchange: Exchange) -> None:
    """Bytes that are no HTTP."""
    await exchange.send(b"\x00\xff\x16\x03rubbish\r\n\r\n")
    exchange.writer.close()


async def closes_mid_body(exchange: Exchange) -> None:
    """The beginning of a good reply, then the end of the connection."""
    await exchange.reply({"choices": [choice("simp", chat=False)]}, cut=20)


async def closes_at_once(exchange: Exchange) -> None:
    """The end of the connection, without a word."""
    exchange.writer.close()


async def never_answers(exchange: Exchange) -> None:
    """Nothing, until the client hangs up."""
    if await exchange.reader.read(1) == b"":
        exchange.server.hung_up += 1
    exchange.writer.close()


def sends_endlessly(most: int = 1 << 26) -> Behaviour:
    """A body of `most` bytes, without a word in it."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {most}\r\n\r\n".encode())
        for _ in range(most >> 16):
            await exchange.send(b" " * (1 << 16))

    return behave
