"""A process that dies, hangs, floods or answers rubbish costs a step; states come back by replay."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from stepping import opened

from prover.errors import StatementError
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.protocol import ErrorReply
from prover.lean.session import Launch, LeanSession, SessionDied, SessionTimeout
from prover.types import Closed, Crashed, MemoryLimit, Open, Statement, TacticError, Timeout

STAND_IN = Path(__file__).parents[1] / "repl_stand_in.py"
LAUNCH = Launch((sys.executable, str(STAND_IN)), env=dict(os.environ))
LIMITS = LeanLimits(step_s=0.5, grace_s=0.5)
THEOREM = Statement("t", "theorem t : P")


@pytest_asyncio.fixture
async def prover() -> AsyncIterator[LeanProver]:
    prover = LeanProver(LeanPool(LAUNCH, PoolSettings(size=2, spares=1)), LIMITS)
    # The stand-in is up at once: what counts as a first request's time must not hide a hang.
    yield prover
    await prover.close()


async def test_states_branch_and_close(prover: LeanProver) -> None:
    start = await prover.start(THEOREM)
    left, right = await opened(prover, start, "a"), await opened(prover, start, "b")
    assert (left.goals[0].target, right.goals[0].target) == ("start.a", "start.b")
    assert isinstance(await prover.step(left, "close"), Closed)
    assert isinstance(await prover.step(right, "fail"), TacticError)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("die", Crashed), ("half", Crashed), ("rubbish", Crashed), ("oom", MemoryLimit), ("hang", Timeout)],
)
async def test_a_lost_process_costs_the_step_and_no_state(prover: LeanProver, word: str, kind: type) -> None:
    state = await prover.start(THEOREM)
    for tactic in "abc":
        state = await opened(prover, state, tactic)
    result = await prover.step(state, word)
    assert isinstance(result, kind)
    assert result.seconds > 0, "time that ends in a crash counts in budgets too"
    again = await opened(prover, state, "d")
    assert again.goals[0].target == "start.a.b.c.d"


@pytest.mark.parametrize("tactic", ["forge", "more"])
async def test_a_printed_success_is_taken_for_no_reply(prover: LeanProver, tactic: str) -> None:
    state = await opened(prover, await prover.start(THEOREM), "a")
    session = (await prover.pool.worker_for(THEOREM)).session
    for step in (tactic, "b"):
        assert not isinstance(await prover.step(state, step), Closed)
    assert not session.alive
    assert (await opened(prover, state, "b")).goals[0].target == "start.a.b"


async def test_a_process_that_prints_behind_a_reply_is_not_asked_again() -> None:
    session = await LeanSession.start(LAUNCH)
    await session.request({"cmd": "sorry"}, 20)
    assert session.alive
    await session.request({"proofState": 0, "tactic": "more"}, 20)
    while session.alive:
        await asyncio.sleep(0.01)
    with pytest.raises(SessionDied, match="no request asked for"):
        await session.request({"proofState": 0, "tactic": "a"}, 20)


async def test_a_hang_is_a_hard_timeout_and_its_process_is_gone(prover: LeanProver) -> None:
    state = await prover.start(THEOREM)
    pid = (await prover.pool.worker_for(THEOREM)).session.pid
    result = await prover.step(state, "hang")
    assert isinstance(result, Timeout) and result.hard
    await asyncio.sleep(0.1)
    assert not psutil.pid_exists(pid)
    assert prover.pool.counts.hard_timeouts == 1


async def test_a_soft_timeout_keeps_the_process(prover: LeanProver) -> None:
    state = await prover.start(THEOREM)
    pid = (await prover.pool.worker_for(THEOREM)).session.pid
    result = await prover.step(state, "soft")
    assert isinstance(result, Timeout) and not result.hard
    assert (await prover.pool.worker_for(THEOREM)).session.pid == pid


async def test_a_step_that_hangs_is_not_killed_before_the_provers_own_limit(prover: LeanProver) -> None:
    result = await prover.step(await prover.start(THEOREM), "hang", within_s=0.1)
    assert isinstance(result, Timeout) and result.hard and not result.early
    assert result.seconds >= LIMITS.step_s + LIMITS.grace_s


async def test_a_server_that_cannot_stop_a_step_gives_it_all_its_time() -> None:
    launch = replace(LAUNCH, soft_timeout=False)
    async with LeanPool(launch, PoolSettings(spares=0)) as pool:
        prover = LeanProver(pool, LIMITS)
        result = await prover.step(await prover.start(THEOREM), "hang", within_s=0.01)
    assert isinstance(result, Timeout) and result.hard and not result.early


async def test_a_pool_that_was_closed_starts_nothing_for_a_search_still_at_work(prover: LeanProver) -> None:
    state = await prover.start(THEOREM)
    await prover.close()
    started = prover.pool.counts.started
    with pytest.raises(asyncio.CancelledError):
        await prover.step(state, "a")
    assert prover.pool.counts.started == started


@pytest.mark.parametrize("turns", range(1, 12))
def test_a_pool_closed_in_the_middle_of_a_start_lets_the_program_end(turns: int) -> None:
    """`prover lsp` hung for ever where its editor went while Lean was started."""

    async def program() -> None:
        pool = LeanPool(LAUNCH)
        asking = asyncio.create_task(LeanProver(pool, LIMITS).start(THEOREM))
        for _ in range(turns):
            await asyncio.sleep(0)
        await pool.close()
        assert not asking.done() or asking.cancelled() or asking.exception()

    before = set(psutil.Process().children(recursive=True))
    running = threading.Thread(target=asyncio.run, args=[program()], daemon=True)
    running.start()
    running.join(20)
    assert not running.is_alive()
    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    psutil.wait_procs(left, timeout=10)
    assert all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in left)


async def test_stderr_is_drained_while_the_process_runs(prover: LeanProver) -> None:
    state = await prover.start(THEOREM)
    assert isinstance(await prover.step(state, "flood"), Open)


async def test_a_statement_that_does_not_elaborate_carries_the_messages(prover: LeanProver) -> None:
    with pytest.raises(StatementError) as caught:
        await prover.start(Statement("t", "theorem bad"))
    assert caught.value.messages[0].text == "bad statement"
    assert (caught.value.messages[0].start.line, caught.value.messages[0].start.column) == (1, 3)


async def test_a_start_that_took_too_long_says_nothing_of_the_statement(prover: LeanProver) -> None:
    """On a busy machine a header that was stopped counted as one that does not elaborate."""
    with pytest.raises(StatementError, match="the header did not elaborate within 30 s") as caught:
        prover.accepted(ErrorReply("Lean error:\ninterrupted", "interrupted"), "the header")
    assert isinstance(caught.value.__cause__, SessionTimeout) and not caught.value.messages


async def test_a_process_killed_between_steps_is_replaced(prover: LeanProver) -> None:
    state = await opened(prover, await prover.start(THEOREM), "a")
    session = (await prover.pool.worker_for(THEOREM)).session
    session.kill()
    await asyncio.sleep(0.2)
    assert (await opened(prover, state, "b")).goals[0].target == "start.a.b"


async def test_a_cancelled_step_leaves_the_other_theorems_unharmed(prover: LeanProver) -> None:
    other = Statement("u", "theorem u : Q")
    mine, theirs = await prover.start(THEOREM), await prover.start(other)
    step = asyncio.create_task(prover.step(mine, "hang"))
    await asyncio.sleep(0.1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert (await opened(prover, theirs, "a")).goals[0].target == "start.a"
    assert (await opened(prover, mine, "a")).goals[0].target == "start.a"


async def test_a_cancelled_step_does_not_cost_its_process(prover: LeanProver) -> None:
    """A search that closed its theorem killed the Lean process that all others on it were using."""
    mine = await prover.start(THEOREM)
    worker = await prover.pool.worker_for(THEOREM)
    pid = worker.session.pid
    step = asyncio.create_task(prover.step(mine, "slow"))
    while not worker.lock.locked():
        await asyncio.sleep(0.01)
    step.cancel()
    waiting = asyncio.create_task(prover.step(mine, "never run"))
    await asyncio.sleep(0)
    waiting.cancel()
    asked = worker.session.requests
    assert (await opened(prover, mine, "a")).goals[0].target == "start.a"
    assert worker.session.pid == pid and worker.session.requests <= asked + 1


async def test_closing_ends_a_step_under_way_and_starts_no_other_process(prover: LeanProver) -> None:
    mine = await prover.start(THEOREM)
    step = asyncio.create_task(prover.step(mine, "hang"))
    await asyncio.sleep(0.1)
    started = prover.pool.counts.started
    await prover.close()
    assert isinstance(await asyncio.wait_for(step, 5), Crashed)
    assert prover.pool.counts.started == started


async def test_theorems_beyond_the_pool_share_its_processes(prover: LeanProver) -> None:
    statements = [Statement(f"t{i}", f"theorem t{i} : P") for i in range(5)]
    states = await asyncio.gather(*(prover.start(s) for s in statements))
    results = await asyncio.gather(*(prover.step(s, "close") for s in states))
    assert all(isinstance(r, Closed) for r in results)
    assert len(prover.pool.workers) == 2


async def test_released_states_are_forgotten_and_can_be_rebuilt(prover: LeanProver) -> None:
    state = await opened(prover, await prover.start(THEOREM), "a")
    await prover.release(THEOREM)
    assert not any(worker.states for worker in prover.pool.workers)
    assert (await opened(prover, state, "b")).goals[0].target == "start.a.b"


async def test_a_grown_process_is_recycled_between_theorems() -> None:
    prover = LeanProver(LeanPool(LAUNCH, PoolSettings(size=1, spares=0, max_requests=3)), LIMITS)
    state = await opened(prover, await prover.start(THEOREM), "a")
    worker = await prover.pool.worker_for(THEOREM)
    pid = worker.session.pid
    await prover.release(state.statement)
    await prover.start(Statement("u", "theorem u : Q"))
    assert worker.session.pid != pid and prover.pool.counts.recycled == 1
    await prover.close()


async def test_closing_ends_every_process() -> None:
    pool = LeanPool(LAUNCH, PoolSettings(size=2, spares=1))
    prover = LeanProver(pool, LIMITS)
    await prover.start(THEOREM)
    pids = [w.session.pid for w in pool.workers] + [s.pid for s in pool._spares]
    await prover.close()
    assert len(pids) == 2 and not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_session_names_how_its_process_ended() -> None:
    session = await LeanSession.start(LAUNCH)
    await session.request({"cmd": "sorry"}, 5)
    with pytest.raises(SessionDied, match="exit code 134\nstack overflow"):
        await session.request({"proofState": 0, "tactic": "die"}, 5)


async def test_a_session_that_is_too_slow_is_killed() -> None:
    session = await LeanSession.start(LAUNCH)
    await session.request({"cmd": "sorry"}, 5)
    with pytest.raises(SessionTimeout):
        await session.request({"proofState": 0, "tactic": "hang"}, 0.2)
    assert not session.alive
