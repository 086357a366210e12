"""From what a model wrote to one tactic, or to one whole proof; what is neither is dropped, with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from prover.types import Statement


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tactic (or a tactic script), or an empty text and the reason, in a word or two."""

    text: str
    dropped: str = ""


def one_tactic(text: str, truncated: bool) -> Parsed:
    text = text.strip()
    return Parsed(text, "" if text else "empty")


def whole_proof(text: str, truncated: bool, statement: Statement) -> Parsed:
    text = text.strip()
    return Parsed(text, "" if text else "empty")
