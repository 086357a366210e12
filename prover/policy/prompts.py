"""From a proof state, or a statement with failed attempts, to a prompt."""

from __future__ import annotations

from collections.abc import Sequence

from prover.policy.engine import Prompt
from prover.policy.preset import PromptFormat
from prover.types import Attempted, State


def step_prompt(form: PromptFormat, state: State, limit: int | None) -> Prompt:
    return form.step.replace("{{state}}", "\n\n".join(goal.text for goal in state.goals))


def proof_prompt(form: PromptFormat, state: State, failed: Sequence[Attempted], limit: int | None) -> Prompt:
    return form.proof.replace("{{statement}}", state.statement.text)
