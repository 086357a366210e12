"""The Lean tactics `suggest` and `prove?`, elaborated by a real Lean, asking a real service by a real `curl`.

The embedded Lean starts no process: between the question that the tactic hands to `curl` and the answer that
it reads, the test starts `curl` itself.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from service_stand_in import Running, serving

from prover.attempts import Plan, Tools
from prover.judge import LeanJudge
from prover.lean.backend import LeanProver
from prover.lean.protocol import Json
from prover.lean.session import Launch, LeanSession
from prover.policy.registry import PolicyChoice, open_policy
from prover.search import Budget, SearchSettings
from prover.search.flow import Flow
from prover.service.operations import Operations, Settings

SOURCE = Path(__file__).parents[2] / "editors" / "lean" / "ProverSuggest.lean"
TOKEN = "a token that is long enough"

AND = """theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  · suggest
  · suggest
"""

_TACTICS = """
open Lean Elab Tactic
@[tactic ProverSuggest.suggest] def suggestHere : Tactic := fun ref => ProverSuggest.suggestAt ask ref
@[tactic ProverSuggest.proveStx] def proveHere : Tactic := fun ref => ProverSuggest.proveAt ask ref
"""


@pytest_asyncio.fixture(scope="module")
async def service(prover: LeanProver, judge: LeanJudge) -> AsyncIterator[Running]:
    choice = PolicyChoice(("portfolio",)).complete()
    policy = await open_policy(choice)
    plan = Plan(SearchSettings(budget=Budget(lean_s=20, wall_s=60)))
    operations = Operations(Tools(prover, judge, policy, Flow()), Settings(choice, plan))
    async with serving(operations, TOKEN) as running:
        yield running
    await policy.close()


class User:
    """Somebody whose Lean has our file imported."""

    def __init__(self, lean: LeanSession, env: int) -> None:
        self._lean, self._env = lean, env

    async def elaborate(self, text: str, env: int | None = None) -> Json:
        return await elaborate(self._lean, text, self._env if env is None else env)

    async def told(self, file: str, url: str) -> str:
        """What `curl` is told for the first question of a file."""
        ask = f'ProverSuggest.curlConfig ({lean_string(url)} ++ route) "{TOKEN}" body'
        env = await self._asking(f"fun route body => throwError ({ask})")
        (error,) = texts(await self.elaborate(file, env), "error")[:1]
        return error

    async def answered(self, file: str, answer: str) -> Json:
        """What Lean says of the file when every question gets this answer."""
        return await self.elaborate(file, await self._asking(f"fun _ _ => return {lean_string(answer)}"))

    async def _asking(self, ask: str) -> int:
        reply = await self.elaborate(f"open Lean in\ndef ask : ProverSuggest.Ask := {ask}\n{_TACTICS}")
        assert texts(reply, "error") == []
        return int(reply["env"])


@pytest_asyncio.fixture(scope="module")
async def user(launch: Launch) -> AsyncIterator[User]:
    lean = await LeanSession.start(launch)
    reply = await elaborate(lean, SOURCE.read_text(encoding="utf-8"), None)
    # Only what starts a process has no code here.
    for error in texts(reply, "error"):
        assert "has no executable code" in error and re.search(
            r"'(IO\.Process\.|ProverSuggest\.byCurl)", error
        )
    yield User(lean, reply["env"])
    await lean.close()


async def elaborate(lean: LeanSession, text: str, env: int | None) -> Json:
    request = {"cmd": text} | ({} if env is None else {"env": env})
    return await lean.request(request, 300)


def texts(reply: Json, severity: str) -> list[str]:
    return [one["data"] for one in reply.get("messages", []) if one["severity"] == severity]


def offers(reply: Json) -> list[str]:
    """What the editor shows: the text that a click puts there, without its remark."""
    found = [one for one in texts(reply, "info") if one.startswith("Try this:")]
    return [one.removeprefix("Try this:\n  [apply] ").partition("  -- ")[0] for one in found]


def lean_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


async def by_curl(told: str) -> str:
    assert (curl := shutil.which("curl")) is not None, "this test needs curl"
    process = await asyncio.create_subprocess_exec(
        curl, "--config", "-", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(told.encode()), 120)
    assert process.returncode == 0
    return out.decode()


async def test_suggest_offers_what_closes_the_goal_and_leaves_it_open(user: User, service: Running) -> None:
    answer = await by_curl(await user.told(AND, service.url))
    reply = await user.answered(AND, answer)
    assert texts(reply, "error") == [] and any("sorry" in one for one in texts(reply, "warning"))
    offered = offers(reply)
    # Whatever proves `p` from `hp` only is none for the second place.
    assert offered and json.loads(answer)["suggestions"][0]["label"] == "closes the goal"
    assert "exact hp" not in offered[1:]
    filled = AND.replace("suggest", offered[0], 1).replace("suggest", "exact hq")
    assert texts(await user.elaborate(filled), "error") == []


async def test_a_suggestion_that_leaves_goals_fits_its_place(user: User, service: Running) -> None:
    file = "theorem t (p q : Prop) (hq : q) (hp : q → p) : p ∧ q := by\n  have := hq\n  suggest\n"
    answer = await by_curl(await user.told(file, service.url))
    reply = await user.answered(file, answer)
    split = [one["text"] for one in json.loads(answer)["suggestions"] if one["tactic"] == "constructor"]
    assert split == ["constructor\n  · sorry\n  · sorry"]
    assert (
        texts(reply, "error") == []
        and texts(await user.elaborate(file.replace("suggest", split[0])), "error") == []
    )


async def test_prove_closes_the_goal_by_what_it_shows(user: User, service: Running) -> None:
    file = "theorem 𝔱 (p q r : Prop) («h \\» : p ∧ q ∧ r) : r ∧ q ∧ p := by\n  prove?\n"
    answer = await by_curl(await user.told(file, service.url))
    reply = await user.answered(file, answer)
    assert texts(reply, "error") == [] and not any("sorry" in one for one in texts(reply, "warning"))
    (text,) = [json.loads(answer)["text"]]
    assert texts(await user.elaborate(file.replace("prove?", text)), "error") == []


async def test_what_is_not_found_is_said_at_the_tactic(user: User, service: Running) -> None:
    hard = "theorem t (n : Nat) (f : Nat → Nat) : f n = n := by\n  prove?\n"
    (error,) = texts(await user.answered(hard, await by_curl(await user.told(hard, service.url))), "error")
    assert error.startswith("Prover: no proof was found")
    lost = "theorem t : unknown_thing := by\n  suggest\n"
    answer = await by_curl((await user.told(AND, service.url)).replace("theorem t", "theorem ("))
    assert any(
        "Prover: Lean shows no goal there" in one for one in texts(await user.answered(AND, answer), "error")
    )
    assert texts(await user.elaborate(lost), "error")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            '{"suggestions": [{"text": "exact hq", "label": "closes the goal"}]}',
            "nothing was found that runs",
        ),
        (
            '{"suggestions": [{"text": "rfl)\\naxiom x : False", "label": "x"}]}',
            "nothing was found that runs",
        ),
        ('{"kind": "busy", "message": "all places are taken", "messages": []}', "all places are taken"),
        ("<html>", "no answer of a Prover service"),
        ("{}", "Prover: "),
    ],
)
async def test_answers_that_are_of_no_use_here_are_not_shown(user: User, answer: str, says: str) -> None:
    reply = await user.answered("theorem t (p q : Prop) (hp : p) : p := by\n  suggest\n", answer)
    (error,) = texts(reply, "error")
    assert error.startswith("Prover: ") and says in error and offers(reply) == []


async def test_a_proof_that_does_not_hold_in_the_users_lean_proves_nothing(user: User) -> None:
    reply = await user.answered("theorem t (p : Prop) : p := by\n  prove?\n", '{"text": "assumption"}')
    (error,) = texts(reply, "error")
    assert "does not hold in this Lean" in error and offers(reply) == []
