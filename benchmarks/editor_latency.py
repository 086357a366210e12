"""How long an editor waits for the first checked suggestion, at places of real files.

    python -m benchmarks.editor_latency [--positions 50] [--policy portfolio+small] [--json OUT]

The files are Lean sources of this project (`lean_project/Prover/*.lean`), as they are. A place is a theorem
that is proved by tactics, its proof taken away and the cursor right behind `by`, or on a new line. The
server is a real `prover lsp` over standard input and output; what stands above each place is elaborated
first, as it is for somebody who works there ("warm"). A request is answered by the first suggestion that was
checked in the file; the clock stops when the answer has been read. Places where none is found within ten
seconds are listed and count as infinitely slow in the median. Beside the wall clock stands the CPU time that
server, model and Lean together took meanwhile: on a machine that does other work too it says more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from prover.editor.outline import Outline, Unit
from prover.editor.positions import Lines
from prover.lean.embedded.sources import lean_project_dir

PATIENCE_S = 10.0
"""How long a place is waited for; a request itself waits a fifth of that, and is then repeated."""

WARM_UP = "theorem warm_up_place : True := by\n  sorry\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file where a tactic is wanted: `above`, the theorem `begun` up to the cursor, `below`.

    `kind` is by or line.
    """

    file: str
    theorem: str
    kind: str
    above: str
    begun: str
    below: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds for what stands above, the first time, and for the first suggestion; None where none came.

    cpu_s: CPU seconds of all processes of the server for that suggestion.
    """

    file: str
    theorem: str
    kind: str
    above_s: float
    first_s: float | None
    cpu_s: float
    tactic: str


def places(count: int, seed: int) -> list[Place]:
    """Places drawn at random from all theorems that are proved by tactics, half of each kind."""
    found = []
    for path in sorted((lean_project_dir() / "Prover").glob("*.lean")):
        outline = Outline(path.read_text(encoding="utf-8"))
        found += [(path.name, outline, unit) for unit in outline.units if _by_tactics(outline, unit)]
    chosen = random.Random(seed).sample(found, min(count, len(found)))
    chosen.sort(key=lambda place: place[0])  # each file's after one another, as somebody works
    return [
        _place(name, outline, unit, ("by", "line")[number % 2])
        for number, (name, outline, unit) in enumerate(chosen)
    ]


def _by_tactics(outline: Outline, unit: Unit) -> bool:
    body = unit.first.body
    one = len(unit.declarations) == 1 and unit.first.kind == "theorem"
    return one and body is not None and outline.code[body + 2 : unit.end].lstrip().startswith("by")


def _place(name: str, outline: Outline, unit: Unit, kind: str) -> Place:
    assert unit.first.body is not None
    begun = outline.text[unit.start : unit.first.body] + (":= by " if kind == "by" else ":= by\n  ")
    above, below = outline.text[: unit.start], outline.text[unit.end :]
    return Place(name, unit.first.label, kind, above, begun, f"\n\n{below}")


class Client:
    """An editor that opens a file, types a theorem into it, and asks."""

    def __init__(self) -> None:
        self._client = LanguageClient("benchmark", "1")

    async def start(self, policy: str) -> None:
        options = ["--policy", policy] if policy else []
        await self._client.start_io(sys.executable, "-m", "prover", "lsp", *options, env=dict(os.environ))
        await self._client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
        self._client.initialized(lsp.InitializedParams())

    async def measure(self, place: Place) -> Measured:
        """One place: what stands above is brought first, by a theorem that is then replaced."""
        uri = f"file:///{place.file}"
        identifier = lsp.TextDocumentIdentifier(uri)
        item = lsp.TextDocumentItem(uri, "lean4", 1, place.above + WARM_UP + place.below)
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        began = time.perf_counter()
        await self._goals(identifier, _end(place.above + WARM_UP.rstrip()))
        warm = time.perf_counter()
        self._client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(2, uri),
                [lsp.TextDocumentContentChangeWholeDocument(place.above + place.begun + place.below)],
            )
        )
        cpu = self._cpu_seconds()
        tactic = await self._first(identifier, _end(place.above + place.begun))
        seconds, cpu = time.perf_counter() - warm, self._cpu_seconds() - cpu
        self._client.text_document_did_close(lsp.DidCloseTextDocumentParams(identifier))
        return Measured(
            place.file, place.theorem, place.kind, warm - began, seconds if tactic else None, cpu, tactic
        )

    async def close(self) -> None:
        await self._client.shutdown_async(None)
        self._client.exit(None)
        await self._client.stop()

    async def _goals(self, identifier: lsp.TextDocumentIdentifier, position: lsp.Position) -> None:
        """Ask for goals until there are some: Lean and the model may be starting."""
        for _ in range(400):
            params = lsp.HoverParams(identifier, position)
            if await self._client.text_document_hover_async(params) is not None:
                return
            await asyncio.sleep(0.3)
        raise TimeoutError("the server shows no goals")

    async def _first(self, identifier: lsp.TextDocumentIdentifier, position: lsp.Position) -> str:
        trigger = lsp.InlineCompletionContext(lsp.InlineCompletionTriggerKind.Invoked)
        params = lsp.InlineCompletionParams(trigger, identifier, position)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = await self._client.text_document_inline_completion_async(params)
            items = answer.items if isinstance(answer, lsp.InlineCompletionList) else answer or []
            if items:
                return str(items[0].insert_text)
        return ""

    def _cpu_seconds(self) -> float:
        """What the server and its processes have used so far."""
        server = psutil.Process(self._client._server.pid)  # type: ignore[union-attr]
        times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
        return sum(one.user + one.system for one in times)


def _end(text: str) -> lsp.Position:
    return lsp.Position(*Lines(text).place(len(text)))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if math.isfinite(seconds) else "no suggestion"


def report(measured: list[Measured]) -> str:
    """The table that is printed."""
    used = sorted(one.cpu_s if one.first_s is not None else math.inf for one in measured)
    answered = [one.first_s for one in measured if one.first_s is not None]
    wall = sorted(answered) + [math.inf] * (len(measured) - len(answered))
    lines = [
        f"{len(measured)} places, {len(answered)} with a suggestion",
        "",
        "| places | wall clock | CPU |",
    ]
    lines.append("| --- | --- | --- |")
    for share in (0.25, 0.5, 0.75, 0.9):
        index = min(math.ceil(share * len(wall)) - 1, len(wall) - 1)
        lines.append(f"| {share:.0%} within | {_ms(wall[index])} | {_ms(used[index])} |")
    silent = [f"{one.file}: {one.theorem} ({one.kind})" for one in measured if one.first_s is None]
    return "\n".join([*lines, *(["no suggestion:", *silent] if silent else [])])


async def run(count: int, seed: int, policy: str) -> list[Measured]:
    client = Client()
    await client.start(policy)
    measured = []
    try:
        first, *chosen = places(count + 1, seed)
        await client.measure(first)  # what is slow the first time in a process
        await asyncio.sleep(5)
        for place in chosen:
            one = await client.measure(place)
            measured.append(one)
            wall = "none" if one.first_s is None else f"{one.first_s * 1000:.0f} ms"
            shown = f"{wall}, CPU {one.cpu_s * 1000:.0f} ms"
            print(f"{one.file}: {one.theorem} ({one.kind}): {shown}  {one.tactic}", file=sys.stderr)
    finally:
        await client.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--policy", default="", help="as `prover lsp --policy`")
    parser.add_argument("--json", type=Path, help="write each place's times to this file")
    arguments = parser.parse_args()
    measured = asyncio.run(run(arguments.positions, arguments.seed, arguments.policy))
    print(report(measured))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(one) for one in measured], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
