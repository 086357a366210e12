"""How a rule hands facts to a closing tactic."""

from __future__ import annotations


def with_hints(hints: list[str], closer: str) -> str:
    """One tactic that takes the hints as hypotheses, where they can be had, and then closes."""
    return "(" + "; ".join([*(f"(try have := {hint})" for hint in hints), closer]) + ")"
