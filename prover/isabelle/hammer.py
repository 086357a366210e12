"""Sledgehammer as a policy: what it proposes at a state, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prover.errors import SetupError
from prover.isabelle.backend import IsabelleProver
from prover.isabelle.launch import ISABELLE_PROVERS, installed_provers
from prover.types import Candidate, State

HAMMER_S = 30.0
"""Seconds of one call: Draft, Sketch and Prove, section 4.1."""

_BESIDE_S = 60.0
"""Seconds that choosing facts and trying the found proofs may take besides, on a busy machine."""

_METHODS_ONLY = frozenset({"csdp"})
"""What a method calls, and Sledgehammer does not."""

_TRY_THIS = re.compile(r"Try this: (.+?)(?: \((?:> )?\d[\d.]* m?s[^()]*\))?\s*$", re.MULTILINE)


def hammer_provers() -> list[str]:
    """Those of Sledgehammer's external provers that are on this machine.

    Raises `SetupError` where there is none.
    """
    known = {name: variable for name, variable in ISABELLE_PROVERS.items() if name not in _METHODS_ONLY}
    there = [name for name in installed_provers() if name in known]
    if not there:
        raise SetupError(
            "Sledgehammer has no external prover here. Isabelle's distribution brings some; a heap needs "
            f"one of these in the environment: {', '.join(f'{known[name]} ({name})' for name in known)}"
        )
    return there


def proposals(printed: Iterable[str]) -> list[str]:
    """The proofs that Sledgehammer or `try0` proposes in what it printed, each once."""
    found = (match for text in printed for match in _TRY_THIS.findall(text))
    return list(dict.fromkeys(found))


async def hammered(prover: IsabelleProver, state: State, seconds: float) -> list[str]:
    """What Sledgehammer proposes at a state within so many seconds."""
    command = f"sledgehammer [timeout = {max(1, int(seconds))}]"
    return proposals(await prover.hammer(state, command, seconds + _BESIDE_S))


class HammerPolicy:
    """Proposes what Sledgehammer does, first come first. It asks the prover that runs the search."""

    def __init__(self, prover: IsabelleProver, seconds: float = HAMMER_S) -> None:
        hammer_provers()
        self._prover, self._seconds = prover, seconds

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [await self._at(state) for state in states]

    async def close(self) -> None:
        """The prover is not ours."""

    async def _at(self, state: State) -> list[Candidate]:
        found = await hammered(self._prover, state, self._seconds)
        return [Candidate(one, -0.1 * (rank + 1)) for rank, one in enumerate(found)]
