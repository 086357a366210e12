"""Messages of the REPL protocol (leanprover-community/repl, with our optional fields), typed.

This is the one module that reads replies; everything else decides by the types below. What a reply says only
in words, `prover.lean.messages` reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prover.lean.messages import failure_kind, goal_of
from prover.types import Goal, Hypothesis, Message, Position, Rung

Json = dict[str, Any]

COMPLETED = "Completed"
"""The `proofStatus` of a state whose root goal is proved, by the kernel's word."""

RUNGS = ("syntax", "elaborates", "statement", "axioms", "kernel")
"""What our `verify` asserts, in order."""


class ProtocolError(Exception):
    """A reply that is not of the protocol's form."""


@dataclass(frozen=True, slots=True)
class Sorry:
    """A hole of an elaborated text. `proof_state` is where tactics can run; `start` is None inside a step."""

    goal: str
    proof_state: int | None
    start: Position | None = None
    end: Position | None = None


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The reply to `cmd` and `path`. `env` continues from there, errors or not."""

    env: int
    messages: tuple[Message, ...] = ()
    sorries: tuple[Sorry, ...] = ()
    seconds: float = 0.0

    @property
    def errors(self) -> tuple[Message, ...]:
        return tuple(m for m in self.messages if m.severity == "error")


@dataclass(frozen=True, slots=True)
class TacticReply:
    """The reply to a tactic that ran. It proved its goals only if `closed`."""

    proof_state: int
    goals: tuple[Goal, ...]
    status: str
    messages: tuple[Message, ...] = ()
    sorries: tuple[Sorry, ...] = ()
    seconds: float = 0.0

    @property
    def flaw(self) -> str:
        """Why this reply is a failure although the tactic returned; empty where it is not one.

        Lean recovers from errors: it logs them, leaves a `sorry`, and reports no goals.
        """
        error = next((m.text for m in self.messages if m.severity == "error"), "")
        if error:
            return error
        if self.sorries:
            return "the tactic leaves a sorry"
        if self.goals or self.status == COMPLETED:
            return ""
        return self.status or "the REPL does not say that the proof is complete"

    @property
    def closed(self) -> bool:
        return not self.goals and not self.flaw


@dataclass(frozen=True, slots=True)
class VerifyReply:
    """The reply to `verify`: the rungs up to the one that refuses. `messages`: why it does not elaborate."""

    rungs: tuple[Rung, ...]
    axioms: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    seconds: float = 0.0

    @property
    def refusal(self) -> Rung | None:
        """The rung that refuses the proof, or None."""
        return next((rung for rung in self.rungs if not rung.passed), None)

    @property
    def failure(self) -> str:
        """Why the proof is refused, as `Checked.failure` has it."""
        rung = self.refusal
        if rung is None:
            return ""
        if rung.name == "syntax" and rung.detail.startswith("forbidden syntax"):
            return "forbidden"
        return {"syntax": "parse_error", "elaborates": "tactic_error"}.get(rung.name, rung.name)


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """A refusal. `kind` is parse, forbidden, tactic, heartbeats, recursion, interrupted or crash.

    `place` is where, in the text of the request, if the reply says so.
    """

    text: str
    kind: str = "tactic"
    seconds: float = 0.0
    place: Position | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The refusal as a message at its place; none where that is not known."""
        return () if self.place is None else (Message("error", self.text, self.place),)


def command_reply(reply: Json) -> CommandReply | ErrorReply:
    """Raises `ProtocolError`."""
    if "env" not in reply:
        return error_reply(reply)
    return CommandReply(
        env=_int(reply, "env"),
        messages=tuple(message(m) for m in reply.get("messages", ())),
        sorries=tuple(_sorry(s) for s in reply.get("sorries", ())),
        seconds=_seconds(reply),
    )


def tactic_reply(reply: Json) -> TacticReply | ErrorReply:
    """Raises `ProtocolError`."""
    if "proofState" not in reply:
        return error_reply(reply)
    texts = reply.get("goals", [])
    infos = reply.get("goalInfos")
    goals = tuple(_goal(text, info) for text, info in zip(texts, infos or [None] * len(texts), strict=True))
    return TacticReply(
        proof_state=_int(reply, "proofState"),
        goals=goals,
        status=str(reply.get("proofStatus", "")),
        messages=tuple(message(m) for m in reply.get("messages", ())),
        sorries=tuple(_sorry(s) for s in reply.get("sorries", ())),
        seconds=_seconds(reply),
    )


def verify_reply(reply: Json) -> VerifyReply | ErrorReply:
    """Raises `ProtocolError`."""
    if not reply.get("rungs"):
        return error_reply(reply)
    return VerifyReply(
        rungs=tuple(_rung(r) for r in reply["rungs"]),
        axioms=tuple(reply.get("axioms", ())),
        messages=tuple(message(m) for m in reply.get("messages", ())),
        seconds=_seconds(reply),
    )


def leaves_goals(message: Message) -> bool:
    """Whether Lean says that goals are left at the end of a block."""
    return message.severity == "error" and message.text.startswith("unsolved goals")


def error_reply(reply: Json) -> ErrorReply:
    """Raises `ProtocolError` where the reply is no error either."""
    if not isinstance(reply.get("message"), str):
        raise ProtocolError(f"a reply of no known form, with fields {sorted(reply)}")
    text = reply["message"].removeprefix("Lean error:\n")
    kind = str(reply.get("kind") or failure_kind(text))
    return ErrorReply(text, kind, _seconds(reply), position(reply.get("pos")))


def _seconds(reply: Json) -> float:
    return float(reply.get("nanoseconds", 0)) / 1e9


def _int(reply: Mapping[str, Any], key: str) -> int:
    value = reply[key]
    if not isinstance(value, int):
        raise ProtocolError(f"{key} is no number: {value!r}")
    return value


def position(value: Mapping[str, Any] | None) -> Position | None:
    return None if value is None else Position(line=value["line"], column=value["column"])


def message(value: Mapping[str, Any]) -> Message:
    start = position(value.get("pos")) or Position(line=0, column=0)
    return Message(
        severity=value["severity"], text=value["data"], start=start, end=position(value.get("endPos"))
    )


def _sorry(value: Mapping[str, Any]) -> Sorry:
    return Sorry(
        goal=value["goal"],
        proof_state=value.get("proofState"),
        start=position(value.get("pos")),
        end=position(value.get("endPos")),
    )


def _rung(value: Mapping[str, Any]) -> Rung:
    return Rung(name=value["name"], passed=value["passed"] is True, detail=value.get("detail", ""))


def _goal(text: str, info: Mapping[str, Any] | None) -> Goal:
    if info is None:
        return goal_of(text)
    hypotheses = tuple(
        Hypothesis(name=h["name"], type=h["type"], value=h.get("value"), accessible=h["accessible"])
        for h in info["hyps"]
    )
    return Goal(
        text=text,
        target=info["target"],
        hypotheses=hypotheses,
        case=info.get("case"),
        metavariables=frozenset(info.get("mvars", ())),
    )
