"""The table of a comparison of policies, and what can be said of two of them on the same statements."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.policies_results import CRASHED, OUT_OF_REACH, REFUSED, Result
from prover.runs.compare import mcnemar

BASELINE = "portfolio"

SETS = ("library", "generated", "minif2f")


@dataclass(frozen=True, slots=True)
class Line:
    """One policy on one set, all seeds together where nothing else is said.

    proved: mean over the seeds of the share that was proved, 0 to 1; spread: their sample standard deviation,
    None with one seed. mean_cpu_s: of all theorems, median_proved_cpu_s: of the proved ones. model_share: of
    the CPU time. candidates_per_s: of the model, by its own CPU seconds. working_steps: share of the steps
    that were no error. refused, crashed: how many ended so. None where there is nothing to divide by.
    """

    set: str
    policy: str
    statements: int
    seeds: int
    proved: float
    spread: float | None
    mean_cpu_s: float
    median_proved_cpu_s: float | None
    proofs_per_cpu_h: float | None
    candidates_per_s: float | None
    model_share: float | None
    working_steps: float | None
    refused: int
    crashed: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A policy against the baseline on the statements that both were given.

    A statement counts as proved where most of its seeds proved it; gained and lost are the policy's. p: of
    McNemar's exact test, two-sided. by_seed: gained and lost of each seed, in order.
    """

    set: str
    policy: str
    statements: int
    gained: int
    lost: int
    p: float
    by_seed: tuple[tuple[int, int], ...]


def in_reach(results: Iterable[Result]) -> list[Result]:
    """Without the statements that did not elaborate for one of the policies."""
    results = list(results)
    out = {(r.set, r.name) for r in results if r.outcome == OUT_OF_REACH}
    return [r for r in results if (r.set, r.name) not in out]


def labels(results: Sequence[Result]) -> Callable[[Result], str]:
    """What a result's policy is called; with its model's name where the policy was measured with several."""
    models: defaultdict[str, set[str]] = defaultdict(set)
    for result in results:
        models[result.policy].add(result.model)
    return lambda r: f"{r.policy} @ {r.model}" if len(models[r.policy]) > 1 else r.policy


def table_lines(results: Iterable[Result]) -> list[Line]:
    """One line for each set and policy, sets in their usual order, policies as they first come."""
    results = in_reach(results)
    label = labels(results)
    groups: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.set, label(result)].append(result)
    policies = list(dict.fromkeys(label(result) for result in results))
    order = sorted(groups, key=lambda key: (_rank(key[0]), policies.index(key[1])))
    return [_line(name, policy, groups[name, policy]) for name, policy in order]


def pairs(results: Iterable[Result], baseline: str = BASELINE) -> list[Pair]:
    """Each policy against the baseline on each set, and on all sets together where there are several."""
    results = in_reach(results)
    label = labels(results)
    proved: defaultdict[str, dict[tuple[str, str, int], bool]] = defaultdict(dict)
    for result in results:
        proved[label(result)][result.set, result.name, result.seed] = result.proved
    base = proved.pop(baseline, {})
    sets = sorted({name for name, _, _ in base}, key=_rank)
    scopes = [(name, {name}) for name in sets] + ([("all", set(sets))] if len(sets) > 1 else [])
    found = []
    for scope, members in scopes:
        for policy, own in proved.items():
            common = [key for key in own if key in base and key[0] in members]
            if common:
                found.append(_pair(scope, policy, {key: (base[key], own[key]) for key in common}))
    return found


def reports(results: Iterable[Result]) -> list[dict[str, Any]]:
    """For each budget that was measured: the budget, the table's lines and the pairs, as JSON takes them."""
    return [
        {
            "cpu_seconds": budget,
            "step_seconds": step,
            "out_of_reach": _out_of_reach(group),
            "table": [asdict(line) for line in table_lines(group)],
            "paired": [asdict(pair) for pair in pairs(group)],
        }
        for (budget, step), group in _by_budget(results)
    ]


def print_report(results: Iterable[Result], console: Console) -> None:
    """Both tables for each budget."""
    for (budget, step), group in _by_budget(results):
        lines = table_lines(group)
        title = (
            f"{budget:g} CPU seconds for each theorem, model and Lean together; steps of {step:g} s at most"
        )
        console.print(_shares(lines, title, _caption(group, lines)))
        if found := pairs(group):
            console.print(_paired(found))


def _by_budget(results: Iterable[Result]) -> list[tuple[tuple[float, float], list[Result]]]:
    """Results that were had under the same limits, (CPU seconds, seconds of a step), by these."""
    groups: defaultdict[tuple[float, float], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.budget_s, result.step_s].append(result)
    return sorted(groups.items())


def _out_of_reach(results: Iterable[Result]) -> int:
    return len({(r.set, r.name) for r in results if r.outcome == OUT_OF_REACH})


