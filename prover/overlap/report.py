"""An audit as a text for people and a record for machines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from prover.overlap.accuracy import Comparison, Split
from prover.overlap.audit import Audit
from prover.overlap.counts import Cell, Seen

SHOWN = 20
"""Items and damaged places that the text lists; the record has all."""

MEANING = {
    "words": "as many words in a row, as they stand between white space",
    "tokens": "as many tokens in a row, whatever the spacing",
    "whole": "the whole text, whatever the spacing",
    "statement": "a theorem that is the statement, whatever the names, layout and order of premises",
}


def text_of(audit: Audit, comparisons: Sequence[Comparison]) -> str:
    """The report: what was looked through, what was found, the items met most, and accuracy."""
    return "\n".join(
        [*_corpus(audit), "", *_table(audit), "", *_most(audit), *_accuracy(comparisons), *_damage(audit), ""]
    )


def record_of(audit: Audit, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """The same as plain data, with every item that was met."""
    progress, job = audit.progress, audit.job
    return {
        "corpus": {
            "files": [str(path) for path in job.files],
            "fields": list(job.fields),
            "bytes": progress.stored,
            "lines": progress.lines,
            "lines_without_field": progress.without,
            "documents": progress.documents,
            "characters": progress.characters,
            "damage": [f"{one.file}, {one.place}: {one.what}" for one in progress.damage],
        },
        "benchmark": {"items": len(job.items)},
        "documents_hit": audit.counts.documents,
        "rules": [_cell_record(audit, *key, cell) for key, cell in audit.counts.cells.items()],
        "accuracy": [_comparison_record(one) for one in comparisons],
        "seconds": round(progress.seconds, 3),
        "workers": job.workers,
        "most_bytes_held": progress.most_held,
    }


def _cell_record(audit: Audit, rule: str, part: str, cell: Cell) -> dict[str, Any]:
    return {
        "rule": rule,
        "part": part,
        "items_possible": cell.possible,
        "items_hit": len(cell.items),
        "documents": cell.documents,
        "pairs": cell.pairs,
        "hits": cell.hits,
        "items": {name: _seen_record(audit, seen) for name, seen in cell.items.items()},
    }


def _seen_record(audit: Audit, seen: Seen) -> dict[str, Any]:
    return {"documents": seen.documents, "hits": seen.hits, "first": _place(audit, seen)}


def _comparison_record(one: Comparison) -> dict[str, Any]:
    return {
        "rule": one.rule,
        **one.total.record(),
        "p_within_groups": one.within,
        "groups": [split.record() for split in one.groups],
    }


def _corpus(audit: Audit) -> list[str]:
    progress, job = audit.progress, audit.job
    rate = progress.characters / max(progress.seconds, 1e-9) / 1e6
    lines = [
        f"{len(job.files)} files, {progress.stored / 1e6:,.1f} MB as stored: {progress.documents:,} documents"
        f" of {progress.characters / 1e6:,.1f} M characters; {len(job.items):,} items looked for",
        f"{progress.seconds:,.1f} s with {job.workers} workers: {rate:.1f} M characters/s",
    ]
    if progress.without:
        fields = " or ".join(job.fields)
        lines.append(f"{progress.without:,} lines have no text under {fields}: --field names others")
    return lines


def _table(audit: Audit) -> list[str]:
    head = ("rule", "part", "items hit", "of", "documents", "pairs", "hits")
    rows = [
        (rule, part, *map(str, (len(cell.items), cell.possible, cell.documents, cell.pairs, cell.hits)))
        for (rule, part), cell in audit.counts.cells.items()
    ]
    kinds = {rule.partition("-")[0] for rule, _ in audit.counts.cells}
    notes = [f"{kind}: {meaning}" for kind, meaning in MEANING.items() if kind in kinds]
    return [
        *_aligned([head, *rows]),
        "",
        *notes,
        "of: the items that are long enough, or can be read, for the rule",
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if i < 2 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _most(audit: Audit) -> list[str]:
    """The items met in most documents: how often by which rule, and a place, by the rule that says most."""
    met: dict[str, list[tuple[int, str, Seen]]] = {}
    for (rule, part), cell in audit.counts.cells.items():
        for name, seen in cell.items.items():
            met.setdefault(name, []).append((seen.documents, f"{rule} in {part}", seen))
    if not met:
        return ["Nothing of the benchmark was found.", ""]
    order = sorted(met, key=lambda name: (-max(documents for documents, _, _ in met[name]), name))
    lines = [f"Met in most documents, {min(SHOWN, len(order))} of {len(order)} items:"]
    for name in order[:SHOWN]:
        rules = ", ".join(f"{rule} {documents}" for documents, rule, _ in met[name])
        *_, (_, rule, seen) = met[name]
        shown = textwrap.shorten(seen.example.text, 90, placeholder=" …") if seen.example else ""
        lines += [f"  {name}: {rules}", f"    {rule}, {_place(audit, seen)}:", f"      {shown}"]
    return [*lines, ""]


def _place(audit: Audit, seen: Seen) -> str:
    hit = seen.example
    if hit is None:
        return ""
    name = f"{audit.job.files[hit.file]}:{hit.line}"
    return f"{name}{':' + hit.field if hit.field else ''} characters {hit.start} to {hit.end}"


def _accuracy(comparisons: Sequence[Comparison]) -> list[str]:
    if not comparisons:
        return []
    head = ("rule", "group", "solved of hit", "", "solved of others", "", "p")
    rows: list[tuple[str, ...]] = [head]
    for one in comparisons:
        rows.append((one.rule, *_split_row(one.total)))
        rows += [("", *_split_row(split)) for split in one.groups if split.hit]
        if one.groups:
            rows.append(("", "within groups", "", "", "", "", f"{one.within:.2g}"))
    return [
        "Accuracy on items that were met, and on the others",
        *_aligned(rows),
        "p: Fisher's exact test, two-sided; within groups: hits compared with items of their own group only",
        "Many rules and groups are tested at once: a single small p among them may be chance.",
        "",
    ]


def _split_row(split: Split) -> tuple[str, ...]:
    return (
        split.group or "none",
        f"{split.hit_solved}/{split.hit}",
        _share(split.hit_solved, split.hit),
        f"{split.other_solved}/{split.other}",
        _share(split.other_solved, split.other),
        f"{split.p:.2g}",
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _damage(audit: Audit) -> list[str]:
    damage = audit.progress.damage
    if not damage:
        return []
    lines = [f"  {one.file}, {one.place}: {one.what}" for one in damage[:SHOWN]]
    more = [f"  and {len(damage) - SHOWN} more"] if len(damage) > SHOWN else []
    return [f"Damaged, and passed over: {len(damage)}", *lines, *more, ""]
