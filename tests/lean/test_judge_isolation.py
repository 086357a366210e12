"""What one stranger's file did to the judging process helps or harms no other's.

Each pair is judged in one process, which a judge would rather have replaced.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.redteam_cases import exploits, refusing_rung
from prover.judge import LeanJudge
from prover.lean.pool import LeanPool
from prover.lean.session import Session
from prover.types import Statement

HEADER = "import Prover.Core\nset_option autoImplicit false\n\n"
FALSE = f"{HEADER}theorem t : (1 : ℕ) = 2"
TRUE = f"{HEADER}theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"


class TrustingJudge(LeanJudge):
    """Goes on in the process of a suspect."""

    async def _ready(self) -> Session:
        self._suspect = False
        return await super()._ready()


@pytest_asyncio.fixture(scope="module")
async def trusting(pool: LeanPool) -> AsyncIterator[LeanJudge]:
    judge = TrustingJudge(pool)
    yield judge
    await judge.close()


async def proved(judge: LeanJudge, text: str, challenge: str) -> bool:
    return (await judge.judge_file(text, f"{challenge} := by sorry\n")).proved


# What the first file says before its own (false) theorem, and what the second hopes to find.
PAIRS = {
    "a lemma with a hole": ("theorem helper : (1 : ℕ) = 2 := sorry", "exact helper"),
    "a simp lemma with a hole": ("@[simp] theorem helper : ((1 : ℕ) = 2) = True := sorry", "simp"),
    "an axiom": ("axiom helper : (1 : ℕ) = 2", "exact helper"),
    "a tactic that means another": ("macro_rules | `(tactic| trivial) => `(tactic| sorry)", "trivial"),
    "a tactic of its own": ('macro "helper" : tactic => `(tactic| sorry)', "helper"),
    "an instance": (
        "instance helper : Decidable ((1 : ℕ) = 2) := .isTrue sorry",
        "decide",
    ),
    "a numeral that means another": ('notation "𝟙" => (2 : ℕ)\ninstance : OfNat ℕ 1 := ⟨2⟩', "rfl"),
    "code that edits the environment": (
        "open Lean in\nrun_cmd modifyEnv fun env => env.addExtraName `helper\n"
        'elab "helper" : tactic => Lean.Elab.Tactic.setGoals []',
        "helper",
    ),
    "the kernel switched off": ("set_option debug.skipKernelTC true", "decide"),
}


@pytest.mark.parametrize("name", PAIRS)
async def test_nothing_of_a_hostile_file_is_left_for_the_next(trusting: LeanJudge, name: str) -> None:
    before, tactic = PAIRS[name]
    first = f"{HEADER}{before}\ntheorem t : (1 : ℕ) = 2 := by {tactic}\n"
    assert not await proved(trusting, first, FALSE)
    session = trusting._session
    assert not await proved(trusting, f"{FALSE} := by {tactic}\n", FALSE)
    assert await proved(trusting, f"{TRUE} := by omega\n", TRUE)
    assert trusting._session is session


async def test_a_lemma_that_was_sound_in_one_file_is_looked_at_again_in_the_next(trusting: LeanJudge) -> None:
    """What a constant rests on is remembered of the imports alone."""
    says = "helper : (2 : ℕ) ^ 10 = 1024"
    for helper, sound in (
        (f"theorem {says} := rfl", True),
        (f"axiom {says}", False),
        (f"theorem {says} := rfl", True),
    ):
        stated = f"{HEADER}{helper}\n\ntheorem t : (2 : ℕ) ^ 10 = 1024 := "
        verdict = await trusting.judge_file(f"{stated}helper\n", f"{stated}by sorry\n")
        assert verdict.proved == sound and (sound or verdict.judged[0].verdict.rungs[-1].name == "axioms")


async def test_a_script_that_floods_or_exhausts_the_process_leaves_the_next_verdict_as_it_was(
    trusting: LeanJudge,
) -> None:
    statement = Statement("t", "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1", HEADER)
    for script in (
        "have : 2 ^ 100000 = 2 ^ 100000 := by decide\nomega",
        "iterate 100000 (have := h)\nomega",
        "set_option maxRecDepth 1000000 in simp [Nat.mul_comm]",
    ):
        assert not (await trusting.judge(statement, f"{script}\nexact nope")).proved
        assert (await trusting.judge(statement, "omega")).proved


async def test_only_what_the_kernel_alone_refused_costs_the_judge_its_process(judge: LeanJudge) -> None:
    assert await proved(judge, f"{TRUE} := by omega\n", TRUE)
    session = judge._session
    for refused in ("(1 : ℕ) = 2 := by omega", "(1 : ℕ) = 2 := by run_tac pure ()", "True := trivial"):
        assert not await proved(judge, f"{HEADER}theorem t : {refused}\n", FALSE)
    [smuggled] = [case for case in exploits() if case.rung == "kernel"]
    verdict = await judge.judge_file(smuggled.solution, smuggled.challenge)
    assert refusing_rung(verdict) == "kernel" and judge._session is session
    assert await proved(judge, f"{TRUE} := by omega\n", TRUE)
    assert judge._session is not session
