"""Busy shares, and the width of a search that follows from them. Time is a number that the test sets."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from prover.search.flow import FULL_BATCH, WINDOW_S, Flow


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def rounds(flow: Flow, clock: Clock, count: int, model_s: float, lean_s: float) -> None:
    """So many times: a request to the model, then a step of the prover."""
    for _ in range(count):
        with flow.asking():
            clock.now += model_s
        with flow.stepping():
            clock.now += lean_s
        flow.stepped(lean_s)


def test_shares_of_a_strict_alternation() -> None:
    clock = Clock()
    flow = Flow(clock=clock)
    rounds(flow, clock, 4, model_s=3.0, lean_s=1.0)
    clock.now += 4.0
    shares = flow.shares()
    assert (shares.model, shares.lean, shares.waiting) == (12 / 20, 4 / 20, 4 / 20)


def test_lean_time_is_that_of_all_processes_together() -> None:
    clock = Clock()
    flow = Flow(processes=2, clock=clock)
    rounds(flow, clock, 4, model_s=0.0, lean_s=1.0)
    assert flow.shares().lean == 0.5


def test_overlapping_requests_count_once() -> None:
    clock = Clock()
    flow = Flow(clock=clock)
    with flow.asking():
        clock.now += 1.0
        with flow.asking(), flow.stepping():
            clock.now += 1.0
    shares = flow.shares()
    assert (shares.model, shares.waiting) == (1.0, 0.0)


def test_a_slow_model_is_given_more_states_at_a_time() -> None:
    clock = Clock()
    flow = Flow(max_width=5, clock=clock)
    rounds(flow, clock, 3, model_s=WINDOW_S, lean_s=0.1)
    assert flow.width == 4
    rounds(flow, clock, 10, model_s=WINDOW_S, lean_s=0.1)
    assert flow.width == 5


def test_a_policy_that_answers_at_once_is_asked_for_one_state_at_a_time() -> None:
    clock = Clock()
    flow = Flow(clock=clock)
    rounds(flow, clock, 50, model_s=0.0, lean_s=0.3)
    rounds(flow, clock, 50, model_s=0.0, lean_s=0.0)
    assert flow.width == 1


def test_a_prover_without_idle_time_narrows_the_search() -> None:
    clock = Clock()
    flow = Flow(clock=clock)
    rounds(flow, clock, 6, model_s=WINDOW_S, lean_s=0.1)
    wide = flow.width
    rounds(flow, clock, 4, model_s=0.01, lean_s=1.0)
    assert flow.width == wide - 3


def test_theorems_that_fill_the_models_batch_are_not_widened() -> None:
    clock = Clock()
    flow = Flow(clock=clock)
    for _ in range(10):
        with ExitStack() as requests:
            for _ in range(FULL_BATCH + 1):
                requests.enter_context(flow.asking())
            clock.now += WINDOW_S
    assert flow.width == 1
