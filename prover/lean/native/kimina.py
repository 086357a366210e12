"""A Kimina Lean Server behind our protocol: whole snippets over HTTP (its README and
server/routers/check.py).

The server keeps no states, so that a state is what it is to us anyway: a declaration, a hole of it, and the
steps since. A step sends the declaration with all steps so far and `all_goals sorry` behind them; the goals
that are left are what Lean reports of those holes. A server that dies or is busy costs no state, only time.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import re
from dataclasses import dataclass, replace

import httpx

from prover.errors import SetupError
from prover.lean.native.community import OPEN
from prover.lean.native.refusals import command_in, forbidden, too_deep
from prover.lean.native.verify import COMMUNITY_RUNGS, verify
from prover.lean.protocol import COMPLETED, Json
from prover.lean.session import Launch, Session, SessionDied, SessionTimeout
from prover.statements.holes import find_holes
from prover.types import Position

KEY = "KIMINA_API_KEY"
_HEALTH_S = 10.0
_BUSY = (429, 502, 503, 504)
_PAUSE_S = 0.5
_PARSE = re.compile(r"\A(?:unexpected |expected |unterminated )")
_REST = "all_goals sorry"


@dataclass(frozen=True, slots=True)
class KiminaLaunch(Launch):
    """A server by its address; nothing is started here."""

    url: str = ""
    rungs: tuple[str, ...] = COMMUNITY_RUNGS

    async def start(self) -> Session:
        return KiminaSession(self.url)


def reach(url: str) -> None:
    """Raises `SetupError` where no Kimina Lean Server answers at `url`."""
    try:
        httpx.get(f"{url.rstrip('/')}/health", timeout=_HEALTH_S).raise_for_status()
    except httpx.HTTPError as error:
        raise SetupError(
            f"no Kimina Lean Server answers at {url} ({error}): start one (project-numina/"
            "kimina-lean-server), or leave out --lean for the embedded Lean"
        ) from error


@dataclass(frozen=True, slots=True)
class _Env:
    """A header, and the texts that stand below it."""

    header: str
    texts: tuple[str, ...] = ()

    def file(self, text: str) -> tuple[str, int]:
        """The file that ends with `text`, and how many lines stand above that."""
        above = "\n".join((self.header, *self.texts))
        return f"{above}\n{text}", above.count("\n") + 1


@dataclass(frozen=True, slots=True)
class _Hole:
    """The `sorry` at `line`, `column` of a text, and the steps that were made there."""

    env: _Env
    text: str
    line: int
    column: int
    goals: tuple[str, ...]
    steps: tuple[str | int, ...] = ()

    def filled(self) -> tuple[str, int]:
        """The text with the steps in the hole's place, and the line of what is left open by them.

        A number is a goal to focus on: it comes to the front, and what follows sees no other.
        """
        lines = self.text.split("\n")
        head, tail = lines[self.line - 1][: self.column], lines[self.line - 1][self.column + len("sorry") :]
        block, opened = self._block()
        if not head.strip():
            opening, margin, closing = [], self.column, ""
        elif head.rstrip().endswith("by"):
            opening, margin, closing = [head.rstrip()], len(head) - len(head.lstrip()) + 2, ""
        else:
            opening, margin, closing = [f"{head}({'' if self._tactic() else 'by'}"], self.column + 1, ")"
        body = [" " * margin + line for line in block]
        body[-1] += closing + tail
        text = "\n".join([*lines[: self.line - 1], *opening, *body, *lines[self.line :]])
        return text, self.line + len(opening) + opened

    def _tactic(self) -> bool:
        """Whether the hole is a tactic's, and not a term's."""
        place = Position(self.line, self.column)
        return any(hole.tactic for hole in find_holes(self.text) if hole.position == place)

    def _block(self) -> tuple[list[str], int]:
        block: list[str] = []
        margins = [""]
        for step in self.steps:
            if isinstance(step, int):
                block += [f"{margins[-1]}rotate_left {step}"] if step else []
                block.append(f"{margins[-1]}case' _ =>")
                margins.append(f"{margins[-1]}  ")
            else:
                block += [f"{margins[-1]}{line}" for line in step.split("\n")]
        return [*block, *(f"{margin}{_REST}" for margin in reversed(margins))], len(block)


class KiminaSession:
    """A client of a server that answers the requests of our protocol."""

    def __init__(self, url: str) -> None:
        key = os.environ.get(KEY)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(headers=headers, timeout=None)
        self._envs: list[_Env] = []
        self._holes: dict[int, _Hole] = {}
        self._numbers = itertools.count()
        self._timeout_s = 60.0
        self._nanoseconds = 0
        self._closed = False
        self.requests = 0

    @property
    def alive(self) -> bool:
        return not self._closed

    def resident_bytes(self) -> int:
        """Nothing of it is on this machine."""
        return 0

    async def request(self, payload: Json, timeout_s: float) -> Json:
        """Raises `SessionTimeout`, `SessionDied` (no connection, no JSON), `SetupError` (wrong key)."""
        self.requests += 1
        self._timeout_s = payload.get("timeoutMs", timeout_s * 1000) / 1000
        self._nanoseconds = 0
        try:
            async with asyncio.timeout(timeout_s):
                return await self._answer(payload) | {"nanoseconds": self._nanoseconds}
        except TimeoutError:
            raise SessionTimeout(f"no reply of {self._url} within {timeout_s:g} s") from None
        except (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError) as error:
            raise SessionDied(f"{self._url} breaks off: {type(error).__name__} {error}") from error

    async def _answer(self, payload: Json) -> Json:
        if "forget" in payload:
            for one in payload["forget"].get("proofState", []):
                self._holes.pop(one, None)
            return {"forgotten": 0}
        if "verify" in payload:
            what = payload["verify"]
            if word := command_in(what["proof"].removeprefix(":=")):
                return {
                    "rungs": [{"name": "syntax", "passed": False, "detail": f"not tactics alone: {word}"}]
                }
            return await verify(self._answer, payload.get("env"), what["statement"], what["proof"])
        if "cmd" in payload:
            return await self._command(payload["cmd"], payload.get("env"))
        hole = self._holes.get(payload.get("proofState", -1))
        if hole is None:
            return {"message": "Unknown proof state."}
        return await self._step(hole, payload)

    async def _command(self, text: str, env: int | None) -> Json:
        if env is not None and not 0 <= env < len(self._envs):
            return {"message": "Unknown environment."}
        if too_deep(text):
            return _failed("unexpected depth of brackets")
        base = _Env(text) if env is None else self._envs[env]
        file, above = (text, 0) if env is None else base.file(text)
        reply = await self._check(file)
        if "message" in reply:
            return reply
        self._envs.append(base if env is None else replace(base, texts=(*base.texts, text)))
        found = {"env": len(self._envs) - 1}
        messages = [_raised(m, above) for m in reply.get("messages") or () if m["pos"]["line"] > above]
        holes = [_raised(h, above) for h in reply.get("sorries") or () if h["pos"]["line"] > above]
        for hole in holes:
            place = hole["pos"]["line"], hole["pos"]["column"]
            hole["proofState"] = self._add(_Hole(base, text, *place, (hole["goal"],)))
        return found | ({"messages": messages} if messages else {}) | ({"sorries": holes} if holes else {})

    def _add(self, hole: _Hole) -> int:
        number = next(self._numbers)
        self._holes[number] = hole
        return number

    async def _step(self, hole: _Hole, payload: Json) -> Json:
        if "focus" in payload:
            goal = payload["focus"]
            if not 0 <= goal < len(hole.goals):
                return _failed(f"there is no goal number {goal}")
            if len(hole.goals) == 1:
                return self._open(hole)
            return self._open(replace(hole, goals=(hole.goals[goal],), steps=(*hole.steps, goal)))
        tactic = payload["tactic"]
        if payload.get("detail") and (word := forbidden(tactic) or command_in(tactic)):
            return _failed(f"forbidden syntax: {word}") | {"kind": "forbidden"}
        if too_deep(tactic):
            return _failed("unexpected depth of brackets")
        new = replace(hole, steps=(*hole.steps, tactic))
        text, line = new.filled()
        file, above = hole.env.file(text)
        reply = await self._check(file)
        if "message" in reply:
            return reply
        error = next((m["data"] for m in reply.get("messages") or () if m["severity"] == "error"), None)
        if error is not None:
            return _failed(error)
        left = [one["goal"] for one in reply.get("sorries") or () if one["pos"]["line"] == above + line]
        return self._open(replace(new, goals=tuple(left)))

    def _open(self, hole: _Hole) -> Json:
        status = OPEN if hole.goals else COMPLETED
        return {"proofState": self._add(hole), "goals": list(hole.goals), "proofStatus": status}

    async def _check(self, code: str) -> Json:
        """The REPL's reply to a file; a busy server is asked again until the time is over."""
        body = {
            "snippets": [{"id": "prover", "code": code}],
            "timeout": max(1, math.ceil(self._timeout_s)),
            "reuse": True,
        }
        while (answer := await self._http.post(f"{self._url}/api/check", json=body)).status_code in _BUSY:
            await asyncio.sleep(_PAUSE_S)
        if answer.status_code in (401, 403):
            raise SetupError(f"{self._url} refuses the key: set {KEY} to the one of its LEAN_SERVER_API_KEY")
        answer.raise_for_status()
        result = answer.json()["results"][0]
        self._nanoseconds += int(float(result.get("time") or 0) * 1e9)
        if error := result.get("error"):
            return _failed("interrupted") if "timed out" in error else _failed(error) | {"kind": "crash"}
        return dict(result["response"])

    async def close(self) -> None:
        """Let the connection go; what the server does goes on there."""
        self._closed = True
        await self._http.aclose()


def _raised(item: Json, above: int) -> Json:
    """A message or hole with its lines counted from 1 below the first `above`."""
    ends = {k: item[k] | {"line": item[k]["line"] - above} for k in ("pos", "endPos") if item.get(k)}
    return item | ends


def _failed(text: str) -> Json:
    kind = {"kind": "parse"} if _PARSE.match(text) else {}
    return {"message": f"Lean error:\n{text}"} | kind
