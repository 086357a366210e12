"""What a sketch is made from: a formal statement, the same in words, and a proof in words."""

from __future__ import annotations

from dataclasses import dataclass

from prover.types import Statement


@dataclass(frozen=True, slots=True)
class Problem:
    """A theorem to sketch. `informal` is its statement in words, `proof` a proof in words; else empty."""

    statement: Statement
    informal: str = ""
    proof: str = ""

    @property
    def name(self) -> str:
        return self.statement.name
