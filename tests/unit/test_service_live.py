"""A search as it is followed live: what a reader gets, however slow, and how the queue moves."""

from __future__ import annotations

from typing import Any

import pytest
from recorded_prover import RecordedProver, Table, TablePolicy

from prover.search import Progress, SearchSettings, prove
from prover.service import live
from prover.service.live import Feed
from prover.service.places import Busy, Places
from prover.types import Statement

TABLE: Table = {
    "p ∧ q": {"constructor": ["p", "q"], "nonsense": "error: no"},
    "p": {"go": ["p'"]},
    "p'": {"assumption": "closed"},
    "q": {"simp": "error: no", "exact hq": "closed"},
}


class Reader:
    """Reads a feed's events that are there."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.told: list[live.Event] = []

    async def __call__(self) -> list[tuple[str, dict[str, Any]]]:
        async for event in self.feed.events():
            self.told.append(event)
        return self.told


async def search(feed: Feed, on_progress: Any) -> None:
    settings = SearchSettings(progress_every_s=0.0)
    await prove(RecordedProver(TABLE), TablePolicy(TABLE), Statement("t", "p ∧ q"), settings, on_progress)


async def test_only_states_that_are_new_or_have_changed_are_sent() -> None:
    feed = Feed()
    sent: list[set[str]] = []

    def follow(progress: Progress) -> None:
        feed.progress(progress)
        feed._flush()
        sent.append(set(feed._events[-1][1]["tree"]["states"]))

    await search(feed, follow)
    assert sent[0] == {"0"} and set.union(*sent) == {"0", "1", "2", "3"}
    # State 2, `q`, waits while `p` is worked on: nothing of it is sent again meanwhile.
    assert sum("2" in states for states in sent) < len(sent) / 2


async def test_a_slow_reader_gets_the_latest_figures_and_the_whole_tree() -> None:
    feed = Feed()
    await search(feed, feed.progress)
    feed.judging()
    feed.end("result", {"proved": True})
    told = await Reader(feed)()
    assert [name for name, _ in told] == ["progress", "judging", "result"]
    states = told[0][1]["tree"]["states"]
    assert set(states) == {"0", "1", "2", "3"} and all(state["proof"] for state in states.values())


async def test_a_large_tree_is_cut_but_its_proof_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_STATES", 1)
    feed = Feed()
    await search(feed, feed.progress)
    feed.end("result", {})
    (_, progress), _ = await Reader(feed)()
    assert set(progress["tree"]["states"]) == {"0", "1", "2", "3"} and progress["tree"]["cut"] == 0
    monkeypatch.undo()
    assert live.MOST_STATES > 1


def test_places_are_given_in_the_order_of_coming() -> None:
    places = Places(1, 2)
    with places.visit() as first, places.visit() as second, places.visit() as third:
        assert first.admitted.is_set() and not second.admitted.is_set()
        assert (second.ahead, third.ahead, places.working, places.waiting) == (0, 1, 1, 2)
        with pytest.raises(Busy), places.visit():
            pass
    assert (places.working, places.waiting) == (0, 0)


def test_the_time_to_come_again_follows_from_how_long_requests_take() -> None:
    now = 0.0
    places = Places(1, 0, clock=lambda: now)
    for _ in range(40):
        with places.visit():
            now += 30.0
    with places.visit(), pytest.raises(Busy) as busy, places.visit():
        pass
    assert 25 <= busy.value.retry_after <= 30


def test_a_visit_that_never_got_its_turn_does_not_count_as_a_short_one() -> None:
    now = 0.0
    places = Places(1, 1, clock=lambda: now)
    with places.visit():
        with places.visit():
            pass
        now += 30.0
    assert places._mean_s > 5
