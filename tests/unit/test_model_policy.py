"""A language model as a policy: what its completions become."""

from __future__ import annotations

import math

import pytest

from prover.policy.engine import Completion, Prompt, Sampling, Usage
from prover.policy.model import ModelPolicy
from prover.policy.preset import Preset, PromptFormat, load_preset
from prover.types import Candidate, Goal, State, Statement

STATE = State(Statement("t", "theorem t : p"), (), (Goal("⊢ p", "p"),))


class Says:
    """An engine that gives the same completions whatever it is asked."""

    def __init__(self, *completions: Completion) -> None:
        self.completions, self.usage = list(completions), Usage()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        return self.completions

    async def close(self) -> None:
        """There is nothing to free."""


async def proposed(*completions: Completion, calibration: float = 1.0) -> list[Candidate]:
    preset = Preset("test", "", "", calibration=calibration, prompt=PromptFormat(step="{{state}}"))
    ((candidates),) = await ModelPolicy(Says(*completions), preset).propose([STATE])
    return candidates


async def test_completions_become_candidates_with_their_tokens_and_log_probabilities() -> None:
    (candidate,) = await proposed(Completion("omega\n", 2, -0.5))
    assert candidate == Candidate("omega", -0.5, 2)


async def test_a_model_that_is_too_sure_of_itself_is_believed_less() -> None:
    sure, unsure = await proposed(Completion("simp", 1, -0.1), Completion("grind", 1, -4.0), calibration=0.25)
    assert (sure.logprob, unsure.logprob) == pytest.approx((-0.025, -1.0))


async def test_without_log_probabilities_what_is_said_more_often_is_likelier() -> None:
    texts = [Completion(text, 1, None) for text in ("simp", "omega", "simp", "simp")]
    candidates = await proposed(*texts, calibration=0.25)
    assert [c.logprob for c in candidates] == pytest.approx([math.log(n / 4) for n in (3, 1, 3, 3)])


async def test_what_is_no_tactic_says_why() -> None:
    (candidate,) = await proposed(Completion("", 1, -1.0))
    assert candidate.tactic == "" and candidate.dropped and candidate.tokens == 1


ISAR = State(
    Statement("t", 'theorem t: fixes n :: nat shows "n < n + 1"', "theory P imports Main begin"),
    (),
    (Goal("fixes n :: nat\n\\<turnstile> n < n + 1"),),
)


@pytest.mark.parametrize("name", ["chat-isabelle", "llemma-7b-isabelle"])
async def test_completions_of_a_preset_for_isabelle_are_read_as_isar(name: str) -> None:
    said = Says(
        Completion('```isabelle\nhave "n ≤ n" by simp\nthen\n```', 9, -2.0), Completion("omega", 1, -1.0)
    )
    candidates = (await ModelPolicy(said, load_preset(name)).propose([ISAR]))[0][:2]
    assert candidates[0] == Candidate('have "n \\<le> n" by simp', -2.0, 9)
    assert (candidates[1].tactic, candidates[1].dropped) == ("", "chatter")


async def test_whole_proofs_of_a_preset_for_isabelle_are_read_as_isar() -> None:
    said = Says(Completion(f"```isabelle\n{ISAR.statement.text}\n  by simp\n```", 9, -2.0))
    (candidate,) = await ModelPolicy(said, load_preset("chat-isabelle")).proofs(ISAR, ())
    assert candidate.tactic == "by simp"
