"""Best-first search on recorded tables: what it finds, in which order, when it stops, what it counts."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from recorded_prover import RecordedProver, Table, TablePolicy, replay

from prover.errors import InputError, StatementError
from prover.search import Budget, Outcome, Progress, SearchResult, SearchSettings, prove
from prover.types import Candidate, Focus, State, Statement, Step, StepResult


async def search(table: Table, goal: str = "goal", **settings: Any) -> SearchResult:
    return await prove(
        RecordedProver(table), TablePolicy(table), Statement("t", goal), SearchSettings(**settings)
    )


def script(result: SearchResult) -> str:
    assert result.proof is not None
    return result.proof.script()


CONJUNCTIONS = {
    "(p ∧ q) ∧ r → s": {"intro h": ["h : (p ∧ q) ∧ r ⊢ s"]},
    "h : (p ∧ q) ∧ r ⊢ s": {"refine f ?_ ?_": ["p ∧ q", "r"]},
    "p ∧ q": {"constructor": ["p", "q"]},
    "p": {"simp": ["p'"]},
    "p'": {"trivial": "closed"},
    "q": {"trivial": "closed"},
    "r": {"exact h.2": "closed"},
}


async def test_independent_goals_become_nested_bullets() -> None:
    result = await search(CONJUNCTIONS, "(p ∧ q) ∧ r → s")
    assert result.outcome is Outcome.PROVED and result.proved
    assert script(result) == (
        "intro h\nrefine f ?_ ?_\n· constructor\n  · simp\n    trivial\n  · trivial\n· exact h.2"
    )


async def test_a_tactic_of_several_lines_keeps_its_layout_under_a_bullet() -> None:
    table = {
        "goal": {"constructor": ["p", "q"]},
        "p": {"  cases h with\n  | inl h => simp\n": ["p'"]},
        "q": {"cases h with\n| inl h => simp": "closed"},
        "p'": {"rfl": "closed"},
    }
    # The prover is asked for the text without its outer indentation.
    table["p"] = {"cases h with\n| inl h => simp": ["p'"]}
    policy = TablePolicy(table, {"p": {"  cases h with\n  | inl h => simp\n": -1.0}})
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert script(result) == (
        "constructor\n· cases h with\n  | inl h => simp\n  rfl\n· cases h with\n  | inl h => simp"
    )


async def test_goals_that_share_a_metavariable_stay_together() -> None:
    table = {
        "∃ n, p n ∧ q n": {"refine ⟨?n, ?_, ?_⟩": ["p ?n", "q ?n"]},
        "p ?n": {"exact p3": "closed"},
        "q ?n": {"constructor": ["a", "b"]},
        "a": {"trivial": "closed"},
        "b": {"trivial": "closed"},
    }
    prover = RecordedProver(table)
    result = await prove(prover, TablePolicy(table), Statement("t", "∃ n, p n ∧ q n"))
    assert script(result) == "refine ⟨?n, ?_, ?_⟩\nexact p3\nconstructor\n· trivial\n· trivial"
    assert [step for _, step in prover.log if isinstance(step, Focus)] == [Focus(0), Focus(1)]


async def test_a_focus_that_the_prover_refuses_keeps_the_goals_together() -> None:
    table = {"goal": {"constructor": ["p", "q"]}, "p": {"one": "closed"}, "q": {"two": "closed"}}
    prover = RecordedProver(table, unfocusable=frozenset({"p"}))
    result = await prove(prover, TablePolicy(table), Statement("t", "goal"))
    assert script(result) == "constructor\none\ntwo"
    assert result.counts.errors["crashed"] == 1


async def test_goals_equal_but_for_names_are_kept_together_too_where_the_prover_refuses_a_focus() -> None:
    one, two = "h : p ⊢ q", "k : p ⊢ q"
    table = {"goal": {"split": [one, two]}, one: {"exact h": "closed"}, two: {"exact k": "closed"}}
    prover = RecordedProver(table, unfocusable=frozenset({one}))
    result = await prove(prover, TablePolicy(table), Statement("t", "goal"))
    assert script(result) == "split\nexact h\nexact k"


async def test_a_state_that_comes_later_than_an_equal_one_without_a_focus_is_expanded() -> None:
    table = {
        "goal": {"split": ["p", "stuck"], "other": ["detour"]},
        "p": {"one": "closed"},
        "stuck": {"no": "error: no"},
        "detour": {"to p": ["p"]},
    }
    prover = RecordedProver(table, unfocusable=frozenset({"p"}))
    result = await prove(prover, TablePolicy(table), Statement("t", "goal"))
    assert script(result) == "other\nto p\none"


async def test_the_most_promising_state_is_expanded_first() -> None:
    table = {"goal": {"a": ["A"], "b": ["B"]}, "A": {"x": ["A'"]}, "B": {"y": "closed"}, "A'": {}}
    policy = TablePolicy(table, {"goal": {"a": -1.0, "b": -2.0}, "A": {"x": -5.0}})
    await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert policy.asked == ["goal", "A", "B"]


async def test_the_score_decides_what_is_promising() -> None:
    table = {"goal": {"a": ["A"], "b": ["B"]}, "A": {"a": ["A'"]}, "A'": {}, "B": {}}
    choices = {"goal": {"a": -1.0, "b": -1.5}, "A": {"a": -1.0}}
    orders = {}
    for name, alpha in (("normalized", 1.0), ("llemma", 1.0)):
        policy = TablePolicy(table, choices)
        settings = SearchSettings(score=name, alpha=alpha)
        await prove(RecordedProver(table), policy, Statement("t", "goal"), settings)
        orders[name] = policy.asked
    assert orders["normalized"] == ["goal", "A", "A'", "B"]
    assert orders["llemma"] == ["goal", "A", "B", "A'"]


async def test_candidates_are_tried_best_first_once_and_not_after_the_proof() -> None:
    class Policy:
        async def propose(self, states: object) -> list[list[Candidate]]:
            texts = [("late", -3.0), (" second", -2.0), ("first", -1.0), ("second ", -2.5), ("  ", -0.5)]
            return [[Candidate(text, logprob) for text, logprob in texts]]

    prover = RecordedProver({"goal": {"first": "error: no", "second": "closed", "late": "closed"}})
    result = await prove(prover, Policy(), Statement("t", "goal"))
    assert [step for _, step in prover.log] == ["first", "second"]
    assert script(result) == "second"


async def test_a_goal_that_is_solved_gets_no_more_candidates() -> None:
    table = {
        "goal": {"split": ["p", "q"]},
        "p": {"one": "closed", "late": "closed"},
        "q": {"two": "closed"},
    }
    prover = RecordedProver(table)
    assert (await prove(prover, TablePolicy(table), Statement("t", "goal"))).proved
    assert [step for _, step in prover.log if isinstance(step, str)] == ["split", "one", "two"]


async def test_max_candidates_cuts_the_list() -> None:
    table = {"goal": {"a": "error: no", "b": "error: no", "c": "closed"}}
    assert (await search(table, max_candidates=2)).outcome is Outcome.EXHAUSTED
    assert (await search(table, max_candidates=3)).proved


@pytest.mark.parametrize(
    ("recorded", "kind"),
    [
        ("error: no", "tactic_error"),
        ("parse: no", "parse_error"),
        ("forbidden: sorry", "forbidden"),
        ("timeout soft", "timeout"),
        ("timeout hard", "timeout"),
        ("crashed: stack overflow", "crashed"),
        ("memory: 2 GB", "memory_limit"),
        ([], "hidden_goals"),
        (["goal"], "no_progress"),
    ],
)
async def test_a_step_that_fails_is_counted_and_the_search_goes_on(recorded: Any, kind: str) -> None:
    result = await search({"goal": {"bad": recorded, "good": "closed"}})
    assert script(result) == "good"
    assert result.counts.errors == {kind: 1}


async def test_a_state_reached_twice_is_expanded_once() -> None:
    table = {"goal": {"a": ["p"], "b": ["p"]}, "p": {"x": "error: no"}}
    policy = TablePolicy(table)
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert policy.asked == ["goal", "p"]
    assert (result.outcome, result.counts.merged) == (Outcome.EXHAUSTED, 1)


async def test_a_state_solved_before_solves_what_reaches_it_later() -> None:
    table = {
        "goal": {"split": ["p", "q"]},
        "p": {"done": "closed"},
        "q": {"to p": ["p"], "other": "closed"},
    }
    result = await search(table)
    assert script(result) == "split\n· done\n· to p\n  done"


async def test_a_better_path_to_a_waiting_state_moves_it_up() -> None:
    table: Table = {"goal": {"a": ["A"], "x": ["X"], "b": ["B"]}, "A": {"a": ["B"]}, "X": {}, "B": {}}
    policy = TablePolicy(table, {"goal": {"a": -1.0, "x": -2.0, "b": -9.0}, "A": {"a": -0.1}})
    await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert policy.asked == ["goal", "A", "B", "X"]


async def test_a_cycle_proves_nothing() -> None:
    table = {"goal": {"symm": ["laog"]}, "laog": {"symm": ["goal"]}}
    result = await search(table)
    assert (result.outcome, result.counts.cycles, result.counts.expansions) == (Outcome.EXHAUSTED, 1, 2)


async def test_an_ancestor_can_be_a_lemma_when_it_is_proved_without_the_cycle() -> None:
    # `c` is above `p` on one way and needed by it on the other; only the second way leads to a proof.
    table = {
        "goal": {"first": ["c", "x"], "second": ["p", "q"]},
        "c": {"to p": ["p"], "direct": ["c'"]},
        "c'": {"done": "closed"},
        "p": {"to c": ["c"]},
        "q": {"done": "closed"},
        "x": {"stuck": "error: no"},
    }
    policy = TablePolicy(table, {"goal": {"first": -1.0, "second": -9.0}})
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert script(result) == "second\n· to c\n  direct\n  done\n· done"


async def test_goals_beside_a_hopeless_one_are_not_expanded() -> None:
    table = {
        "goal": {"split": ["hopeless", "costly"], "other": ["p"]},
        "hopeless": {"symm": ["sselepoh"]},
        "sselepoh": {"symm": ["hopeless"]},
        "costly": {"done": "closed"},
        "p": {"done": "closed"},
    }
    policy = TablePolicy(table, {"hopeless": {"symm": -0.1}, "sselepoh": {"symm": -0.1}})
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert script(result) == "other\ndone"
    # `costly` was queued first with the same score as `hopeless` gave its child, and is passed over.
    assert policy.asked == ["goal", "hopeless", "sselepoh", "p"]


async def test_a_goal_given_up_comes_back_when_another_step_needs_it() -> None:
    table = {
        "goal": {"split": ["hopeless", "useful"], "other": ["detour"]},
        "hopeless": {},
        "detour": {"to useful": ["useful"]},
        "useful": {"done": "closed"},
    }
    result = await search(table)
    assert script(result) == "other\nto useful\ndone"


# Duplicates: states that are equal but for names.

RENAMED = {
    "goal": {"constructor": ["h : p ⊢ q", "k : p ⊢ q"]},
    "h : p ⊢ q": {"simp": ["h : p' ⊢ q"], "exact h": "error: no"},
    "h : p' ⊢ q": {"trivial": "closed"},
    "k : p ⊢ q": {"simp": ["k : p' ⊢ q"]},
    "k : p' ⊢ q": {"trivial": "closed"},
}


async def test_a_state_equal_but_for_names_is_not_expanded_but_proved_by_replay() -> None:
    policy = TablePolicy(RENAMED)
    prover = RecordedProver(RENAMED)
    result = await prove(prover, policy, Statement("t", "goal"))
    assert script(result) == "constructor\n· simp\n  trivial\n· simp\n  trivial"
    assert policy.asked == ["goal", "h : p ⊢ q", "h : p' ⊢ q"]
    assert (result.counts.duplicates, result.counts.replays) == (1, 1)
    assert result.proof is not None and await replay(prover, Statement("t", "goal"), result.proof)


async def test_a_script_that_does_not_fit_the_other_names_is_not_believed() -> None:
    table = {**RENAMED, "h : p ⊢ q": {"exact h": "closed"}, "k : p ⊢ q": {"exact k": "closed"}}
    result = await search(table)
    assert script(result) == "constructor\n· exact h\n· exact k"
    assert result.counts.replays == 1


async def test_a_replay_goes_into_every_branch() -> None:
    table = {
        "goal": {"constructor": ["h : p ⊢ q", "k : p ⊢ q"]},
        "h : p ⊢ q": {"split": ["a", "b"]},
        "k : p ⊢ q": {"split": ["c", "d"], "otherwise": "closed"},
        "a": {"one": "closed"},
        "b": {"two": "closed"},
        "c": {"one": "closed"},
        "d": {"two": "error: no"},
    }
    result = await search(table)
    assert script(result) == "constructor\n· split\n  · one\n  · two\n· otherwise"


async def test_a_replay_that_closes_too_early_is_not_the_script() -> None:
    table = {**RENAMED, "k : p ⊢ q": {"simp": "closed"}}
    assert script(await search(table)) == "constructor\n· simp\n  trivial\n· simp"


async def test_a_replay_that_reaches_hidden_goals_fails() -> None:
    table = {**RENAMED, "k : p ⊢ q": {"simp": [], "other": "closed"}}
    assert script(await search(table)) == "constructor\n· simp\n  trivial\n· other"


async def test_a_duplicate_of_an_exhausted_state_makes_its_step_hopeless() -> None:
    table: Table = {
        "goal": {"a": ["h : p ⊢ q"], "b": ["mid"]},
        "h : p ⊢ q": {},
        "mid": {"split": ["k : p ⊢ q", "costly"]},
        "costly": {"done": "closed"},
    }
    policy = TablePolicy(table)
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert (result.outcome, policy.asked) == (Outcome.EXHAUSTED, ["goal", "h : p ⊢ q", "mid"])


async def test_when_a_state_is_exhausted_its_duplicates_are() -> None:
    table = {"goal": {"a": ["h : p ⊢ q"], "b": ["k : p ⊢ q"]}, "k : p ⊢ q": {"exact k": "closed"}}
    policy = TablePolicy(table)
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert result.outcome is Outcome.EXHAUSTED
    assert policy.asked == ["goal", "h : p ⊢ q"]


# Budgets.

ENDLESS = {f"p{n}": {"bad": "error: no", "next": [f"p{n + 1}"]} for n in range(1000)}


@pytest.mark.parametrize(
    ("budget", "steps"),
    [(Budget(expansions=3), 6), (Budget(steps=5), 5), (Budget(tokens=5), 6), (Budget(expansions=0), 0)],
)
async def test_a_budget_stops_the_search_and_is_named(budget: Budget, steps: int) -> None:
    policy = TablePolicy(ENDLESS, tokens=1)
    result = await prove(RecordedProver(ENDLESS), policy, Statement("t", "p0"), SearchSettings(budget))
    assert (result.outcome, result.counts.steps, result.proof) == (Outcome.BUDGET, steps, None)
    assert result.budget is not None and getattr(budget, result.budget) is not None


async def test_prover_time_is_what_the_prover_says() -> None:
    table = {f"p{n}": {"next": {"result": [f"p{n + 1}"], "seconds": 0.5}} for n in range(100)}
    result = await search(table, "p0", budget=Budget(lean_s=2.0))
    assert (result.budget, result.counts.steps, result.counts.lean_seconds) == ("lean_s", 4, 2.0)


async def test_the_last_expansion_that_is_paid_for_is_used_to_the_end() -> None:
    table = {"goal": {"bad": "error: no", "good": "closed"}}
    assert (await search(table, budget=Budget(expansions=1))).proved


async def test_running_out_of_states_is_not_running_out_of_budget() -> None:
    result = await search({"goal": {"bad": "error: no"}}, budget=Budget(expansions=1))
    assert (result.outcome, result.budget) == (Outcome.EXHAUSTED, None)


async def test_the_wall_clock_cancels_the_step_in_flight() -> None:
    prover = RecordedProver({"goal": {"slow": {"result": "closed", "sleep": 60}}})
    settings = SearchSettings(Budget(wall_s=0.05))
    result = await prove(prover, TablePolicy(prover.table), Statement("t", "goal"), settings)
    assert (result.outcome, result.budget, prover.cancelled, prover.running) == (
        Outcome.BUDGET,
        "wall_s",
        1,
        0,
    )
    assert result.graph is not None and result.graph.root.status.value == "open"
    assert result.counts.wall_seconds < 10


async def test_the_wall_clock_stops_a_prover_that_never_waits() -> None:
    class Counting:
        async def propose(self, states: Any) -> list[list[Candidate]]:
            return [[Candidate("next", -1.0)]]

    class Endless(RecordedProver):
        def _result(self, state: Any, step: str, recorded: Any) -> Any:
            return super()._result(state, step, [f"p{len(state.path)}"])

    prover = Endless({"goal": {}})
    result = await prove(prover, Counting(), Statement("t", "goal"), SearchSettings(Budget(wall_s=0.1)))
    assert result.budget == "wall_s"


async def test_cancelling_a_search_ends_its_steps() -> None:
    prover = RecordedProver({"goal": {"slow": {"result": "closed", "sleep": 60}}})
    task = asyncio.create_task(prove(prover, TablePolicy(prover.table), Statement("t", "goal")))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (prover.cancelled, prover.running) == (1, 0)


# Concurrency.


async def test_many_theorems_share_one_prover() -> None:
    slow = {"result": "closed", "sleep": 0.02}
    prover = RecordedProver({f"p{n}": {"go": slow} for n in range(20)})
    policy = TablePolicy(prover.table)
    results = await asyncio.gather(*(prove(prover, policy, Statement("t", f"p{n}")) for n in range(20)))
    assert all(result.proved for result in results)
    assert prover.most_running == 20


async def test_one_state_at_a_time_unless_asked_otherwise() -> None:
    goals = [f"p{n}" for n in range(4)]
    table: Table = {"goal": {"split": goals}} | {
        goal: {"go": {"result": "closed", "sleep": 0.02}} for goal in goals
    }
    for concurrency in (1, 3):
        prover = RecordedProver(table)
        settings = SearchSettings(concurrency=concurrency)
        result = await prove(prover, TablePolicy(table), Statement("t", "goal"), settings)
        assert result.proved and prover.most_running == concurrency


async def test_what_is_still_running_when_the_theorem_closes_is_cancelled() -> None:
    table = {
        "goal": {"slow": ["s"], "fast": ["f"]},
        "s": {"wait": {"result": "closed", "sleep": 60}},
        "f": {"go": {"result": "closed", "sleep": 0.02}},
    }
    prover = RecordedProver(table)
    result = await prove(prover, TablePolicy(table), Statement("t", "goal"), SearchSettings(concurrency=2))
    assert (script(result), prover.cancelled, prover.running) == ("fast\ngo", 1, 0)


async def test_what_is_being_expanded_when_the_expansions_are_spent_is_tried_to_the_end() -> None:
    table = {
        "goal": {"a": ["A"], "b": ["B"], "c": ["C"], "d": ["D"]},
        "A": {"quick": {"result": "error: no", "sleep": 0.01}},
        "B": {"slow": {"result": "closed", "sleep": 0.1}},
        "C": {"slow too": {"result": "error: no", "sleep": 0.05}},
        "D": {"never tried": "closed"},
    }
    prover, policy = RecordedProver(table), TablePolicy(table)
    settings = SearchSettings(Budget(expansions=4), concurrency=3)
    result = await prove(prover, policy, Statement("t", "goal"), settings)
    assert (script(result), policy.asked) == ("b\nslow", ["goal", "A", "B", "C"])
    assert (prover.cancelled, result.budget) == (0, None)


@pytest.mark.parametrize("budget", [Budget(steps=4), Budget(lean_s=1.0)])
async def test_steps_in_flight_when_a_limit_is_reached_are_not_cancelled(budget: Budget) -> None:
    table = {
        "goal": {"a": ["A"], "b": ["B"]},
        "A": {"quick": {"result": "error: no", "sleep": 0.01, "seconds": 1.0}, "more": "closed"},
        "B": {"slow": {"result": ["B'"], "sleep": 0.1}},
        "B'": {"more": "closed"},
    }
    prover = RecordedProver(table)
    settings = SearchSettings(budget, concurrency=2)
    result = await prove(prover, TablePolicy(table), Statement("t", "goal"), settings)
    assert (result.outcome, result.counts.steps, prover.cancelled) == (Outcome.BUDGET, 4, 0)
    assert result.budget is not None and getattr(budget, result.budget) is not None
    assert result.graph is not None and [node.text for node in result.graph.nodes][-1] == "B'"


async def test_states_that_are_brought_about_side_by_side_keep_to_the_expansions() -> None:
    class SlowFocus(RecordedProver):
        async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
            await asyncio.sleep(0.01 if isinstance(step, Focus) else 0)
            return await super().step(state, step, within_s)

    table: Table = {"goal": {"split": ["p", "q", "r"]}, "p": {}, "q": {}, "r": {}}
    policy = TablePolicy(table)
    settings = SearchSettings(Budget(expansions=2), concurrency=3)
    result = await prove(SlowFocus(table), policy, Statement("t", "goal"), settings)
    assert (policy.asked, result.counts.expansions, result.budget) == (["goal", "p"], 2, "expansions")


# What the caller sees.


async def test_progress_is_reported() -> None:
    seen: list[Progress] = []
    settings = SearchSettings(Budget(expansions=5), progress_every_s=0)
    policy = TablePolicy(ENDLESS)
    await prove(RecordedProver(ENDLESS), policy, Statement("t", "p0"), settings, seen.append)
    assert [item.steps for item in seen] == sorted(item.steps for item in seen)
    last = seen[-1]
    assert (last.expansions, last.steps, last.open_goals, last.goal) == (5, 10, 1, "p4")
    assert last.best_score == pytest.approx(-10 / 5**0.5)
    assert last.steps_per_s > 0 and last.elapsed_s > 0


async def test_a_policy_that_fails_is_not_hidden() -> None:
    class Broken:
        async def propose(self, states: object) -> list[list[Candidate]]:
            raise ConnectionError("model server is gone")

    with pytest.raises(ConnectionError, match="gone"):
        await prove(RecordedProver({"goal": {}}), Broken(), Statement("t", "goal"))


async def test_a_statement_that_does_not_elaborate_is_the_callers_error() -> None:
    with pytest.raises(StatementError):
        await search({}, "nonsense")


@pytest.mark.parametrize("bad", [{"score": "x"}, {"concurrency": -1}, {"max_candidates": 0}])
def test_settings_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        SearchSettings(**bad)


async def test_the_same_search_twice_takes_the_same_steps() -> None:
    logs = []
    for _ in range(2):
        prover = RecordedProver(CONJUNCTIONS)
        await prove(prover, TablePolicy(CONJUNCTIONS), Statement("t", "(p ∧ q) ∧ r → s"))
        logs.append(prover.log)
    assert logs[0] == logs[1]


async def test_a_table_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(json.dumps(CONJUNCTIONS), encoding="utf-8")
    prover = RecordedProver.load(path)
    assert (await prove(prover, TablePolicy(prover.table), Statement("t", "(p ∧ q) ∧ r → s"))).proved
