"""The web page: plain files that come with the package and need nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import resources

_FILES = {
    "index.html": (__package__, "text/html; charset=utf-8"),
    "service.css": (__package__, "text/css; charset=utf-8"),
    "service.js": (__package__, "text/javascript; charset=utf-8"),
    "favicon.svg": (__package__, "image/svg+xml"),
    "base.css": ("prover.runs.report", "text/css; charset=utf-8"),
    "tree.css": ("prover.runs.report", "text/css; charset=utf-8"),
    "tree.js": ("prover.runs.report", "text/javascript; charset=utf-8"),
}
"""By name: the package that it lies in, and its type. The tree is that of a run's report."""


@cache
def page_file(name: str) -> tuple[bytes, str] | None:
    """A file's content and type; None where there is no such file."""
    if name not in _FILES:
        return None
    package, media_type = _FILES[name]
    return resources.files(package).joinpath(name).read_bytes(), media_type
