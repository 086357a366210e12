"""Workers that are not of the driver's version would make another run of it: they are refused."""

from __future__ import annotations

import platform

from prover.errors import SetupError
from prover.lean.embedded.sources import sources_digest
from prover.runs.identify import prover_version


def versions() -> dict[str, str]:
    """What has to be the same on every machine of a run."""
    return {
        "prover": prover_version(),
        "Lean sources": sources_digest()[:12],
        "Python": platform.python_version(),
    }


def require_same_versions(wanted: dict[str, str]) -> None:
    """Raises `SetupError` that says what is another version here than where the driver is."""
    here = versions()
    for name, version in wanted.items():
        if here[name] != version:
            raise SetupError(
                f"{name} is {here[name]} on {platform.node()}, and {version} where the driver is: "
                "install the same version of prover on every machine"
            )
