"""A prover and a policy that answer from a table: searches are tested without a proof assistant.

A goal is written as it is shown, `x : ℕ, h : x > 0 ⊢ x ≠ 0` or just `p`. The table has, for each goal, its
tactics and what each gives:

    {"p ∧ q": {"constructor": ["p", "q"], "tauto": "error: no idea"},
     "p": {"assumption": "closed", "simp": {"result": "crashed: stack overflow", "seconds": 2.0}}, …}

A result is the list of goals that replace it, or "closed", "error: …", "parse: …", "forbidden: …",
"timeout soft", "timeout hard", "crashed: …", "memory: …". A tactic works on a state's first goal. Unknown
tactics are errors. An empty list is a state that shows no goals and yet is not proved. `?a` in a goal is a
metavariable. "sleep" keeps a step waiting, in real seconds; a step that "needs" more seconds than it may
have is stopped.

Whole scripts are answered from `scripts`: "proved", or the kind of failure with the messages, a line each:

    {"simp\\nomega": "tactic_error\\n2:0-5 omega failed", "rfl": {"result": "proved", "sleep": 0.1}, …}
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prover.errors import StatementError
from prover.types import (
    Candidate,
    Checked,
    Closed,
    Crashed,
    Focus,
    Forbidden,
    Goal,
    Hypothesis,
    MemoryLimit,
    Message,
    Open,
    ParseError,
    Position,
    ProofTree,
    State,
    Statement,
    Step,
    StepResult,
    TacticError,
    Timeout,
)

Table = Mapping[str, Mapping[str, Any]]

_FAILURES: dict[str, Any] = {
    "error": lambda text: TacticError(message=text),
    "parse": lambda text: ParseError(message=text),
    "forbidden": lambda text: Forbidden(kind=text),
    "crashed": lambda text: Crashed(message=text),
    "memory": lambda text: MemoryLimit(message=text),
    "timeout soft": lambda _: Timeout(hard=False),
    "timeout hard": lambda _: Timeout(hard=True),
}


def parse_goal(text: str) -> Goal:
    """From `x : ℕ, h✝ : x > 0 ⊢ x ≠ 0`; a text without `⊢` is a target without hypotheses."""
    context, turnstile, target = text.rpartition(" ⊢ ")
    pairs = [item.split(" : ", 1) for item in context.split(", ")] if turnstile else []
    hypotheses = tuple(Hypothesis(name, kind, accessible="✝" not in name) for name, kind in pairs)
    return Goal(text, target, hypotheses, metavariables=frozenset(re.findall(r"\?\w+", text)))


def parse_message(line: str) -> Message:
    """From `2:0-5 omega failed`, an error of one line; or `2:0-4:5 …`, of several."""
    place, _, text = line.partition(" ")
    numbers = [int(number) for number in re.findall(r"\d+", place)]
    start = Position(*numbers[:2])
    end = Position(*numbers[2:]) if len(numbers) == 4 else Position(start.line, numbers[2])
    return Message("error", text, start, end)


@dataclass
class RecordedProver:
    """Answers from `table` and `scripts`; `log` and `checked` keep what it was asked, `cancelled` counts what
    was cut off.

    The statement's text is its first goal. `unfocusable` are goals on which a focus crashes.
    """

    table: Table
    unfocusable: frozenset[str] = frozenset()
    log: list[tuple[str, Step]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0
    cancelled: int = 0
    scripts: Mapping[str, Any] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)

    @staticmethod
    def load(path: Path) -> RecordedProver:
        """Read the table from a JSON file."""
        return RecordedProver(json.loads(path.read_text(encoding="utf-8")))

    async def start(self, statement: Statement) -> State:
        if statement.text not in self.table:
            raise StatementError(f"no such goal: {statement.text}")
        return State(statement, (), (parse_goal(statement.text),))

    async def step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        self.log.append((" | ".join(goal.text for goal in state.goals), step))
        if isinstance(step, Focus):
            goal = state.goals[step.goal]
            if goal.text in self.unfocusable:
                return Crashed(message="out of focus")
            return Open(state=State(state.statement, (*state.path, step), (goal,)))
        entry = self.table.get(state.goals[0].text, {}).get(step, "error: unknown tactic")
        if not isinstance(entry, Mapping):
            entry = {"result": entry}
        await self._sleep(entry.get("sleep", 0))
        needs = entry.get("needs", 0.0)
        if within_s is not None and needs > within_s:
            return Timeout(hard=False, early=True, seconds=within_s)
        return replace(self._result(state, step, entry["result"]), seconds=entry.get("seconds", needs))

    async def check(self, statement: Statement, script: str) -> Checked:
        self.checked.append(script)
        entry = self.scripts.get(script, "tactic_error\n1:0-1 unknown script")
        if not isinstance(entry, Mapping):
            entry = {"result": entry}
        await self._sleep(entry.get("sleep", 0))
        failure, *lines = entry["result"].split("\n")
        messages = tuple(parse_message(line) for line in lines)
        return Checked("" if failure == "proved" else failure, messages, entry.get("seconds", 0.0))

    async def close(self) -> None:
        pass

    async def _sleep(self, seconds: float) -> None:
        if not seconds:
            return
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    def _result(self, state: State, step: str, recorded: Any) -> StepResult:
        path = (*state.path, step)
        if isinstance(recorded, str) and recorded != "closed":
            kind, _, message = recorded.partition(": ")
            failure: StepResult = _FAILURES[kind](message)
            return failure
        if recorded == []:
            return Open(state=State(state.statement, path, ()))
        new = [] if recorded == "closed" else [parse_goal(text) for text in recorded]
        goals = (*new, *state.goals[1:])
        return Open(state=State(state.statement, path, goals)) if goals else Closed(path=path)


@dataclass
class TablePolicy:
    """Proposes for a state what `choices` lists for its first goal, a map from tactic to log-probability.

    Where it lists nothing, the tactics that the table knows, in its order, each less likely than the last.
    """

    table: Table
    choices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    tokens: int = 0
    asked: list[str] = field(default_factory=list)

    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [self._candidates(state.goals[0].text) for state in states]

    def _candidates(self, goal: str) -> list[Candidate]:
        self.asked.append(goal)
        known = {tactic: -1.0 - index for index, tactic in enumerate(self.table.get(goal, {}))}
        choices = self.choices.get(goal, known)
        return [Candidate(tactic, logprob, self.tokens) for tactic, logprob in choices.items()]


async def replay(prover: RecordedProver, statement: Statement, proof: ProofTree) -> bool:
    """Whether the proof, run step by step with a focus on each of several goals, closes the statement."""
    todo = [(await prover.start(statement), proof)]
    while todo:
        state, tree = todo.pop()
        result = await prover.step(state, tree.tactic)
        if isinstance(result, Closed) and not tree.children:
            continue
        if not isinstance(result, Open) or not tree.children:
            return False
        if len(tree.children) == 1:
            todo.append((result.state, tree.children[0]))
            continue
        if len(tree.children) != len(result.state.goals):
            return False
        for index, child in enumerate(tree.children):
            focused = await prover.step(result.state, Focus(index))
            assert isinstance(focused, Open)
            todo.append((focused.state, child))
    return True
