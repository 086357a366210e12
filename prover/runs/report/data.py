"""What a report tells of a run, gathered in one pass over its results and free of any layout."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from prover.runs.families import family_of, family_rank
from prover.runs.folder import RunFolder
from prover.runs.languages import defects_in, language_of
from prover.runs.manifest import Manifest
from prover.runs.records import Outcome, Result, Theorem, Totals
from prover.runs.report.depths import Depths, DepthScores
from prover.runs.report.trees import PageTree, page_tree, states_for_each
from prover.runs.scores import Collector, Scores, solve_curve

LISTED = 5000
"""Theorems in the list. The figures are of all."""

SLOWEST = 10
CURVES = ("expansions", "lean_seconds")

OnTheorem = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Canaries:
    """The false statements of the run: how many, how many were attempted to the end, which were proved."""

    count: int
    done: int
    proved: tuple[str, ...]

    @property
    def void(self) -> bool:
        return bool(self.proved)


@dataclass(frozen=True, slots=True)
class Group:
    """The problems of one family, or under one prelude. `lean_seconds` are of all their attempts together."""

    name: str
    scores: Scores
    lean_seconds: float


@dataclass(slots=True)
class Time:
    """Seconds of all finished attempts added up. Attempts run side by side: it is more than the clock showed.

    `model` is what a search waited for its policy, `search` what it took beside both: our own work.
    """

    lean: float = 0.0
    model: float = 0.0
    search: float = 0.0
    judge: float = 0.0
    queue: float = 0.0

    def add(self, result: Result) -> None:
        done = result.finished
        self.lean += done.lean_seconds
        beside = max(0.0, done.wall_seconds - done.lean_seconds)
        # What was asked about side by side with Lean is Lean's time already.
        model = min(done.model_seconds, beside)
        self.model += model
        self.search += beside - model
        self.judge += done.judge_seconds
        self.queue += done.queue_seconds

    @property
    def total(self) -> float:
        return self.lean + self.model + self.search + self.judge + self.queue


@dataclass(frozen=True, slots=True)
class Entry:
    """One theorem of the list. `shown` is its cheapest proof by expansions, else its last attempt.

    `proofs` are its attempts with different scripts, `shown` first; `tree` is the one of `shown`.
    """

    number: int
    theorem: Theorem
    family: str
    defect: str
    attempts: int
    proved: int
    shown: Result
    proofs: tuple[Result, ...]
    outcomes: dict[str, int]
    tree: PageTree | None

    @property
    def outcome(self) -> Outcome:
        return self.shown.finished.outcome


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report tells. `scores` has `as is`, and `repaired` where defective statements are in.

    curves: by resource, from a budget to the problems solved within it. failures: of tactics, by kind.
    wall_clock: seconds from the first attempt's start to the last one's end, pauses included.
    """

    folder: str
    manifest: Manifest
    totals: Totals
    scores: dict[str, Scores]
    defective: int
    canaries: Canaries
    curves: dict[str, list[tuple[float, int]]]
    families: list[Group]
    preludes: list[Group]
    time: Time
    wall_clock: float
    steps: int
    tokens: int
    failures: dict[str, int]
    depths: list[DepthScores]
    slowest: list[Entry]
    entries: list[Entry]
    left_out: int

    @property
    def finished(self) -> bool:
        return self.totals.done == self.totals.attempts

    @property
    def prover(self) -> str:
        """What proves, as people call it."""
        return language_of(self.manifest).title

    @property
    def uses_model(self) -> bool:
        policy = self.manifest.get("policy")
        return isinstance(policy, dict) and "model" in policy


@dataclass(slots=True)
class _Sums:
    """What adds up while results stream by."""

    repaired: Collector
    whole: Collector = field(default_factory=Collector)
    families: defaultdict[str, Collector] = field(default_factory=lambda: defaultdict(Collector))
    preludes: defaultdict[str, Collector] = field(default_factory=lambda: defaultdict(Collector))
    lean: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    failures: Counter[str] = field(default_factory=Counter)
    time: Time = field(default_factory=Time)
    steps: int = 0
    tokens: int = 0
    first: float = float("inf")
    last: float = 0.0

    def add(self, result: Result, prelude: str) -> None:
        done = result.finished
        self.time.add(result)
        self.first, self.last = min(self.first, done.started), max(self.last, done.finished)
        self.steps, self.tokens = self.steps + done.steps, self.tokens + done.model_tokens
        self.failures.update(done.errors)
        if result.theorem.canary:
            return
        family = family_of(result.theorem.name)
        for collector in (self.whole, self.repaired, self.families[family], self.preludes[prelude]):
            collector.add(result)
        for key in (("family", family), ("prelude", prelude)):
            self.lean[key] += done.lean_seconds

    def groups(self, kind: str) -> list[Group]:
        collectors = self.families if kind == "family" else self.preludes
        return [Group(name, one.scores(), self.lean[kind, name]) for name, one in collectors.items()]


