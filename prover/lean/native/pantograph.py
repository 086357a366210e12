"""Pantograph's REPL behind our protocol: one line of JSON in, one out (its doc/repl.md and Protocol.lean).

It has one environment at a time and goal states with ids. Here an environment is the header that is current
and the texts that were elaborated on it: going back to one elaborates them again. `focus` is Pantograph's
own: a tactic for one goal, while its siblings sleep. What proves nothing on its own word (`hasSorry`, loose
metavariables) is asked of the root before a proof counts as complete.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import orjson

from prover.errors import SetupError
from prover.lean.native.community import OPEN, SORRY
from prover.lean.native.project import LakeProject
from prover.lean.native.refusals import forbidden, too_deep
from prover.lean.native.verify import COMMUNITY_RUNGS, verify
from prover.lean.protocol import COMPLETED, Json, ProtocolError
from prover.lean.session import Launch, LeanSession, Session, json_object

METAVARIABLES = "Incomplete: contains metavariable(s)"

_SEVERITIES = {"information": "info"}
_NOISE_LINES = 10_000
"""Lines of output that are no reply, and are passed by, before the process counts as broken."""


@dataclass(frozen=True, slots=True)
class PantographLaunch(Launch):
    """How to start Pantograph's REPL: without modules, for a header names its own."""

    rungs: tuple[str, ...] = COMMUNITY_RUNGS

    async def start(self) -> Session:
        return await PantographSession.start(self)


@dataclass(frozen=True, slots=True)
class _Env:
    header: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Goals:
    """A goal state of Pantograph's, or one goal of it. `alone`: siblings sleep, its root stays open."""

    state: int
    goals: tuple[Json, ...]
    goal: int | None = None
    alone: bool = False


def find_pantograph(project: LakeProject) -> Path:
    """Pantograph's executable: built among the project's packages, else that of the Python package
    PyPantograph.

    Raises `SetupError`.
    """
    built = project.folder / ".lake" / "packages" / "pantograph" / ".lake" / "build" / "bin" / "repl"
    spec = importlib.util.find_spec("pantograph")
    folders = spec.submodule_search_locations if spec is not None else None
    places = [built, *(Path(folder) / "pantograph-repl" for folder in folders or ())]
    found = next((place for place in places if place.is_file()), None)
    if found is None and project.own:
        raise SetupError("Pantograph is part of a project: name the one that has it, --project DIR")
    if found is None:
        raise SetupError(
            f"there is no Pantograph for {project.folder}: require it in the project and "
            "`lake build @pantograph/repl`, or install PyPantograph, both for the project's toolchain"
        )
    return found


@dataclass(slots=True)
class _Memory:
    """What our ids stand for in a process, and which header is its environment."""

    envs: list[_Env] = field(default_factory=list)
    goals: dict[int, _Goals] = field(default_factory=dict)
    current: str | None = None
    timeout_ms: int = 0
    _next: int = 0

    def add(self, known: _Goals) -> int:
        self.goals[self._next] = known
        self._next += 1
        return self._next - 1


