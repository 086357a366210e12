"""Language models on a real Isabelle process: the same policy and the same search as for Lean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from prover.attempts import Plan, Tools, attempt
from prover.isabelle.backend import IsabelleProver
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.theory import header, statement_of
from prover.policy.engine import Completion, EngineSettings, Prompt, Sampling, Usage, as_text
from prover.policy.model import ModelPolicy
from prover.policy.preset import load_preset
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow

pytestmark = pytest.mark.usefixtures("hol")

EVEN = statement_of('theorem even_product: fixes n :: nat shows "even (n * (n + 1))"', header(["Main"]))

ANSWERS = {
    "\\<turnstile> even (n * (n + 1))": [
        ("By a case distinction.", -0.1),
        ("sorry", -0.2),
        ("apply (no_such_method)", -0.3),
        ('```isabelle\nproof (cases "even n")\n  case True\n```', -1.0),
    ],
    "proof (state)": [("qed (simp_all)", -0.5), ("next\n", -2.0)],
}


class StandInModel:
    """A stand-in for a language model: it answers by what its prompt shows last."""

    def __init__(self, answers: dict[str, list[tuple[str, float]]]) -> None:
        self.usage, self._answers = Usage(), answers

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        text = as_text(prompt)
        last = max(self._answers, key=text.rfind)
        return [Completion(one, 4, logprob) for one, logprob in self._answers[last] if last in text]

    async def close(self) -> None:
        """There is nothing to free."""


@pytest.mark.parametrize("preset", ["chat-isabelle", "llemma-7b-isabelle"])
async def test_best_first_search_with_a_language_model_proves_step_by_step(
    preset: str, prover: IsabelleProver, judge: IsabelleJudge
) -> None:
    policy = ModelPolicy(StandInModel(ANSWERS), load_preset(preset))
    plan = Plan(SearchSettings(Budget(expansions=8, wall_s=100), split=False))
    done = await attempt(Tools(prover, judge, policy, Flow()), EVEN, plan)
    assert done.proved, done.result
    assert done.script == 'proof (cases "even n")\nqed (simp_all)'
    assert done.result.counts.model_tokens > 0


async def test_a_whole_proof_is_repaired_by_what_isabelle_says(
    prover: IsabelleProver, judge: IsabelleJudge
) -> None:
    wrong = f"```isabelle\n{EVEN.text}\n  by (no_such_method)\n```"
    right = f"```isabelle\n{EVEN.text}\n  by simp\n```"
    model = StandInModel(
        {"Prove this theorem": [(wrong, -1.0)], "Isabelle refuses this proof": [(right, -1.0)]}
    )
    policy = ModelPolicy(model, load_preset("chat-isabelle"))
    plan = Plan(SearchSettings(Budget(wall_s=100), split=False), "whole-proof")
    done = await attempt(Tools(prover, judge, policy, Flow()), EVEN, plan)
    assert done.proved and done.script == "by simp", done.result


async def test_what_a_tiny_model_with_random_weights_writes_proves_nothing(
    prover: IsabelleProver, judge: IsabelleJudge, tmp_path: Path
) -> None:
    pytest.importorskip("transformers", reason="not run here: the transformers runtime is not installed")
    from benchmarks.tiny_llama import make_tiny_llama
    from prover.policy.engines.transformers import open_engine

    few = (Sampling(n=4, temperature=1.0, max_tokens=16, stop=("---",), seed=0),)
    preset = replace(load_preset("llemma-7b-isabelle"), samplings=few)
    folder = make_tiny_llama(tmp_path, context=2048)
    policy = ModelPolicy(await open_engine(str(folder), EngineSettings(), ""), preset)
    try:
        plan = Plan(SearchSettings(Budget(expansions=2, wall_s=100), split=False))
        done = await attempt(Tools(prover, judge, policy, Flow()), EVEN, plan)
    finally:
        await policy.close()
    assert not done.proved and done.verdict is None
    assert done.result.counts.model_tokens > 0 and not done.result.failure
