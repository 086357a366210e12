"""An npm registry on loopback with one small package laid out like the embedded Lean's."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prover.lean.embedded.fetch import NpmPackage

LEAN_JS = (
    "var Module={};var _used,_unused_one,_unused_two,wasmTable;"
    'function assignWasmExports(wasmExports){_used=Module["_used"]=wasmExports["used"];'
    '_unused_one=Module["_unused_one"]=wasmExports["unused_one"];_unused_two=wasmExports["unused_two"];'
    'wasmTable=wasmExports["table"]}'
    "var find=(lib,symbol)=>{var i=Object.keys(lib.exports).indexOf(symbol);return i};"
    "var name=(symDict,symbolIndex)=>Object.keys(symDict)[symbolIndex];"
    "function start(){var pthreadPoolSize=4;_used(wasmTable,pthreadPoolSize)}"
)
LEAN_WASM = b"\0asm" + bytes(range(256)) * 300
OLEANS = {"Init.olean": b"init", "Init/Core.olean": b"core" * 100, "Lean/Meta/Basic.olean": b""}


def tar(files: dict[str, bytes]) -> bytes:
    """A gzipped tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tarball(**changes: bytes | None) -> bytes:
    """The package's tarball; `changes` replace or (None) leave out `script`, `wasm` or `lib`."""
    oleans = {f"./{name}": content for name, content in OLEANS.items()}
    companions = {"./._Init.olean": b"apple", "./Init/._Core.olean": b"double"}
    parts: dict[str, bytes | None] = {"lib": tar(companions | oleans)}
    parts |= {"script": LEAN_JS.encode(), "wasm": LEAN_WASM} | changes
    names = {"lib": "lean-lib.tar.gz", "script": "lean.js", "wasm": "lean.wasm"}
    files = {f"package/{names[key]}": part for key, part in parts.items() if part is not None}
    return tar({"package/package.json": b"{}"} | files)


def package_of(content: bytes) -> NpmPackage:
    """The package whose published hash is that of `content`."""
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    return NpmPackage("tiny-lean", "1.2.3", f"sha512-{digest}")


@dataclass
class Registry:
    """What the server serves, how it fails, and what it was asked for."""

    content: bytes
    url: str = ""
    breaks: list[int] = field(default_factory=list)
    """For each of the next answers: after how many bytes the connection breaks."""
    ranges: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of each request."""
    asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()


@contextmanager
def serving(content: bytes) -> Iterator[Registry]:
    """A registry that is up as long as the context lasts."""
    registry = Registry(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, registry)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, registry: Registry) -> None:
    asked_range = handler.headers.get("Range")
    registry.requests.append((handler.path, asked_range))
    registry.asked.set()
    registry.may_answer.wait(30)
    start = int(asked_range.removeprefix("bytes=").rstrip("-")) if asked_range and registry.ranges else 0
    total = len(registry.content)
    if handler.path != "/tiny-lean/-/tiny-lean-1.2.3.tgz":
        handler.send_error(404)
        return
    if start >= total:
        handler.send_error(416)
        return
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    handler.send_header("Content-Length", str(total - start))
    handler.end_headers()
    length = registry.breaks.pop(0) if registry.breaks else total
    handler.wfile.write(registry.content[start : start + length])
