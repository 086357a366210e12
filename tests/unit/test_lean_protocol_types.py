"""What the typed protocol makes of replies: a step that only looks like success is none."""

from __future__ import annotations

import pytest

from prover.lean.protocol import (
    CommandReply,
    ErrorReply,
    ProtocolError,
    TacticReply,
    command_reply,
    tactic_reply,
)

DONE = {"proofState": 3, "goals": [], "proofStatus": "Completed"}
ERROR = {"severity": "error", "pos": {"line": 0, "column": 0}, "endPos": None, "data": "unknown constant"}


def test_a_completed_reply_without_goals_is_closed() -> None:
    reply = tactic_reply(DONE)
    assert isinstance(reply, TacticReply) and reply.closed


@pytest.mark.parametrize(
    "flaw",
    [
        {"messages": [ERROR]},
        {"sorries": [{"goal": "⊢ False", "proofState": 2}]},
        {"proofStatus": "Incomplete: contains metavariable(s)"},
        {"proofStatus": "Incomplete: contains sorry"},
        {"proofStatus": "Error: kernel type check failed: x"},
        {"proofStatus": ""},
    ],
)
def test_no_goals_with_a_flaw_is_not_closed(flaw: dict[str, object]) -> None:
    reply = tactic_reply(DONE | flaw)
    assert isinstance(reply, TacticReply) and not reply.closed and reply.flaw


def test_a_warning_is_no_flaw() -> None:
    reply = tactic_reply(DONE | {"messages": [ERROR | {"severity": "warning"}]})
    assert isinstance(reply, TacticReply) and reply.closed


def test_open_goals_carry_hypotheses_and_metavariables() -> None:
    info = {
        "hyps": [{"name": "x", "type": "Nat", "accessible": False}],
        "target": "x = ?a",
        "case": "left",
        "mvars": ["m.1"],
    }
    reply = tactic_reply({"proofState": 1, "goals": ["x : Nat\n⊢ x = ?a"], "goalInfos": [info]})
    assert isinstance(reply, TacticReply)
    goal = reply.goals[0]
    assert (goal.case, goal.target, goal.metavariables) == ("left", "x = ?a", frozenset({"m.1"}))
    assert not goal.hypotheses[0].accessible and not reply.closed and not reply.flaw


def test_a_refusal_keeps_its_kind_and_loses_its_prefix() -> None:
    reply = tactic_reply({"message": "Lean error:\nomega could not", "kind": "heartbeats"})
    assert reply == ErrorReply("omega could not", "heartbeats")


def test_an_environment_with_errors_is_still_an_environment() -> None:
    reply = command_reply({"env": 4, "messages": [ERROR]})
    assert isinstance(reply, CommandReply) and reply.env == 4 and len(reply.errors) == 1


@pytest.mark.parametrize("reply", [{}, {"goals": []}, {"message": 3}])
def test_a_reply_of_no_known_form_is_refused(reply: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        tactic_reply(reply)
    with pytest.raises(ProtocolError):
        command_reply(reply)


def test_an_id_that_is_no_number_is_refused() -> None:
    with pytest.raises(ProtocolError, match="proofState"):
        tactic_reply({"proofState": "0", "goals": []})
