"""Exploration: it proposes widely, and what has led to proofs comes first the next time."""

from collections import Counter
from pathlib import Path

import pytest
from recorded_prover import RecordedProver

from prover.errors import InputError
from prover.search import Budget, SearchSettings, prove
from prover.types import Goal, Hypothesis, State, Statement
from training.expert_iteration import drawn, harder_first
from training.explore import Explorer, shape
from training.ideas import ideas
from training.jsonl import write_jsonl
from training.statements import Split, TrainingStatement, save_statements


def goal(target: str, **context: str) -> State:
    lines = [f"{name} : {kind}" for name, kind in context.items()]
    hypotheses = tuple(Hypothesis(name, kind) for name, kind in context.items())
    text = "\n".join([*lines, f"⊢ {target}"])
    return State(Statement("t", "t"), (), (Goal(text, target, hypotheses),))


def test_a_shape_is_a_tactic_without_its_names() -> None:
    assert shape("induction xs <;> simp_all [h₀]") == shape("induction l <;> simp_all [ih]")
    assert shape("simp [List.map]") == "simp [_]" != shape("grind [List.map]")


def test_data_facts_and_constants_of_the_goal_are_used() -> None:
    state = goal("(List.map f xs).length = n", f="α → β", xs="List α", n="ℕ", h="n = xs.length")
    tried = list(ideas(state))
    assert {"induction xs <;> simp_all", "cases n <;> omega", "rw [h]", "simp [List.map]"} <= set(tried)
    assert "cases f <;> simp" not in tried and "rw [f]" not in tried
    assert len(tried) == len(set(tried))


async def test_nothing_is_proposed_where_no_goal_is_open() -> None:
    assert await Explorer(0).propose([State(Statement("t", "t"), (), ())]) == [[]]


async def test_the_same_seed_proposes_the_same() -> None:
    state = goal("a + b = b + a", a="ℕ", b="ℕ")
    assert await Explorer(3).propose([state]) == await Explorer(3).propose([state])
    assert await Explorer(3).propose([state]) != await Explorer(4).propose([state])


async def test_what_proves_is_tried_sooner_the_next_time() -> None:
    """Only `decide` works; after some searches it is among the first that are proposed."""
    table = {"⊢ 2 + 2 = 4": {"decide": "closed"}}
    explorer = Explorer(0, width=200)
    state = State(Statement("t", "⊢ 2 + 2 = 4"), (), (Goal("⊢ 2 + 2 = 4", "2 + 2 = 4"),))
    for _ in range(8):
        result = await prove(
            RecordedProver(table), explorer, state.statement, SearchSettings(budget=Budget(expansions=1))
        )
        assert result.proved and result.graph is not None
        explorer.learn(result.graph)
    ((first, second, third, *_),) = await explorer.propose([state])
    assert "decide" in {first.tactic, second.tactic, third.tactic}


def source(name: str, group: str, split: Split = "train") -> TrainingStatement:
    return TrainingStatement(name, f"theorem {name} : True", "", "generated", group, split)


def test_statements_of_a_test_split_and_those_that_are_proved_are_not_searched(tmp_path: Path) -> None:
    sources = [source("a", "g"), source("b", "g", "test"), source("c", "g", "validation")]
    save_statements(tmp_path / "s.jsonl", sources)
    write_jsonl(tmp_path / "steps.jsonl", [{"name": "a"}])
    assert {s.name for s in drawn([tmp_path / "s.jsonl"], 0)} == {"a", "c"}
    assert [s.name for s in drawn([tmp_path / "s.jsonl"], 0, [tmp_path / "steps.jsonl"])] == ["c"]
    with pytest.raises(InputError, match="no statement to search"):
        drawn([tmp_path / "s.jsonl"], 0, [tmp_path / "s.jsonl"])


def test_groups_that_were_proved_before_come_later(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"groups": {"easy": [50, 50], "hard": [0, 50]}}')
    sources = [source(f"{group}{i}", group) for group in ("easy", "hard", "new") for i in range(100)]
    order = [s.group for s in harder_first(sources, manifest, 0)]
    assert Counter(order[:60])["easy"] < 6 < 20 < Counter(order[:60])["hard"]
    assert len(order) == 300 and order == [s.group for s in harder_first(sources, manifest, 0)]


def test_a_file_that_is_no_manifest_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("[]")
    with pytest.raises(InputError, match=r"m\.json is no manifest of a round"):
        harder_first([], tmp_path / "m.json", 0)
