"""Canaries: what is made is false, what cannot be shown false is not made, and a proved one voids the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded_run import QuickJudge, opener, recorded_tools, request, table
from rich.console import Console

from prover.cli.bench import summary
from prover.runs.arithmetic import read_sentence
from prover.runs.canaries import fixed_canaries, made_canaries, with_canaries
from prover.runs.in_isabelle import ISABELLE
from prover.runs.in_lean import LEAN
from prover.runs.language import Language
from prover.runs.records import Theorem
from prover.runs.run import run
from prover.runs.store import Store
from prover.types import Statement


def theorem(text: str, name: str = "t") -> Theorem:
    return Theorem(name, Statement(name, text.replace("theorem t", f"theorem {name}")))


@pytest.mark.parametrize(
    "text",
    [
        "theorem t : 17 * 18 % 4 = 2",
        "theorem t : 2 ^ 3 ^ 2 = 512",
        "theorem t : 3 - 5 = 0 ∧ 7 / 0 = 0 ∧ 7 % 0 = 7",
        "theorem t : Nat.gcd 20! 200000 = 40000",
        "theorem t : ¬ (1 = 2 ∨ 5 ∣ 7)",
        "theorem t : 2 + 3 * 4 = 14",
        "theorem t : 0 ∣ 0",
    ],
)
def test_closed_statements_are_evaluated_as_lean_does(text: str) -> None:
    sentence = read_sentence(text)
    assert sentence is not None and sentence.holds()


@pytest.mark.parametrize(
    "text",
    [
        "theorem t (x : ℝ) : x = x",
        "theorem t : (2 : ℤ) - 3 = -1",
        "theorem t (f : ℕ → ℕ) : f 1 = 2",
        "theorem t : ∃ n : ℕ, n = 2",
        "theorem t (n : ℕ) : ∑ k ∈ Finset.range n, k = 0",
        "theorem t : 1 =",
    ],
)
def test_what_is_not_simple_arithmetic_is_not_read(text: str) -> None:
    assert read_sentence(text) is None


def test_a_counterexample_keeps_the_hypotheses() -> None:
    sentence = read_sentence("theorem t (n : ℕ) (h : n % 7 = 5) : 5 * n % 7 = 5")
    assert sentence is not None and sentence.counterexample() == {"n": 5}
    true = read_sentence("theorem t (n : ℕ) (h : n % 7 = 5) : 5 * n % 7 = 4")
    assert true is not None and true.counterexample() is None


def test_a_power_too_large_to_evaluate_is_neither_true_nor_false() -> None:
    sentence = read_sentence("theorem t : 2 ^ 2 ^ 2 ^ 2 ^ 2 ^ 2 = 1")
    assert sentence is not None and sentence.counterexample() is None and not sentence.holds()


@given(a=st.integers(0, 60), b=st.integers(0, 60), m=st.integers(1, 20))
def test_what_is_made_of_a_true_statement_evaluates_to_false(a: int, b: int, m: int) -> None:
    made = list(made_canaries([theorem(f"theorem t : {a} * {b} % {m} = {a * b % m}")]))
    assert [one.name for one in made] == ["canary.t_perturbed", "canary.t_negated"]
    for one in made:
        sentence = read_sentence(one.statement.text)
        assert sentence is not None and sentence.counterexample() is not None and one.canary


def test_a_false_statement_of_the_data_is_not_negated() -> None:
    assert "canary.t_negated" not in [one.name for one in made_canaries([theorem("theorem t : 1 = 3")])]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (LEAN, "theorem t (h : 1 = 2) : 3 = 4"),
        (ISABELLE, 'theorem t: assumes "(1::nat) = 2" shows "(3::nat) = 4"'),
    ],
    ids=["lean", "isabelle"],
)
def test_what_holds_because_a_hypothesis_is_false_is_not_negated(language: Language, text: str) -> None:
    sentence = language.read(text)
    assert sentence is not None and sentence.holds()
    assert list(made_canaries([theorem(text)], language)) == []


def test_canaries_are_spread_among_the_theorems_and_the_same_for_the_same_seed() -> None:
    theorems = [theorem(f"theorem t : {n} % 7 = {n % 7}", f"t{n}") for n in range(100)]
    mixed = list(with_canaries(theorems, seed=1))
    places = [index for index, one in enumerate(mixed) if one.canary]
    assert len(places) == 10 and max(b - a for a, b in zip(places, places[1:], strict=False)) < 20
    assert [one for one in mixed if not one.canary] == theorems
    assert mixed == list(with_canaries(theorems, seed=1)) != list(with_canaries(theorems, seed=2))
    fixed = {one.theorem().name for one in fixed_canaries()}
    assert sum(mixed[place].name in fixed for place in places) == 5


def test_problems_whose_statements_have_the_same_name_give_canaries_of_different_names(
    tmp_path: Path,
) -> None:
    bare = [Theorem(f"t{n}", Statement("goal", f"theorem goal : {n} % 7 = {n % 7}")) for n in range(100)]
    mixed = with_canaries(bare)
    made = [one for one in mixed.canaries if one.statement.name.startswith("goal_")]
    assert len(made) > len({one.statement.name for one in made})
    assert Store(tmp_path).create(mixed, 1) == len(list(mixed))


def test_only_canaries_of_preludes_in_use_are_taken() -> None:
    mixed = with_canaries([theorem("theorem t : 1 % 7 = 1", f"t{n}") for n in range(300)])
    assert not [one for one in mixed if one.canary and "ℝ" in one.statement.text]


class Deceived(QuickJudge):
    """Accepts whatever the search claims, as a judge with a hole would."""


def run_with_canary(folder: Path, goal: str) -> None:
    rows: dict[str, dict[str, Any]] = {**table(3, 0.0), "wrong": {"exploit": goal}}
    canary = Theorem("canary.wrong", Statement("wrong", "wrong"), canary="it is false")
    wanted = request(3)
    originals = list(wanted.theorems())
    object.__setattr__(wanted, "theorems", lambda: [*originals, canary])
    run(folder, wanted, opener(recorded_tools(rows, judge=Deceived())), False, Console(quiet=True))


def test_a_proved_canary_voids_the_run_and_says_so_loudly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_with_canary(tmp_path / "run", "closed")
    assert summary(tmp_path / "run", json=False) == 1
    assert "THIS RUN IS VOID" in capsys.readouterr().out
    assert summary(tmp_path / "run", json=True) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["void"] is True and record["proved_canaries"] == ["canary.wrong"]
    proof = (tmp_path / "run" / "proofs" / "canary.wrong.lean").read_text()
    assert "A CANARY" in proof


def test_a_canary_that_is_not_proved_leaves_the_run_valid_and_the_scores_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_with_canary(tmp_path / "run", "error: no")
    assert summary(tmp_path / "run", json=True) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["void"] is False and record["scores"]["as is"]["problems"] == 3
