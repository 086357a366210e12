"""leanprover-community/repl behind our protocol: what it has no request for is done here, or by its tactics.

It knows `cmd`, `path`, `proofState` with `tactic`, and pickles (its README and REPL/Main.lean, up to 4.33).
Our optional fields are understood on this side and never sent:

- `focus` brings a goal to the front; the others wait behind it, and a step on the first is `case' _ => step`,
  which sees no other goal. What `proofStatus` would say of the focused proof alone, a last step finds out
  that closes the waiting goals by `sorry`.
- `verify` asserts its rungs by several requests (`prover.lean.native.verify`); one more shows that the proof
  printed none of the replies.
- `forget` only forgets here: the process keeps everything, until it is recycled.
- `maxHeartbeats` is the header's own; a time limit is the client's, and costs the process.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from prover.lean.native.refusals import forbidden, too_deep
from prover.lean.native.verify import COMMUNITY_RUNGS, verify
from prover.lean.protocol import COMPLETED, Json, ProtocolError
from prover.lean.session import Launch, LeanSession, Session, json_object
from prover.statements.lexical import mask

OPEN = "Incomplete: open goals remain"
SORRY = "Incomplete: contains sorry"

_KNOWN_FIELDS = frozenset(
    "cmd path env proofState tactic pickleTo unpickleEnvFrom unpickleProofStateFrom allTactics rootGoals "
    "infotree".split()
)
_NOISE_CHUNKS = 1_000
"""Pieces of output that are no reply, and are passed by, before the process counts as broken."""

_TOO_DEEP = "brackets nest too deeply"


@dataclass(frozen=True, slots=True)
class CommunityLaunch(Launch):
    """How to start a community REPL: one that knows none of our optional fields."""

    soft_timeout: bool = False
    rungs: tuple[str, ...] = COMMUNITY_RUNGS

    async def start(self) -> Session:
        return await CommunitySession.start(self)


@dataclass(frozen=True, slots=True)
class _Goals:
    """The goals of a state as texts; the last `aside` of them wait until the focused ones are proved."""

    texts: tuple[str, ...]
    aside: int = 0

    @property
    def shown(self) -> tuple[str, ...]:
        return self.texts[: len(self.texts) - self.aside]

    @property
    def waiting(self) -> tuple[str, ...]:
        return self.texts[len(self.texts) - self.aside :]


def split_imports(text: str) -> tuple[str, str]:
    """A file up to its last import, and the rest with as many empty lines before it: its places stay.

    Nothing is cut off a text without imports, or one that begins a module of the new kind.
    """
    code = mask(text).code.split("\n")
    last = 0
    for number, line in enumerate(code, 1):
        if line.startswith("import "):
            last = number
        elif line.strip():
            break
    lines = text.split("\n")
    return "\n".join(lines[:last]), "\n" * last + "\n".join(lines[last:])


@dataclass(eq=False)
class CommunitySession(LeanSession):
    """One process of a community REPL that answers the requests of our protocol."""

    _known: dict[int, _Goals] = field(default_factory=dict, init=False)
    _imported: dict[str, int] = field(default_factory=dict, init=False)

    async def _exchange(self, payload: Json) -> Json:
        started = time.monotonic_ns()
        reply = await self._answer(payload)
        return reply | {"nanoseconds": time.monotonic_ns() - started}

    async def _answer(self, payload: Json) -> Json:
        if "forget" in payload:
            return self._forget(payload["forget"])
        if "verify" in payload:
            return await self._verify(payload)
        state = payload.get("proofState")
        if isinstance(state, int) and "focus" in payload:
            return await self._focus(state, payload["focus"])
        if isinstance(state, int) and "tactic" in payload:
            return await self._step(state, payload)
        if isinstance(payload.get("cmd"), str) and payload.get("env") is None:
            return await self._from_imports(payload)
        return await self._plain(payload)

    async def _from_imports(self, payload: Json) -> Json:
        """A text with its own imports: they are loaded once in a process, for each list of them."""
        imports, rest = split_imports(payload["cmd"])
        if not imports or not rest.strip():
            return await self._plain(payload)
        if imports not in self._imported:
            reply = await self._plain({"cmd": imports})
            if "env" not in reply or reply.get("messages"):
                return await self._plain(payload)  # It says all there is to say.
            self._imported[imports] = reply["env"]
        return await self._plain(payload | {"cmd": rest, "env": self._imported[imports]})

    def _forget(self, ids: Mapping[str, list[int]]) -> Json:
        for state in ids.get("proofState", []):
            self._known.pop(state, None)
        return {"forgotten": len(ids.get("proofState", [])) + len(ids.get("env", []))}

    async def _verify(self, payload: Json) -> Json:
        what = payload["verify"]
        if not all(isinstance(what.get(key), str) for key in ("statement", "proof")):
            return {"message": "A verification needs a statement and a proof."}
        verdict = await verify(self._plain, payload.get("env"), what["statement"], what["proof"])
        await self._be_in_step(payload.get("env"))
        return verdict

    async def _be_in_step(self, env: int | None) -> None:
        """Ask what only the next true reply can answer. Raises `ProtocolError` where another one comes.

        Replies carry no number here. One that a proof printed was read in the true one's stead: that one is
        still to come.
        """
        word = secrets.token_hex(16)
        reply = await self._transmit({"cmd": f'#print "{word}"'} | ({} if env is None else {"env": env}))
        if all(m.get("data") != word for m in reply.get("messages", ())):
            raise ProtocolError("a reply that is not that of its request")

    async def _plain(self, payload: Json) -> Json:
        """A request that the REPL has itself, and the goals of the states that its reply names."""
        if too_deep(str(payload.get("cmd", payload.get("tactic", "")))):
            return {"message": f"Lean error:\n<input>:1:1: {_TOO_DEEP}"}
        reply = await self._transmit(
            {k: v for k, v in payload.items() if k in _KNOWN_FIELDS and v is not None}
        )
        for hole in reply.get("sorries", ()):
            if isinstance(hole.get("proofState"), int):
                self._known[hole["proofState"]] = _Goals((hole["goal"],))
        if isinstance(reply.get("proofState"), int):
            self._known[reply["proofState"]] = _Goals(tuple(reply.get("goals", ())))
        return reply

    async def _transmit(self, payload: Json) -> Json:
        """Send one request on one line, and read its reply: the object that begins a line, whatever else the
        process prints before it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(orjson.dumps(payload) + b"\n\n")
        await stdin.drain()
        for _ in range(_NOISE_CHUNKS):
            chunk = await stdout.readuntil(b"\n\n")
            begin = 0 if chunk.startswith(b"{") else chunk.find(b"\n{") + 1
            if chunk[begin : begin + 1] == b"{":
                return json_object(chunk[begin:])
        raise ProtocolError("too much output that is no reply")

    async def _focus(self, state: int, goal: int) -> Json:
        known = self._known.get(state)
        if known is None:
            return {"message": "Unknown proof state."}
        if not 0 <= goal < len(known.shown):
            return {"message": f"Lean error:\nthere is no goal number {goal}"}
        if goal == 0:
            if len(known.shown) > 1:
                # A state of its own: the same goals, of which fewer are in sight.
                return await self._set_aside(state, "skip", len(known.texts) - 1)
            return {"proofState": state, "goals": list(known.shown), "proofStatus": OPEN}
        return await self._set_aside(state, f"rotate_left {goal}", len(known.texts) - 1)

    async def _set_aside(self, state: int, tactic: str, aside: int) -> Json:
        reply = await self._plain({"proofState": state, "tactic": tactic})
        if "proofState" not in reply:
            return reply
        goals = _Goals(tuple(reply["goals"]), aside)
        self._known[reply["proofState"]] = goals
        return reply | {"goals": list(goals.shown)}

    async def _step(self, state: int, payload: Json) -> Json:
        """A tactic on the goals in sight. It must leave those that wait as they are."""
        tactic = payload["tactic"]
        known = self._known.get(state, _Goals(()))
        if isinstance(tactic, str) and payload.get("detail") and (word := forbidden(tactic)):
            return {"message": f"Lean error:\nforbidden syntax: {word}", "kind": "forbidden"}
        if not known.aside or not isinstance(tactic, str):
            return await self._plain(payload)
        wrapped = "case' _ =>\n  " + tactic.replace("\n", "\n  ")
        reply = await self._plain({"proofState": state, "tactic": wrapped})
        if "proofState" not in reply:
            return reply
        goals = _Goals(tuple(reply["goals"]), known.aside)
        if len(goals.texts) < known.aside or goals.waiting != known.waiting:
            return {"message": "Lean error:\nthe step changes goals that were set aside"}
        self._known[reply["proofState"]] = goals
        reply["goals"] = list(goals.shown)
        if not goals.shown:
            reply["proofStatus"] = await self._status_alone(reply["proofState"])
        return reply

    async def _status_alone(self, state: int) -> str:
        """The status of a focused proof, as if no goal were waiting."""
        reply = await self._transmit({"proofState": state, "tactic": "all_goals sorry"})
        status = str(reply.get("proofStatus", reply.get("message", "")))
        return COMPLETED if status == SORRY else status
