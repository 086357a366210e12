"""What the journal of an attempt keeps of a search, and gives back to it."""

from __future__ import annotations

from collections.abc import Sequence

from recorded_prover import RecordedProver

from prover.runs.journal import Journal, JournaledPolicy, JournaledProver
from prover.types import Candidate, Closed, State, Statement, Timeout

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


class Once:
    """Answers the first time only."""

    def __init__(self, *candidates: Candidate) -> None:
        self._answers = [list(candidates)]

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self._answers.pop() for _ in states]

    async def close(self) -> None: ...


async def test_candidates_come_back_as_they_were_proposed() -> None:
    proposed = [Candidate("a", -1.5, 3, "", 0.25), Candidate("", -2.0, 7, "no tactic")]
    lines: list[bytes] = []
    state = State(Statement("t", "goal"), (), ())
    first = JournaledPolicy(Once(*proposed), Journal([], lines.append, quiet_s=0))
    assert await first.propose([state]) == [proposed]
    again = JournaledPolicy(Once(), Journal(b"".join(lines).splitlines(), lines.append))
    assert await again.propose([state]) == [proposed]
