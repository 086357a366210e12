"""A stand-in for Pantograph's REPL, which needs a native Lean: its framing, commands and goal objects.

    python pantograph_stand_in.py RECORDINGS.json

It says `ready.`, then one line for each line; an empty line ends it. What Lean says is replayed from the
recordings of the community REPL's stand-in: a focused goal (`goalId` with `autoResume: false`) is what was
recorded behind `rotate_left` and `case'`. The tactics `stand_in hang` and `stand_in die` do that.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from community_repl_stand_in import command_key, step_key

Json = dict[str, Any]

_ONE_MORE = re.compile(r"\n(?=set_option pp\.all|#print axioms)")


class StandIn:
    def __init__(self, recordings: dict[str, Json]) -> None:
        self.recordings = recordings
        self.env = ""
        self.states: dict[int, tuple[str, list[str], int]] = {}
        self.options: Json = {}
        self.next = 0

    def execute(self, command: str, payload: Json) -> Json:
        match command:
            case "options.set":
                self.options |= payload
                return {}
            case "frontend.process":
                return self.process(payload)
            case "goal.tactic":
                return self.tactic(payload)
            case "goal.print":
                _, goals, aside = self.states[payload["stateId"]]
                return {
                    "rootHasMVar": bool(goals) or aside > 0,
                    "rootHasSorry": False,
                    "rootHasUnsafe": False,
                }
            case "goal.delete":
                for state in payload["stateIds"]:
                    del self.states[state]
                return {}
        return {"error": "command", "desc": f"Unknown command {command}"}

    def add(self, key: str, goals: list[str], aside: int = 0) -> int:
        self.states[self.next] = (key, goals, aside)
        self.next += 1
        return self.next - 1

    def process(self, payload: Json) -> Json:
        if payload.get("readHeader"):
            key = command_key("", {"cmd": payload["file"]})
            self.env = key if payload.get("inheritEnv") else self.env
            return {"units": [{"boundary": [0, 1], "messages": messages(self.recordings.get(key, {}), 0)}]}
        key, units, above = self.env, [], 0
        for text in _ONE_MORE.split(payload["file"]):
            key = command_key(key, {"cmd": text})
            missing = {
                "messages": [{"severity": "error", "pos": {"line": 1, "column": 0}, "data": f"no {key}"}]
            }
            reply = self.recordings.get(key, missing)
            unit: Json = {"boundary": [0, 1], "messages": messages(reply, above)}
            if payload.get("sorrys") and (holes := reply.get("sorries")):
                goals = [hole["goal"] for hole in holes]
                unit["goalStateId"] = self.add(f"{key}sorries0", goals)
                unit["goals"] = [goal_object(goal) for goal in goals]
                unit["goalSrcBoundaries"] = [boundary(payload["file"], above, hole) for hole in holes]
            units.append(unit)
            above += text.count("\n") + 1
        return {"units": units}

    def tactic(self, payload: Json) -> Json:
        if payload["stateId"] not in self.states:
            return {"error": "index", "desc": f"Invalid state index {payload['stateId']}"}
        key, goals, aside = self.states[payload["stateId"]]
        tactic = payload["tactic"]
        if tactic == "stand_in hang":
            time.sleep(600)
        if tactic == "stand_in die":
            os._exit(1)
        if tactic == "stand_in slow":
            return {"error": "internal", "desc": "interrupt"}
        if "goalId" in payload and payload.get("autoResume") is False and len(goals) > 1:
            goal = payload["goalId"]
            key, aside = step_key(key, f"rotate_left {goal}" if goal else "skip"), len(goals) - 1
        wrapped = "case' _ =>\n  " + tactic.replace("\n", "\n  ") if aside else tactic
        key = step_key(key, wrapped)
        reply = self.recordings.get(key, {"message": f"Lean error:\nno recording of {key}"})
        if "message" in reply:
            text = reply["message"].removeprefix("Lean error:\n")
            return {"parseError": text} if text.startswith("<input>:") else {"messages": [said(text)]}
        left = reply["goals"][: len(reply["goals"]) - aside]
        new = self.add(key, left, aside)
        return {
            "nextStateId": new,
            "goals": [goal_object(goal) for goal in left],
            "messages": messages(reply, 0),
            "hasSorry": "sorry" in reply["proofStatus"],
        }


def boundary(file: str, above: int, hole: Json) -> tuple[int, int]:
    """The bytes of a file where a hole begins and ends."""
    lines = file.split("\n")
    line = above + hole["pos"]["line"] - 1
    before = "\n".join([*lines[:line], lines[line][: hole["pos"]["column"]]])
    start = len(before.encode())
    return start, start + len("sorry")


def said(text: str) -> Json:
    return {"fileName": "<anonymous>", "severity": "error", "pos": {"line": 0, "column": 0}, "data": text}


def messages(reply: Json, above: int) -> list[Json]:
    """Recorded messages as Lean's own serialisation has them, in lines of the whole file."""
    found = []
    for message in reply.get("messages", []):
        severity = {"info": "information"}.get(message["severity"], message["severity"])
        ends = {
            k: message[k] | {"line": message[k]["line"] + above} for k in ("pos", "endPos") if message.get(k)
        }
        found.append({"fileName": "<anonymous>", "data": message["data"], "severity": severity} | ends)
    return found


def goal_object(text: str) -> Json:
    *context, target = text.splitlines()
    goal: Json = {
        "name": "_uniq.1",
        "fragment": "tactic",
        "target": {"pp": target.removeprefix("⊢ ")},
        "vars": [],
    }
    for line in context:
        if line.startswith("case "):
            goal["userName"] = line.removeprefix("case ")
            continue
        names, _, type_ = line.partition(" : ")
        goal["vars"] += [
            {"name": "_uniq.2", "userName": name, "isInaccessible": "✝" in name, "type": {"pp": type_}}
            for name in names.split()
        ]
    return goal


def main() -> None:
    server = StandIn(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print("ready.", flush=True)
    for line in sys.stdin:
        if not line.strip():
            return
        try:
            request = json.loads(line)
            reply = json.dumps(server.execute(request["cmd"], request["payload"]), ensure_ascii=False)
        except (ValueError, KeyError) as error:
            reply = f"Error: {error}"
        print(reply, flush=True)


if __name__ == "__main__":
    main()
