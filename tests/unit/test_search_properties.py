"""On random AND/OR graphs the search proves exactly what is provable, and its proofs replay."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_prover import RecordedProver, TablePolicy, replay

from prover.search import Outcome, SearchSettings, prove
from prover.types import Statement

Table = dict[str, dict[str, Any]]


def provable(table: Table) -> set[str]:
    """The least fixed point: a goal is provable if some tactic leaves only provable goals."""
    known: set[str] = set()
    while True:
        more = {
            goal
            for goal, tactics in table.items()
            if any(
                r == "closed" or (isinstance(r, list) and r and known.issuperset(r)) for r in tactics.values()
            )
        }
        if more == known:
            return known
        known = more


@st.composite
def tables(
    draw: st.DrawFn, name: Callable[[int], str], size: int = 9, cyclic: bool = True, shared: bool = False
) -> Table:
    """Goals 0 … size-1 with up to four tactics each; few of them close a goal, so that proofs are deep."""
    table: Table = {}
    for goal in range(size):
        later = st.integers(0 if cyclic else min(goal + 1, size - 1), size - 1).map(name)
        leaves = st.sampled_from(["closed", "error: no", "crashed: no", "timeout hard", []])
        goals = st.lists(later, min_size=1, max_size=3, unique=shared)
        last = goal == size - 1 and not cyclic
        results = draw(st.lists(leaves if last else st.one_of(goals, goals, goals, leaves), max_size=4))
        table[name(goal)] = {f"t{index}": result for index, result in enumerate(results)}
    return table


def check(table: Table, concurrency: int, choices: Mapping[str, Mapping[str, float]] | None = None) -> None:
    root = next(iter(table))

    async def run() -> None:
        prover = RecordedProver(table)
        policy, statement = TablePolicy(table, choices or {}), Statement("t", root)
        result = await prove(prover, policy, statement, SearchSettings(concurrency=concurrency))
        assert result.outcome is (Outcome.PROVED if root in provable(table) else Outcome.EXHAUSTED)
        if result.proof is not None:
            assert await replay(prover, statement, result.proof)
        assert len(policy.asked) == result.counts.expansions

    asyncio.run(run())


@pytest.mark.parametrize("concurrency", [1, 3])
@settings(max_examples=300)
@given(data=st.data())
def test_it_proves_exactly_what_is_provable(concurrency: int, data: st.DataObject) -> None:
    table = data.draw(tables(lambda n: f"g{n}"))
    choices = {
        goal: {tactic: data.draw(st.floats(-5, 0)) for tactic in tactics} for goal, tactics in table.items()
    }
    check(table, concurrency, choices)


@settings(max_examples=200)
@given(tables(lambda n: f"g{n} ?a" if n else "g0", size=6, cyclic=False, shared=True))
def test_goals_that_share_a_metavariable_are_proved_together(table: Table) -> None:
    check(table, concurrency=1)


@settings(max_examples=200)
@given(tables(lambda n: f"g{n} ?a" if n in (2, 3, 5) else f"g{n}", size=7, cyclic=False))
def test_some_states_split_and_some_do_not(table: Table) -> None:
    check(table, concurrency=1)


@settings(max_examples=300)
@given(tables(lambda n: f"g{n}"), st.lists(st.integers(0, 2), min_size=9, max_size=9))
def test_equal_goals_under_other_names_are_proved_by_replay(table: Table, spelling: list[int]) -> None:
    """Each goal in three spellings that differ in a hypothesis' name; the tactics work on all of them."""
    spell = {f"g{n}": [f"{name} : g{n} ⊢ goal" for name in "hkm"] for n in range(9)}
    renamed: Table = {}
    for goal, tactics in table.items():
        for number, text in enumerate(spell[goal]):
            renamed[text] = {
                tactic: [spell[g][(spelling[int(g[1:])] + number) % 3] for g in result]
                if isinstance(result, list)
                else result
                for tactic, result in tactics.items()
            }
    check(renamed, concurrency=1)


@settings(max_examples=300)
@given(tables(lambda n: f"{'hk'[n % 2]} : g{n // 2} ⊢ goal"))
def test_a_proof_is_never_believed_because_a_similar_state_was_proved(table: Table) -> None:
    """Pairs of goals that differ only in a name, but whose tactics have nothing to do with each other."""

    async def run() -> None:
        prover, statement = RecordedProver(table), Statement("t", next(iter(table)))
        result = await prove(prover, TablePolicy(table), statement)
        if result.proof is not None:
            assert await replay(prover, statement, result.proof)

    asyncio.run(run())