def _line(name: str, policy: str, results: list[Result]) -> Line:
    seeds: defaultdict[int, list[bool]] = defaultdict(list)
    for result in results:
        seeds[result.seed].append(result.proved)
    shares = [statistics.mean(proved) for proved in seeds.values()]
    cpu_s, model_s = sum(r.cpu_s for r in results), sum(r.model_s for r in results)
    took = [r.cpu_s for r in results if r.proved]
    steps = [(kind, number) for r in results for kind, number in r.steps.items()]
    working = sum(number for kind, number in steps if kind in ("open", "closed"))
    return Line(
        set=name,
        policy=policy,
        statements=len({r.name for r in results}),
        seeds=len(seeds),
        proved=statistics.mean(shares),
        spread=statistics.stdev(shares) if len(shares) > 1 else None,
        mean_cpu_s=cpu_s / len(results),
        median_proved_cpu_s=statistics.median(took) if took else None,
        proofs_per_cpu_h=_ratio(3600 * len(took), cpu_s),
        candidates_per_s=_ratio(sum(r.candidates for r in results), model_s),
        model_share=_ratio(model_s, cpu_s),
        working_steps=_ratio(working, sum(number for _, number in steps)),
        refused=sum(r.outcome == REFUSED for r in results),
        crashed=sum(r.outcome == CRASHED for r in results),
    )


def _pair(name: str, policy: str, both: dict[tuple[str, str, int], tuple[bool, bool]]) -> Pair:
    by_statement: defaultdict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    by_seed: defaultdict[int, list[tuple[bool, bool]]] = defaultdict(list)
    for (kind, statement, seed), proved in both.items():
        by_statement[kind, statement].append(proved)
        by_seed[seed].append(proved)
    gained, lost = _changes([_mostly(proved) for proved in by_statement.values()])
    seeds = tuple(_changes(by_seed[seed]) for seed in sorted(by_seed))
    return Pair(name, policy, len(by_statement), gained, lost, mcnemar(gained, lost), seeds)


def _mostly(proved: list[tuple[bool, bool]]) -> tuple[bool, bool]:
    """Whether most seeds proved the statement, with the baseline and with the policy."""
    half = len(proved) / 2
    return sum(base for base, _ in proved) > half, sum(own for _, own in proved) > half


def _changes(proved: Iterable[tuple[bool, bool]]) -> tuple[int, int]:
    gained = lost = 0
    for base, own in proved:
        gained += own and not base
        lost += base and not own
    return gained, lost


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _rank(name: str) -> int:
    """A set's place among the sets."""
    return SETS.index(name) if name in SETS else len(SETS)


def _shares(lines: Iterable[Line], title: str, caption: str) -> Table:
    heads = ("set", "policy", "theorems", "proved", "±", "CPU s", "median, proved", "proofs/CPU h")
    table = Table(*heads, "cand./s", "model's CPU", "steps that work", "refused", title=title)
    table.caption, table.caption_justify = caption, "left"
    for line in lines:
        table.add_row(
            line.set,
            line.policy,
            f"{line.statements} × {line.seeds}",
            f"{line.proved:.1%}",
            _shown(line.spread, ".1%"),
            f"{line.mean_cpu_s:.2f}",
            _shown(line.median_proved_cpu_s, ".2f"),
            _shown(line.proofs_per_cpu_h, ".0f"),
            _shown(line.candidates_per_s, ".0f"),
            _shown(line.model_share, ".0%"),
            _shown(line.working_steps, ".0%"),
            str(line.refused),
        )
    return table


def _caption(group: Iterable[Result], lines: Sequence[Line]) -> str:
    says = [
        "proved: mean over the seeds; ±: sample standard deviation over the seeds. The portfolio is "
        "deterministic: from seed to seed only its timing varies. refused: found, and not accepted.",
    ]
    if out := _out_of_reach(group):
        says.append(f"{out} statements are out of the preludes' reach and not counted.")
    if crashed := sum(line.crashed for line in lines):
        says.append(f"{crashed} attempts crashed and count as not proved.")
    counted: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for line in lines:
        counted[line.set].add((line.statements, line.seeds))
    if any(len(sizes) > 1 for sizes in counted.values()):
        says.append("Not complete: not every policy has been given every theorem.")
    return " ".join(says)


def _paired(found: Iterable[Pair]) -> Table:
    table = Table(
        *("set", f"policy against {BASELINE}", "statements", "gained", "lost", "p", "by seed"),
        title="Paired, statement by statement",
        caption_justify="left",
        caption="A statement is proved where most seeds proved it; p: McNemar's exact test, two-sided.",
    )
    for pair in found:
        by_seed = ", ".join(f"+{gained} −{lost}" for gained, lost in pair.by_seed)
        counts = (str(pair.statements), str(pair.gained), str(pair.lost))
        table.add_row(pair.set, pair.policy, *counts, f"{pair.p:.2g}", by_seed)
    return table


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