@dataclass(eq=False)
class PantographSession(LeanSession):
    """One Pantograph process that answers the requests of our protocol."""

    _state: _Memory = field(default_factory=_Memory, init=False)

    async def _exchange(self, payload: Json) -> Json:
        if self._state.timeout_ms != (wanted := int(payload.get("timeoutMs", 0))):
            await self._call("options.set", timeout=wanted)
            self._state.timeout_ms = wanted
        return await self._answer(payload)

    async def _answer(self, payload: Json) -> Json:
        if "forget" in payload:
            return await self._forget(payload["forget"].get("proofState", []))
        if "verify" in payload:
            what = payload["verify"]
            return await verify(self._answer, payload.get("env"), what["statement"], what["proof"])
        if "cmd" in payload:
            return await self._command(payload["cmd"], payload.get("env"))
        known = self._state.goals.get(payload.get("proofState", -1))
        if known is None:
            return {"message": "Unknown proof state."}
        if "focus" in payload:
            return self._focus(known, payload["focus"])
        return await self._tactic(known, payload)

    async def _call(self, command: str, **payload: object) -> Json:
        """One command; what stands before a line that begins an object is passed by."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(orjson.dumps({"cmd": command, "payload": payload}) + b"\n")
        await stdin.drain()
        for _ in range(_NOISE_LINES):
            line = await stdout.readuntil(b"\n")
            if line.startswith(b"Error:"):
                raise ProtocolError(line.decode("utf-8", "replace").strip())
            if line.startswith(b"{"):
                return json_object(line)
        raise ProtocolError("too much output that is no reply")

    async def _forget(self, ids: list[int]) -> Json:
        gone = {self._state.goals.pop(one).state for one in ids if one in self._state.goals}
        unused = gone - {known.state for known in self._state.goals.values()}
        if unused:
            await self._call("goal.delete", stateIds=sorted(unused))
        return {"forgotten": len(ids)}

    async def _command(self, text: str, env: int | None) -> Json:
        if too_deep(text):
            return {"message": "Lean error:\n<input>:1:1: brackets nest too deeply"}
        if env is not None and not 0 <= env < len(self._state.envs):
            return {"message": "Unknown environment."}
        base = None if env is None else self._state.envs[env]
        if base is None:
            whole, new = text, _Env(text)
            reply = await self._call("frontend.process", file=whole, readHeader=True, inheritEnv=True)
            self._state.current = text
        else:
            await self._go_to(base.header)
            new = _Env(base.header, (*base.texts, text))
            whole = "\n".join(new.texts)
            reply = await self._call("frontend.process", file=whole, sorrys=True)
        if "units" not in reply:
            return _error(reply)
        self._state.envs.append(new)
        return self._command_reply(reply["units"], whole, whole.count("\n") - text.count("\n"))

    async def _go_to(self, header: str) -> None:
        if self._state.current != header:
            await self._call("frontend.process", file=header, readHeader=True, inheritEnv=True)
            self._state.current = header

    def _command_reply(self, units: list[Json], whole: str, above: int) -> Json:
        """Messages and holes of the lines after the first `above`, which came with earlier requests."""
        messages = [_message(one) for unit in units for one in unit.get("messages", ())]
        messages = [_raised(one, above) for one in messages if one["pos"]["line"] > above]
        holes = [hole for unit in units if unit.get("goals") for hole in self._holes(unit, whole, above)]
        reply: Json = {"env": len(self._state.envs) - 1}
        return reply | ({"messages": messages} if messages else {}) | ({"sorries": holes} if holes else {})

    def _holes(self, unit: Json, whole: str, above: int) -> Iterable[Json]:
        """The holes of one command, each with its place; the boundaries are bytes of the whole text."""
        goals, several, source = tuple(unit["goals"]), len(unit["goals"]) > 1, whole.encode()
        for index, (goal, (start, _)) in enumerate(zip(goals, unit["goalSrcBoundaries"], strict=True)):
            before = source[:start].decode("utf-8", "replace")
            line, column = before.count("\n") + 1 - above, len(before) - before.rfind("\n") - 1
            if line > 0:
                known = _Goals(unit["goalStateId"], goals, index if several else None, several)
                place = {"line": line, "column": column}
                yield {"goal": goal_text(goal), "proofState": self._state.add(known), "pos": place}

    def _focus(self, known: _Goals, goal: int) -> Json:
        shown = _shown(known)
        if not 0 <= goal < len(shown):
            return {"message": f"Lean error:\nthere is no goal number {goal}"}
        one = known
        if len(shown) > 1:
            one = _Goals(known.state, known.goals, goal, alone=True)
        return self._goals_reply(one, OPEN)

    async def _tactic(self, known: _Goals, payload: Json) -> Json:
        tactic = payload["tactic"]
        if payload.get("detail") and (word := forbidden(tactic)):
            return {"message": f"Lean error:\nforbidden syntax: {word}", "kind": "forbidden"}
        if too_deep(tactic):
            return {"message": "Lean error:\n<input>:1:1: brackets nest too deeply"}
        site: Json = {} if known.goal is None else {"goalId": known.goal, "autoResume": False}
        reply = await self._call("goal.tactic", stateId=known.state, tactic=tactic, **site)
        if "goals" not in reply or "nextStateId" not in reply:
            return _error(reply)
        new = _Goals(reply["nextStateId"], tuple(reply["goals"]), None, known.alone)
        messages = [_message(one) for one in reply.get("messages") or ()]
        status = await self._status(new, bool(reply.get("hasSorry")))
        return self._goals_reply(new, status) | ({"messages": messages} if messages else {})

    async def _status(self, new: _Goals, has_sorry: bool) -> str:
        if new.goals:
            return SORRY if has_sorry else OPEN
        if has_sorry:
            return SORRY
        if new.alone:
            return COMPLETED
        root = await self._call("goal.print", stateId=new.state)
        if root.get("rootHasMVar", True):
            return METAVARIABLES
        return SORRY if root.get("rootHasSorry") or root.get("rootHasUnsafe") else COMPLETED

    def _goals_reply(self, known: _Goals, status: str) -> Json:
        shown = _shown(known)
        return {
            "proofState": self._state.add(known),
            "goals": [goal_text(goal) for goal in shown],
            "goalInfos": [_info(goal) for goal in shown],
            "proofStatus": status,
        }


def goal_text(goal: Json) -> str:
    """A goal as Lean shows it: neighbours of one type on one line."""
    lines = [f"case {goal['userName']}"] if goal.get("userName") else []
    for (type_, value), group in groupby(
        goal.get("vars", ()), key=lambda v: (_pp(v, "type"), _pp(v, "value"))
    ):
        names = [one["userName"] for one in group]
        lines += [f"{n} : {type_} := {value}" for n in names] if value else [f"{' '.join(names)} : {type_}"]
    return "\n".join([*lines, f"⊢ {goal['target'].get('pp', '')}"])


def _shown(known: _Goals) -> tuple[Json, ...]:
    return known.goals if known.goal is None else (known.goals[known.goal],)


def _info(goal: Json) -> Json:
    hyps = [
        {"name": v["userName"], "type": _pp(v, "type"), "accessible": not v.get("isInaccessible", False)}
        | ({"value": value} if (value := _pp(v, "value")) else {})
        for v in goal.get("vars", ())
    ]
    return {"target": goal["target"].get("pp", ""), "hyps": hyps, "case": goal.get("userName") or None}


def _pp(variable: Json, key: str) -> str:
    return str((variable.get(key) or {}).get("pp", ""))


def _message(message: Json) -> Json:
    severity = message.get("severity", "error")
    kept = {key: message[key] for key in ("pos", "endPos", "data") if key in message}
    return (
        {"pos": {"line": 0, "column": 0}, "data": ""}
        | kept
        | {"severity": _SEVERITIES.get(severity, severity)}
    )


def _raised(message: Json, above: int) -> Json:
    ends = {k: message[k] | {"line": message[k]["line"] - above} for k in ("pos", "endPos") if message.get(k)}
    return message | ends


def _error(reply: Json) -> Json:
    """Why a command failed, as the community REPL would say it."""
    if reply.get("parseError"):
        text = str(reply["parseError"])
        return {"message": f"Lean error:\n{text}", "kind": "parse"}
    if reply.get("error") == "internal" and reply.get("desc") == "interrupt":
        return {"message": "Lean error:\ninterrupted", "kind": "interrupted"}
    texts = [str(one.get("data", "")) for one in reply.get("messages") or ()]
    return {"message": "Lean error:\n" + ("\n".join(texts) or str(reply.get("desc", "the step failed")))}
