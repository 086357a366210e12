"""The comparison of transports, in small: all of a message arrives over pipes, and not over a terminal."""

from __future__ import annotations

import pytest

from benchmarks.transport import MEGABYTES, AsyncioPipes, PexpectPipes, measure, tables, through_a_terminal


@pytest.mark.parametrize("kind", [AsyncioPipes, PexpectPipes])
def test_long_messages_arrive_whole_over_pipes(kind: type) -> None:
    measured = measure(kind, exchanges=20)
    assert measured.exchanges == 20 and measured.rate > 0 and measured.reply_s > 0
    assert f"{MEGABYTES} MB" in str(next(tables([measured], [])).title)


def test_a_terminal_cuts_long_lines_and_gives_the_request_back() -> None:
    short, long = through_a_terminal(1_000), through_a_terminal(10_000)
    assert short.arrived == short.sent and short.echoed
    assert long.arrived is None or long.arrived < long.sent
