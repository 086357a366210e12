"""Whole files judged against a challenge: what is asked, what may stand beside it, what is said of it all."""

from __future__ import annotations

import pytest

from prover.errors import InputError, SetupError
from prover.judge import LeanJudge
from prover.judge.files import RUNGS_OF, FileVerdict, Level
from prover.types import Position

HEADER = "import Prover.Core\nset_option autoImplicit false\n"

TWO = HEADER + "theorem a (n : ℕ) : n + 0 = n := by sorry\ntheorem b : (1 : ℕ) + 1 = 2 := by sorry\n"
ANSWER = HEADER + "def answer : ℕ := sorry\ntheorem a : answer * 2 = 34 := by sorry\n"
OURS: tuple[Level, ...] = ("elaborate", "axioms", "kernel")
DECISION = HEADER + "def answer : Prop := sorry\ntheorem a : (1 = 2) ↔ answer := by sorry\n"


async def judged(
    judge: LeanJudge, solution: str, challenge: str | None, level: Level = "kernel"
) -> FileVerdict:
    verdict = await judge.judge_file(solution, challenge, level)
    for one in verdict.judged:
        assert one.verdict.proved or one.verdict.reason
    return verdict


def proved(verdict: FileVerdict) -> dict[str, bool]:
    return {one.name: one.verdict.proved for one in verdict.judged}


async def test_every_open_theorem_has_a_verdict_of_its_own(judge: LeanJudge) -> None:
    solution = (
        HEADER + "theorem a (n : ℕ) : n + 0 = n := by simp\ntheorem b : (1 : ℕ) + 1 = 2 := by\n  sorry\n"
    )
    verdict = await judged(judge, solution, TWO)
    assert proved(verdict) == {"a": True, "b": False} and not verdict.proved
    assert verdict.judged[1].refused_at == Position(5, 2)


async def test_helpers_of_every_kind_may_stand_beside_the_proofs(judge: LeanJudge) -> None:
    solution = f"""{HEADER}
/-! A solution with helpers. -/
namespace Helper
variable (n : ℕ)
/-- A helper. -/
@[simp] theorem add (h : n = 0) : n + n = 0 := by omega
private theorem hidden : True := trivial
noncomputable def twice : ℕ := n + n
abbrev Pair := ℕ × ℕ
structure Point where
  x : ℕ
inductive Tree | leaf | node (l r : Tree)
instance : Inhabited Tree := ⟨.leaf⟩
mutual
def even : ℕ → Bool | 0 => true | n + 1 => odd n
def odd : ℕ → Bool | 0 => false | n + 1 => even n
end
end Helper
section
local notation "two" => (2 : ℕ)
macro "finish" : tactic => `(tactic| simp)
set_option maxRecDepth 2000 in
theorem a (n : ℕ) : n + 0 = n := by
  have _ := Helper.hidden
  have _ : Helper.even 2 = true := by simp [Helper.even, Helper.odd]
  finish
theorem b : (1 : ℕ) + 1 = two := by
  cases (default : Helper.Tree) <;> rfl
end
"""
    verdict = await judged(judge, solution, TWO)
    assert verdict.proved, verdict


async def test_private_and_noncomputable_declarations_are_compared_with_the_challenges(
    judge: LeanJudge,
) -> None:
    text = HEADER + "noncomputable def f (n : ℕ) : ℕ := n\nprivate theorem p : f 1 = 1 := by {}\n"
    assert (await judged(judge, text.format("rfl"), text.format("sorry"))).proved
    other = text.replace("ℕ := n", "ℕ := 1")
    verdict = await judged(judge, other.format("rfl"), text.format("sorry"))
    assert (
        verdict.judged[0].verdict.rungs[-1].name == "statement" and "`f`" in verdict.judged[0].verdict.reason
    )


async def test_an_answer_is_filled_in_and_shown_to_the_reader(judge: LeanJudge) -> None:
    verdict = await judged(judge, ANSWER.replace("ℕ := sorry", "ℕ := 17").replace("by sorry", "rfl"), ANSWER)
    assert verdict.proved and [(one.name, one.is_answer) for one in verdict.judged] == [
        ("answer", True),
        ("a", False),
    ]
    assert verdict.judged[0].value == "17"


