"""The answer to a name that is not there: the nearest ones that are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from prover.errors import InputError


def unknown_name(name: str, known: Sequence[str], where: str) -> InputError:
    """The error for `name`, with up to three of the `known` names that look like it."""
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; the nearest: {', '.join(nearest)}" if nearest else ""
    return InputError(f"no {name} in {where}{hint}")
