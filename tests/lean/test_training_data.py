"""Training data on the real Lean: what is accepted as a proof to learn from, and a round from end to end."""

import random
from pathlib import Path

import pytest

from prover.lean.backend import LeanProver
from prover.search import Budget, SearchSettings
from prover.statements.preludes import prelude
from prover.types import Statement
from training.accept import accepts
from training.expert_iteration import Round, Searcher
from training.explore import Explorer
from training.jsonl import read_jsonl
from training.statements import TrainingStatement

CORE = prelude("core").header
COMM = Statement("comm", "theorem comm (a b : ℕ) : a + b = b + a", CORE)


@pytest.mark.parametrize(
    ("script", "without", "accepted"),
    [
        ("omega", "Nat.add_comm", True),
        ("exact Nat.add_comm a b", "", True),
        ("exact Nat.add_comm a b", "Nat.add_comm", False),
        ("exact (add_comm b a).symm", "Nat.add_comm", False),
        ("exact (Nat.add_comm b a).symm", "Nat.add", True),
        ("simp [Nat.add_comm]", "Nat.add_comm", False),
        ("grind [Nat.add_comm]", "Nat.add_assoc", True),
        ("exact rfl", "", False),
        ("sorry", "", False),
        ("this is no tactic", "", False),
    ],
)
async def test_a_proof_is_learnt_from_if_the_kernel_takes_it_and_it_does_not_name_its_theorem(
    prover: LeanProver, script: str, without: str, accepted: bool
) -> None:
    assert await accepts(prover, COMM, script, without) is accepted


def statement(name: str, rest: str, header: str = CORE) -> TrainingStatement:
    return TrainingStatement(name, f"theorem {name} {rest}", header, "generated", "easy", "train")


async def test_a_round_proves_records_and_goes_on_where_it_cannot(prover: LeanProver, tmp_path: Path) -> None:
    explorer, found = Explorer(0), Round(0, random.Random(0))
    settings = SearchSettings(budget=Budget(steps=120, expansions=6))
    searcher = Searcher(prover, explorer, explorer, settings, found)
    outcomes = [
        await searcher.run(source)
        for source in (
            statement("both", "(p q : Prop) (hp : p) (hq : q) : q ∧ p"),
            statement("sums", "(x y : ℤ) (h : x + y = 3) (h' : x - y = 1) : x = 2"),
            statement("false_one", "(n : ℕ) : n = n + 1"),
            statement("broken", "(n : Foo) : n = n"),
        )
    ]
    assert outcomes[:2] == ["proved", "proved"] and outcomes[3] == "does not elaborate"
    assert outcomes[2] in ("budget", "exhausted")
    found.save(tmp_path)
    steps = list(read_jsonl(tmp_path / "steps.jsonl.zst"))
    assert {row["name"] for row in steps} == {"both", "sums"}
    assert steps[0]["text"].startswith("[GOAL]p q : Prop\nhp : p\nhq : q\n⊢ q ∧ p[PROOFSTEP]")
    assert steps[-1]["closes"] and steps[-1]["goals_after"] == []
    for row in read_jsonl(tmp_path / "failed.jsonl.zst"):
        assert row["error"] and row["name"] in {"both", "sums"}
