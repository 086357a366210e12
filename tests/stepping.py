"""Steps that a test expects to leave goals."""

from __future__ import annotations

from prover.types import Open, Prover, State, Step


async def opened(prover: Prover, state: State, step: Step) -> State:
    result = await prover.step(state, step)
    assert isinstance(result, Open), result
    return result.state
