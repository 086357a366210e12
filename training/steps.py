"""Proof steps as records: a state, the tactic that was right there, and what came of it.

`text` has the layout of LLEMMA's proof-step data (arXiv 2310.10631, §3.3): `[GOAL]state[PROOFSTEP]tactic`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prover.search.graph import SearchGraph
from prover.types import Closed, Focus, Open, ProofTree, Prover, State, Step
from training.statements import TrainingStatement

GOAL, PROOFSTEP = "[GOAL]", "[PROOFSTEP]"
PLAIN = ("rfl", "simp", "omega", "simp_all", "grind")
"""What the rest of a proof is replaced by where it does as well, the cheapest first: a model learns sooner
what is always said in the same way."""

Failed = Mapping[str, set[str]]
"""State text to the tactics that are known to fail there."""

MAX_GOAL = 4000
"""Characters of a state; a longer one is nothing for a small model."""


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step of a replayed proof. `after` are the goals it left, none where it closed the state."""

    state: State
    tactic: str
    after: tuple[str, ...]
    seconds: float

    @property
    def goal(self) -> str:
        """The state as a model reads it."""
        return self.state.text


class ReplayFailed(Exception):
    """A found proof did not run a second time."""


def known_failures(graph: SearchGraph) -> Failed:
    """What a search found not to work."""
    return {node.text: {edge.tactic or "" for edge in node.failures} for node in graph.nodes}


async def replayed(
    prover: Prover, state: State, proof: ProofTree, failed: Failed
) -> tuple[list[ProofStep], ProofTree]:
    """Run `proof` again from `state`, with what remains replaced by one plain tactic where one will do.

    Returns its steps, from the root on, and the proof that they are. Raises `ReplayFailed`.
    """
    known = failed.get(state.text, set())
    for tactic in [*(plain for plain in PLAIN if plain not in known), proof.tactic]:
        result = await prover.step(state, tactic)
        if isinstance(result, Closed):
            return [ProofStep(state, tactic, (), result.seconds)], ProofTree(tactic)
    if not isinstance(result, Open) or not proof.children:
        raise ReplayFailed(f"{proof.tactic!r} gave {type(result).__name__}")
    after = tuple(goal.text for goal in result.state.goals)
    steps, trees = [ProofStep(state, proof.tactic, after, result.seconds)], []
    for number, child in enumerate(proof.children):
        inner = result.state if len(proof.children) == 1 else await _focused(prover, result.state, number)
        more, tree = await replayed(prover, inner, child, failed)
        steps += more
        trees.append(tree)
    return steps, ProofTree(proof.tactic, tuple(trees))


async def _focused(prover: Prover, state: State, number: int) -> State:
    result = await prover.step(state, Focus(number))
    if not isinstance(result, Open):
        raise ReplayFailed(f"goal {number} cannot be focused")
    return result.state


def records(source: TrainingStatement, steps: Sequence[ProofStep], number: int) -> Iterator[dict[str, Any]]:
    """The steps of a proof found in round `number`, as they are written to a file."""
    for step in steps:
        if len(step.goal) <= MAX_GOAL:
            yield _record(source, step.goal, step.tactic, step.state.path, number) | {
                "goals_after": step.after,
                "closes": not step.after,
                "seconds": round(step.seconds, 4),
            }


def failures(source: TrainingStatement, graph: SearchGraph, number: int) -> Iterator[dict[str, Any]]:
    """What did not work where something else did: the failed tactics of the states that were solved."""
    for node in graph.nodes:
        if node.proof is None or len(node.text) > MAX_GOAL:
            continue
        for edge in node.failures:
            yield _record(source, node.text, edge.tactic or "", node.state.path, number) | {
                "error": f"{edge.kind}: {edge.message}"[:300],
                "seconds": round(edge.seconds, 4),
            }


def _record(
    source: TrainingStatement, goal: str, tactic: str, path: Sequence[Step], number: int
) -> dict[str, Any]:
    return {
        "text": f"{GOAL}{goal}{PROOFSTEP}{tactic}",
        "goal": goal,
        "tactic": tactic,
        "statement": source.text,
        "header": source.header,
        "name": source.name,
        "origin": source.origin,
        "group": source.group,
        "split": source.split,
        "path": [step if isinstance(step, str) else f"focus {step.goal}" for step in path],
        "round": number,
    }
