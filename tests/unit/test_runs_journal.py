"""What the journal of an attempt keeps of a search, and gives back to it."""

from __future__ import annotations

from recorded_prover import RecordedProver

from prover.runs.journal import Journal, JournaledProver
from prover.types import Closed, Statement, Timeout

TABLE = {"goal": {"slow": {"result": "closed", "needs": 1.0}}}


async def test_a_try_that_was_stopped_early_and_the_one_with_more_time_are_told_apart() -> None:
    lines: list[bytes] = []
    prover, journal = RecordedProver(TABLE), Journal([], lines.append, quiet_s=0)
    first = JournaledProver(prover, journal)
    state = await first.start(Statement("t", "goal"))
    answers = [await first.step(state, "slow", within_s) for within_s in (0.5, 2.0)]
    assert answers == [Timeout(hard=False, early=True, seconds=0.5), Closed(path=("slow",), seconds=1.0)]
    again = JournaledProver(RecordedProver(TABLE), Journal(b"".join(lines).splitlines(), lines.append))
    assert [await again.step(state, "slow", within_s) for within_s in (0.5, 2.0)] == answers
    assert len(prover.log) == 2
