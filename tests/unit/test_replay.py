"""Candidates are recorded as they come and replayed without a model; the dummy needs neither."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from prover.errors import InputError
from prover.policy.dummy import DummyPolicy
from prover.policy.recording import Recorder, Recording, open_recorder
from prover.policy.replay import ReplayPolicy
from prover.types import Candidate, Focus, Goal, Policy, State, Statement, Step


def state(*goals: str, path: tuple[Step, ...] = (), name: str = "t") -> State:
    return State(Statement(name, f"theorem {name} : True"), path, tuple(Goal(goal) for goal in goals))


class Table:
    """A policy that answers from a table, and knows whether it was closed."""

    def __init__(self, answers: dict[str, list[Candidate]]) -> None:
        self.answers, self.closed = answers, False

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        await asyncio.sleep(0)
        return [self.answers.get(one.goals[0].text, []) for one in states]

    async def close(self) -> None:
        self.closed = True


A = [Candidate("simp", -1.5, 3), Candidate("ring", -2.0, 2), Candidate("", -1.0, 5, "chatter")]
B = [Candidate("have h : 1 = 1 := by\n  rfl", -0.5, 9, chance=0.25)]


async def test_what_was_recorded_is_replayed_for_the_same_goals(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    table = Table({"⊢ a": A, "⊢ b": B})
    recorder = Recorder(table, Recording(path))
    assert await recorder.propose([state("⊢ a"), state("⊢ b", "⊢ c")]) == [A, B]
    await recorder.close()
    assert table.closed
    replay = ReplayPolicy(path)
    assert await replay.propose([state("⊢ b", "⊢ c"), state("⊢ a")]) == [B, A]
    assert replay.unknown == 0
    await replay.close()


async def test_a_chance_is_in_the_file_only_where_one_was_learnt(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(Table({"⊢ a": A, "⊢ b": B}), Recording(path))
    await recorder.propose([state("⊢ a"), state("⊢ b")])
    await recorder.close()
    plain, learnt = map(json.loads, path.read_text().splitlines())
    assert all("chance" not in one for one in plain["candidates"])
    assert [one["chance"] for one in learnt["candidates"]] == [0.25]


async def test_states_that_were_not_recorded_get_nothing_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"state": "⊢ a", "candidates": [{"tactic": "simp", "logprob": -1.0, "tokens": 2}]}\n')
    replay = ReplayPolicy(path)
    answers = await replay.propose([state("⊢ a "), state("⊢ a"), state("⊢ z")])
    assert answers == [[], [Candidate("simp", -1.0, 2)], []]
    assert replay.unknown == 2


async def test_a_line_is_in_the_file_as_soon_as_it_was_proposed(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(Table({"⊢ a": A}), Recording(path))
    await recorder.propose([state("⊢ a")])
    assert json.loads(path.read_text())["state"] == "⊢ a"
    await recorder.close()


async def test_proposals_at_the_same_time_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(Table({f"⊢ {n}": [Candidate("x" * 5000, -n, 1)] for n in range(40)}), Recording(path))
    await asyncio.gather(*(recorder.propose([state(f"⊢ {n}")]) for n in range(40)))
    await recorder.close()
    states = [json.loads(line)["state"] for line in path.read_text().splitlines()]
    assert sorted(states) == sorted(f"⊢ {n}" for n in range(40))


async def test_a_half_written_last_line_is_left_out_and_cut_off_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(Table({"⊢ a": A}), Recording(path))
    await recorder.propose([state("⊢ a")])
    await recorder.close()
    with path.open("a") as file:
        file.write('{"state": "⊢ b", "candi')
    assert await ReplayPolicy(path).propose([state("⊢ a"), state("⊢ b")]) == [A, []]
    recorder = Recorder(Table({"⊢ b": B}), Recording(path))
    await recorder.propose([state("⊢ b")])
    await recorder.close()
    assert await ReplayPolicy(path).propose([state("⊢ a"), state("⊢ b")]) == [A, B]


async def test_a_recording_that_cannot_be_written_is_told_before_the_model_is_opened(tmp_path: Path) -> None:
    opened: list[Policy] = []

    async def opening() -> Policy:
        opened.append(Table({}))
        return opened[0]

    with pytest.raises(InputError, match="absent"):
        await open_recorder(tmp_path / "absent" / "run.jsonl", opening)
    assert opened == []
    recorder = await open_recorder(tmp_path / "run.jsonl", opening)
    assert recorder.policy is opened[0]
    await recorder.close()


async def test_a_policy_is_closed_though_its_recording_cannot_be(tmp_path: Path) -> None:
    class OnABrokenDisk(Recording):
        def close(self) -> None:
            super().close()
            raise OSError("input/output error")

    table = Table({})
    with pytest.raises(OSError, match="input/output"):
        await Recorder(table, OnABrokenDisk(tmp_path / "run.jsonl")).close()
    assert table.closed


async def test_a_state_recorded_twice_has_each_tactic_once(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    for answers in ([Candidate("simp", -1, 1)], [Candidate("simp", -2, 1), Candidate("ring", -3, 1)]):
        recorder = Recorder(Table({"⊢ a": answers}), Recording(path))
        await recorder.propose([state("⊢ a")])
        await recorder.close()
    assert await ReplayPolicy(path).propose([state("⊢ a")]) == [
        [Candidate("simp", -1, 1), Candidate("ring", -3, 1)]
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"state": "⊢ a", "cand\n{"state": "⊢ b", "candidates": []}\n', r"run.jsonl:1: broken JSON"),
        ('{"state": "⊢ a", "candidates": []}\n{"state": "⊢ b"}\n', r"run.jsonl:2.*candidates"),
        ('{"state": "⊢ a", "candidates": [{"logprob": 1}]}\n', r"run.jsonl:1.*tactic"),
        ("[1, 2]\n", r"run.jsonl:1"),
        ('{"results": [{"attempt_results": [{"success": true}]}]}', "proof"),
        ('{"results": 3}', "search log"),
    ],
)
def test_a_file_that_is_no_recording_is_named_by_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        ReplayPolicy(path)


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.jsonl"):
        ReplayPolicy(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="absent"):
        Recorder(DummyPolicy(), Recording(tmp_path / "absent" / "run.jsonl"))


def search_log(path: Path, trace: bool) -> None:
    """A log in the form of Llemma's released results, with a proof of our own."""
    proof = ["intro h", "rw [h]", "ring"]
    found: dict[str, Any] = {
        "theorem": "t",
        "proof": proof,
        "score": 1.5,
        "success": True,
        "failure_reason": "",
        "temperature": [0.0],
        "elapsed": -2.0,
        "iteration": 3,
    }
    if trace:
        states = ["⊢ a", "h : b\n⊢ c", "h : b\n⊢ d"]
        found["trace"] = [
            {"tactic": tactic, "state_before": before} for tactic, before in zip(proof, states, strict=True)
        ]
    failed = {"theorem": "u", "success": False, "failure_reason": "SearchEnded"}
    results = [
        {"attempt_results": [one], "success": one["success"], "example": {"full_name": one["theorem"]}}
        for one in (found, failed)
    ]
    path.write_text(json.dumps({"results": results}, indent=4))


