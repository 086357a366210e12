"""Who writes drafts and sketches: a language model, prompted as a preset says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from prover.errors import InputError
from prover.policy.engine import Completion, Engine, Prompt
from prover.policy.model import ModelPolicy
from prover.policy.preset import Preset
from prover.policy.prompts import fill_in, proof_prompt, shortenable
from prover.policy.shorten import middle
from prover.sketch.examples import choose
from prover.sketch.problem import Problem
from prover.types import Attempted, State

INFORMAL_LIMIT = 8000
"""Characters of a problem in words, and of its proof, at most."""

NO_WORDS = "(none: see the formal statement)"


class Writer(Protocol):
    """From a problem to what a model writes of it. Every method may be called concurrently."""

    async def drafts(self, problem: Problem) -> list[Completion]:
        """Proofs in words. Raises `ModelError`."""
        ...

    async def sketches(self, problem: Problem, draw: int, failed: Sequence[Attempted]) -> list[Completion]:
        """Formal proofs with holes, by the prompt of that draw; in the light of sketches that failed.

        Raises `ModelError`.
        """
        ...

    async def close(self) -> None:
        """Free what it holds."""
        ...


def sketch_prompt(
    preset: Preset, problem: Problem, draw: int, failed: Sequence[Attempted], limit: int | None = None
) -> Prompt:
    """The prompt for a sketch, after failures for another one; `limit` as in `policy.prompts`."""
    more = {"examples": _examples(preset, preset.prompt.example, problem, draw), **_words(problem)}
    return proof_prompt(preset.prompt, _state(problem), failed, limit, more)


def draft_prompt(preset: Preset, problem: Problem, limit: int | None = None) -> Prompt:
    """The prompt for a proof in words. Raises `InputError` where the preset has none."""
    if not preset.prompt.draft:
        raise InputError(
            f"{problem.name} has no proof in words, and the preset {preset.name} asks for none: "
            "--informal FILE, or a preset with a `draft` prompt"
        )
    form = replace(preset.prompt, proof=preset.prompt.draft, repair="")
    more = {"examples": _examples(preset, preset.prompt.draft_example, problem, 0), **_words(problem)}
    return proof_prompt(form, _state(problem), (), limit, more)


def _state(problem: Problem) -> State:
    return State(problem.statement, (), ())


def _words(problem: Problem) -> dict[str, str]:
    return {
        "informal_statement": middle(problem.informal.strip(), INFORMAL_LIMIT) or NO_WORDS,
        "informal_proof": middle(problem.proof.strip(), INFORMAL_LIMIT),
    }


def _examples(preset: Preset, template: str, problem: Problem, draw: int) -> str:
    language = preset.language
    shown = []
    for one in choose(problem, preset.sketch, draw):
        formal = one.formal(language)
        values = {
            "informal_statement": one.informal_statement,
            "informal_proof": one.informal_proof,
            "statement": formal.statement,
            "sketch": formal.sketch,
        }
        shown.append(fill_in(template, values).strip("\n"))
    return preset.sketch.between.join(shown)


class ModelWriter:
    """A `Writer` on an engine. Closing it closes the engine."""

    def __init__(self, engine: Engine, preset: Preset) -> None:
        self.preset = preset
        self._sketching = ModelPolicy(engine, preset)
        self._drafting = ModelPolicy(engine, replace(preset, samplings=(preset.drafting,)))

    @property
    def policies(self) -> tuple[ModelPolicy, ...]:
        """What counts its use: both are on one engine."""
        return (self._sketching, self._drafting)

    async def drafts(self, problem: Problem) -> list[Completion]:
        form = replace(self.preset.prompt, proof=self.preset.prompt.draft)
        return await self._drafting.complete(
            lambda limit: draft_prompt(self.preset, problem, limit),
            partial(shortenable, form, _state(problem), ()),
        )

    async def sketches(self, problem: Problem, draw: int, failed: Sequence[Attempted]) -> list[Completion]:
        return await self._sketching.complete(
            lambda limit: sketch_prompt(self.preset, problem, draw, failed, limit),
            partial(shortenable, self.preset.prompt, _state(problem), failed),
        )

    async def close(self) -> None:
        await self._sketching.close()
