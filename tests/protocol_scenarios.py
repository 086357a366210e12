"""Conversations with the REPL: requests, and what their replies must contain. Ids count from 0.

A field expected to be `None` must not be in the reply; fields that are not named may be.
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
Scenario = list[tuple[Json, Json]]

OPEN, COMPLETED = "Incomplete: open goals remain", "Completed"
SORRY, METAVARIABLE = "Incomplete: contains sorry", "Incomplete: contains metavariable(s)"
WARNING = {"severity": "warning", "data": "declaration uses `sorry`"}


class Like(str):
    """Text that a reply's text must contain, as a regular expression."""


def sorry_at(state: int, goal: str, line: int, column: int, end: tuple[int, int]) -> Json:
    return {
        "proofState": state,
        "goal": goal,
        "pos": {"line": line, "column": column},
        "endPos": {"line": end[0], "column": end[1]},
    }


def shifted(value: Any, by: dict[str, int], field: str = "") -> Any:
    """`value` with the ids in it moved."""
    if isinstance(value, dict):
        return {key: shifted(inner, by, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shifted(inner, by, field) for inner in value]
    return value + by[field] if field in by and type(value) is int else value


def contains(reply: Any, expected: Any) -> bool:
    """Objects may have more fields than expected; a field expected to be `None` must not be there."""
    if isinstance(expected, Like):
        return isinstance(reply, str) and re.search(expected, reply) is not None
    if isinstance(expected, dict):
        return isinstance(reply, dict) and all(
            key not in reply if inner is None else key in reply and contains(reply[key], inner)
            for key, inner in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(reply, list) and len(reply) == len(expected) and all(map(contains, reply, expected))
    return bool(reply == expected)


COMMANDS: dict[str, Scenario] = {
    "environments are numbered, and an old one can be gone back to": [
        ({"cmd": "def first := 1"}, {"env": 0}),
        ({"cmd": "def second := first + 1", "env": 0}, {"env": 1}),
        ({"cmd": "example : second = 2 := rfl", "env": 1}, {"env": 2, "messages": None}),
        ({"cmd": "#check second", "env": 0}, {"env": 3, "messages": [{"severity": "error"}]}),
        ({"cmd": "#check first"}, {"env": 4, "messages": [{"severity": "error"}]}),
    ],
    "empty fields are left out": [
        ({"cmd": "def f := 1"}, {"env": 0, "messages": None, "sorries": None, "tactics": None}),
        (
            {"cmd": "example : True := by sorry"},
            {"sorries": [{"proofState": 0}], "messages": [WARNING], "tactics": None},
        ),
        ({"proofState": 0, "tactic": "trivial"}, {"goals": [], "messages": None, "traces": None}),
    ],
    "every command of a text reports": [
        (
            {"cmd": "#check 1\n#check nope\n#check 3\ntheorem a : 1 = 1 := by sorry"},
            {
                "messages": [
                    {"severity": "info", "data": "1 : Nat", "pos": {"line": 1, "column": 0}},
                    {"severity": "error", "data": Like("nope"), "pos": {"line": 2, "column": 7}},
                    {"severity": "info", "data": "3 : Nat", "endPos": {"line": 3, "column": 6}},
                    WARNING,
                ],
                "sorries": [sorry_at(0, "⊢ 1 = 1", 4, 24, (4, 29))],
            },
        ),
    ],
    "a parse error is a message and the rest goes on": [
        (
            {"cmd": "#check )\n#check 2"},
            {
                "env": 0,
                "messages": [{"severity": "error", "data": Like("unexpected token")}, {"data": "2 : Nat"}],
            },
        ),
        (
            {"cmd": "theorem t : 1 = 2 := by rfl /-"},
            {"env": 1, "messages": [{"data": Like("unterminated")}, {}]},
        ),
    ],
    "nothing after #exit is looked at": [
        (
            {"cmd": "#check 1\n#exit\n#check nope"},
            {"messages": [{"data": "1 : Nat"}, {"severity": "warning"}]},
        ),
    ],
    "positions count code points": [
        (
            {"cmd": "example (ε₁ 𝔸 : Nat) : ε₁ ∣ 𝔸 := nope"},
            {
                "messages": [
                    {
                        "data": Like("nope"),
                        "pos": {"line": 1, "column": 33},
                        "endPos": {"line": 1, "column": 37},
                    }
                ]
            },
        ),
        (
            {"cmd": "example (𝔸 : Nat) :\n  𝔸 = 𝔸 := by sorry"},
            {"sorries": [sorry_at(0, "𝔸 : Nat\n⊢ 𝔸 = 𝔸", 2, 14, (2, 19))]},
        ),
    ],
    "declarations of a plain text are public": [
        ({"cmd": "theorem open_one : 1 = 1 := rfl"}, {"env": 0}),
        ({"cmd": "#check @_root_.open_one", "env": 0}, {"messages": [{"data": "open_one : 1 = 1"}]}),
    ],
    "a module that is not there": [
        (
            {"cmd": "import Nowhere.Here"},
            {"env": 0, "messages": [{"severity": "error", "data": Like("Nowhere")}]},
        ),
    ],
    "a header is for a fresh environment only": [
        ({"cmd": "def f := 1"}, {"env": 0}),
        ({"cmd": "import Init", "env": 0}, {"env": 1, "messages": [{"severity": "error"}]}),
    ],
    "options that are not known are ignored": [
        (
            {"cmd": "def f := 1", "infotree": "full", "gc": True, "colour": ["red"]},
            {"env": 0, "infotree": None},
        ),
    ],
}

HOLES: dict[str, Scenario] = {
    "a tactic sorry and a term sorry of one text, in its order": [
        (
            {"cmd": "theorem a : 1 = 1 := sorry\ntheorem b (n : Nat) : n = n := by\n  sorry"},
            {
                "sorries": [
                    sorry_at(0, "⊢ 1 = 1", 1, 21, (1, 26)),
                    sorry_at(1, "n : Nat\n⊢ n = n", 3, 2, (3, 7)),
                ]
            },
        ),
        ({"proofState": 0, "tactic": "rfl"}, {"proofState": 2, "proofStatus": COMPLETED}),
        ({"proofState": 1, "tactic": "rfl"}, {"proofState": 3, "proofStatus": COMPLETED}),
    ],
    "a sorry inside a step has a state, judged by the whole proof": [
        (
            {"cmd": "example (p q : Prop) (hp : p) (h : p → q) : q := by sorry"},
            {"sorries": [{"proofState": 0}]},
        ),
        (
            {"proofState": 0, "tactic": "have hq : q := by sorry"},
            {
                "sorries": [{"proofState": 1, "goal": Like("⊢ q$"), "pos": None, "endPos": None}],
                "proofState": 2,
                "goals": [Like("hq : q\n⊢ q")],
                "proofStatus": OPEN,
            },
        ),
        (
            {"proofState": 1, "tactic": "exact h hp"},
            {"proofState": 3, "goals": [], "proofStatus": METAVARIABLE},
        ),
        ({"proofState": 2, "tactic": "exact hq"}, {"proofState": 4, "goals": [], "proofStatus": SORRY}),
    ],
    "a theorem cannot prove itself, its helpers can": [
        (
            {"cmd": "theorem helper : 2 = 2 := rfl\ntheorem main : 2 = 2 ∨ False := by sorry"},
            {"sorries": [{"proofState": 0}]},
        ),
        (
            {"proofState": 0, "tactic": "exact main"},
            {"proofStatus": Like("^Error: kernel type check failed")},
        ),
        ({"proofState": 0, "tactic": "exact _root_.main"}, {"proofStatus": Like("^Error: kernel|sorry$")}),
        ({"proofState": 0, "tactic": "exact Or.inl helper"}, {"proofState": 3, "proofStatus": COMPLETED}),
    ],
    "what a statement needs is there: a match, a structure of the same text": [
        (
            {
                "cmd": "structure Pair where\n  x : Nat\n  y : Nat\n"
                "theorem t (p : Pair) : match p with | ⟨a, b⟩ => a + b = b + a := by sorry"
            },
            {"sorries": [{"goal": Like("match p with")}]},
        ),
        ({"proofState": 0, "tactic": "cases p"}, {"proofState": 1}),
        ({"proofState": 1, "tactic": "exact Nat.add_comm _ _"}, {"proofStatus": COMPLETED}),
    ],
    "the goals that declarations begin with": [
        (
            {"cmd": "example : 1 = 1 := by\n  skip\n  rfl\n\nexample : 2 = 2 := by rfl", "rootGoals": True},
            {
                "sorries": [
                    sorry_at(0, "⊢ 1 = 1", 1, 19, (1, 19)),
                    sorry_at(1, "⊢ 2 = 2", 5, 19, (5, 19)),
                ]
            },
        ),
        ({"proofState": 1, "tactic": "rfl"}, {"proofState": 2, "proofStatus": COMPLETED}),
    ],
    "every tactic with its goals and the constants it used": [
        (
            {
                "cmd": "example (p : Prop) (hp : p) : p ∧ True := by\n"
                "  constructor\n  · exact hp\n  · trivial",
                "allTactics": True,
            },
            {
                "tactics": [
                    {
                        "tactic": "constructor",
                        "goals": "p : Prop\nhp : p\n⊢ p ∧ True",
                        "proofState": 0,
                        "pos": {"line": 2, "column": 2},
                        "endPos": {"line": 2, "column": 13},
                        "usedConstants": ["And.intro", "True"],
                    },
                    {"tactic": "exact hp", "goals": Like("⊢ p$"), "proofState": 1, "usedConstants": []},
                    {"tactic": "trivial", "proofState": 2, "usedConstants": ["True.intro"]},
                ]
            },
        ),
        ({"proofState": 0, "tactic": "exact ⟨hp, trivial⟩"}, {"proofState": 3, "proofStatus": COMPLETED}),
    ],
}

STEP = "example (p q : Prop) (hp : p) (hq : q) : p ∧ q := by sorry"
STEPS: dict[str, Scenario] = {
    "a step makes a new state, an old one can be gone back to": [
        ({"cmd": STEP}, {"sorries": [{"proofState": 0}]}),
        (
            {"proofState": 0, "tactic": "constructor"},
            {
                "proofState": 1,
                "goals": [Like("^case left\np q : Prop\nhp : p\nhq : q\n⊢ p$"), Like("^case right\n")],
                "proofStatus": OPEN,
            },
        ),
        ({"proofState": 1, "tactic": "exact hp"}, {"proofState": 2, "goals": [Like("⊢ q$")]}),
        ({"proofState": 2, "tactic": "exact hq"}, {"proofState": 3, "goals": [], "proofStatus": COMPLETED}),
        ({"proofState": 0, "tactic": "exact ⟨hp, hq⟩"}, {"proofState": 4, "proofStatus": COMPLETED}),
    ],
    "a failed step answers with one field and takes no id": [
        ({"cmd": STEP}, {}),
        (
            {"proofState": 0, "tactic": "omega"},
            {"message": Like("^Lean error:\nomega could not"), "proofState": None},
        ),
        ({"proofState": 0, "tactic": "exact (("}, {"message": Like("^Lean error:\n<input>:1:")}),
        ({"proofState": 0, "tactic": "no_such_tactic"}, {"message": Like("^Lean error:\n<input>:1:1")}),
        ({"proofState": 0, "tactic": "skip; skip"}, {"message": Like("expected end of input")}),
        ({"proofState": 0, "tactic": "(skip; skip)"}, {"proofState": 1}),
    ],
    "what a finished state is worth": [
        ({"cmd": STEP}, {}),
        ({"proofState": 0, "tactic": "sorry"}, {"proofState": 2, "goals": [], "proofStatus": SORRY}),
        (
            {"proofState": 0, "tactic": "exact ⟨hp, missing⟩"},
            {"goals": [], "proofStatus": SORRY, "messages": [{}]},
        ),
        ({"proofState": 0, "tactic": "constructor"}, {"proofState": 4, "proofStatus": OPEN}),
    ],
    "a state of several goals begins with them": [
        (
            {"cmd": "example : 1 = 1 ∧ 2 = 2 := by\n  constructor\n  all_goals rfl", "allTactics": True},
            {"env": 0},
        ),
        (
            {"proofState": 1, "tactic": "all_goals rfl"},
            {"goals": [], "proofStatus": "Not verified: more than one initial goal"},
        ),
    ],
    "traces are their own field": [
        ({"cmd": "set_option trace.Meta.Tactic.simp true\nexample (n : Nat) : n + 0 = n := by sorry"}, {}),
        ({"proofState": 0, "tactic": 'trace "hello"'}, {"traces": ["hello"], "messages": None}),
        (
            {"proofState": 0, "tactic": "simp"},
            {"traces": [Like("Nat.add_zero"), Like("eq_self")], "goals": []},
        ),
    ],
    "goals as data": [
        ({"cmd": "example (n : Nat) (h : ∃ k, k + n = 5) : n ≤ 5 := by sorry"}, {}),
        (
            {"proofState": 0, "tactic": "cases h", "detail": True},
            {
                "goalInfos": [
                    {
                        "case": "intro",
                        "target": "n ≤ 5",
                        "hyps": [
                            {"name": "n", "type": "Nat", "accessible": True},
                            {"name": "w", "type": "Nat", "accessible": False},
                            {"name": "h", "accessible": False, "type": Like("n = 5")},
                        ],
                    }
                ]
            },
        ),
        (
            {"proofState": 0, "tactic": "exact nope", "detail": True},
            {"message": Like("nope"), "kind": "tactic"},
        ),
        ({"proofState": 0, "tactic": "exact ((", "detail": True}, {"kind": "parse"}),
    ],
    "metavariables that goals share are named": [
        ({"cmd": "example : ∃ n : Nat, n = 3 := by sorry"}, {}),
        (
            {"proofState": 0, "tactic": "refine ⟨?w, ?h⟩", "detail": True},
            {"goalInfos": [{"case": "w", "mvars": None}, {"case": "h", "mvars": [Like("^_uniq")]}]},
        ),
    ],
    "one goal of several, on its own": [
        ({"cmd": STEP}, {}),
        ({"proofState": 0, "tactic": "constructor"}, {"proofState": 1}),
        ({"proofState": 1, "focus": 1}, {"proofState": 2, "goals": [Like("⊢ q$")], "proofStatus": OPEN}),
        ({"proofState": 2, "tactic": "exact hq"}, {"proofState": 3, "proofStatus": COMPLETED}),
        ({"proofState": 1, "focus": 2}, {"message": Like("no goal number 2")}),
    ],
    "what a proof may not contain, by its parse tree": [
        ({"cmd": STEP}, {}),
        (
            {"proofState": 0, "tactic": "exact sorry", "detail": True},
            {"kind": "forbidden", "proofState": None},
        ),
        ({"proofState": 0, "tactic": "· admit", "detail": True}, {"kind": "forbidden"}),
        ({"proofState": 0, "tactic": "native_decide", "detail": True}, {"kind": "forbidden"}),
        ({"proofState": 0, "tactic": "decide +native", "detail": True}, {"kind": "forbidden"}),
        ({"proofState": 0, "tactic": "run_tac pure ()", "detail": True}, {"kind": "forbidden"}),
        (
            {"proofState": 0, "tactic": "set_option debug.skipKernelTC true in skip", "detail": True},
            {"kind": "forbidden"},
        ),
        ({"proofState": 0, "tactic": 'have := "sorry"', "detail": True}, {"proofState": 1}),
    ],
    "a step's heartbeats": [
        ({"cmd": "example (a b c d : Nat) (h : a * b + c * d = 7) : d * c + b * a = 7 := by sorry"}, {}),
        ({"proofState": 0, "tactic": "grind", "maxHeartbeats": 1, "detail": True}, {"kind": "heartbeats"}),
        ({"proofState": 0, "tactic": "grind", "maxHeartbeats": 200000}, {"proofStatus": COMPLETED}),
    ],
}

MEMORY: dict[str, Scenario] = {
    "forgotten ids are unknown, the others stay": [
        ({"cmd": STEP}, {"env": 0}),
        ({"cmd": STEP}, {"env": 1}),
        ({"forget": {"env": [0], "proofState": [1, 77777]}}, {"forgotten": 3}),
        ({"cmd": "#check 1", "env": 0}, {"message": "Unknown environment."}),
        ({"cmd": "#check 1", "env": 1}, {"env": 2}),
        ({"proofState": 1, "tactic": "skip"}, {"message": "Unknown proof state."}),
        ({"proofState": 0, "tactic": "skip"}, {"proofState": 2}),
        ({"forget": {"env": [0]}}, {"forgotten": 1}),
    ],
    "an environment as a file": [
        ({"cmd": "inductive Colour | red | green\ndef Colour.best := Colour.green\nopen Colour"}, {"env": 0}),
        ({"env": 0, "pickleTo": "/scratch/colour.olean"}, {"env": 0}),
        ({"unpickleEnvFrom": "/scratch/colour.olean"}, {"env": 1}),
        (
            {"cmd": "example : best = green := rfl\nexample : red ≠ green := nofun", "env": 1},
            {"messages": None},
        ),
        ({"unpickleProofStateFrom": "/scratch/colour.olean"}, {"message": Like("not a proof state")}),
    ],
    "a proof state as a file": [
        ({"cmd": "def two := 2\nexample (n : Nat) (h : n = two) : n = 2 := by sorry"}, {"env": 0}),
        (
            {"proofState": 0, "pickleTo": "/scratch/state.olean"},
            {"proofState": 1, "goals": [Like("n = two\n⊢ n = 2")]},
        ),
        ({"unpickleProofStateFrom": "/scratch/state.olean"}, {"proofState": 2, "proofStatus": OPEN}),
        ({"proofState": 2, "tactic": "exact h"}, {"proofState": 3, "proofStatus": COMPLETED}),
        ({"unpickleProofStateFrom": "/scratch/state.olean", "env": 0}, {"proofState": 4}),
        ({"proofState": 4, "tactic": "simp [h, two]"}, {"proofStatus": COMPLETED}),
    ],
}

UNKNOWN = Like("^Could not parse as a valid JSON command:\n")
ERRORS: dict[str, Scenario] = {
    "ids that nobody gave": [
        ({"cmd": "#check 1", "env": 99999}, {"message": "Unknown environment."}),
        ({"cmd": "#check 1", "env": 2**62}, {"message": "Unknown environment."}),
        ({"proofState": 99999, "tactic": "rfl"}, {"message": "Unknown proof state."}),
        ({"proofState": 99999, "pickleTo": "/scratch/x.olean"}, {"message": "Unknown proof State."}),
        ({"env": 99999, "pickleTo": "/scratch/x.olean"}, {"message": "Unknown environment."}),
    ],
    "shapes and types that no request has": [
        ({}, {"message": UNKNOWN}),
        ({"tactic": "rfl"}, {"message": UNKNOWN}),
        ({"proofState": 0}, {"message": UNKNOWN}),
        ({"cmd": 5}, {"message": UNKNOWN}),
        ({"cmd": "#check 1", "env": "0"}, {"message": UNKNOWN}),
        ({"cmd": "#check 1", "env": -1.5}, {"message": UNKNOWN}),
        ({"cmd": "#check 1", "allTactics": "yes"}, {"message": UNKNOWN}),
        ({"proofState": "0", "tactic": "rfl"}, {"message": UNKNOWN}),
        ({"proofState": 0, "tactic": ["rfl"]}, {"message": UNKNOWN}),
        ({"cmd": "def f := 1", "env": None}, {"env": 0, "message": None}),
    ],
    "files that are not there or not pickles": [
        ({"path": "nowhere.lean"}, {"message": Like("no such file"), "env": None}),
        ({"unpickleEnvFrom": "/scratch/nowhere.olean"}, {"message": Like("No such file")}),
    ],
}

ALL = COMMANDS | HOLES | STEPS | MEMORY | ERRORS

_EXTENSIONS = {"detail", "focus", "forget", "verify", "maxHeartbeats", "timeoutMs", "time"}
_ENDS_THE_COMMUNITY_REPL = {"shapes and types that no request has"}


def _plain(scenario: Scenario) -> bool:
    """Whether its requests are the community REPL's own, and name no file."""
    fields = {key for request, _ in scenario for key in request}
    return not fields & (_EXTENSIONS | {"path", "pickleTo", "unpickleEnvFrom", "unpickleProofStateFrom"})


COMMUNITY = {
    name: scenario
    for name, scenario in ALL.items()
    if _plain(scenario) and name not in _ENDS_THE_COMMUNITY_REPL
}
"""The conversations that leanprover-community/repl has in the same words."""
