"""Judges a proof with nothing but the community REPL's own requests.

The rungs are those of our own REPL's `verify` but the last: the kernel checks the declaration as it
elaborates, and is not asked again. (`leanchecker`, where the toolchain has it, does that for a file.)

- `syntax`: the text is one block of tactics (or one term) by Lean's parser, without forbidden words;
- `elaborates`: the declaration, our statement with this proof, elaborates from our header without an error,
  and without a hole that Lean reports;
- `statement`: its type is that of the statement with `sorry`, both printed in full by Lean;
- `axioms`: `#print axioms` names allowed ones alone.

Each is asserted by an answer of Lean's to a request of ours; none by the absence of a word.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prover.lean.messages import ALLOWED_AXIOMS, axioms_of, is_sorry_warning
from prover.lean.native.refusals import forbidden
from prover.lean.protocol import Json
from prover.statements.holes import find_declarations

COMMUNITY_RUNGS = ("syntax", "elaborates", "statement", "axioms")

Ask = Callable[[Json], Awaitable[Json]]

_IN_FULL = (
    "set_option pp.all true in set_option pp.maxSteps 100000000 in set_option pp.deepTerms true in "
    "set_option pp.proofs true in "
)
"""Printing without abbreviation: two types that print alike are the same expression."""


async def verify(ask: Ask, env: int | None, statement: str, proof: str) -> Json:
    """The rungs up to the one that refuses, in the form of our own REPL's reply.

    proof: an indented block of tactics, or `:= …`.
    """
    judge = _Judge(ask, env, statement, proof)
    for name, climb in (
        ("syntax", judge.syntax),
        ("elaborates", judge.elaborates),
        ("statement", judge.statement),
        ("axioms", judge.axioms),
    ):
        detail = await climb()
        judge.rungs.append({"name": name, "passed": not detail, "detail": detail})
        if detail:
            break
    return {"rungs": judge.rungs, "axioms": judge.found, "messages": judge.messages}


class _Judge:
    """The rungs of one proof, each a question to Lean; what it returns is why the rung refuses, or
    nothing."""

    def __init__(self, ask: Ask, env: int | None, statement: str, proof: str) -> None:
        self._ask = ask
        self._env = env
        self._text = statement
        self._value = proof if proof.startswith(":=") else f":= by\n{proof}"
        self._block = "" if proof.startswith(":=") else proof
        self._name = ""
        self._stated = self._proved = -1
        self.rungs: list[Json] = []
        self.found: list[str] = []
        self.messages: list[Json] = []

    async def syntax(self) -> str:
        declared = find_declarations(f"{self._text} := by\n  sorry")
        if len(declared) != 1 or not declared[0].name:
            return "the statement is not one named theorem"
        self._name = declared[0].name
        if word := forbidden(self._value):
            return f"forbidden syntax: {word}"
        stated = await self._ask({"cmd": f"{self._text} := by\n  sorry", "env": self._env})
        if "env" not in stated or _errors(stated):
            return "the statement does not elaborate"
        self._stated = stated["env"]
        state = next((s["proofState"] for s in stated.get("sorries", ()) if "proofState" in s), None)
        if state is None:
            return "the statement has no goal"
        # Parsed to its end as one tactic, and not run.
        inside = f"(\n{self._block}\n)" if self._block else f"exact (\n{self._value[2:]}\n)"
        parsed = await self._ask({"proofState": state, "tactic": f"first | skip | {inside}"})
        if "proofState" not in parsed:
            return f"not one block of tactics: {parsed.get('message', '')}"
        return ""

    async def elaborates(self) -> str:
        reply = await self._ask({"cmd": f"{self._text} {self._value}", "env": self._env})
        self.messages = reply.get("messages", [])
        if "env" not in reply:
            return str(reply.get("message", "no answer"))
        if errors := _errors(reply):
            return str(errors[0].get("data", ""))
        if reply.get("sorries") or any(is_sorry_warning(m.get("data", "")) for m in self.messages):
            return "the proof has a hole"
        self._proved = reply["env"]
        return ""

    async def statement(self) -> str:
        pinned, proved = await self._type_in(self._stated), await self._type_in(self._proved)
        if not pinned or pinned != proved:
            return "the type of the theorem is not the one that was stated"
        return ""

    async def axioms(self) -> str:
        reply = await self._ask({"cmd": f"#print axioms {self._name}", "env": self._proved})
        answers = [said for m in reply.get("messages", ()) if (said := axioms_of(m.get("data", "")))]
        if len(answers) != 1 or _errors(reply):
            return "Lean does not say which axioms the proof rests on"
        constant, names = answers[0]
        self.found = list(names)
        if constant.rpartition(".")[2] != self._name.rpartition(".")[2]:
            return f"Lean speaks of {constant} instead"
        others = [name for name in names if name not in ALLOWED_AXIOMS]
        return f"rests on {', '.join(others)}" if others else ""

    async def _type_in(self, env: int) -> str:
        """The theorem's type in an environment, printed in full; empty where Lean does not say."""
        reply = await self._ask({"cmd": f"{_IN_FULL}#check @{self._name}", "env": env})
        answers = [str(m.get("data", "")) for m in reply.get("messages", ()) if m.get("severity") == "info"]
        return answers[0] if len(answers) == 1 and not _errors(reply) else ""


def _errors(reply: Json) -> list[Json]:
    return [m for m in reply.get("messages", ()) if m.get("severity") == "error"]
