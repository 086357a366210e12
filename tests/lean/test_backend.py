"""The Lean backend on the real Lean: steps, focus, limits, and states that survive their process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from prover.errors import StatementError
from prover.lean.backend import MAX_HEADERS, LeanLimits, LeanProver
from prover.lean.pool import LeanPool
from prover.policy.portfolio import PortfolioPolicy
from prover.search import Budget, SearchSettings, prove
from prover.statements.preludes import prelude, start_with_prelude
from prover.types import (
    Closed,
    Focus,
    Forbidden,
    Open,
    ParseError,
    Statement,
    TacticError,
    Timeout,
)

CORE = prelude("core").header
BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", CORE)


async def test_independent_goals_are_proved_apart(prover: LeanProver) -> None:
    split = await prover.step(await prover.start(BOTH), "constructor")
    assert isinstance(split, Open) and [g.case for g in split.state.goals] == ["left", "right"]
    right = await prover.step(split.state, Focus(1))
    assert isinstance(right, Open) and [g.target for g in right.state.goals] == ["q"]
    assert isinstance(await prover.step(right.state, "exact hq"), Closed)


async def test_what_a_tactic_does_wrong_is_a_typed_result(prover: LeanProver) -> None:
    state = await prover.start(BOTH)
    assert isinstance(await prover.step(state, "exact ("), ParseError)
    assert isinstance(await prover.step(state, "exact hp"), TacticError)
    assert isinstance(await prover.step(state, "exact missing"), TacticError)
    assert isinstance(await prover.step(state, "exact sorry"), Forbidden)
    assert isinstance(await prover.step(state, "constructor; exact hp; exact hq"), ParseError)
    assert isinstance(await prover.step(state, "(constructor; exact hp; exact hq)"), Closed)


async def test_goals_that_share_a_metavariable_say_so(prover: LeanProver) -> None:
    statement = Statement("ex", "theorem ex : ∃ n : ℕ, n = 3 ∧ n < 5", CORE)
    split = await prover.step(await prover.start(statement), "refine ⟨?n, ?a, ?b⟩")
    assert isinstance(split, Open)
    shared = [goal.metavariables for goal in split.state.goals if goal.target.count("?")]
    assert len(shared) == 2 and shared[0] & shared[1]


async def test_a_killed_process_costs_no_state(prover: LeanProver, pool: LeanPool) -> None:
    split = await prover.step(await prover.start(BOTH), "constructor")
    assert isinstance(split, Open)
    (await pool.worker_for(BOTH)).session.kill()
    left = await prover.step(split.state, Focus(0))
    assert isinstance(left, Open)
    assert isinstance(await prover.step(left.state, "exact hp"), Closed)


async def test_a_step_that_takes_too_long_is_stopped_and_the_process_lives(pool: LeanPool) -> None:
    prover = LeanProver(pool, LeanLimits(step_s=1.0, grace_s=10))
    names = [f"a{i}" for i in range(14)]
    cases = " ".join(f"(h{i} : {a} = 0 ∨ {a} = 2)" for i, a in enumerate(names))
    text = f"theorem slow ({' '.join(names)} : ℕ) {cases} : {' + '.join(names)} ≠ 7"  # 2¹⁴ cases for omega.
    state = await prover.start(Statement("slow", text, CORE))
    pid = (await pool.worker_for(state.statement)).session.pid
    result = await prover.step(state, "omega")
    assert isinstance(result, Timeout) and not result.hard and not result.early
    result = await prover.step(state, "omega", within_s=0.2)
    assert isinstance(result, Timeout) and result.early
    result = await prover.step(state, "omega", within_s=5.0)
    assert isinstance(result, Timeout) and not result.early, "the prover's own limit came first"
    assert (await pool.worker_for(state.statement)).session.pid == pid
    assert isinstance(await prover.step(state, "intro"), Open)


async def test_deep_recursion_fails_a_step_and_no_more(prover: LeanProver) -> None:
    """`simp_all` on a recursive hypothesis overflowed the 64 KiB stack of the wasm build and ended Lean."""
    text = "theorem deep (d : ℕ → ℕ) (h : ∀ n, d (n + 3) = d (n + 2) + d n) : d 2001 = d 2001 + 1"
    state = await prover.start(Statement("deep", text, CORE))
    pid = (await prover.pool.worker_for(state.statement)).session.pid
    assert isinstance(await prover.step(state, "simp_all"), TacticError | Timeout)
    assert (await prover.pool.worker_for(state.statement)).session.pid == pid


async def test_a_statement_with_an_unknown_name_has_leans_position(prover: LeanProver) -> None:
    with pytest.raises(StatementError) as caught:
        await prover.start(Statement("bad", "theorem bad (n : ℕ) :\n  n = foo", CORE))
    message = caught.value.messages[0]
    assert (message.start.line, message.start.column) == (2, 6) and "foo" in message.text


async def test_a_real_statement_gets_the_field_prelude(prover: LeanProver) -> None:
    statement = Statement("half", "theorem half (x : ℝ) (h : 2 * x = 3) : x = 3 / 2")
    chosen, state = await start_with_prelude(prover, statement)
    assert chosen.name == "field"
    assert isinstance(await prover.step(state, "grind"), Closed)


async def test_the_search_proves_what_no_single_tactic_does(prover: LeanProver) -> None:
    text = "theorem search (p q r : ℕ → Prop) (h : ∃ n, p n ∧ (q n ∨ r n)) : ∃ n, (q n ∨ r n) ∧ p n"
    state = await prover.start(Statement("search", text, CORE))
    settings = SearchSettings(budget=Budget(lean_s=30))
    result = await prove(prover, PortfolioPolicy(), state.statement, settings)
    assert result.proved


async def test_many_theorems_share_one_process(prover: LeanProver) -> None:
    texts = [f"theorem m{i} (a : ℕ) (h : a < {i}) : a + 1 ≤ {i}" for i in range(1, 9)]
    states = await asyncio.gather(*(prover.start(Statement("m", text, CORE)) for text in texts))
    results = await asyncio.gather(*(prover.step(state, "omega") for state in states))
    assert all(isinstance(result, Closed) for result in results)


async def test_a_process_keeps_few_headers_and_forgets_the_theorems_that_are_over(
    prover: LeanProver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library's theorems have a header each; processes that kept them all were recycled every minute."""
    forgotten: list[int] = []
    request = prover.pool.request

    async def seen(worker: Any, payload: dict[str, Any], *limits: float) -> Any:
        forgotten.extend(payload.get("forget", {}).get("env", []))
        return await request(worker, payload, *limits)

    monkeypatch.setattr(prover.pool, "request", seen)
    count = MAX_HEADERS + 3
    for number in [*range(count), 0]:
        statement = replace(BOTH, header=f"{CORE}\nset_option maxRecDepth {600 + number}")
        state = await prover.start(statement)
        assert isinstance(await prover.step(state, "exact ⟨hp, hq⟩"), Closed)
        await prover.release(statement)
    worker = await prover.pool.worker_for(BOTH)
    assert len(worker.envs) <= MAX_HEADERS
    assert len(set(forgotten)) >= count + 3
    assert not set(forgotten) & set(worker.envs.values())
