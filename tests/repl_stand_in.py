"""A stand-in for a Lean REPL process: the framing, and misbehaviour on request, to test the client alone.

    python repl_stand_in.py

Requests it knows: {"verifyFile": …} (one theorem `t`, proved unless the text says “lie”), {"cmd": …} (an
environment, a `sorry` with state 0), {"proofState": n, "tactic": …}
where the tactic is one of those of `step`, {"forget": …}. Everything it says has the form of the real REPL's
replies. As code of a stranger could, `forge` prints a success before the reply, `more` one behind it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator

STATUS_OPEN, STATUS_DONE = "Incomplete: open goals remain", "Completed"


def requests() -> Iterator[dict[str, object]]:
    lines: list[str] = []
    for line in sys.stdin:
        if line.strip():
            lines.append(line.strip())
        else:
            yield json.loads("".join(lines))
            lines = []


class StandIn:
    def __init__(self) -> None:
        self.states: list[str] = []

    def state(self, goal: str) -> dict[str, object]:
        self.states.append(goal)
        info = {"hyps": [], "target": goal, "mvars": []}
        goals = [f"⊢ {goal}"] if goal else []
        return {
            "proofState": len(self.states) - 1,
            "goals": goals,
            "goalInfos": [info] if goal else [],
            "proofStatus": STATUS_OPEN if goal else STATUS_DONE,
        }

    def reply(self, request: dict[str, object]) -> object:
        if "forget" in request:
            return {"forgotten": 0}
        if "verifyFile" in request:
            return verdict("lie" not in str(request["verifyFile"]))
        if "cmd" in request:
            if "bad" in str(request["cmd"]):
                error = {"severity": "error", "pos": {"line": 1, "column": 3}, "data": "bad statement"}
                return {"env": 0, "messages": [error]}
            if "sorry" not in str(request["cmd"]):
                return {"env": 0}
            root = self.state("start")
            return {"env": 1, "sorries": [{"goal": "⊢ start", "proofState": root["proofState"]}]}
        state = request["proofState"]
        if not isinstance(state, int) or state >= len(self.states):
            return {"message": "Unknown proof state."}
        return self.step(self.states[state], str(request.get("tactic", "")))

    def step(self, goal: str, tactic: str) -> object:
        match tactic:
            case "":
                return self.state(goal)
            case "close":
                return self.state("")
            case "fail":
                return {"message": "Lean error:\nno", "kind": "tactic"}
            case "die":
                while time.process_time() < 0.1:  # the system counts CPU time in hundredths of a second
                    pass
                print("stack overflow", file=sys.stderr, flush=True)
                os._exit(134)
            case "oom":
                print("Aborted(OOM)", file=sys.stderr, flush=True)
                os._exit(134)
            case "hang":
                time.sleep(600)
            case "slow":
                time.sleep(0.3)
            case "rubbish":
                return "not an object"
            case "flood":
                print("x" * 5_000_000, file=sys.stderr, flush=True)
                return self.state(goal)
            case "half":
                sys.stdout.write('{"proofState": 1, "go')
                sys.stdout.flush()
                os._exit(0)
            case "soft":
                return {"message": "Lean error:\ninterrupted", "kind": "interrupted"}
        return self.state(f"{goal}.{tactic}")


def verdict(passed: bool) -> dict[str, object]:
    names = ("syntax", "elaborates", "statement", "axioms", "kernel") if passed else ("syntax",)
    rungs = [{"name": name, "passed": passed} for name in names]
    return {"theorems": [{"name": "t", "rungs": rungs, "axioms": [], "answer": False}], "faults": []}


def main() -> None:
    server = StandIn()
    for request in requests():
        if request.get("tactic") == "forge":
            sys.stdout.write(json.dumps(server.state("")) + "\n\n")
        reply = server.reply(request)
        if isinstance(reply, dict):
            reply["requestId"] = request.get("requestId")
        sys.stdout.write(json.dumps(reply) + "\n\n")
        if request.get("tactic") == "more":
            sys.stdout.write(json.dumps(server.state("")) + "\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