async def test_an_answer_that_restates_the_question_is_refused(judge: LeanJudge) -> None:
    copied = DECISION.replace("Prop := sorry", "Prop := 1 = 2").replace("by sorry", "Iff.rfl")
    verdict = await judged(judge, copied, DECISION)
    assert not verdict.proved and "True" in verdict.judged[0].verdict.reason
    decided = DECISION.replace("Prop := sorry", "Prop := False").replace("by sorry", "by simp [answer]")
    assert (await judged(judge, decided, DECISION)).proved


@pytest.mark.parametrize(
    ("challenge", "says"),
    [
        (HEADER + "theorem a : 1 = 1 := rfl\n", "nothing to prove"),
        (HEADER + "theorem a : foo = 1 := by sorry\n", "6"),
        (HEADER + "theorem a : = 1 := by sorry\n", "3:"),
        (HEADER + "example : 1 = 2 := by sorry\ntheorem a : 1 = 1 := sorry\n", "`example` has no name"),
        (
            HEADER + "open Nat in example : 1 = 2 := by sorry\ntheorem a : 1 = 1 := sorry\n",
            "`example` has no name",
        ),
        (HEADER + "instance : Inhabited ℕ := sorry\ntheorem a : 1 = 1 := sorry\n", "instInhabited"),
    ],
)
async def test_a_challenge_that_asks_for_nothing_definite_is_bad_input(
    judge: LeanJudge, challenge: str, says: str
) -> None:
    with pytest.raises(InputError) as error:
        await judge.judge_file(TWO, challenge)
    assert says in str(error.value) or "Unknown" in str(error.value)


async def test_an_import_that_this_lean_lacks_is_said_to_be_missing(judge: LeanJudge) -> None:
    with pytest.raises(SetupError, match="Mathlib"):
        await judge.judge_file("import Mathlib\ntheorem a : 1 = 1 := rfl\n")


async def test_without_a_challenge_the_files_own_theorems_are_judged(judge: LeanJudge) -> None:
    own = HEADER + "theorem good : 1 = 1 := rfl\nnamespace X\ntheorem bad : 1 = 2 := by decide\nend X\n"
    verdict = await judged(judge, own, None)
    assert proved(verdict) == {"good": True, "X.bad": False}


async def test_text_that_lean_does_not_read_is_named_and_the_theorems_after_it_still_judged(
    judge: LeanJudge,
) -> None:
    own = HEADER + "lemmma x : 1 = 1 := rfl\ntheorem good : 1 = 1 := rfl\n"
    verdict = await judged(judge, own, None)
    assert proved(verdict) == {"good": True} and not verdict.proved
    assert verdict.other_faults[0].position == Position(3, 0)


@pytest.mark.parametrize("level", OURS)
async def test_no_level_calls_a_hole_proved(judge: LeanJudge, level: Level) -> None:
    for challenge in (TWO, ANSWER):
        verdict = await judged(judge, challenge, challenge, level)
        assert not any(proved(verdict).values()) and not verdict.proved
    words = HEADER + 'theorem a : False := by fail "failed to compile definition, x"\n'
    words += "theorem b : 1 = 2 := a.elim\n"
    for own in (words, words.replace("theorem a", "def a")):
        verdict = await judged(judge, own, None, level)
        assert not any(proved(verdict).values()) and not verdict.proved


async def test_a_hole_behind_the_challenges_own_macro_is_none_the_less_a_hole(judge: LeanJudge) -> None:
    challenge = HEADER + 'macro "todo" : tactic => `(tactic| sorry)\ntheorem a : (1 : ℕ) = 2 := by todo\n'
    for level in OURS:
        assert proved(await judged(judge, challenge, challenge, level)) == {"a": False}
    assert "sorry" in (await judged(judge, challenge, challenge, "elaborate")).judged[0].verdict.reason


async def test_what_failed_is_not_there_for_what_comes_after_it(judge: LeanJudge) -> None:
    own = HEADER + "theorem a : False := by decide\ntheorem b : 1 = 2 := a.elim\ntheorem c : 1 = 1 := rfl\n"
    verdict = await judged(judge, own, None)
    assert proved(verdict) == {"a": False, "b": False, "c": True}
    assert verdict.judged[1].verdict.rungs[-1].name == "elaborates"


@pytest.mark.parametrize("level", OURS)
async def test_a_level_says_how_far_the_judge_climbs(judge: LeanJudge, level: Level) -> None:
    verdict = await judged(judge, HEADER + "theorem good : 1 = 1 := rfl\n", None, level)
    assert verdict.proved
    assert tuple(rung.name for rung in verdict.judged[0].verdict.rungs) == RUNGS_OF[level]
