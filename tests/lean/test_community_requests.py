"""The client of the community REPL on the real Lean: only requests that REPL has, the results of our own.

The processes run in the sandbox of native ones, as well as this machine can confine them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from record_dialogues import RECORDINGS, record_prover, record_scenarios
from repl_process import Repl

from prover.judge import LeanJudge
from prover.lean import embedded
from prover.lean.backend import LeanProver
from prover.lean.embedded.setup import ensure_lean
from prover.lean.native.community import CommunityLaunch
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import Launch
from prover.policy.portfolio import PortfolioPolicy
from prover.sandbox import Limits, Sandbox, confinement_here
from prover.search import Budget, SearchSettings, prove
from prover.statements.preludes import prelude
from prover.types import Closed, Focus, Forbidden, Open, ParseError, Statement, TacticError

CORE = prelude("core").header
BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", CORE)
FALSE = Statement("t", "theorem t : (1 : ℕ) = 2", CORE)


@pytest.fixture(scope="module")
def confined(launch: Launch) -> CommunityLaunch:
    """V8 reserves more address space than it will use."""
    lean = ensure_lean()
    readable = (lean.root, lean.node.resolve().parents[1], Path(embedded.__file__).parent)
    sandbox = Sandbox(lean.project_build_dir, readable, Limits(memory_bytes=1 << 44))
    return CommunityLaunch(launch.command, launch.env, sandbox=sandbox)


@pytest_asyncio.fixture(scope="module")
async def community(confined: CommunityLaunch) -> AsyncIterator[LeanPool]:
    async with LeanPool(confined, PoolSettings(spares=0)) as pool:
        yield pool


async def test_the_sandboxed_lean_is_measured_and_can_be_told_apart(community: LeanPool) -> None:
    await LeanProver(community).start(BOTH)
    session = (await community.worker_for(BOTH)).session
    assert session.resident_bytes() > 200_000_000
    family = psutil.Process(session.pid).children(recursive=True)
    assert bool(family) == (confinement_here() == "bubblewrap")


@pytest_asyncio.fixture(scope="module")
async def community_judge(community: LeanPool) -> AsyncIterator[LeanJudge]:
    judge = LeanJudge(community)
    yield judge
    await judge.close()


async def test_both_ways_to_ask_have_the_same_results(prover: LeanProver, community: LeanPool) -> None:
    theirs = LeanProver(community)
    steps = (
        *("constructor", "exact ⟨hp, hq⟩", "exact (", "exact hp", "exact missing", "exact sorry", "omega"),
        *(
            "constructor; exact hp",
            "exact ⟨hp, ?_⟩",
            "refine ⟨?_, ?h⟩",
            "have h : q ∧ p := ⟨hq, hp⟩",
            "· simp",
        ),
    )
    mine_root, their_root = await prover.start(BOTH), await theirs.start(BOTH)
    assert mine_root == their_root
    for step in steps:
        mine, other = await prover.step(mine_root, step), await theirs.step(their_root, step)
        assert type(mine) is type(other), (step, mine, other)
        if isinstance(mine, Open) and isinstance(other, Open):
            assert mine.state.goals == other.state.goals


async def test_independent_goals_are_proved_apart(community: LeanPool) -> None:
    prover = LeanProver(community)
    split = await prover.step(await prover.start(BOTH), "constructor")
    assert isinstance(split, Open)
    right = await prover.step(split.state, Focus(1))
    assert isinstance(right, Open) and [g.target for g in right.state.goals] == ["q"]
    assert isinstance(await prover.step(right.state, "exact hq"), Closed)
    assert isinstance(await prover.step(right.state, "exact hp"), TacticError)
    more = await prover.step(right.state, "have h : p ∧ q := ⟨hp, hq⟩")
    assert isinstance(more, Open) and [g.target for g in more.state.goals] == ["q"]
    assert isinstance(await prover.step(more.state, "exact (\nh.2"), ParseError)
    assert isinstance(await prover.step(more.state, "exact sorryAx _"), Forbidden)
    assert isinstance(await prover.step(more.state, "exact h.2"), Closed)


async def test_a_focused_goal_with_a_loose_metavariable_is_not_proved(community: LeanPool) -> None:
    """`proofStatus` only speaks of the whole proof, in which other goals wait."""
    statement = Statement("t", "theorem t (h : ∀ n : Nat, n = n → True) : True ∧ True", CORE)
    prover = LeanProver(community)
    split = await prover.step(await prover.start(statement), "constructor")
    assert isinstance(split, Open)
    left = await prover.step(split.state, Focus(0))
    assert isinstance(left, Open)
    loose = "refine h ?n ?e <;> (rotate_left; on_goal 1 => exact rfl)"
    assert not isinstance(await prover.step(left.state, loose), Closed)
    assert isinstance(await prover.step(left.state, "exact h 0 rfl"), Closed)


async def test_a_search_and_the_verdict_on_what_it_finds(
    community: LeanPool, community_judge: LeanJudge
) -> None:
    text = "theorem search (p q r : ℕ → Prop) (h : ∃ n, p n ∧ (q n ∨ r n)) : ∃ n, (q n ∨ r n) ∧ p n"
    prover = LeanProver(community)
    state = await prover.start(Statement("search", text, CORE))
    result = await prove(prover, PortfolioPolicy(), state.statement, SearchSettings(budget=Budget(lean_s=60)))
    assert result.proof is not None
    verdict = await community_judge.judge(state.statement, result.proof.script())
    # The embedded library holds no proofs, so that its lemmas are axioms to `#print axioms`.
    assert [rung.name for rung in verdict.rungs if rung.passed] == ["syntax", "elaborates", "statement"]


CHEATS = {
    "a hole": ("sorry", "syntax"),
    "a hole in a macro's clothes": ("exact sorryAx _ true", "syntax"),
    "the compiler's word": ("native_decide", "syntax"),
    "the compiler's word as an option": ("decide +native", "syntax"),
    "a reply of its own making": (
        'simp (config := match (IO.println "{\\"env\\": 0}\\n" : IO Unit) () with | _ => {})',
        "syntax",
    ),
    "a second theorem": ("trivial\ntheorem u : 1 = 1 := rfl", "syntax"),
    "the end of its bracket": ("skip)\n(skip", "syntax"),
    "a comment that is not closed": ("rfl /-", "syntax"),
    "the end of the file": ("rfl\n#exit", "syntax"),
    "a false proof": ("rfl", "elaborates"),
    "an error that is recovered": ("constructor", "elaborates"),
}


@pytest.mark.parametrize("name", CHEATS)
async def test_no_cheat_is_called_proved(community_judge: LeanJudge, name: str) -> None:
    script, rung = CHEATS[name]
    verdict = await community_judge.judge(FALSE, script)
    assert not verdict.proved and verdict.rungs[-1].name == rung, verdict


async def test_an_axiom_of_the_header_is_seen(community_judge: LeanJudge) -> None:
    header = f"{CORE}\naxiom easy : ∀ p : Prop, p"
    verdict = await community_judge.judge(Statement("t", FALSE.text, header), "exact easy _")
    assert verdict.rungs[-1].name == "axioms" and "easy" in verdict.reason


async def test_the_stand_in_replays_what_lean_says_today(launch: Launch, repl: Repl) -> None:
    found = await record_scenarios(await repl.alive())
    found |= await record_prover(CommunityLaunch(launch.command, launch.env))
    assert found == json.loads(RECORDINGS.read_text(encoding="utf-8"))
