"""Splits: groups stay together, the test split is large enough, and the same seed gives the same splits."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.splits import SHARES, split_groups, write_splits
from training.statements import SPLITS

LIBRARY = {f"Init.Module{number}": 20 + 7 * (number % 13) for number in range(120)}


def held(counts: dict[str, int], splits: dict[str, str]) -> dict[str, int]:
    return {split: sum(n for group, n in counts.items() if splits[group] == split) for split in SPLITS}


def test_every_split_gets_about_its_share() -> None:
    numbers = held(LIBRARY, split_groups(LIBRARY, seed=0))
    total = sum(LIBRARY.values())
    for split, share in SHARES.items():
        assert numbers[split] / total == pytest.approx(share, rel=0.15)


def test_the_test_split_is_filled_up_where_its_share_is_small() -> None:
    counts = {f"m{number}": 20 for number in range(75)}
    assert held(counts, split_groups(counts, seed=3))["test"] >= 400


def test_a_large_group_is_not_held_out() -> None:
    counts = {**{f"m{number}": 10 for number in range(100)}, "large": 900}
    assert {split_groups(counts, seed)["large"] for seed in range(20)} == {"train"}


def test_every_area_with_small_modules_is_held_out() -> None:
    sizes = {"List": 30, "Nat": 10, "Int": 8}
    counts = {f"Init.Data.{area}.M{i}": 10 for area, number in sizes.items() for i in range(number)}
    splits = split_groups(counts, seed=0, min_test=0)
    assert {group.split(".")[2] for group, split in splits.items() if split == "test"} == sizes.keys()


def test_the_seed_decides() -> None:
    backwards = dict(reversed(LIBRARY.items()))
    assert split_groups(LIBRARY, seed=5) == split_groups(backwards, seed=5)
    assert split_groups(LIBRARY, seed=5) != split_groups(LIBRARY, seed=6)


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 1000)), st.integers(0, 100))
def test_every_group_is_in_one_split_and_held_out_splits_do_not_outgrow_their_size(
    counts: dict[str, int], seed: int
) -> None:
    splits = split_groups(counts, seed)
    numbers, total = held(counts, splits), sum(counts.values())
    assert splits.keys() == counts.keys()
    assert numbers["test"] <= 1.1 * max(0.12 * total + 1, min(400, total / 3))
    assert numbers["validation"] <= 1.1 * (0.08 * total + 1)


def test_the_membership_is_written_with_counts(tmp_path: Path) -> None:
    path = tmp_path / "splits.json"
    write_splits(path, ["a", "b", "a", "c"], {"a": "train", "b": "test", "c": "train"}, seed=7)
    assert orjson.loads(path.read_bytes()) == {
        "seed": 7,
        "statements": {"train": 3, "validation": 0, "test": 1},
        "groups": {"train": {"a": 2, "c": 1}, "validation": {}, "test": {"b": 1}},
    }
    assert list(tmp_path.iterdir()) == [path]
