"""What exactly a run runs, in `manifest.json`: written once, compared whenever the run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from prover.errors import InputError
from prover.files import written
from prover.runs.disk import disk

MANIFEST = "manifest.json"
SCHEMA_VERSION = 1

NOTED_ONLY = ("created", "machine", "git", "command")
"""Parts that may differ when a run goes on: they are told, and do not stop it."""

Manifest = dict[str, Any]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it through a temporary file and a rename: there as a whole, or not at all."""
    write_atomically(
        folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Raises `DiskFullError` or `SetupError` where it cannot be written; the old content then stays."""
    with disk(path, "Free some space and try again"), written(path) as part:
        part.write_bytes(content)


def read_manifest(folder: Path) -> Manifest:
    """Raises `InputError` where there is none that can be read."""
    path = folder / MANIFEST
    try:
        manifest = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{folder} is no run: it has no {MANIFEST}") from None
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA_VERSION:
        raise InputError(f"{path}: this prover knows manifests of schema {SCHEMA_VERSION}")
    return manifest


def differences(before: Manifest, now: Manifest) -> list[str]:
    """Every value that differs, as `key: was X, is Y`, in alphabetical order of the keys."""
    old, new = dict(_flat(before)), dict(_flat(now))
    return [
        f"{key}: was {_shown(old.get(key))}, is {_shown(new.get(key))}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def begun(folder: Path, resume: bool) -> bool:
    """Whether the folder holds a run to go on with. Raises `InputError` where that is not asked for."""
    found = (folder / MANIFEST).is_file()
    if found and not resume:
        raise InputError(f"{folder} holds a run already: --resume goes on with it; or choose another folder")
    return found


def go_on(folder: Path, manifest: Manifest, console: Console) -> None:
    """Tell what differs from the folder's run and does no harm. Raises as `require_same` does."""
    for line in require_same(folder, read_manifest(folder), manifest):
        console.print(f"noted: {line}", markup=False, soft_wrap=True)


def require_same(folder: Path, before: Manifest, now: Manifest) -> list[str]:
    """What differs and does no harm (another machine, another revision of a checkout).

    Raises `InputError` that lists what else differs: such a run cannot go on in this folder.
    """
    now = orjson.loads(orjson.dumps(now))
    found = differences(before, now)
    harmless = [line for line in found if line.split(":")[0].split(".")[0] in NOTED_ONLY]
    serious = [line for line in found if line not in harmless]
    if serious:
        listed = "\n  ".join(serious)
        raise InputError(
            f"{folder} is a run of another configuration:\n  {listed}\n"
            "Use the same options to go on with it, or another folder"
        )
    return [line for line in harmless if not line.startswith(("created", "command"))]


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _shown(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else text[:77] + "…"
