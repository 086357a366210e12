"""The HTTP service: its routes, its errors, and what happens when a client leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import orjson
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from prover.errors import ProverError
from prover.service.errors import error_out, http_status
from prover.service.guard import PAGE_FILES, Guard
from prover.service.live import Feed
from prover.service.operations import Operations
from prover.service.page import page_file
from prover.service.places import Busy
from prover.service.schema import (
    ErrorOut,
    ProofOut,
    ProofTextOut,
    ProveAsked,
    ProveInFileAsked,
    StatusOut,
    SuggestAsked,
    SuggestInFileAsked,
    SuggestionsOut,
    TextsOut,
    TheoremOut,
    VerifiedOut,
    VerifyAsked,
)

T = TypeVar("T")

CLIENT_GONE = 499
"""The status, as the metrics show it, of an answer that nobody waited for."""

_GONE = "client gone"

_log = logging.getLogger(__name__)

DESCRIPTION = """Proves theorems in Lean 4. Statements are elaborated under a prelude that stands in for
Mathlib's definitions; `prelude` names it. What is called proved has been judged again in a Lean process that
searches nothing."""

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "The body is no JSON."},
    401: {"model": ErrorOut, "description": "The token is missing or wrong."},
    413: {"model": ErrorOut, "description": "The body is too long."},
    422: {
        "model": ErrorOut,
        "description": "Bad input; with Lean's messages where a statement does not elaborate.",
    },
    429: {"model": ErrorOut, "description": "Too much to do; `Retry-After` says when to come again."},
    503: {"model": ErrorOut, "description": "The model gives no answer, or the service is ending."},
}

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `queued` {ahead}, `start`, `progress` with figures and the "
        "states that are new or changed, `judging`, `alive`; then `result` with a ProofOut, or "
        "`error` with an ErrorOut.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def create_app(operations: Operations, token: str = "") -> ASGIApp:
    """The service as an ASGI application. With a token, all but the page wants it."""
    app = FastAPI(
        title="Prover",
        version=operations.status().version,
        description=DESCRIPTION,
        docs_url=None,  # Their scripts come from elsewhere.
        redoc_url=None,
        responses=_ERRORS,
        dependencies=[Depends(HTTPBearer(auto_error=False))],  # For the description; the guard checks it.
    )
    _add_operations(app, operations)
    _add_page(app, operations)
    _add_error_handlers(app)
    paths = frozenset(route.path for route in app.routes if hasattr(route, "path"))
    return Guard(app, token, operations.settings.body_bytes, operations.metrics, paths)


def _add_operations(app: FastAPI, operations: Operations) -> None:
    @app.post("/v1/suggest")
    async def suggest(asked: SuggestAsked, request: Request) -> SuggestionsOut:
        """The next tactics for a statement, or for where some tactics led; each has been run."""
        return await _while_there(request, operations, operations.suggest(asked))

    @app.post("/v1/prove")
    async def prove(asked: ProveAsked, request: Request) -> ProofOut:
        """Search for a proof under a budget, and judge it."""
        return await _while_there(request, operations, operations.prove(asked))

    @app.post("/v1/prove/stream", responses=_EVENTS, response_class=StreamingResponse)
    async def prove_stream(asked: ProveAsked, request: Request) -> StreamingResponse:
        """The same, followed live. Closing the connection ends the search."""
        feed = Feed()
        job = operations.begin(operations.prove(asked, feed))
        _cancel_when_gone(request, operations, job)
        await _done_or_set(job, feed.accepted)
        if job.done():
            _result(job)
        job.add_done_callback(lambda done: _tell_end(feed, done))
        return StreamingResponse(
            _sse(feed), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    @app.post("/v1/verify")
    async def verify(asked: VerifyAsked, request: Request) -> VerifiedOut:
        """The judge's verdict on a proof."""
        return await _while_there(request, operations, operations.verify(asked))

    @app.post("/v1/file/suggest")
    async def suggest_in_file(asked: SuggestInFileAsked, request: Request) -> TextsOut:
        """The next tactics at a place of a Lean file; each has been elaborated there."""
        return await _while_there(request, operations, operations.suggest_in_file(asked))

    @app.post("/v1/file/prove")
    async def prove_in_file(asked: ProveInFileAsked, request: Request) -> ProofTextOut:
        """The rest of a proof at a place of a Lean file, elaborated there."""
        return await _while_there(request, operations, operations.prove_in_file(asked))

    @app.get("/v1/status")
    async def status() -> StatusOut:
        """How the service is, and what it allows."""
        return operations.status()


def _add_page(app: FastAPI, operations: Operations) -> None:
    problems = operations.settings.problems

    @app.get("/v1/theorems")
    async def theorems() -> list[TheoremOut]:
        """The theorems that the service was started with."""
        return [
            TheoremOut(name=name, statement=one.statement.text, informal=one.informal)
            for name, one in problems.items()
        ]

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(operations.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return _file("index.html")

    @app.get("/favicon.svg", include_in_schema=False)
    async def icon() -> Response:
        return _file("favicon.svg")

    @app.get(PAGE_FILES + "{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        return _file(name)


def _file(name: str) -> Response:
    found = page_file(name)
    if found is None:
        raise HTTPException(404, "no such page")
    return Response(found[0], media_type=found[1])


def _add_error_handlers(app: FastAPI) -> None:
    async def handle(_: Request, error: Exception) -> JSONResponse:
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, Busy) else None
        return JSONResponse(error_out(error).model_dump(), http_status(error), headers)

    for kind in (ProverError, Busy, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handle)


# Clients that stay, and clients that leave.


async def _while_there(request: Request, operations: Operations, operation: Coroutine[Any, Any, T]) -> T:
    """The operation's result; it is cancelled as soon as the client has gone."""
    job = operations.begin(operation)
    _cancel_when_gone(request, operations, job)
    await asyncio.wait({job})
    return _result(job)


def _cancel_when_gone(request: Request, operations: Operations, job: asyncio.Task[Any]) -> None:
    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if job.cancel(_GONE):
            operations.metrics.gone()

    watching = asyncio.create_task(watch())
    job.add_done_callback(lambda _: watching.cancel())


async def _done_or_set(job: asyncio.Task[Any], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({job, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _result(job: asyncio.Task[T]) -> T:
    try:
        return job.result()
    except asyncio.CancelledError as error:
        status = CLIENT_GONE if _GONE in error.args else 503
        raise HTTPException(status, "the search was ended: the service is ending") from None


def _tell_end(feed: Feed, job: asyncio.Task[ProofOut]) -> None:
    try:
        feed.end("result", _result(job).model_dump())
    except Exception as error:
        if http_status(error) == 500:
            _log.error("a search ended in an error", exc_info=error)
        feed.end("error", error_out(error).model_dump())


async def _sse(feed: Feed) -> AsyncIterator[bytes]:
    async for name, data in feed.events():
        yield b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))