def gather(run: RunFolder, on_theorem: OnTheorem = lambda: None) -> Report:
    """Read the run, as far as it is. `on_theorem` is called after each theorem's results."""
    defects = defects_in(run)
    sums, depths, entries, left_out = _Sums(Collector(defects)), Depths(), list[Entry](), 0
    slowest: list[tuple[float, int, Entry]] = []
    states = states_for_each(min(_theorems(run), LISTED))
    for number, results in enumerate(_by_theorem(run)):
        for result in results:
            sums.add(result, results[0].finished.prelude)
        entry = _entry(number, results, defects, _tree(run, results, depths, states))
        heapq.heappush(slowest, (entry.shown.finished.wall_seconds, -number, entry))
        if len(slowest) > SLOWEST:
            heapq.heappop(slowest)
        if len(entries) < LISTED:
            entries.append(entry)
        else:
            left_out += 1
        on_theorem()
    return _report(
        run, sums, depths, [entry for *_, entry in sorted(slowest, reverse=True)], entries, left_out
    )


def _report(
    run: RunFolder, sums: _Sums, depths: Depths, slowest: list[Entry], entries: list[Entry], left_out: int
) -> Report:
    scores = {"as is": sums.whole.scores(), "repaired": sums.repaired.scores()}
    defective = scores["as is"].problems - scores["repaired"].problems
    if not defective:
        del scores["repaired"]
    return Report(
        folder=str(run.path),
        manifest=run.manifest,
        totals=run.totals(),
        scores=scores,
        defective=defective,
        canaries=_canaries(run),
        curves={name: solve_curve(run.results(Outcome.PROVED), name) for name in CURVES},
        families=sorted(sums.groups("family"), key=lambda group: family_rank(group.name)),
        preludes=sorted(sums.groups("prelude"), key=lambda group: group.name),
        time=sums.time,
        wall_clock=max(0.0, sums.last - sums.first),
        steps=sums.steps,
        tokens=sums.tokens,
        failures=dict(sums.failures.most_common()),
        depths=depths.scores(),
        slowest=slowest,
        entries=entries,
        left_out=left_out,
    )


def _by_theorem(run: RunFolder) -> Iterator[list[Result]]:
    for _, results in groupby(run.results(), key=lambda result: result.theorem.name):
        yield list(results)


def _theorems(run: RunFolder) -> int:
    return int(run.query("SELECT count(*) FROM theorems")[0][0])


def _canaries(run: RunFolder) -> Canaries:
    rows = run.query(
        "SELECT t.name, min(a.state) = 2, total(a.outcome = 'proved') FROM theorems t JOIN attempts a "
        "ON a.theorem = t.id WHERE t.canary != '' GROUP BY t.id ORDER BY t.id"
    )
    return Canaries(
        len(rows), sum(done for _, done, _ in rows), tuple(name for name, _, proved in rows if proved)
    )


def _entry(number: int, results: list[Result], defects: dict[str, str], tree: PageTree | None) -> Entry:
    shown, theorem = _shown(results), results[0].theorem
    scripts = {shown.finished.script: shown} if shown.finished.script else {}
    for result in results:
        if result.finished.outcome is Outcome.PROVED:
            scripts.setdefault(result.finished.script, result)
    return Entry(
        number=number,
        theorem=theorem,
        family=family_of(theorem.name),
        defect=defects.get(theorem.sha256, ""),
        attempts=len(results),
        proved=sum(one.finished.outcome is Outcome.PROVED for one in results),
        shown=shown,
        proofs=tuple(scripts.values()),
        outcomes=dict(Counter(one.finished.outcome.value for one in results)),
        tree=tree,
    )


def _shown(results: list[Result]) -> Result:
    proved = [one for one in results if one.finished.outcome is Outcome.PROVED]
    return min(proved, key=lambda one: one.finished.expansions) if proved else results[-1]


def _tree(run: RunFolder, results: list[Result], depths: Depths, states: int) -> PageTree | None:
    shown = _shown(results)
    graph = run.tree(shown.theorem.name, shown.attempt)
    if graph is None:
        return None
    depths.add(graph)
    return page_tree(graph, states)


def report_record(report: Report) -> dict[str, Any]:
    """The report as JSON has it, without statements, proofs and trees."""
    return {
        "run": report.folder,
        "finished": report.finished,
        "void": report.canaries.void,
        "totals": asdict(report.totals),
        "canaries": asdict(report.canaries),
        "scores": {name: _scores_record(scores) for name, scores in report.scores.items()},
        "solved_within": report.curves,
        "families": [_group_record(group) for group in report.families],
        "preludes": [_group_record(group) for group in report.preludes],
        "seconds": asdict(report.time) | {"wall_clock": report.wall_clock},
        "steps": report.steps,
        "model_tokens": report.tokens,
        "failed_tactics": report.failures,
        "score_by_depth": [asdict(one) for one in report.depths],
        "theorems": [_entry_record(entry) for entry in report.entries],
        "theorems_left_out": report.left_out,
        "manifest": report.manifest,
    }


def _scores_record(scores: Scores) -> dict[str, Any]:
    return asdict(scores) | {"pass_at": {str(k): asdict(one) for k, one in scores.pass_at.items()}}


def _group_record(group: Group) -> dict[str, Any]:
    return {"name": group.name, "lean_seconds": group.lean_seconds, **_scores_record(group.scores)}


def _entry_record(entry: Entry) -> dict[str, Any]:
    done = entry.shown.finished
    return {
        "name": entry.theorem.name,
        "family": entry.family,
        "canary": entry.theorem.canary,
        "defect": entry.defect,
        "outcome": entry.outcome.value,
        "attempts": entry.attempts,
        "proved": entry.proved,
        "expansions": done.expansions,
        "lean_seconds": done.lean_seconds,
        "wall_seconds": done.wall_seconds,
    }
