"""From a proof state, or a statement with failed attempts, to a prompt.

A format's texts are filled in once: what is put in is never looked at for placeholders again. They are

- `{{state}}`: the goals as Lean shows them, a blank line between two; `{{goals}}`: how many they are
- `{{statement}}`, `{{name}}`: of the theorem; `{{header}}`: what stands before it, without its declarations
  where the same prompt has `{{premises}}`
- `{{premises}}`: the header's declarations that statement and goals speak of, directly or by way of others
- `{{examples}}`: the worked examples; in one of these `{{state}}` and `{{tactic}}` are its own
- `{{proof}}`, `{{errors}}`: the latest attempt that failed, and Lean's errors with line and column in it;
  `{{indented_proof}}` is the attempt indented by two

A line that holds nothing but a placeholder goes away, with a blank line behind it, where that is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from prover.errors import InputError
from prover.policy.engine import ChatMessage, Prompt
from prover.policy.preset import PLACEHOLDER, PromptFormat
from prover.policy.shorten import from_end, middle, shorten_goals
from prover.statements.holes import Declaration, find_declarations
from prover.statements.lexical import mask, tokens
from prover.types import Attempted, Goal, State

CONTEXT_LIMIT = 4000
"""Characters of the header, and of the premises, at most."""

PROOF_LIMIT, ERRORS_LIMIT = 8000, 4000
"""Characters of a failed attempt and of its errors, at most."""

MAX_ERRORS, MESSAGE_LIMIT = 8, 600
"""Errors that are shown of one attempt, and characters of each."""

Role = Literal["system", "user", "assistant"]

Show = Callable[[int | None], str]
"""A value's text in at most so many characters."""

_LONE_LINE = re.compile(r"^[ \t]*\{\{(\w+)\}\}[ \t]*(?:\n(?:[ \t]*\n)?|\Z)", re.MULTILINE)


def step_prompt(form: PromptFormat, state: State, limit: int | None) -> Prompt:
    """The prompt for a tactic. `limit` is of the characters that may be left out; None is no limit.

    State, header and premises together are at most that long, marked with `…` where something is missing.
    The header gives way first, then the premises; the goals as `shorten.shorten_goals` says. Raises
    `InputError` where the format has no such prompt.
    """
    if not form.step:
        raise InputError("this preset prompts for whole proofs only: --strategy whole-proof")
    template = form.system + form.step
    shown = _shown(form, state, (), template)
    texts = _filled(_fixed(form, state), shown, template, limit)
    return _prompt(form, [("user", fill_in(form.step, texts))], texts)


def proof_prompt(
    form: PromptFormat,
    state: State,
    failed: Sequence[Attempted],
    limit: int | None,
    more: Mapping[str, str] | None = None,
) -> Prompt:
    """The prompt for a whole proof, after failures for another one; as `step_prompt` otherwise.

    `more` has texts for further placeholders, or for known ones others; they are never shortened.

    The statement is never shortened: what is proved would be something else. Errors are kept longest, then
    the failed attempt. In a conversation the failed attempt is the model's own turn between the two requests.
    """
    if not form.proof:
        raise InputError("this preset prompts for single tactics only: --strategy best-first")
    turns = _turns(form, failed)
    template = form.system + "".join(text for _, text in turns)
    shown = _shown(form, state, failed, template)
    fixed = _fixed(form, state) | {name: _always(text) for name, text in (more or {}).items()}
    texts = _filled(fixed, shown, template, limit)
    return _prompt(form, [(role, fill_in(text, texts)) for role, text in turns], texts)


def shortenable(form: PromptFormat, state: State, failed: Sequence[Attempted] | None = None) -> int:
    """Length in characters of what a `limit` bounds, in the prompt that has none.

    It is that for a tactic where `failed` is None, else that for a whole proof.
    """
    if failed is None:
        template = form.system + form.step
    else:
        template = form.system + "".join(text for _, text in _turns(form, failed))
    shown = _shown(form, state, failed or (), template)
    texts = _filled({}, shown, template, None)
    return sum(len(texts[name]) * _names(template).count(name) for name in shown if name in texts)


def show_goals(goals: Sequence[Goal], limit: int | None) -> str:
    """The goals as Lean shows them, in at most `limit` characters."""
    return shorten_goals([goal.text for goal in goals], limit)


def show_errors(attempt: Attempted, limit: int, language: str = "lean4") -> str:
    """The first errors of an attempt: line and column, the line with the place marked, Lean's own words."""
    errors = [message for message in attempt.messages if message.severity == "error"]
    lines = attempt.script.split("\n")
    shown = []
    for number, error in enumerate(errors[:MAX_ERRORS], start=1):
        row, column = error.start.line, error.start.column
        place = lines[row - 1] if 0 < row <= len(lines) else ""
        same_line = error.end is not None and error.end.line == row
        end = error.end.column if error.end is not None and same_line else len(place)
        marked = f"{place[:column]}<error>{place[column:end]}</error>{place[end:]}"
        code = f"```{language}\n{middle(marked, MESSAGE_LIMIT)}\n```\n" if place else ""
        shown.append(f"Error {number} at {row}:{column}:\n{code}{middle(error.text.strip(), MESSAGE_LIMIT)}")
    if len(errors) > MAX_ERRORS:
        shown.append(f"… and {len(errors) - MAX_ERRORS} more errors")
    text = "\n\n".join(shown)
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"[:limit]


