"""What a run of answers is worth: accuracy, pass@k and maj@k, each with its 95 % interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prover.evaluate.store import AnswerStore
from prover.runs.scores import Estimate, estimate, wilson


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """Of one choice of questions.

    samples: of each question. accuracy: of a single sample, over questions; greedy where there is one.
    majority: of the answer that most samples give; None with one sample. asked: questions with all samples.
    troubles: samples without an answer or a comparison, by reason. tokens: generated.
    """

    questions: int
    asked: int
    samples: int
    accuracy: Estimate
    pass_at: Mapping[int, Estimate]
    majority: Estimate | None
    troubles: Mapping[str, int]
    truncated: int
    tokens: int


@dataclass(slots=True)
class _Tally:
    tallies: Counter[tuple[int, int]] = field(default_factory=Counter)
    questions: int = 0
    voted: int = 0
    won: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    truncated: int = 0
    tokens: int = 0


def score(store: AnswerStore, samples: int) -> tuple[AnswerScores, dict[str, AnswerScores]]:
    """Of all questions, and by subject (by level where no subject is told)."""
    whole, parts = _Tally(), dict[str, _Tally]()
    votes = store.votes()
    for key, question in store.questions():
        groups = [
            parts.setdefault(name, _Tally()) for name in (question.subject, _level(question.level)) if name
        ]
        found = store.samples(key)
        for tally in (whole, *groups):
            tally.questions += 1
            if len(found) < samples:
                continue
            tally.tallies[len(found), sum(one.correct for one in found)] += 1
            tally.troubles.update(one.trouble for one in found if one.trouble)
            tally.truncated += sum(one.truncated for one in found)
            tally.tokens += sum(one.tokens for one in found)
            if key in votes:
                tally.voted, tally.won = tally.voted + 1, tally.won + votes[key].correct
    return _scores(whole, samples), {name: _scores(part, samples) for name, part in sorted(parts.items())}


def _level(level: str) -> str:
    return f"level {level}" if level else ""


def _scores(tally: _Tally, samples: int) -> AnswerScores:
    asked = tally.tallies.total()
    ks = [k for k in {1, samples} if k <= samples] if asked else []
    majority = None
    if samples > 1 and tally.voted:
        share = tally.won / tally.voted
        majority = Estimate(share, *wilson(share, tally.voted), tally.voted)
    return AnswerScores(
        questions=tally.questions,
        asked=asked,
        samples=samples,
        accuracy=estimate(tally.tallies, 1),
        pass_at={k: estimate(tally.tallies, k) for k in sorted(ks)},
        majority=majority,
        troubles=dict(tally.troubles.most_common()),
        truncated=tally.truncated,
        tokens=tally.tokens,
    )


def score_record(scores: AnswerScores) -> dict[str, Any]:
    """As JSON has it; shares from 0 to 1."""

    def shown(one: Estimate | None) -> dict[str, float] | None:
        return None if one is None else {"value": one.value, "low": one.low, "high": one.high}

    return {
        "questions": scores.questions,
        "asked": scores.asked,
        "samples": scores.samples,
        "accuracy": shown(scores.accuracy),
        "pass_at": {str(k): shown(one) for k, one in scores.pass_at.items()},
        "majority": shown(scores.majority),
        "troubles": dict(scores.troubles),
        "truncated": scores.truncated,
        "tokens": scores.tokens,
    }
