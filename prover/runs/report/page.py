"""A report as one HTML page that needs nothing else: no network, no other file.

Everything that a run holds is text that a model may have written. It is escaped by the template, shown by the
page's script as text only, and the page's policy lets no script run but its own, named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import resources
from typing import Any

import jinja2
import orjson
from markupsafe import Markup

from prover.runs.bundle import PROOFS, file_name
from prover.runs.languages import language_of
from prover.runs.manifest import Manifest
from prover.runs.records import Outcome, Result
from prover.runs.report import charts
from prover.runs.report.data import Report
from prover.runs.report.text import harmless

OUTCOMES = {
    Outcome.PROVED: "proved",
    Outcome.REFUSED: "refused by the judge",
    Outcome.GAVE_UP: "gave up",
    Outcome.BUDGET: "out of budget",
    Outcome.OUT_OF_REACH: "out of reach",
    Outcome.INIT_ERROR: "no start",
    Outcome.CRASHED: "crashed",
}

_ORDER = (
    "created",
    "command",
    "benchmark",
    "data",
    "selection",
    "statements",
    "attempts",
    "policy",
    "search",
)
_NOT_TOLD = ("schema",)
_HASH_CHARS = 12


def render(report: Report) -> str:
    """The page's text."""
    style = "".join(map(_file, ("base.css", "tree.css", "page.css")))
    script = _file("tree.js") + _file("page.js")
    return (
        _environment(report.manifest)
        .get_template("page.html")
        .render(
            report=report,
            style=Markup(style),
            script=Markup(script),
            style_hash=_integrity(style),
            script_hash=_integrity(script),
            charts=charts,
            outcomes=OUTCOMES,
            rows=list(manifest_rows(report.manifest)),
            manifest_json=orjson.dumps(
                report.manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
            ).decode(),
            best=best_estimates(report),
        )
    )


def best_estimates(report: Report) -> list[tuple[int, Any]]:
    """pass@1, and pass@k for the largest k where there is more than one attempt."""
    found = sorted(report.scores["as is"].pass_at.items())
    return found[:1] + found[1:][-1:]


def manifest_rows(manifest: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The manifest's parts, what one asks for first first, each as names and values; hashes are cut."""
    keys = sorted(manifest, key=lambda key: (_ORDER.index(key) if key in _ORDER else len(_ORDER), key))
    for key in keys:
        if key not in _NOT_TOLD:
            yield key, list(_flat(manifest[key]))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name} {key}".strip())
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{name} {number}".strip())
    elif value is not None and value != "":
        yield name, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    text = str(value) if not isinstance(value, bool) else ("yes" if value else "no")
    is_hash = len(text) in (64, 95) and " " not in text
    return f"{text[:_HASH_CHARS]}…" if is_hash else text


def _environment(manifest: Manifest) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"share": _share, "seconds": _seconds, "plain": _plain, "number": _number}
    environment.globals |= {"judge_again": partial(_judge_again, manifest)}
    return environment


def _judge_again(manifest: Manifest, result: Result) -> str:
    """The command, to be typed in the run's folder."""
    language = language_of(manifest)
    return language.judge_again(manifest, shlex.quote(f"{PROOFS}/{file_name(result, language)}"))


def _finalize(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    return resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _integrity(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _number(value: float) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _plain(value: float) -> str:
    return f"{value:,.1f}".replace(",", "\u202f")


def _seconds(value: float) -> str:
    """With the unit that suits it."""
    if value >= 7200:
        return f"{value / 3600:.1f} h"
    if value >= 600:
        return f"{value / 60:.0f} min"
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"
