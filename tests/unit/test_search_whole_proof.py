"""Whole-proof sampling on recorded scripts: what is checked and repaired, when it stops, what it keeps."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from recorded_prover import RecordedProver

from prover.errors import ContextLengthError, InputError, ModelError, StatementError
from prover.lean.backend import LeanProver
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.protocol import ErrorReply, ProtocolError, VerifyReply, verify_reply
from prover.lean.session import Launch
from prover.search.budgets import Budget
from prover.search.results import Outcome, Progress
from prover.search.whole_proof import WholeProofResult, WholeProofSettings, prove_whole
from prover.types import Attempted, Candidate, Position, Statement

GOAL = Statement("t", "goal")

Answer = list[str] | list[Candidate] | Exception


@dataclass
class Proofs:
    """Gives each draw its own answer, after its own `wait` in seconds, and failed scripts what `repairs` has.

    An answer is a list of scripts, likeliest first, or of candidates, or an error to raise.
    """

    draws: Sequence[Answer]
    repairs: Mapping[str, Answer] = field(default_factory=dict)
    wait: Sequence[float] = ()
    repaired: list[Attempted] = field(default_factory=list)
    drawn: int = 0
    cancelled: int = 0

    async def proofs(self, state: object, failed: Sequence[Attempted]) -> list[Candidate]:
        if failed:
            self.repaired.extend(failed)
            return self._candidates(self.repairs.get(failed[-1].script, []))
        self.drawn += 1
        number = self.drawn - 1
        try:
            await asyncio.sleep(self.wait[number] if self.wait else 0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self._candidates(self.draws[number])

    def _candidates(self, answer: Answer) -> list[Candidate]:
        if isinstance(answer, Exception):
            raise answer
        return [
            one if isinstance(one, Candidate) else Candidate(one, -1.0 - rank, tokens=10)
            for rank, one in enumerate(answer)
        ]


async def sample(
    policy: Proofs, scripts: Mapping[str, Any], prover: RecordedProver | None = None, **settings: Any
) -> WholeProofResult:
    prover = prover or RecordedProver({"goal": {}}, scripts=scripts)
    settings = {"draws": len(policy.draws), "concurrency": 1} | settings
    return await prove_whole(prover, policy, GOAL, WholeProofSettings(**settings))


def tried(result: WholeProofResult) -> list[str]:
    return [attempt.script for attempt in result.attempts]


async def test_the_likeliest_scripts_are_checked_first_each_once_and_none_after_the_proof() -> None:
    draw = [
        Candidate("late", -9.0),
        Candidate("  good\n  end", -2.0),
        Candidate("bad", -1.0),
        Candidate(" bad ", -1.5),
        Candidate("", -0.1),
    ]
    prover = RecordedProver({"goal": {}}, scripts={"good\nend": "proved"})
    result = await sample(Proofs([draw]), {}, prover, rounds=0)
    assert (result.outcome, result.budget, result.proved) == (Outcome.PROVED, None, True)
    assert result.proof is not None and result.proof.script() == "good\nend"
    assert prover.checked == ["bad", "good\nend"]
    assert (result.counts.expansions, result.counts.steps) == (1, 2)
    assert result.counts.errors == {"tactic_error": 1} and tried(result) == ["bad"]


async def test_a_failed_script_is_repaired_in_the_light_of_its_messages() -> None:
    scripts = {"simp\nomega": "tactic_error\n2:0-5 omega failed\n2:0-5 and why", "simp": "proved"}
    policy = Proofs([["simp\nomega"]], {"simp\nomega": ["simp"]})
    result = await sample(policy, scripts)
    assert result.proof is not None and result.proof.script() == "simp"
    (failed,) = policy.repaired
    assert failed.script == "simp\nomega"
    assert [(m.text, m.start) for m in failed.messages] == [
        ("omega failed", Position(2, 0)),
        ("and why", Position(2, 0)),
    ]
    assert (result.counts.expansions, result.counts.steps, result.counts.model_tokens) == (2, 2, 20)


async def test_repair_ends_after_the_rounds() -> None:
    policy = Proofs([["a"]], {"a": ["b"], "b": ["c"], "c": ["d"]})
    result = await sample(policy, {"d": "proved"}, rounds=2)
    assert (result.outcome, result.budget) == (Outcome.EXHAUSTED, None)
    assert tried(result) == ["a", "b", "c"] and [one.script for one in policy.repaired] == ["a", "b"]
    assert (await sample(Proofs([["a"]], policy.repairs), {"d": "proved"}, rounds=3)).proved


async def test_a_script_that_comes_back_is_not_checked_again() -> None:
    policy = Proofs([["a", "b"]], {"a": ["b", "a"], "b": ["a"]})
    result = await sample(policy, {})
    assert tried(result) == ["a", "b"] and result.outcome is Outcome.EXHAUSTED


async def test_the_script_that_got_furthest_is_repaired_first() -> None:
    scripts = {
        "one": "tactic_error\n1:0-3 no",
        "three": "tactic_error\n3:0-9 no\n4:0-9 no",
        "three, once": "tactic_error\n3:0-9 no",
        "unsolved at its end": "tactic_error\n1:0-5:3 unsolved goals",
        "endless": "timeout\n1:0-0 too long",
    }
    # The model is busy with the second draw until all scripts of the first are checked.
    policy = Proofs([list(scripts), []], wait=[0, 0.2])
    await sample(policy, scripts, rounds=1, repairs=3)
    assert [one.script for one in policy.repaired] == ["unsolved at its end", "three, once", "three"]


async def test_a_check_does_not_wait_for_all_samples() -> None:
    policy = Proofs([["slow to come"], ["good"]], wait=[600, 0])
    result = await sample(policy, {"good": "proved"}, concurrency=2)
    assert result.proved and policy.cancelled == 1


async def test_a_repair_is_asked_for_while_other_scripts_are_checked() -> None:
    scripts = {"a": "tactic_error\n1:0-1 no", "b": {"result": "proved", "sleep": 0.2}, "a'": "proved"}
    policy = Proofs([["a", "b"]], {"a": ["a'"]})
    result = await sample(policy, scripts)
    assert result.proof is not None and result.proof.script() == "b"
    assert [one.script for one in policy.repaired] == ["a"] and result.counts.expansions == 2


async def test_the_prover_is_given_one_script_of_a_theorem_at_a_time() -> None:
    scripts = {name: {"result": "tactic_error\n1:0-1 no", "sleep": 0.01} for name in "abcdef"}
    prover = RecordedProver({"goal": {}}, scripts=scripts)
    await sample(Proofs([["a", "b", "c"], ["d", "e", "f"]]), {}, prover, concurrency=2, rounds=0)
    assert sorted(prover.checked) == list("abcdef") and prover.most_running == 1


async def test_the_model_gets_no_more_requests_at_a_time_than_allowed() -> None:
    running: list[int] = []

    class Counting(Proofs):
        now = 0

        async def proofs(self, state: object, failed: Sequence[Attempted]) -> list[Candidate]:
            self.now += 1
            running.append(self.now)
            try:
                return await super().proofs(state, failed)
            finally:
                self.now -= 1

    await sample(Counting([["a"]] * 6, wait=[0.01] * 6), {}, concurrency=2)
    assert max(running) == 2


# Budgets.


@pytest.mark.parametrize(
    ("budget", "name", "checked"),
    [
        (Budget(tokens=20), "tokens", ["a", "b"]),
        (Budget(expansions=2), "expansions", ["a", "b", "c"]),
        (Budget(steps=1), "steps", ["a"]),
        (Budget(lean_s=3.0), "lean_s", ["a", "b"]),
    ],
)
async def test_a_spent_budget_stops_it_and_scripts_that_were_paid_for_are_checked(
    budget: Budget, name: str, checked: list[str]
) -> None:
    scripts = {text: {"result": "tactic_error\n1:0-1 no", "seconds": 2.0} for text in "abcd"}
    prover = RecordedProver({"goal": {}}, scripts=scripts)
    policy = Proofs([["a", "b"]], {"a": ["c"], "c": ["d"]})
    result = await sample(policy, {}, prover, budget=budget, repairs=1)
    assert (result.outcome, result.budget) == (Outcome.BUDGET, name)
    assert prover.checked == checked and tried(result) == checked


@pytest.mark.parametrize(("last", "proved"), [("proved", True), ("tactic_error\n1:0-1 no", False)])
async def test_the_last_check_that_the_budget_allows_is_not_cut_off_by_an_answer(
    last: str, proved: bool
) -> None:
    prover = RecordedProver({"goal": {}}, scripts={"a": {"result": last, "sleep": 0.2}})
    policy = Proofs([["a"], ["b"], ["c"]], wait=[0, 0.02, 600])
    result = await sample(policy, {}, prover, budget=Budget(steps=1), concurrency=3)
    assert (result.proved, result.budget) == (proved, None if proved else "steps")
    assert (prover.checked, prover.cancelled, policy.cancelled) == (["a"], 0, 1)


async def test_a_budget_that_nothing_more_was_wanted_of_is_not_the_reason() -> None:
    result = await sample(Proofs([["a"]]), {}, budget=Budget(expansions=1, steps=1), rounds=0)
    assert (result.outcome, result.budget) == (Outcome.EXHAUSTED, None)


async def test_the_wall_clock_cancels_what_is_in_flight() -> None:
    policy = Proofs([["a"], ["b"]], wait=[0, 600])
    prover = RecordedProver({"goal": {}}, scripts={"a": {"result": "proved", "sleep": 600}})
    result = await sample(policy, {}, prover, budget=Budget(wall_s=0.1), concurrency=2)
    assert (result.outcome, result.budget) == (Outcome.BUDGET, "wall_s")
    assert (policy.cancelled, prover.cancelled) == (1, 1)


# The model's faults.


async def test_a_model_that_gives_no_answer_ends_it_and_what_was_tried_is_kept() -> None:
    policy = Proofs([["a", "b"]], {"a": ModelError("server down"), "b": ["good"]})
    result = await sample(policy, {"good": "proved"})
    assert (result.outcome, result.failure, result.proof) == (Outcome.FAILED, "server down", None)
    assert tried(result) == ["a", "b"] and len(policy.repaired) == 1


async def test_scripts_received_before_the_model_failed_are_still_checked() -> None:
    policy = Proofs([["a", "good"], ModelError("server down")])
    scripts = {"a": {"result": "tactic_error\n1:0-1 no", "sleep": 0.05}, "good": "proved"}
    result = await sample(policy, scripts, concurrency=2)
    assert result.proved and result.failure == ""


async def test_a_repair_prompt_that_is_too_long_costs_that_repair_alone() -> None:
    policy = Proofs([["a", "b"]], {"a": ContextLengthError("too long"), "b": ["good"]})
    result = await sample(policy, {"good": "proved"})
    assert result.proved and result.counts.errors["context_length"] == 1


async def test_model_output_that_is_no_proof_is_counted_with_its_tokens() -> None:
    draw = [Candidate("", -1.0, 7, dropped="sorry"), Candidate("", -1.0, 5, dropped="sorry")]
    result = await sample(Proofs([draw]), {})
    assert result.counts.errors == {"dropped: sorry": 2} and result.counts.model_tokens == 12
    assert result.outcome is Outcome.EXHAUSTED and result.counts.steps == 0


async def test_a_log_probability_that_is_no_number_comes_last() -> None:
    prover = RecordedProver({"goal": {}})
    draw = [Candidate("odd", float("nan")), Candidate("unlikely", -1e6), Candidate("likely", -1.0)]
    await sample(Proofs([draw]), {}, prover, rounds=0)
    assert prover.checked == ["likely", "unlikely", "odd"]


@pytest.mark.parametrize(
    "failure", ["parse_error", "forbidden", "timeout", "crashed", "memory_limit", "axioms"]
)
async def test_what_a_script_does_to_the_prover_is_counted_by_its_kind(failure: str) -> None:
    result = await sample(Proofs([["bad", "good"]]), {"bad": f"{failure}\n1:0-0 why", "good": "proved"})
    assert result.proved and result.counts.errors == {failure: 1}


async def test_memory_is_bounded_in_attempts_messages_and_their_length() -> None:
    lines = [f"{number}:0-1 " + "x" * 5_000 for number in range(1, 21)]
    scripts = {f"s{i}": "\n".join(["tactic_error", f"{i + 1}:0-1 first", *lines[i:]]) for i in range(10)}
    result = await sample(Proofs([list(scripts)]), scripts, rounds=0, keep=3)
    assert tried(result) == ["s7", "s8", "s9"]
    for attempt in result.attempts:
        assert len(attempt.messages) == 8 and attempt.messages[0].text == "first"
        assert attempt.messages[-1].text.endswith("x …")
        assert max(len(message.text) for message in attempt.messages) < 1_010


# What it refuses, and what it says on the way.


async def test_a_statement_that_does_not_elaborate_is_an_error_of_the_users() -> None:
    with pytest.raises(StatementError):
        await prove_whole(RecordedProver({}), Proofs([["a"]]), GOAL)


async def test_a_hole_of_a_declaration_is_refused_before_the_model_is_asked() -> None:
    policy = Proofs([["a"]])
    hole = Statement("t", "goal", place=Position(1, 3))
    with pytest.raises(StatementError, match="holes"):
        await prove_whole(RecordedProver({"goal": {}}), policy, hole)
    assert policy.drawn == 0


@pytest.mark.parametrize(
    "wrong", [{"draws": 0}, {"rounds": -1}, {"repairs": -1}, {"concurrency": -1}, {"keep": 0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        WholeProofSettings(**wrong)


async def test_progress_ends_with_the_final_counts() -> None:
    records: list[Progress] = []
    await prove_whole(
        RecordedProver({"goal": {}}),
        Proofs([["a", "b"]]),
        GOAL,
        WholeProofSettings(draws=1, rounds=0, progress_every_s=0),
        records.append,
    )
    assert (records[-1].expansions, records[-1].steps, records[-1].open_goals) == (1, 2, 0)
    assert {record.goal for record in records} == {"a", "b", ""}


# The reply that a check rests on, and a process that ends while it checks.

PASSED = {"name": "syntax", "passed": True}


def test_a_reply_is_a_proof_only_if_there_are_rungs_and_all_passed() -> None:
    refused = {"name": "elaborates", "passed": False, "detail": "no"}
    passed, failed = verify_reply({"rungs": [PASSED]}), verify_reply({"rungs": [PASSED, refused]})
    assert isinstance(passed, VerifyReply) and passed.refusal is None and passed.failure == ""
    assert isinstance(failed, VerifyReply) and failed.failure == "tactic_error"
    with pytest.raises(ProtocolError):
        verify_reply({"rungs": []})


@pytest.mark.parametrize("passed", ["true", 1, None])
def test_a_rung_passes_by_nothing_but_true(passed: object) -> None:
    reply = verify_reply({"rungs": [{"name": "kernel", "passed": passed}]})
    assert isinstance(reply, VerifyReply) and reply.failure == "kernel"


def test_an_interrupted_check_is_told_from_other_errors() -> None:
    kinds = [verify_reply({"message": text}) for text in ("interrupted", "Unknown environment.")]
    assert [reply.kind for reply in kinds if isinstance(reply, ErrorReply)] == ["interrupted", "tactic"]


async def test_a_process_that_ends_during_a_check_is_replaced() -> None:
    """The stand-in for Lean ends at a `verify` request, which it does not know."""
    stand_in = Path(__file__).parents[1] / "repl_stand_in.py"
    launch = Launch((sys.executable, str(stand_in)), env=dict(os.environ))
    prover = LeanProver(LeanPool(launch, PoolSettings(size=1, spares=0)))
    try:
        statement = Statement("t", "theorem t : P")
        state = await prover.start(statement)
        checked = await prover.check(statement, "simp")
        assert checked.failure == "crashed" and not checked.proved
        assert "exit code 1" in checked.messages[0].text and "\n" not in checked.messages[0].text
        result = await prover.step(state, "close")
        assert type(result).__name__ == "Closed"
    finally:
        await prover.close()