def premises(state: State) -> str:
    """The declarations of the statement's header that it or its goals speak of, in the header's order."""
    header = state.statement.header
    declarations = [one for one in _declarations(header) if one.name]
    wanted = _words(state.statement.text + "\n" + "\n".join(goal.text for goal in state.goals))
    chosen: list[str] = []
    for one in reversed(declarations):
        text = header[one.start : one.end].strip()
        if one.name in wanted or one.name.rpartition(".")[2] in wanted:
            wanted |= _words(text)
            chosen.append(text)
    return "\n\n".join(reversed(chosen))


def header(state: State, template: str) -> str:
    """What stands before the statement, without declarations where `template` shows those that matter."""
    text = state.statement.header
    if "premises" in _names(template):
        for one in reversed(_declarations(text)):
            text = text[: one.start] + text[one.end :]
    return re.sub(r"\n{3,}", "\n\n", text).strip()


@lru_cache(maxsize=64)
def _declarations(header: str) -> tuple[Declaration, ...]:
    """A header's declarations; all prompts of a theorem, and of a file's theorems, share it."""
    return tuple(find_declarations(header))


def _words(text: str) -> set[str]:
    """The names in a text, and each of their parts: `x.f` may be `Structure.f` applied to `x`."""
    names = {token.text for token in tokens(mask(text).code)}
    return names | {part for name in names for part in name.split(".")}


def _shown(form: PromptFormat, state: State, failed: Sequence[Attempted], template: str) -> dict[str, Show]:
    """What can be shortened, the most needed first."""
    latest = failed[-1] if failed else Attempted("", ())
    return {
        "state": lambda room: show_goals(state.goals, room),
        "errors": lambda room: show_errors(latest, _least(room, ERRORS_LIMIT), form.code),
        "proof": lambda room: middle(latest.script, _least(room, PROOF_LIMIT)),
        "premises": lambda room: from_end(premises(state), _least(room, CONTEXT_LIMIT)),
        "header": lambda room: from_end(header(state, template), _least(room, CONTEXT_LIMIT)),
    }


def _turns(form: PromptFormat, failed: Sequence[Attempted]) -> list[tuple[Role, str]]:
    """The texts of a prompt for a whole proof; in a conversation the failed proof is the model's own turn."""
    if not failed or not form.repair:
        return [("user", form.proof)]
    if form.kind == "chat":
        return [("user", form.proof), ("assistant", form.answer), ("user", form.repair)]
    return [("user", form.repair)]


def _fixed(form: PromptFormat, state: State) -> dict[str, Show]:
    """What is never shortened."""
    examples = "\n\n".join(
        fill_in(form.example, {"state": one.state.strip("\n"), "tactic": one.tactic.strip("\n")})
        for one in form.examples
    )
    return {
        "examples": lambda _: examples,
        "goals": lambda _: str(len(state.goals)),
        "statement": lambda _: state.statement.text,
        "name": lambda _: state.statement.name,
    }


def _filled(
    fixed: Mapping[str, Show], shown: Mapping[str, Show], template: str, limit: int | None
) -> dict[str, str]:
    """A text for each placeholder of `template`. Those of `shown` share `limit`, the first come first."""
    names = _names(template)
    texts = {name: show(None) for name, show in fixed.items() if name in names}
    if "indented_proof" in names:
        names = [*names, "proof"]
    for name, show in shown.items():
        if count := names.count(name):
            texts[name] = show(None if limit is None else limit // count)
            limit = None if limit is None else limit - count * len(texts[name])
    if "proof" in texts:
        texts["indented_proof"] = "  " + texts["proof"].replace("\n", "\n  ")
    return texts


def _names(template: str) -> list[str]:
    return PLACEHOLDER.findall(template)


def _always(text: str) -> Show:
    return lambda _: text


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """`template` with each placeholder that `values` has replaced, all at once."""

    def lone(match: re.Match[str]) -> str:
        return "" if values.get(match[1]) == "" else match[0]

    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), _LONE_LINE.sub(lone, template))


def _prompt(form: PromptFormat, turns: Sequence[tuple[Role, str]], values: Mapping[str, str]) -> Prompt:
    if form.kind == "completion":
        return turns[0][1]
    system = [ChatMessage("system", fill_in(form.system, values))] if form.system else []
    return (*system, *(ChatMessage(role, text) for role, text in turns))


def _least(room: int | None, most: int) -> int:
    return most if room is None else min(room, most)
