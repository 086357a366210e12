"""How many requests a server gets at a time."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from prover.errors import ModelError
from prover.policy.engines.throttle import Throttle


async def test_one_round_of_refusals_halves_the_limit_once_and_answers_raise_it() -> None:
    throttle = Throttle(start=8, most=9)
    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(_hold(throttle, lambda slot: slot.refused()))
    assert throttle.limit == 4
    for _ in range(8):
        async with asyncio.TaskGroup() as group:
            for _ in range(12):
                group.create_task(_hold(throttle, lambda slot: slot.answered()))
    assert throttle.limit == 9


async def _hold(throttle: Throttle, then: Callable[[Any], None]) -> None:
    async with throttle.slot() as slot:
        await asyncio.sleep(0.005)
        then(slot)


async def test_the_limit_never_falls_below_one_and_waiting_is_bounded() -> None:
    throttle = Throttle(start=1, waiting=1)
    async with throttle.slot() as slot:
        slot.refused()
        assert throttle.limit == 1
        waiting = asyncio.create_task(_hold(throttle, lambda slot: slot.answered()))
        await asyncio.sleep(0)
        with pytest.raises(ModelError, match="wait"):
            async with throttle.slot():
                pass
    await waiting


async def test_a_request_cancelled_in_the_queue_gives_its_turn_away() -> None:
    throttle = Throttle(start=1)
    async with throttle.slot():
        first = asyncio.create_task(_hold(throttle, lambda slot: slot.answered()))
        second = asyncio.create_task(_hold(throttle, lambda slot: slot.answered()))
        await asyncio.sleep(0)
        first.cancel()
    await second


async def test_a_request_cancelled_when_its_turn_has_come_gives_it_away() -> None:
    throttle = Throttle(start=1)
    async with throttle.slot():
        waiting = asyncio.create_task(_hold(throttle, lambda slot: slot.answered()))
        await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5), throttle.slot():
        assert waiting.cancelled()
