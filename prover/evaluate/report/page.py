"""The tables as one HTML page that needs nothing else. What runs hold is hostile text: it is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from prover.evaluate.report.tables import Run, tables
from prover.runs.report.text import harmless


def render(runs: Sequence[Run]) -> str:
    """The page's text. It has no script."""
    style = _file("prover.runs.report", "base.css") + _file("prover.evaluate.report", "tables.css")
    style += _file("prover.runs.report", "page.css")
    integrity = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "share": _share}
    template = environment.from_string(_file("prover.evaluate.report", "page.html"))
    return template.render(runs=runs, tables=tables(runs), style=Markup(style), style_hash=integrity)


def _finalize(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _percent(value: float) -> str:
    return f"{value:.1f}"


def _share(value: float) -> str:
    return f"{100 * value:.1f}"
