"""Two runs on the same statements: what one proved and the other did not, if it is chance, what it cost."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from prover.errors import InputError
from prover.runs.families import family_of, family_rank
from prover.runs.folder import RunFolder
from prover.runs.manifest import differences
from prover.runs.records import Outcome, Result

COSTS = ("expansions", "steps", "model_tokens", "lean_seconds", "wall_seconds")

_Statement = tuple[str, str]
"""A theorem's name, and SHA-256 of its statement."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Of some theorems: proved by both runs, only the second, only the first, none. p: McNemar's, exact."""

    name: str
    both: int
    gained: int
    lost: int
    neither: int
    p: float

    @property
    def theorems(self) -> int:
        return self.both + self.gained + self.lost + self.neither


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the theorems that both proved, each by its cheapest proof. `ratio`: the median of second over first,
    None where no theorem cost anything in the first run.
    """

    resource: str
    first: float
    second: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second run against the first, on theorems that both have finished attempts at.

    Of each theorem as many attempts count as both runs made, the first ones: `attempts` is the least and the
    largest such number. only_first, only_second: theorems that the other has not attempted; changed: those
    whose statements differ. void: the names of runs that proved a false statement.
    """

    differences: list[str]
    attempts: tuple[int, int]
    total: Changes
    families: list[Changes]
    gained: list[str]
    lost: list[str]
    only_first: int
    only_second: int
    changed: list[str]
    costs: list[Cost]
    void: list[str]


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value of McNemar's test (Psychometrika 12, 1947)."""
    changes = gained + lost
    tail = sum(math.comb(changes, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / (1 << changes))


def compare(first: RunFolder, second: RunFolder) -> Comparison:
    """Raises `InputError` where the runs share no theorem with finished attempts."""
    before, after = _attempts(first), _attempts(second)
    shared = [key for key in before if key in after]
    names = {name for name, _ in before.keys() ^ after.keys()}
    changed = sorted(names & {name for name, _ in before} & {name for name, _ in after})
    if not shared:
        raise InputError(_nothing_shared(first, second, before, after, changed))
    made = {key: min(len(before[key]), len(after[key])) for key in shared}
    outcomes = {key: (_proof(before[key][: made[key]]), _proof(after[key][: made[key]])) for key in shared}
    proved = {name: (a is not None, b is not None) for (name, _), (a, b) in outcomes.items()}
    return Comparison(
        differences=differences(first.manifest, second.manifest),
        attempts=(min(made.values()), max(made.values())),
        total=_changes("all", proved.values()),
        families=_by_family(proved),
        gained=sorted(name for name, pair in proved.items() if pair == (False, True)),
        lost=sorted(name for name, pair in proved.items() if pair == (True, False)),
        only_first=len(before) - len(shared),
        only_second=len(after) - len(shared),
        changed=changed,
        costs=_costs([(a, b) for a, b in outcomes.values() if a is not None and b is not None]),
        void=[str(run.path) for run in (first, second) if run.totals().proved_canaries],
    )


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """It as JSON has it."""
    return asdict(comparison) | {"significant": comparison.total.p < 0.05}


def _attempts(run: RunFolder) -> dict[_Statement, list[Result]]:
    return {
        key: list(results)
        for key, results in groupby(
            run.results(canaries=False), key=lambda result: (result.theorem.name, result.theorem.sha256)
        )
    }


def _proof(results: Iterable[Result]) -> Result | None:
    """The cheapest by expansions."""
    proved = [result for result in results if result.finished.outcome is Outcome.PROVED]
    return min(proved, key=lambda result: result.finished.expansions, default=None)


def _changes(name: str, proved: Iterable[tuple[bool, bool]]) -> Changes:
    pairs = list(proved)
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    return Changes(
        name, pairs.count((True, True)), gained, lost, pairs.count((False, False)), mcnemar(gained, lost)
    )


def _by_family(proved: Mapping[str, tuple[bool, bool]]) -> list[Changes]:
    families = sorted({family_of(name) for name in proved}, key=family_rank)
    return [
        _changes(family, [pair for name, pair in proved.items() if family_of(name) == family])
        for family in families
    ]


def _costs(pairs: Sequence[tuple[Result, Result]]) -> list[Cost]:
    found = []
    for resource in COSTS:
        both = [(getattr(a.finished, resource), getattr(b.finished, resource)) for a, b in pairs]
        if not any(a or b for a, b in both):
            continue
        ratios = [b / a for a, b in both if a]
        first, second = (math.fsum(one) for one in zip(*both, strict=True))
        found.append(Cost(resource, first, second, statistics.median(ratios) if ratios else None))
    return found


def _nothing_shared(
    first: RunFolder,
    second: RunFolder,
    before: Mapping[_Statement, object],
    after: Mapping[_Statement, object],
    changed: Sequence[str],
) -> str:
    for run, results in ((first, before), (second, after)):
        if not results:
            return f"{run.path} has no finished attempt at a problem: there is nothing to compare"
    if changed:
        return (
            f"{first.path} and {second.path} have other statements under the same names, "
            f"as {changed[0]}: they are not comparable"
        )
    return f"{first.path} and {second.path} share no theorem: they are not runs on the same data"
