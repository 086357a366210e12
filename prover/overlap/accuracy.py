"""Whether a model does better on items that its training corpus has: an exact test, also within levels."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.evaluate.store import is_answer_run, read_run
from prover.overlap.items import Item
from prover.runs.folder import RunFolder
from prover.runs.records import Outcome
from prover.statements.minif2f import read_record
from prover.statements.reading import read_lines

_TIE = 1 + 1e-7
_CORRECT = ("correct", "proved", "score", "pass", "exact_match", "acc")
_NAMES = ("name", "item", "id", "problem_name", "unique_id")


@dataclass(frozen=True, slots=True)
class Split:
    """Items solved of all, among those hit and those not. p: two-sided, that the difference is chance."""

    group: str
    hit_solved: int
    hit: int
    other_solved: int
    other: int

    @property
    def p(self) -> float:
        return fisher([self])

    def record(self) -> dict[str, object]:
        return {
            "group": self.group,
            "hit": [self.hit_solved, self.hit],
            "not_hit": [self.other_solved, self.other],
            "p": self.p,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rule. `within` is the p of the same test with hits compared inside their groups only."""

    rule: str
    total: Split
    groups: tuple[Split, ...]
    within: float


def load_results(path: Path, items: Sequence[Item] = ()) -> dict[str, bool]:
    """Which items were solved: of a run's folder, or of JSON lines with a name and whether it is correct.

    With several attempts at a proof, one that solves it counts; of several answers to a question, the
    majority's. Raises `InputError` for what is neither.
    """
    solved: dict[str, bool] = {}
    if path.is_dir():
        solved = _answered(path, items) if is_answer_run(path) else _proved(path)
    else:
        for number, line in enumerate(read_lines(path), start=1):
            if line.strip():
                name, correct = _result(read_record(line, f"{path}:{number}"), f"{path}:{number}")
                solved[name] = solved.get(name, False) or correct
    if not solved:
        raise InputError(f"{path} has no finished item")
    return solved


def _proved(folder: Path) -> dict[str, bool]:
    solved: dict[str, bool] = {}
    with RunFolder(folder) as run:
        for result in run.results(canaries=False):
            name = result.theorem.name
            solved[name] = solved.get(name, False) or result.finished.outcome is Outcome.PROVED
    return solved


def _answered(folder: Path, items: Sequence[Item]) -> dict[str, bool]:
    """Of a run of answers, whose questions are told by their text: not all benchmarks name them."""
    by_text = {_plain(item.texts["problem"]): item.name for item in items if "problem" in item.texts}
    manifest, store = read_run(folder)
    with store:
        votes, wanted = store.votes(), int(manifest["samples"])
        solved = {}
        for key, question in store.questions():
            found = store.samples(key)
            if len(found) < wanted or (wanted > 1 and key not in votes):
                continue
            text = _plain(question.problem.partition("\n(A) ")[0])
            correct = votes[key].correct if key in votes else found[0].correct
            solved[by_text.get(text, question.name)] = correct
    return solved


def _plain(text: str) -> str:
    return " ".join(text.split())


def compare(
    items: Sequence[Item], hit: Mapping[str, Collection[str]], solved: Mapping[str, bool]
) -> list[Comparison]:
    """For each rule in `hit`, items that it met against the others, as far as there are results for them.

    Raises `InputError` where the results name none of the items.
    """
    known = [item for item in items if item.name in solved]
    if not known:
        raise InputError(f"the results name no item of the benchmark, such as {items[0].name!r}")
    return [_compare(rule, known, names, solved) for rule, names in hit.items()]


def fisher(splits: Sequence[Split]) -> float:
    """Fisher's exact test, two-sided, stratified: hits could be any items of their own stratum.

    The probability that the number of solved hits is one that is at most as likely as the one seen.
    """
    weights = [1.0]
    for split in splits:
        weights = _convolved(weights, _hypergeometric(split))
    least = sum(max(0, one.hit_solved + one.other_solved - one.other) for one in splits)
    seen = weights[sum(one.hit_solved for one in splits) - least]
    return min(1.0, math.fsum(weight for weight in weights if weight <= seen * _TIE))


def _compare(
    rule: str, items: Sequence[Item], hit: Collection[str], solved: Mapping[str, bool]
) -> Comparison:
    names = sorted({item.group for item in items})
    groups = tuple(
        _split(name, [item for item in items if item.group == name], hit, solved) for name in names
    )
    return Comparison(
        rule, _split("all", items, hit, solved), groups if len(names) > 1 else (), fisher(groups)
    )


def _split(group: str, items: Sequence[Item], hit: Collection[str], solved: Mapping[str, bool]) -> Split:
    met = [solved[item.name] for item in items if item.name in hit]
    others = [solved[item.name] for item in items if item.name not in hit]
    return Split(group, sum(met), len(met), sum(others), len(others))


def _hypergeometric(split: Split) -> list[float]:
    """The probability of each possible number of solved hits, from the least."""
    solved, count = split.hit_solved + split.other_solved, split.hit + split.other
    all_ways = math.comb(count, split.hit)
    return [
        math.comb(solved, k) * math.comb(count - solved, split.hit - k) / all_ways
        for k in range(max(0, solved - split.other), min(split.hit, solved) + 1)
    ]


def _convolved(first: Sequence[float], second: Sequence[float]) -> list[float]:
    result = [0.0] * (len(first) + len(second) - 1)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            result[i + j] += one * other
    return result


def _result(record: dict[str, object], place: str) -> tuple[str, bool]:
    name = next((record[key] for key in _NAMES if key in record), None)
    value = next((record[key] for key in _CORRECT if key in record), None)
    if not isinstance(name, str | int):
        raise InputError(f"{place}: no name: one of {', '.join(_NAMES)}")
    if not isinstance(value, bool | int | float):
        raise InputError(f"{place}: not said whether it is solved: one of {', '.join(_CORRECT)}")
    return str(name), value >= 1