async def test_a_published_proof_is_replayed_step_by_step(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    search_log(path, trace=False)
    replay = ReplayPolicy(path)
    paths: list[tuple[Step, ...]] = [(), ("intro h",), ("intro h", Focus(0), "rw [h]")]
    answers = await replay.propose([state("⊢ new", path=steps) for steps in paths])
    assert [[one.tactic for one in answer] for answer in answers] == [["intro h"], ["rw [h]"], ["ring"]]
    assert math.isclose(math.fsum(answer[0].logprob for answer in answers), -1.5)
    beside: list[State] = [
        state("⊢ new", path=("intro h", "simp")),
        state("⊢ new", path=("intro h", "rw [h]", "ring")),
        state("⊢ new", name="u"),
        state("⊢ new", name="other"),
    ]
    assert await replay.propose(beside) == [[], [], [], []]
    assert replay.unknown == 4


async def test_a_published_proof_is_found_by_its_states_too(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    search_log(path, trace=True)
    (answer,) = await ReplayPolicy(path).propose(
        [state("h : b\n⊢ d", path=("something else",), name="other")]
    )
    assert [one.tactic for one in answer] == ["ring"]


async def test_the_dummy_says_the_same_of_the_same_state_and_differs_between_states() -> None:
    states = [state(f"⊢ {n} = {n}") for n in range(20)]
    first, again = await DummyPolicy().propose(states), await DummyPolicy().propose(states)
    assert first == again
    assert len({answer[0].tactic for answer in first}) > 3
    assert await DummyPolicy(seed=1).propose(states) != first


async def test_the_dummys_candidates_are_distinct_ranked_and_no_more_likely_than_certain() -> None:
    policy = DummyPolicy(width=6, delay_s=0.001)
    (answer,) = await policy.propose([state("⊢ a")])
    assert len({one.tactic for one in answer}) == 6 and all(one.tokens > 0 for one in answer)
    assert [one.logprob for one in answer] == sorted((one.logprob for one in answer), reverse=True)
    assert math.fsum(math.exp(one.logprob) for one in answer) <= 1
    await policy.close()


async def test_a_candidate_recorded_as_impossible_comes_back_as_impossible(tmp_path: Path) -> None:
    """JSON has no minus infinity: it is written as null, and null was read as certain."""
    path = tmp_path / "run.jsonl"
    path.write_text('{"state": "⊢ a", "candidates": [{"tactic": "simp", "logprob": null}]}\n')
    (answer,) = await ReplayPolicy(path).propose([State(Statement("t", "theorem t : a"), (), (Goal("⊢ a"),))])
    assert answer[0].logprob == -math.inf
