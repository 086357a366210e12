"""Tasks by name, each a TOML file in `tasks/`: how questions are read, prompted, sampled and answered."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from prover.errors import InputError
from prover.policy.engine import ChatMessage, Prompt

FOLDER = Path(__file__).parent / "tasks"

Kind = Literal["words", "program"]


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: the question as `Question.problem` has it, and what the model should write."""

    problem: str
    solution: str


@dataclass(frozen=True, slots=True)
class Majority:
    """How LLEMMA's authors sampled for maj@k (their `majk.json`); k is 0 where they did not."""

    k: int = 0
    temperature: float = 0.6
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """One benchmark. `prompt` holds `{{problem}}`; `result` is what a program leaves its answer in.

    answer: the kind that is extracted and compared, see `EXTRACTORS`. system: a conversation's first turn.
    result: `solution` (a function without arguments) or `answer` (a variable); empty for tasks in words.
    """

    name: str
    title: str
    benchmark: str
    layout: str
    kind: Kind
    answer: str
    prompt: str
    system: str
    stop: tuple[str, ...]
    max_tokens: int
    majority: Majority
    examples: tuple[Example, ...]
    subjects: tuple[str, ...] = ()
    result: str = ""
    between: str = "\n\n"

    def prompt_for(self, problem: str, shots: int, chat: bool) -> Prompt:
        """The few-shot prompt, the fixed part first; as a conversation, examples are earlier turns."""
        examples = self.examples[:shots]
        if not chat:
            shown = [self._filled(one.problem) + " " * self._gap + one.solution for one in examples]
            return self.between.join([*shown, self._filled(problem)])
        turns = [ChatMessage("system", self.system)]
        for one in examples:
            turns += [ChatMessage("user", one.problem), ChatMessage("assistant", self._told(one))]
        return (*turns, ChatMessage("user", problem))

    def identity(self, shots: int) -> dict[str, Any]:
        """For a manifest: what the prompt is made of, hashed."""
        whole = repr((self.prompt, self.system, self.examples[:shots], self.stop)).encode()
        return {"name": self.name, "shots": shots, "sha256": hashlib.sha256(whole).hexdigest()}

    @property
    def _gap(self) -> int:
        return 0 if self.prompt.endswith("\n") else 1

    def _filled(self, problem: str) -> str:
        return self.prompt.replace("{{problem}}", problem)

    def _told(self, example: Example) -> str:
        return f"```python\n{example.solution}\n```" if self.kind == "program" else example.solution


def task_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load_task(name: str) -> Task:
    """Raises `InputError` for an unknown name."""
    path = FOLDER / f"{name}.toml"
    if name not in task_names():
        raise InputError(f"unknown task {name!r}; known: {', '.join(task_names())}")
    return _task(name, tomllib.loads(path.read_text(encoding="utf-8")))


def _task(name: str, table: Mapping[str, Any]) -> Task:
    values = dict(table)
    values["majority"] = Majority(**values.pop("majority", {}))
    examples = values.pop("examples")
    values["examples"] = tuple(
        Example(one["problem"].strip(), one["solution"].strip("\n")) for one in examples
    )
    for key in ("stop", "subjects"):
        values[key] = tuple(values.get(key, ()))
    return Task(name=name, **values)
