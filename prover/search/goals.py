"""When two states are the same, and when the goals of one can be proved apart.

Two notions of sameness, because a tactic script names hypotheses. `exact_key` is the rendered text: whatever
proves one state proves the other. `canonical_key` forgets the names and order of hypotheses, the names of
metavariables and case tags: a proof of one state is only a good guess for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prover.types import Goal, Hypothesis

_WORD = r"[\w'!?✝]"
_TOKEN = re.compile(rf"\?[^\W\d](?:[\w'!✝]|\.(?=\w))*|\d\w*|«[^»]*»|[^\W\d]{_WORD}*(?:\.{_WORD}+)*")
"""A metavariable, a number, a quoted name, or a (dotted) name, in a rendered term."""

_METAVARIABLE = re.compile(rf"(?<!{_WORD})\?[^\W\d](?:[\w'!✝]|\.(?=\w))*")
_CASE = re.compile(r"\Acase (\S+)\n")

# Private-use characters, so that a canonical name is never a name that occurs in a goal.
_RENAMED, _UNKNOWN = "\ue000", "\ue001"


def exact_key(goals: Sequence[Goal]) -> tuple[str, ...]:
    """The identity of a set of goals as rendered, in order."""
    return tuple(goal.text for goal in goals)


def canonical_key(goals: Sequence[Goal]) -> str:
    """The identity of a set of goals up to names and order of hypotheses, metavariable names and case tags.

    Whether a hypothesis can be named at all is kept: making it accessible is progress. A goal that comes
    without structure stands for itself, by its text.
    """
    mentioned = {name for goal in goals for name in _mentions(goal)}
    text = "\n\n".join(_canonical_goal(goal, mentioned) for goal in goals)
    numbers: dict[str, str] = {}
    return _METAVARIABLE.sub(lambda match: numbers.setdefault(match[0], f"?{len(numbers)}"), text)


def independent(goals: Sequence[Goal]) -> bool:
    """Whether no goal mentions a metavariable that another mentions, or that another goal is."""
    owner: dict[str, int] = {}
    for index, goal in enumerate(goals):
        for name in _mentions(goal):
            if owner.setdefault(name, index) != index:
                return False
    return all(owner.get(_case(goal), index) == index for index, goal in enumerate(goals))


def _mentions(goal: Goal) -> set[str]:
    """Its metavariables without question mark: those the backend names and those its text shows."""
    shown = _METAVARIABLE.findall(goal.text) if "?" in goal.text else []
    return {name.removeprefix("?") for name in (*goal.metavariables, *shown)}


def _case(goal: Goal) -> str:
    """The goal's own name, by which other goals mention it; empty when it has none."""
    if goal.case is not None:
        return goal.case
    match = _CASE.match(goal.text)
    return match[1] if match else ""


def _canonical_goal(goal: Goal, mentioned: set[str]) -> str:
    hypotheses = {hypothesis.name: hypothesis for hypothesis in goal.hypotheses}
    if not goal.target or len(hypotheses) != len(goal.hypotheses):
        return goal.text
    names = _canonical_names(goal.target, hypotheses)
    lines = [f"case ?{_case(goal)}"] if _case(goal) in mentioned else []
    for name, new in names.items():
        mark = "" if hypotheses[name].accessible else "✝"
        lines.append(f"{new}{mark} : {_rename(_body(hypotheses[name]), names)}")
    return "\n".join([*lines, "⊢ " + _rename(goal.target, names)])


def _canonical_names(target: str, hypotheses: dict[str, Hypothesis]) -> dict[str, str]:
    """New names, numbered in an order that no old name decides.

    First what the target reaches, in order of occurrence; then the rest, ordered by their types with the
    names that are still unknown blanked out, facts about others before plain variables. Ties keep the given
    order: that can miss a merge, never make a false one, because the renaming is one-to-one.
    """
    references = {name: _references(_body(item), hypotheses) for name, item in hypotheses.items()}
    order = dict.fromkeys(_references(target, hypotheses))
    _close(order, references)
    if len(order) < len(hypotheses):
        known = _numbered(order)
        blanked = dict.fromkeys(hypotheses, _UNKNOWN) | known
        rest = [name for name in hypotheses if name not in order]
        rest.sort(key=lambda name: (not references[name], _rename(_body(hypotheses[name]), blanked)))
        for name in rest:
            order[name] = None
            _close(order, references)
    return _numbered(order)


def _close(order: dict[str, None], references: dict[str, list[str]]) -> None:
    """Append, breadth first, everything that the names in `order` mention."""
    queue = list(order)
    for name in queue:
        for found in references[name]:
            if found not in order:
                order[found] = None
                queue.append(found)


def _numbered(order: Iterable[str]) -> dict[str, str]:
    return {name: f"{_RENAMED}{number}" for number, name in enumerate(order)}


def _body(hypothesis: Hypothesis) -> str:
    return hypothesis.type if hypothesis.value is None else f"{hypothesis.type} := {hypothesis.value}"


def _references(text: str, hypotheses: dict[str, Hypothesis]) -> list[str]:
    heads = (token.partition(".")[0] for token in _TOKEN.findall(text))
    return [head for head in heads if head in hypotheses]


def _rename(text: str, names: dict[str, str]) -> str:
    """Replace whole names; of a dotted name only the head, for `x.succ` is about x and `Nat.x` is not."""

    def replace(match: re.Match[str]) -> str:
        head, dot, tail = match[0].partition(".")
        return names.get(head, head) + dot + tail

    return _TOKEN.sub(replace, text)
