"""What tactics cost, and what that does to the order in which they are tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from prover.errors import ModelError
from prover.policy.costs import COSTS, TacticCosts, read_costs, tactic_words
from prover.policy.mixed import MixedPolicy
from prover.types import Candidate, Goal, State, Statement

STATE = State(Statement("t", "theorem t : p"), (), (Goal("⊢ p", "p"),))
CHEAP_AND_DEAR = TacticCosts(0.01, {"omega": 0.01, "nlinarith": 0.99})


class Fixed:
    def __init__(self, *candidates: Candidate) -> None:
        self.candidates = list(candidates)

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self.candidates for _ in states]

    async def close(self) -> None: ...


def write(folder: Path, content: object) -> Path:
    (folder / COSTS).write_bytes(orjson.dumps(content))
    return folder


def test_a_tactic_costs_the_sum_of_its_words() -> None:
    assert CHEAP_AND_DEAR.seconds("((try nlinarith); nlinarith; omega)") == pytest.approx(1.01)
    assert CHEAP_AND_DEAR.seconds("exact h") == 0.01


def test_hypotheses_and_constants_are_no_words_of_a_tactic() -> None:
    assert tactic_words("rw [Nat.add_comm, h₀, hx] at H; simp_all?") == {"add_comm", "simp_all?"}


async def test_of_likely_and_dear_against_less_likely_and_cheap_the_cheap_one_comes_first() -> None:
    policy = Fixed(Candidate("nlinarith", math.log(0.6), 2), Candidate("omega", math.log(0.4), 3))
    [mixed] = await MixedPolicy([policy], costs=CHEAP_AND_DEAR).propose([STATE])
    assert [candidate.tactic for candidate in mixed] == ["omega", "nlinarith"]
    assert math.fsum(math.exp(candidate.logprob) for candidate in mixed) == pytest.approx(1)
    assert [candidate.tokens for candidate in mixed] == [3, 2]


async def test_what_is_likely_enough_comes_first_however_dear() -> None:
    policy = Fixed(Candidate("omega", -9.0), Candidate("nlinarith", -0.001))
    [mixed] = await MixedPolicy([policy], costs=CHEAP_AND_DEAR).propose([STATE])
    assert mixed[0].tactic == "nlinarith"


def test_a_folder_without_costs_has_none(tmp_path: Path) -> None:
    assert read_costs(tmp_path) is None


def test_costs_are_read_as_they_were_written(tmp_path: Path) -> None:
    costs = read_costs(write(tmp_path, {"base": 0.01, "words": {"omega": 0.01, "nlinarith": 0.99}}))
    assert costs == CHEAP_AND_DEAR


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"base": 1.0},
        {"base": "cheap", "words": {}},
        {"base": 0.0, "words": {}},
        {"base": 0.1, "words": ["omega"]},
        {"base": 0.1, "words": {"omega": -1.0}},
        {"base": 0.1, "words": {"omega": None}},
        {"base": 0.1, "words": {"omega": 1e300}},
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: object) -> None:
    with pytest.raises(ModelError, match=f"{COSTS} is damaged"):
        read_costs(write(tmp_path, content))


def test_a_file_that_is_no_json_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / COSTS).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=f"{COSTS} is damaged"):
        read_costs(tmp_path)
