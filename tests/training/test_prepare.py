"""Training data from steps: one or two tactics for a state, and the same steps under other names."""

import random

from training.prepare import prepared
from training.renaming import renamed

GOAL = "α β : Type\nf : α → β\nxs : List α\nn x✝ : ℕ\nh₀ : n = xs.length\n⊢ (List.map f xs).length = n"


def test_names_of_the_context_change_together_in_state_and_tactic() -> None:
    goal, tactic = renamed(GOAL, "induction xs <;> simp_all [h₀, List.length]", random.Random(1))
    lines = goal.splitlines()
    a, b = lines[0].removesuffix(" : Type").split()
    f, xs = lines[1].split()[0], lines[2].split()[0]
    n, kept = lines[3].split()[:2]
    h = lines[4].split()[0]
    assert len({a, b, f, xs, n, h} & {"α", "β", "f", "xs", "n", "h₀"}) == 0 and kept == "x✝"
    assert lines[1:] == [
        f"{f} : {a} → {b}",
        f"{xs} : List {a}",
        f"{n} x✝ : ℕ",
        f"{h} : {n} = {xs}.length",
        f"⊢ (List.map {f} {xs}).length = {n}",
    ]
    assert tactic == f"induction {xs} <;> simp_all [{h}, List.length]"


def test_no_two_things_get_the_same_name() -> None:
    goal = "a b c d : ℕ\nh : a = b\nh' : c = d\n⊢ ∃ k, a + c = k + j"
    for seed in range(50):
        text, _ = renamed(goal, "exact ⟨b + d, by omega⟩", random.Random(seed))
        names = [
            *text.splitlines()[0].split()[:4],
            text.splitlines()[1].split()[0],
            text.splitlines()[2].split()[0],
        ]
        assert len(set(names)) == 6 and not {"k", "j"} & set(names)


def row(goal: str, tactic: str, split: str = "train", seconds: float = 0.1) -> dict[str, object]:
    return {"goal": goal, "tactic": tactic, "split": split, "name": "t", "seconds": seconds}


def test_of_many_tactics_for_a_state_the_commonest_kinds_are_kept() -> None:
    others = [row(f"⊢ {i}", "simp") for i in range(3)] + [row(f"⊢ {i}", "omega") for i in range(3, 5)]
    tactics = [row("⊢ p", "omega"), row("⊢ p", "simp"), row("⊢ p", "exact foo bar")]
    kept = [r for r in prepared([*others, *tactics], 0, 0) if r["goal"] == "⊢ p"]
    assert [(r["tactic"], r["weight"]) for r in kept] == [("simp", 0.5), ("omega", 0.5)]


def test_steps_to_train_on_come_under_other_names_too_and_those_to_validate_on_do_not() -> None:
    rows = [row("n : ℕ\n⊢ n = n", "rfl"), row("m : ℕ\n⊢ m ≤ m", "omega", "validation")]
    made = list(prepared(rows, 3, 0))
    assert [r["split"] for r in made] == ["train"] * 4 + ["validation"]
    assert made[0]["text"] == "[GOAL]n : ℕ\n⊢ n = n[PROOFSTEP]rfl"
    assert all(r["goal"] != made[0]["goal"] for r in made[1:4])


def test_a_state_to_train_on_is_not_validated_on_by_another_tactic() -> None:
    rows = [row("⊢ p", "simp", "validation"), row("⊢ p", "omega"), row("⊢ q", "simp", "validation")]
    assert [(r["goal"], r["tactic"], r["split"]) for r in prepared(rows, 0, 0)] == [
        ("⊢ p", "omega", "train"),
        ("⊢ q", "simp", "validation"),
    ]
