"""A stand-in for leanprover-community/repl, which needs a native Lean: its framing, ids and quirks.

    python community_repl_stand_in.py RECORDINGS.json

What Lean says is replayed from recordings of the real one (`record_dialogues.py`), found by what a state
is: a command, a hole of it, the tactics since. What the REPL's own code does is done here, as REPL/Main.lean
does it:

- a request is the lines up to a blank one, right-trimmed and joined with nothing between them, so that a raw
  line break inside a string glues two words;
- a blank line where a request is expected, text that is no JSON, and JSON that is no request end the process;
- text that begins with `#` or `--` is a comment and has no reply;
- ids are places in two lists that only grow; a refusal takes none; no request frees one;
- no time limit, no memory limit, nothing printed at the start.

Some tactics misbehave, as processes do: `stand_in hang`, `die`, `oom`, `overflow`, `noise`, `grow N`
(megabytes), `child` (starts a process that outlives its parent), `daemon` (one that leaves its group). Some
say what the process may do: `read PATH`, `write PATH`, `variables`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PRINTED = re.compile(r'#print "(\w+)"')
"""Lean says the word: what no recording can hold."""


def command_key(env: str, request: Json) -> str:
    options = [name for name in ("allTactics", "rootGoals") if request.get(name)]
    return json.dumps([env, request["cmd"], *options], ensure_ascii=False)


def step_key(state: str, tactic: str) -> str:
    return json.dumps([state, tactic], ensure_ascii=False)


class Memory:
    """The two lists of the REPL, each entry known by how it came about."""

    def __init__(self) -> None:
        self.envs: list[str] = []
        self.states: list[str] = []

    def number(self, reply: Json, key: str) -> Json:
        """A recorded reply with ids of this process: holes first, then tactics, then its own."""
        reply = json.loads(json.dumps(reply))
        for kind in ("sorries", "tactics"):
            for index, entry in enumerate(reply.get(kind, [])):
                if "proofState" in entry:
                    entry["proofState"] = self.add(self.states, f"{key}{kind}{index}")
        if "proofState" in reply:
            reply["proofState"] = self.add(self.states, key)
        if "env" in reply:
            reply["env"] = self.add(self.envs, key)
        return reply

    @staticmethod
    def add(entries: list[str], key: str) -> int:
        entries.append(key)
        return len(entries) - 1

    @staticmethod
    def at(entries: list[str], index: Any) -> str | None:
        return entries[index] if 0 <= index < len(entries) else None


class StandIn:
    def __init__(self, recordings: dict[str, Json]) -> None:
        self.recordings = recordings
        self.memory = Memory()
        self.grown: list[bytearray] = []

    def command(self, request: Json) -> Json:
        env = "" if request.get("env") is None else Memory.at(self.memory.envs, request["env"])
        if env is None:
            return {"message": "Unknown environment."}
        if printed := PRINTED.fullmatch(request["cmd"]):
            said = {"severity": "info", "pos": {"line": 1, "column": 0}, "data": printed[1]}
            return self.memory.number({"env": 0, "messages": [said]}, request["cmd"])
        key = command_key(env, request)
        missing = {"severity": "error", "pos": {"line": 1, "column": 0}, "data": f"no recording of {key}"}
        return self.memory.number(self.recordings.get(key, {"env": 0, "messages": [missing]}), key)

    def step(self, request: Json) -> Json:
        state = Memory.at(self.memory.states, request["proofState"])
        if state is None:
            return {"message": "Unknown proof state."}
        tactic = request["tactic"]
        if tactic.startswith("stand_in "):
            return self.misbehave(state, tactic.split()[1:])
        key = step_key(state, tactic)
        return self.memory.number(
            self.recordings.get(key, {"message": f"Lean error:\nno recording of {key}"}), key
        )

    def misbehave(self, state: str, words: list[str]) -> Json:
        match words:
            case ["hang"]:
                time.sleep(600)
            case ["die"]:
                os._exit(1)
            case ["oom"]:
                print("INTERNAL PANIC: out of memory", file=sys.stderr, flush=True)
                os._exit(1)
            case ["overflow"]:
                print("Stack overflow detected. Aborting.", file=sys.stderr, flush=True)
                os.abort()
            case ["noise"]:
                print("[DEBUG] a line of native code\n\nand another", flush=True)
            case ["grow", megabytes]:
                self.grown.append(bytearray(os.urandom(1 << 20) * int(megabytes)))
            case ["child" | "daemon" as kind]:
                child = subprocess.Popen(["sleep", "600"], start_new_session=kind == "daemon")
                return {"message": f"Lean error:\n{child.pid}"}
            case ["read", path]:
                return {"message": f"Lean error:\n{tried(Path(path).read_text)}"}
            case ["write", path]:
                return {"message": f"Lean error:\n{tried(lambda: Path(path).write_text('x'))}"}
            case ["variables"]:
                return {"message": f"Lean error:\n{json.dumps(dict(os.environ))}"}
        reply = {"proofState": 0, "goals": ["⊢ True"], "proofStatus": "Incomplete: open goals remain"}
        return self.memory.number(reply, f"{state}{words}")


def tried(action: Callable[[], object]) -> str:
    try:
        return f"done: {action()}"
    except OSError as error:
        return f"refused: {error.strerror}"


def read_request() -> str:
    """Empty at the end of the input; a line end where a blank line came first."""
    text = ""
    while line := sys.stdin.readline():
        if not line.strip():
            return text + line
        text += line.rstrip()
    return text


def die(message: str) -> None:
    error = json.dumps({"message": message}, ensure_ascii=False)
    print(f"uncaught exception: {error}", file=sys.stderr, flush=True)
    sys.exit(1)


def answer(server: StandIn, text: str) -> Json:
    try:
        request = json.loads(text)
    except ValueError as error:
        die(f"Could not parse JSON:\n{error}")
    if not isinstance(request, dict):
        die("Could not parse as a valid JSON command:\nobject expected")
    if isinstance(request.get("proofState"), int) and isinstance(request.get("tactic"), str):
        return server.step(request)
    if isinstance(request.get("cmd"), str) and isinstance(request.get("env"), int | None):
        return server.command(request)
    die("Could not parse as a valid JSON command:\nno inductive constructor matched")
    raise AssertionError("unreachable")


def main() -> None:
    server = StandIn(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    while text := read_request():
        if text.startswith(("#", "--")):
            continue
        print(json.dumps(answer(server, text), ensure_ascii=False, indent=1), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
