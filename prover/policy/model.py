"""A language model as a policy: states become prompts, completions become tactics."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from prover.errors import ContextLengthError
from prover.isabelle.output import isar_proof, isar_step
from prover.policy.engine import Completion, Engine, Prompt, Usage
from prover.policy.output import Parsed, one_tactic, whole_proof
from prover.policy.preset import Preset
from prover.policy.prompts import proof_prompt, shortenable, step_prompt
from prover.policy.together import together
from prover.types import Attempted, Candidate, State, Statement

_SHORTENINGS = 4
"""How often a prompt that is too long is shortened before the state is given up."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How completions are read: as one step, and as a whole proof of a statement."""

    step: Callable[[str, bool], Parsed]
    proof: Callable[[str, bool, Statement], Parsed]


READERS = {
    "lean": Reader(one_tactic, whole_proof),
    "isabelle": Reader(isar_step, lambda text, truncated, _: isar_proof(text, truncated)),
}
"""By the language of a preset."""


class ModelPolicy:
    """The `Policy` and `ProofPolicy` protocols on an engine, as a preset says.

    One request for each sampling of the preset is sent at once for each state: batching is the engine's.
    """

    def __init__(self, engine: Engine, preset: Preset) -> None:
        self.engine = engine
        self.preset = preset
        self._reader = READERS[preset.language]
        self.shortened = 0
        """Prompts that had to be shortened to fit the model's context."""

    @property
    def usage(self) -> Usage:
        return self.engine.usage

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return list(await asyncio.gather(*(self._tactics(state) for state in states)))

    async def proofs(self, state: State, failed: Sequence[Attempted]) -> list[Candidate]:
        completions = await self.complete(
            lambda limit: proof_prompt(self.preset.prompt, state, failed, limit),
            partial(shortenable, self.preset.prompt, state, failed),
        )
        return self._candidates(
            completions, lambda c: self._reader.proof(c.text, c.truncated, state.statement)
        )

    async def close(self) -> None:
        await self.engine.close()

    async def _tactics(self, state: State) -> list[Candidate]:
        completions = await self.complete(
            lambda limit: step_prompt(self.preset.prompt, state, limit),
            partial(shortenable, self.preset.prompt, state),
        )
        return self._candidates(completions, lambda c: self._reader.step(c.text, c.truncated))

    async def complete(
        self, render: Callable[[int | None], Prompt], size: Callable[[], int]
    ) -> list[Completion]:
        """All samplings' completions of a prompt, of a shorter one where the model cannot take it.

        `size` gives the length in characters of what `render` can shorten.
        """
        limit = None
        for _ in range(_SHORTENINGS):
            try:
                return await self._sample(render(limit))
            except ContextLengthError as error:
                self.shortened += limit is None
                limit = int((size() if limit is None else limit) / max(2.0, 1.2 * (error.excess or 0.0)))
        return await self._sample(render(limit))

    async def _sample(self, prompt: Prompt) -> list[Completion]:
        answers = await together(self.engine.complete(prompt, sampling) for sampling in self.preset.samplings)
        return [completion for answer in answers for completion in answer]

    def _candidates(
        self, completions: Sequence[Completion], parse: Callable[[Completion], Parsed]
    ) -> list[Candidate]:
        """A candidate for each completion; where no log-probability is known, its frequency stands in."""
        parsed = [(completion, parse(completion)) for completion in completions]
        counts = Counter(result.text for _, result in parsed)
        return [
            Candidate(
                tactic=result.text,
                logprob=self.preset.calibration * completion.logprob
                if completion.logprob is not None
                else math.log(counts[result.text] / len(parsed)),
                tokens=completion.tokens,
                dropped=result.dropped,
            )
            for completion, result in parsed
        ]
