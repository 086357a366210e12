"""Records what the real Lean says to the community REPL's own requests, for the stand-in to replay.

    python tests/record_dialogues.py        (writes tests/community_dialogues.json)

The embedded REPL speaks the same protocol; only requests without our fields are made.
`test_community_requests.py` records again and compares.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from community_repl_stand_in import PRINTED, Memory, command_key, step_key
from protocol_scenarios import COMMUNITY, shifted

from prover.errors import StatementError
from prover.judge import LeanJudge
from prover.lean.backend import LeanLimits, LeanProver
from prover.lean.embedded.launch import embedded_launch
from prover.lean.embedded.setup import ensure_lean
from prover.lean.native.community import CommunityLaunch, CommunitySession
from prover.lean.pool import LeanPool, PoolSettings
from prover.lean.session import Launch, LeanSession
from prover.types import Focus, Open, Statement

RECORDINGS = Path(__file__).with_name("community_dialogues.json")

Json = dict[str, Any]

BOTH = Statement("both", "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q", "import Init\n")
BARE = replace(BOTH, header="")
FALSE = Statement("wrong", "theorem wrong : 1 = 2", "import Init\n")
UNKNOWN = Statement("t", "theorem t (n : Nat) :\n  n = foo.bar", "import Init\n")
SCRIPTS = (
    "exact ⟨hp, hq⟩",
    "constructor\n· exact hp\n· exact hq",
    "exact ⟨hp, nope⟩",
    "trivial\ntheorem x : 1 = 1 := rfl",
)
STEPS = (
    "exact hp",
    "exact hq",
    "exact nope",
    "exact (",
    "skip",
    "all_goals skip",
    "exact ⟨hp, hq⟩",
    "refine ⟨?_, hq⟩",
)


@dataclass
class Recorder:
    """What Lean said to each request, by what the request was about."""

    recordings: dict[str, Json] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    def hear(self, request: Json, reply: Json) -> None:
        """`request` and `reply` with ids that count from 0, as in a process of this dialogue's own."""
        if "cmd" in request:
            env = "" if request.get("env") is None else Memory.at(self.memory.envs, request["env"])
            key = None if env is None else command_key(env, request)
        else:
            state = Memory.at(self.memory.states, request["proofState"])
            key = None if state is None else step_key(state, request["tactic"])
        if PRINTED.fullmatch(request.get("cmd", "")):
            self.memory.number(reply, request["cmd"])  # A word drawn for this request alone.
        elif key is not None:
            self.recordings[key] = {k: v for k, v in reply.items() if k not in ("nanoseconds", "kind")}
            self.memory.number(reply, key)


async def record_scenarios(session: LeanSession) -> dict[str, Json]:
    """Every conversation of the protocol tests that is the community REPL's too."""
    found: dict[str, Json] = {}
    for scenario in COMMUNITY.values():
        recorder = Recorder(found)
        first = await session.request({"cmd": "example : True := sorry"}, 120)
        ids = {"env": first["env"] + 1, "proofState": first["sorries"][0]["proofState"] + 1}
        for request, _ in scenario:
            reply = await session.request(shifted(request, ids), 120)
            recorder.hear(request, shifted(reply, {name: -n for name, n in ids.items()}))
    return found


async def record_prover(launch: Launch) -> dict[str, Json]:
    """What a prover and a judge on a community REPL ask, for the theorems of the tests."""
    recorder = Recorder()
    transmit = CommunitySession._transmit

    async def heard(session: CommunitySession, payload: Json) -> Json:
        reply = await transmit(session, payload)
        recorder.hear(payload, json.loads(json.dumps(reply)))
        return reply

    CommunitySession._transmit = heard  # type: ignore[method-assign]
    try:
        await _prove_and_judge(launch, recorder)
    finally:
        CommunitySession._transmit = transmit  # type: ignore[method-assign]
    return recorder.recordings


async def _prove_and_judge(launch: Launch, recorder: Recorder) -> None:
    pool = LeanPool(launch, PoolSettings(size=1, spares=0))
    prover, judge = LeanProver(pool, LeanLimits(step_s=60)), LeanJudge(pool)
    root = await prover.start(BOTH)
    for step in STEPS:
        await prover.step(root, step)
    split = await prover.step(root, "constructor")
    assert isinstance(split, Open)
    for goal in (0, 1):
        focused = await prover.step(split.state, Focus(goal))
        assert isinstance(focused, Open)
        for step in STEPS:
            await prover.step(focused.state, step)
    for script in SCRIPTS:
        await prover.check(BOTH, script)
    for statement in (BARE, FALSE, UNKNOWN):
        try:
            root = await prover.start(statement)
            await prover.step(root, "exact nope")
            await prover.step(root, "exact ⟨hp, hq⟩")
        except StatementError:
            continue
    recorder.memory = Memory()  # The judge has a process of its own.
    whole = (*SCRIPTS, ":= by\n  exact ⟨hp, hq⟩")
    for statement, scripts in ((BOTH, whole), (BARE, whole), (FALSE, ("decide",))):
        for script in scripts:
            await judge.judge(statement, script)
    await judge.close()
    await prover.close()


async def record() -> dict[str, Json]:
    launch = embedded_launch(ensure_lean())
    session = await launch.start()
    found = await record_scenarios(session)
    await session.close()
    return found | await record_prover(CommunityLaunch(launch.command, launch.env))


if __name__ == "__main__":
    recordings = asyncio.run(record())
    RECORDINGS.write_text(
        json.dumps(recordings, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    print(f"{len(recordings)} replies in {RECORDINGS}")
