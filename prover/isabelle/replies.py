"""The reply to `sketch`, which Lean's REPL does not have."""

from __future__ import annotations

from dataclasses import dataclass

from prover.lean.protocol import (
    ErrorReply,
    Json,
    ProtocolError,
    TacticReply,
    error_reply,
    message,
    position,
    tactic_reply,
)
from prover.types import Message, Position


@dataclass(frozen=True, slots=True)
class HoleReply:
    """A `sorry`: where it stands in the proof, and the state before it."""

    place: Position
    reply: TacticReply


@dataclass(frozen=True, slots=True)
class SketchReply:
    """The holes that were reached, and what else is wrong with the proof."""

    holes: tuple[HoleReply, ...]
    messages: tuple[Message, ...]


def sketch_reply(reply: Json) -> SketchReply | ErrorReply:
    """Raises `ProtocolError`."""
    if "holes" not in reply:
        return error_reply(reply)
    holes = tuple(_hole(value) for value in reply["holes"])
    return SketchReply(holes, tuple(message(value) for value in reply.get("messages", ())))


def _hole(value: Json) -> HoleReply:
    state, place = tactic_reply(value), position(value.get("pos"))
    if isinstance(state, ErrorReply) or place is None:
        raise ProtocolError("a hole without a state or a place")
    return HoleReply(place, state)
