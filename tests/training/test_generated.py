"""Generated statements: the same for a seed, without duplicates, of every family, in disjoint splits."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from prover.overlap.shape import Words, shape
from prover.statements.parse import parse_statement
from prover.statements.preludes import prelude
from training.generated.__main__ import main
from training.generated.dataset import generate, split_of
from training.generated.drafts import Draft, render
from training.generated.families import FAMILIES, HELD_OUT, chosen
from training.generated.logic import follows
from training.generated.terms import polynomial, split_sides, total
from training.jsonl import write_jsonl
from training.statements import SPLITS, Split, TrainingStatement, load_statements

PER_FAMILY = 6


@pytest.fixture(scope="module")
def drawn() -> list[TrainingStatement]:
    return list(generate(3, PER_FAMILY * len(FAMILIES), FAMILIES))


def test_every_family_gives_its_share(drawn: list[TrainingStatement]) -> None:
    assert len(FAMILIES) >= 40
    assert Counter(statement.group for statement in drawn) == dict.fromkeys(FAMILIES, PER_FAMILY)


def test_a_seed_gives_the_same_statements_again_and_another_seed_others() -> None:
    first, again = (list(generate(7, 200, FAMILIES)) for _ in range(2))
    assert first == again
    assert {s.text for s in generate(8, 200, FAMILIES)} != {s.text for s in first}


def test_a_family_gives_the_same_whichever_others_are_drawn(drawn: list[TrainingStatement]) -> None:
    alone = list(generate(3, PER_FAMILY, chosen(["linear_equation"])))
    assert alone == [statement for statement in drawn if statement.group == "linear_equation"]


def test_no_statement_comes_twice_under_two_names() -> None:
    statements = list(generate(0, 900, chosen(["quantifier_swaps", "linear_equation", "list_laws"])))
    texts = [statement.text.removeprefix(f"theorem {statement.name}") for statement in statements]
    assert len(set(texts)) == len(texts)
    assert len({statement.name for statement in statements}) == len(statements)


def test_a_family_with_few_statements_leaves_its_share_to_the_others() -> None:
    few = {"few": lambda rng: Draft((), (), f"{rng.randint(1, 3)} < 4"), "many": FAMILIES["linear_equation"]}
    counts = Counter(statement.group for statement in generate(0, 100, few))
    assert counts["few"] == 3
    assert counts["many"] == 97


def test_statements_parse_and_are_named_after_their_family(drawn: list[TrainingStatement]) -> None:
    for statement in drawn:
        assert parse_statement(statement.text).name == statement.name
        assert statement.name.startswith(f"gen_{statement.group}_")
        assert statement.origin == "generated" and not statement.without


def test_real_and_complex_statements_have_the_header_that_binds_those_fields(
    drawn: list[TrainingStatement],
) -> None:
    for statement in drawn:
        fields = any(word in statement.text for word in ("ℝ", "ℂ", "Real.", "Complex."))
        assert statement.header == prelude("field" if fields else "core").header, statement.text


def test_held_out_families_are_all_test_and_the_others_are_split_by_text() -> None:
    held, other = sorted(HELD_OUT)[0], "linear_equation"
    statements = list(generate(0, 800, chosen([held, other])))
    assert {s.split for s in statements if s.group == held} == {"test"}
    counts = Counter(s.split for s in statements if s.group == other)
    assert counts["train"] > 320 and counts["validation"] > 5 and counts["test"] > 5


def test_held_out_families_exist_and_are_few() -> None:
    assert set(FAMILIES) >= HELD_OUT
    assert len(HELD_OUT) < len(FAMILIES) / 10


def test_the_split_depends_on_its_own_seed_and_not_on_the_place_in_the_file() -> None:
    family = chosen(["linear_equation"])
    short = {s.text: s.split for s in generate(0, 50, family)}
    long = {s.text: s.split for s in generate(0, 300, family)}
    assert short.items() <= long.items()
    other = {s.text: s.split for s in generate(0, 300, family, split_seed=1)}
    assert other.keys() == long.keys() and other != long
    assert split_of("linear_equation", " : 1 = 1", 0) == split_of("linear_equation", " : 1 = 1", 0)


def test_no_test_statement_is_a_training_statement_under_other_names() -> None:
    """Names, the order of premises and whether they stand before the colon are drawn: they change nothing."""
    families = chosen(["injections", "three_squares", "truncated_subtraction", "linear_equation"])
    splits: dict[Words, set[Split]] = {}
    for statement in generate(0, 800, families):
        splits.setdefault(shape(statement.text).key, set()).add(statement.split)
    assert all(len(own) == 1 for own in splits.values())
    assert {split for own in splits.values() for split in own} == set(SPLITS)


def test_surface_forms_vary(drawn: list[TrainingStatement]) -> None:
    texts = [statement.text for statement in drawn]
    for mark in ("(h₀ :", "(h :", "(h1 :", " : ∀ ", " ∧ ", " ≥ ", "(x y : ", "ℚ", "→"):
        assert sum(mark in text for text in texts) >= 5, mark


def test_hypothesis_names_never_hide_a_variable() -> None:
    draft = Draft(("h hp : ℕ",), ("h = 1", "hp = 2"), "h < hp")
    for seed in range(60):
        text = render(random.Random(seed), draft)
        assert "(h : h" not in text and "(hp : h" not in text


def test_premises_with_arrows_are_put_in_parentheses() -> None:
    draft = Draft(("p q : Prop",), ("p → q", "p"), "q")
    shapes = {render(random.Random(seed), draft) for seed in range(200)}
    assert " (p q : Prop) : (p → q) → p → q" in shapes
    assert not any(" : p → q → p → q" in shape for shape in shapes)


def test_sums_are_written_as_people_do() -> None:
    assert total([(3, "x"), (-1, "y"), (0, "z"), (5, "")]) == "3 * x - y + 5"
    assert polynomial([1, 0, -4], "n") == "n ^ 2 - 4"
    assert total([]) == "0"


def test_a_tidy_split_of_sides_has_no_minus_sign() -> None:
    left, right = split_sides(random.Random(0), [(2, "x"), (-3, "y"), (-1, "")], tidy=True)
    assert (left, right) == ("2 * x", "3 * y + 1")


def test_only_what_follows_is_called_a_consequence() -> None:
    p, q = ("p",), ("q",)
    assert follows([("→", p, q), p], q, ["p", "q"])
    assert not follows([("→", p, q), q], p, ["p", "q"])
    assert not follows([p, ("¬", p)], q, ["p", "q"]), "contradictory premises make a pointless theorem"


def test_the_command_writes_what_can_be_loaded(tmp_path: Path) -> None:
    out = tmp_path / "some.jsonl.zst"
    assert main(["--seed", "1", "--count", "40", "--families", "maxima,list_sums", "--out", str(out)]) == 0
    statements = list(load_statements(out))
    assert Counter(s.group for s in statements) == {"maxima": 20, "list_sums": 20}


def test_the_command_leaves_out_what_a_benchmark_has(tmp_path: Path) -> None:
    family = chosen(["linear_equation"])
    known = next(iter(generate(0, 30, family)))
    benchmark = tmp_path / "benchmark.jsonl"
    text = known.text.replace(known.name, "other_name")
    write_jsonl(benchmark, [{"name": "other_name", "lean4": {"statement": text}}])
    out = tmp_path / "some.jsonl"
    options = ["--count", "30", "--families", "linear_equation", "--out", str(out)]
    assert main([*options, "--minif2f", str(benchmark)]) == 0
    kept = [statement.text for statement in load_statements(out)]
    assert known.text not in kept and 0 < len(kept) < 30


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--count", "0"], "--count must be at least 1"),
        (["--count", "5", "--families", "linear_equations"], "linear_equation"),
        (["--count", "5", "--families", "maxima", "--minif2f", "nowhere.jsonl"], "nowhere.jsonl"),
    ],
)
def test_a_bad_option_is_named(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "some.jsonl"
    assert main([*options, "--out", str(out)]) == 2
    assert message in capsys.readouterr().err.replace("\n", " ")
    assert not out.exists()
