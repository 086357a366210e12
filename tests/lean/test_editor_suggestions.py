"""What the editor offers, on the real Lean, with a policy that says what the test wants it to say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from prover.attempts import Tools
from prover.attempts.suggest import best_first
from prover.editor.fileprover import FileProver, Said
from prover.editor.outline import Outline
from prover.editor.suggest import InFile, Suggester
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits
from prover.lean.pool import LeanPool
from prover.search.flow import Flow
from prover.types import Candidate, State

HEADER = "import Mathlib\n\n"
AND = HEADER + "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n"


class SaysThese:
    """A policy that proposes the same tactics at every state."""

    def __init__(self, *tactics: str) -> None:
        self._candidates = [Candidate(tactic, -float(rank)) for rank, tactic in enumerate(tactics)]

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self._candidates for _ in states]

    async def close(self) -> None:
        return None


def suggester(pool: LeanPool, *tactics: str) -> Suggester:
    prover = FileProver(pool, LeanLimits())
    return Suggester(Tools(prover, LeanJudge(pool), SaysThese(*tactics), Flow()), prover, prover)


async def offered(pool: LeanPool, marked: str, *tactics: str) -> list[InFile]:
    asked, text = suggester(pool, *tactics), marked.replace("¦", "")
    spot = await asked.spot(Outline(text), marked.index("¦"))
    found = [one async for one in asked.suggestions(spot)] if spot else []
    for one in found:
        assert one.edit.apply(text)[one.start :].startswith(one.new)
    return best_first(found)


async def test_what_closes_the_goal_comes_first_then_the_policy_s_order(pool: LeanPool) -> None:
    found = await offered(pool, AND + "  sorry¦\n", "constructor", "refine ⟨hp, ?_⟩", "exact ⟨hp, hq⟩")
    assert [(one.tactic, one.label) for one in found] == [
        ("exact ⟨hp, hq⟩", "closes the goal"),
        ("constructor", "2 goals left"),
        ("refine ⟨hp, ?_⟩", "progress"),
    ]


async def test_what_changes_nothing_repeats_or_fails_is_not_offered(pool: LeanPool) -> None:
    tactics = ("skip", "constructor", "apply And.intro", "exact 3", "nonsense", "rfl")
    assert [one.tactic for one in await offered(pool, AND + "  sorry¦\n", *tactics)] == ["constructor"]


@pytest.mark.parametrize(
    "hostile",
    [
        "sorry",
        "native_decide",
        'run_tac Lean.logInfo "x"',
        "exact ⟨hp, hq⟩\n\naxiom x : False",
        "exact ⟨hp, hq⟩ -- and more",
        "exact ⟨hp, hq⟩ /-",
        "constructor\n  · exact hp\n· exact hq",
    ],
)
async def test_what_a_model_may_say_does_no_harm(pool: LeanPool, hostile: str) -> None:
    after = "\ntheorem u : True := trivial\n"
    for one in await offered(pool, AND + "  sorry¦\n" + after, hostile):
        new = one.edit.apply(AND + "  sorry\n" + after)
        assert new.endswith(after) and "axiom" not in new and len(Outline(new).units) == 2


async def test_an_edit_in_the_middle_leaves_what_follows_intact(pool: LeanPool) -> None:
    middle = AND + "  have := hp¦\n  exact ⟨hp, hq⟩\n"
    assert await offered(pool, middle, "exact ⟨hp, hq⟩", "clear hq", "constructor") == []
    (kept,) = await offered(pool, middle, "have both := And.intro hp hq")
    assert kept.new.endswith("  have := hp\n  have both := And.intro hp hq\n  exact ⟨hp, hq⟩\n")


async def test_what_closes_goals_is_run_in_the_file_only(pool: LeanPool) -> None:
    alone = HEADER + "theorem t (n : ℕ) (h : 2 < n) : 1 < n := by\n  sorry¦\n"
    asked, text = suggester(pool, "omega", "decide", "grind"), alone.replace("¦", "")
    spot = await asked.spot(Outline(text), alone.index("¦"))
    assert spot is not None
    before = pool.counts.requests
    found = [(one.tactic, one.goals) async for one in asked.suggestions(spot)]
    assert found == [("omega", ()), ("grind", ())]
    assert pool.counts.requests <= before + 4  # one each, and one for the file as it is
    # Where the rest of a proof has errors of its own, the goal is asked.
    beside = HEADER + "theorem t (n : ℕ) : n = 2 ∧ 3 < 4 := by\n  constructor\n  · rfl\n  · sorry¦\n"
    assert [one.tactic for one in await offered(pool, beside, "omega")] == ["omega"]


async def test_lemmas_of_the_file_itself_are_tried_the_likeliest_first(pool: LeanPool) -> None:
    lemmas = (
        "theorem other (p : Prop) (h : p) : p ∨ p := Or.inl h\n"
        "theorem A.double (f : ℕ → ℕ) (h : ∀ n, f n = n) (n : ℕ) : f (f n) = n := by rw [h, h]\n"
    )
    goal = "theorem t (g : ℕ → ℕ) (h : ∀ n, g n = n) (n : ℕ) : g (g n) = n := by\n  sorry¦\n"
    found = await offered(pool, HEADER + lemmas + goal, "skip", "exact 3", "skip")
    assert [(one.tactic, one.label) for one in found] == [("apply A.double", "progress")]
    assert await offered(pool, HEADER + goal, "skip") == []


async def test_below_a_definition_everything_has_to_hold_with_it(pool: LeanPool) -> None:
    marked = HEADER + "def f (n : ℕ) : ℕ := by\n  ¦\n\nexample : f 3 = 3 := by\n  unfold f; rfl\n"
    assert [one.tactic for one in await offered(pool, marked, "exact 0", "exact n")] == ["exact n"]


async def test_what_stands_above_is_elaborated_once_and_below_a_change_again(pool: LeanPool) -> None:
    lemmas = "".join(f"theorem l{i} : {i} = {i} := rfl\n" for i in range(10))
    asked = suggester(pool, "trivial")

    async def requests(text: str) -> int:
        before = pool.counts.requests
        assert await asked.spot(Outline(text), len(text)) is not None
        return pool.counts.requests - before

    text = f"{HEADER}{lemmas}theorem t : True := by\n  sorry"
    assert await requests(text) >= 10
    assert await requests(text.replace("theorem t", "theorem u")) <= 4
    assert await requests(text.replace("5 = 5", "5 = 5 + 0")) in range(4, 10)


async def test_giving_up_a_question_keeps_the_process_and_what_it_knows(pool: LeanPool) -> None:
    asked = suggester(pool, "exact ⟨hp, hq⟩")
    text = AND + "  sorry"
    assert await asked.spot(Outline(text), len(text)) is not None
    processes = [worker.session.pid for worker in pool.workers]
    for _ in range(5):
        other = text.replace("sorry", f"have := {_}\n  sorry")
        task = asyncio.create_task(asked.spot(Outline(other), len(other)))
        await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    spot = await asked.spot(Outline(text), len(text))
    assert spot is not None and [one async for one in asked.suggestions(spot)]
    assert [worker.session.pid for worker in pool.workers] == processes


@pytest.mark.parametrize(
    ("before", "after", "breaks"),
    [
        (Said((), 0), Said((), 0), False),
        (Said(("a",), 1), Said(("a",), 1), False),
        (Said(("a", "b"), 1), Said(("b",), 0), False),
        (Said((), 0), Said(("a",), 0), True),
        (Said(("a",), 0), Said(("a", "a"), 0), True),
        (Said((), 0), Said((), 1), True),
    ],
)
def test_an_edit_breaks_a_file_where_it_adds_an_error(before: Said, after: Said, breaks: bool) -> None:
    assert after.breaks(before) is breaks
