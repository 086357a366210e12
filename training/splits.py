"""Splits statements into train, validation and test by group, with a seed, and writes down who is where."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from prover.files import written
from training.statements import SPLITS, Split

SHARES: dict[Split, float] = {"train": 0.8, "validation": 0.08, "test": 0.12}

MIN_TEST = 400
"""Statements that the test split gets at least, where there are enough for all three splits."""

_LARGEST = 0.25
"""Of a held-out split: larger groups are taken last, so that it does not stand for one subject."""

_EXCESS = 1.1
"""How far a held-out split may go beyond its share: groups are not cut."""


def split_groups(
    counts: Mapping[str, int], seed: int, shares: Mapping[Split, float] = SHARES, min_test: int = MIN_TEST
) -> dict[str, Split]:
    """The split of each group (group -> number of its statements), the same for the same seed.

    Groups are drawn in random order; test and validation take those that still fit, first so that each area
    (`Init.Data.Int` of `Init.Data.Int.Gcd`) gets its share, then from anywhere, large ones last; train has
    the rest.
    """
    total = sum(counts.values())
    wanted = {split: round(shares[split] * total) for split in ("test", "validation")}
    wanted["test"] = max(wanted["test"], min(min_test, total // 3))
    groups = sorted(counts)
    random.Random(seed).shuffle(groups)
    chosen: dict[str, Split] = dict.fromkeys(groups, "train")
    for split in ("test", "validation"):
        _fill(chosen, counts, split, wanted[split])
    return chosen


def _fill(chosen: dict[str, Split], counts: Mapping[str, int], split: Split, wanted: int) -> None:
    """Move groups from train to `split` until it holds about `wanted` statements."""
    share = wanted / max(1, sum(counts.values()))
    areas = Counter[str]()
    for group, count in counts.items():
        areas[_area(group)] += count
    held = Counter[str]()
    for strict in ("area", "size", ""):
        for group in [group for group, own in chosen.items() if own == "train"]:
            count, area = counts[group], _area(group)
            nearer = held[area] + count / 2 <= share * areas[area]
            fits = held.total() < wanted and held.total() + count <= _EXCESS * wanted
            small = not strict or count <= _LARGEST * wanted
            if fits and small and (nearer or strict != "area"):
                chosen[group] = split
                held[area] += count


def _area(group: str) -> str:
    return ".".join(group.split(".")[:3])


def write_splits(path: Path, groups: Iterable[str], split_of: Mapping[str, Split], seed: int) -> None:
    """Write split -> its groups with their counts, and the totals, as JSON.

    groups: the group of each statement, once for each.
    """
    counts = Counter(groups)
    members: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
    for group in sorted(counts):
        members[split_of[group]][group] = counts[group]
    totals = {split: sum(own.values()) for split, own in members.items()}
    text = orjson.dumps({"seed": seed, "statements": totals, "groups": members}, option=orjson.OPT_INDENT_2)
    with written(path) as part:
        part.write_bytes(text + b"\n")
