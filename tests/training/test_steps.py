"""From a found proof to records: replayed, in plain tactics where these do, what failed beside it."""

import pytest
from recorded_prover import RecordedProver, Table, TablePolicy

from prover.search import prove
from prover.types import ProofTree, State, Statement
from training.statements import TrainingStatement
from training.steps import ReplayFailed, failures, known_failures, records, replayed

TABLE: Table = {
    "p ∧ q": {"constructor": ["p", "q"], "tauto": "error: unknown"},
    "p": {"magic": {"result": "closed", "seconds": 0.5}, "simp": "closed"},
    "q": {"cases x": ["q'"], "omega": "error: no"},
    "q'": {"weird": "closed"},
}
SOURCE = TrainingStatement("t", "p ∧ q", "import X", "generated", "logic", "train")


async def root(prover: RecordedProver) -> State:
    return await prover.start(Statement("t", "p ∧ q"))


FOUND = ProofTree("constructor", (ProofTree("magic"), ProofTree("cases x", (ProofTree("weird"),))))


async def test_each_goal_of_a_split_is_replayed_and_a_plain_tactic_takes_the_place_of_another() -> None:
    prover = RecordedProver(TABLE)
    steps, proof = await replayed(prover, await root(prover), FOUND, {})
    assert [(step.goal, step.tactic, step.after) for step in steps] == [
        ("p ∧ q", "constructor", ("p", "q")),
        ("p", "simp", ()),
        ("q", "cases x", ("q'",)),
        ("q'", "weird", ()),
    ]
    assert proof.script() == "constructor\n· simp\n· cases x\n  weird"


async def test_a_rest_of_several_steps_is_replaced_by_one_that_does_as_well() -> None:
    prover = RecordedProver({**TABLE, "p ∧ q": {"constructor": ["p", "q"], "grind": "closed"}})
    steps, proof = await replayed(prover, await root(prover), FOUND, {})
    assert [step.tactic for step in steps] == ["grind"] and proof == ProofTree("grind")


async def test_what_the_search_saw_fail_is_not_tried_again() -> None:
    prover = RecordedProver(TABLE)
    await replayed(prover, await root(prover), FOUND, {"q": {"rfl", "simp", "omega", "simp_all", "grind"}})
    assert [step for goal, step in prover.log if goal == "q"] == ["cases x"]


async def test_a_proof_that_does_not_run_again_is_refused() -> None:
    prover = RecordedProver(TABLE)
    with pytest.raises(ReplayFailed, match="'magic' gave Open"):
        await replayed(RecordedProver({**TABLE, "p": {"magic": ["p'"]}}), await root(prover), FOUND, {})


async def test_records_have_llemmas_layout_and_our_fields() -> None:
    prover = RecordedProver(TABLE)
    steps, _ = await replayed(prover, await root(prover), FOUND, {})
    first, second, *_ = records(SOURCE, steps, 2)
    assert first["text"] == "[GOAL]p ∧ q[PROOFSTEP]constructor"
    assert first["goals_after"] == ("p", "q") and not first["closes"] and first["path"] == []
    assert second["closes"] and second["path"] == ["constructor", "focus 0"]
    assert (second["split"], second["group"], second["round"]) == ("train", "logic", 2)


async def test_what_failed_on_a_solved_state_is_kept_with_its_error() -> None:
    policy = TablePolicy(TABLE, {"p ∧ q": {"tauto": -0.1, "constructor": -0.2}, "q": {"cases x": -0.1}})
    result = await prove(RecordedProver(TABLE), policy, Statement("t", "p ∧ q"))
    assert result.graph is not None
    assert [(row["goal"], row["tactic"], row["error"]) for row in failures(SOURCE, result.graph, 0)] == [
        ("p ∧ q", "tauto", "tactic_error: unknown")
    ]
    assert known_failures(result.graph)["p ∧ q"] == {"tauto"}
