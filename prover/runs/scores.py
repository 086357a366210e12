"""What a run is worth: pass@k with confidence intervals, solved at first expansion, solved per budget."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from prover.runs.folder import RunFolder
from prover.runs.records import Outcome, Result

CONFIDENCE = 0.95
_Z = 1.959963984540054
RESAMPLES = 1000
_LARGE = 5000
"""From so many problems on, a mean's resampling distribution is taken as the normal one that it tends to."""

_BEGUN = frozenset(Outcome) - {Outcome.OUT_OF_REACH, Outcome.INIT_ERROR}

Tally = tuple[int, int]
"""Attempts at a problem, and how many of them proved it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share, 0 to 1, with its 95 % confidence interval, over `problems` problems."""

    value: float
    low: float
    high: float
    problems: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one choice of problems; a problem counts once it has been attempted, out of reach or not.

    `pass_at` has 1 and the powers of two up to the attempts made at every problem, and that number.
    `first_expansion` counts problems that an attempt solved by its first expansion.
    """

    problems: int
    solved: int
    pass_at: dict[int, Estimate]
    first_expansion: int
    outcomes: dict[str, int]


class Collector:
    """Sums up results as they stream by; memory grows with the number of different tallies only."""

    def __init__(self, leave_out: Collection[str] = ()) -> None:
        self._leave_out = leave_out
        self._tallies: Counter[Tally] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._first = 0
        self._name, self._attempts, self._proved, self._at_first = "", 0, 0, False

    def add(self, result: Result) -> None:
        """Results of one theorem have to come one after the other."""
        if result.theorem.canary or result.theorem.sha256 in self._leave_out:
            return
        if result.theorem.name != self._name:
            self._close()
            self._name = result.theorem.name
        self._attempts += 1
        self._proved += result.finished.outcome is Outcome.PROVED
        self._at_first = self._at_first or result.finished.solved_at == 1
        self._outcomes[result.finished.outcome.value] += 1

    def scores(self, seed: int = 0) -> Scores:
        self._close()
        tallies = self._tallies
        fewest = min((n for n, _ in tallies), default=0)
        ks = sorted({*(2**i for i in range(fewest.bit_length()) if 2**i <= fewest), fewest} - {0})
        return Scores(
            problems=tallies.total(),
            solved=sum(count for (_, c), count in tallies.items() if c),
            pass_at={k: estimate(tallies, k, seed) for k in ks},
            first_expansion=self._first,
            outcomes=dict(self._outcomes),
        )

    def _close(self) -> None:
        if self._attempts:
            self._tallies[self._attempts, self._proved] += 1
            self._first += self._at_first
        self._name, self._attempts, self._proved, self._at_first = "", 0, 0, False


def pass_at_k(attempts: int, proved: int, k: int) -> float:
    """The unbiased estimate of the chance that one of `k` attempts proves it: 1 - C(n-c, k) / C(n, k).

    From `attempts` n and `proved` c; Chen et al. 2021, arXiv 2107.03374, §2.1. Raises `ValueError` for k > n.
    """
    if not 0 <= proved <= attempts or not 1 <= k <= attempts:
        raise ValueError(f"pass@{k} of {proved} in {attempts}")
    return 1.0 - math.comb(attempts - proved, k) / math.comb(attempts, k)


def estimate(tallies: Mapping[Tally, int], k: int, seed: int = 0) -> Estimate:
    """pass@k over problems, given how many problems have which tally.

    The interval is Wilson's for k = 1, else from resampled problems (percentiles of 1,000 draws by `seed`).
    """
    values = {pass_at_k(n, c, k): 0 for n, c in tallies}
    for (n, c), count in tallies.items():
        values[pass_at_k(n, c, k)] += count
    problems = sum(values.values())
    if not problems:
        return Estimate(0.0, 0.0, 1.0, 0)
    mean = math.fsum(value * count for value, count in values.items()) / problems
    low, high = wilson(mean, problems) if k == 1 else _resampled(values, mean, problems, seed)
    return Estimate(mean, low, high, problems)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's score interval (1927) at 95 % of a share of `count` trials."""
    if not count:
        return 0.0, 1.0
    square = _Z * _Z / count
    centre = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count)) / (1 + square)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def _resampled(values: Mapping[float, int], mean: float, problems: int, seed: int) -> tuple[float, float]:
    if problems > _LARGE:
        spread = math.fsum(count * (value - mean) ** 2 for value, count in values.items()) / problems
        half = _Z * math.sqrt(spread / problems)
        return max(0.0, mean - half), min(1.0, mean + half)
    generator = random.Random(seed)
    population, weights = list(values), list(accumulate(values.values()))
    means = sorted(
        math.fsum(generator.choices(population, cum_weights=weights, k=problems)) / problems
        for _ in range(RESAMPLES)
    )
    tail = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    return means[tail], means[-1 - tail]


def score_run(run: RunFolder, leave_out: Collection[str] = (), prelude: str = "") -> Scores:
    """The scores of a run, as far as it is; `leave_out` are SHA-256 of statements that do not count.

    With `prelude`, only statements that elaborate under it.
    """
    collector = Collector(leave_out)
    for result in run.results(canaries=False):
        if not prelude or (result.finished.prelude == prelude and result.finished.outcome in _BEGUN):
            collector.add(result)
    return collector.scores()


def solve_curve(results: Iterable[Result], resource: str) -> list[tuple[float, int]]:
    """For each budget at which a problem falls: the budget, and how many problems are solved within it.

    `resource` is `expansions`, `steps`, `model_tokens`, `lean_seconds` or `wall_seconds`; a problem counts
    with the cheapest attempt that proves it.
    """
    cheapest: dict[str, float] = {}
    for result in results:
        if result.finished.outcome is Outcome.PROVED and not result.theorem.canary:
            spent = float(getattr(result.finished, resource))
            name = result.theorem.name
            cheapest[name] = min(spent, cheapest.get(name, spent))
    return _steps(sorted(cheapest.values()))


def _steps(sorted_costs: Sequence[float]) -> list[tuple[float, int]]:
    curve: dict[float, int] = {}
    for count, cost in enumerate(sorted_costs, start=1):
        curve[cost] = count
    return list(curve.items())
