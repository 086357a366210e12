"""Beam search, one token at a time, for any runtime: stop strings end a beam, as an end token does."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prover.policy.engine import Completion, Sampling
from prover.policy.engines.tokens import TextEnd

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Beam:
    """The tokens after the prompt and their summed log-probability; `parent` is its place a step before."""

    tokens: Tokens = ()
    logprob: float = 0.0
    parent: int = 0


class BeamSearch:
    """The state of one search; whoever computes the model asks for `live` and calls `step` until `over`.

    As in vLLM and transformers, beams of different lengths are compared by their log-probability over a power
    of their length, and the search is over when no live beam is better than the worst of n ended ones.
    """

    def __init__(self, sampling: Sampling, end: TextEnd) -> None:
        self.live = [Beam()]
        self.over = False
        self._width = sampling.n
        self._max_tokens = sampling.max_tokens
        self._penalty = sampling.length_penalty
        self._end = end
        self._done: list[Completion] = []

    @property
    def choices(self) -> int:
        """How many of the most likely next tokens `step` needs for each live beam."""
        return 2 * self._width

    def step(self, nexts: Sequence[Mapping[int, float]]) -> None:
        """Goes on by one token: `nexts` has, for each live beam, log-probabilities by token."""
        options = (
            Beam((*beam.tokens, token), beam.logprob + logprob, parent)
            for parent, (beam, choices) in enumerate(zip(self.live, nexts, strict=True))
            for token, logprob in choices.items()
        )
        self.live = []
        for rank, beam in enumerate(heapq.nlargest(self.choices, options, key=lambda b: b.logprob)):
            text = self._end.text(beam.tokens)
            if text is None:
                self.live.append(beam)
            elif rank < self._width:
                self._done.append(Completion(text, len(beam.tokens), beam.logprob))
        self.live = self.live[: self._width]
        self._done = self._best(self._done)
        self.over = not self.live or self._cut_off() or self._settled()

    def result(self) -> list[Completion]:
        """The n best, best first; of those that were cut off too, where the search came to `max_tokens`."""
        if not self._cut_off():
            return self._done
        cut = [Completion(self._end.decode(b.tokens), len(b.tokens), b.logprob, True) for b in self.live]
        return self._best([*self._done, *cut])

    def _cut_off(self) -> bool:
        return bool(self.live) and len(self.live[0].tokens) >= self._max_tokens

    def _settled(self) -> bool:
        best = self.live[0].logprob / len(self.live[0].tokens) ** self._penalty
        return len(self._done) == self._width and best <= self._score(self._done[-1])

    def _best(self, completions: Sequence[Completion]) -> list[Completion]:
        return heapq.nlargest(self._width, completions, key=self._score)

    def _score(self, completion: Completion) -> float:
        return (completion.logprob or 0.0) / float(completion.tokens**self._penalty)
