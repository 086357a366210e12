"""Reads what Lean says in words, from 4.9 to 4.35: goals, suggestions, axioms, and what an error is about.

What a reply says in fields is never read from its text. Where only text is to be had, this is the one place
that knows its forms; `tests/lean_messages.json` has the forms of each version. Which changed when:

- the `sorry` warning has backquotes since 4.28 (`declaration uses 'sorry'` before);
- `Try this: t` became `Try this:⏎  t` in 4.24 and `Try this:⏎  [apply] t` in 4.25;
- `native_decide` rests on one axiom a use since 4.29, `Lean.ofReduceBool` before: axioms are compared with
  those that are allowed, never with those that are known to be bad;
- `unknown identifier 'x'` became ``Unknown identifier `x` `` in 4.23.
"""

from __future__ import annotations

import re

from prover.types import Goal, Hypothesis

ALLOWED_AXIOMS = frozenset({"propext", "Classical.choice", "Quot.sound"})
"""What mathematics in Lean rests on."""

_SORRY = re.compile(r"declaration uses ['`‘]?sorry\b")
_AXIOMS = re.compile(r"\A['`](?P<name>.+?)['`] depends on axioms: \[(?P<axioms>.*)\]\Z", re.DOTALL)
_NO_AXIOMS = re.compile(r"\A['`](?P<name>.+?)['`] does not depend on any axioms\Z")
_SUGGESTION = re.compile(r"^Try (?:this|these|one of these):[ \t]*", re.MULTILINE)
_BUTTON = re.compile(r"^( *)(?:\[apply\]|•) ", re.MULTILINE)
_REMAINING = re.compile(r"\n *(?:-- )?Remaining subgoals:.*\Z", re.DOTALL)

_KINDS = (
    ("parse", re.compile(r"\A<input>:\d+:\d+: ")),
    ("heartbeats", re.compile(r"maximum number of heartbeats|\(deterministic\) timeout")),
    ("recursion", re.compile(r"maximum recursion depth has been reached")),
    ("interrupted", re.compile(r"\A(?:elaboration )?interrupted\b")),
)

_CASE = re.compile(r"\Acase (\S+)\Z")
_CONTEXT = re.compile(r"\A(?P<names>[^\s:(][^:]*?) : (?P<type>.*)\Z", re.DOTALL)
_TURNSTILE = re.compile(r"\A(?:⊢|\|) ?(?P<target>.*)\Z", re.DOTALL)


def is_sorry_warning(text: str) -> bool:
    """Whether this is Lean's warning that a declaration has a hole."""
    return _SORRY.search(text) is not None


def axioms_of(text: str) -> tuple[str, tuple[str, ...]] | None:
    """What `#print axioms` says: the constant, and the axioms it rests on. None for any other message."""
    if match := _NO_AXIOMS.match(text.strip()):
        return match["name"], ()
    if match := _AXIOMS.match(text.strip()):
        return match["name"], tuple(name.strip() for name in match["axioms"].split(",") if name.strip())
    return None


def suggestions(text: str) -> tuple[str, ...]:
    """The tactics that a `Try this` message offers, unindented, in order; none for any other message."""
    match = _SUGGESTION.search(text)
    if match is None:
        return ()
    rest = text[match.end() :].lstrip("\n")
    buttons = list(_BUTTON.finditer(rest))
    ends = [*(button.start() for button in buttons[1:]), len(rest)]
    pieces = [(rest[one.end() : end], len(one[1])) for one, end in zip(buttons, ends, strict=False)]
    if not buttons:
        pieces = [(rest, len(rest) - len(rest.lstrip(" ")))]
    tactics = (_unindented(_REMAINING.sub("", piece.rstrip()), margin) for piece, margin in pieces)
    return tuple(tactic for tactic in tactics if tactic)


def failure_kind(text: str) -> str:
    """What the error of a step is about: `parse`, `heartbeats`, `recursion`, `interrupted`, else `tactic`."""
    return next((kind for kind, form in _KINDS if form.search(text)), "tactic")


def goal_of(text: str) -> Goal:
    """A goal from Lean's rendering of it: `case h`, `x y : T` or `x : T := v` a line, `⊢ P`.

    A line that is indented goes on with the one before. A text of another form is a goal without structure.
    """
    items = _items(text)
    case = _CASE.match(items[0]) if items else None
    body = items[1:] if case else items
    target = _TURNSTILE.match(body[-1]) if body else None
    if target is None:
        return Goal(text=text)
    hypotheses: list[Hypothesis] = []
    for item in body[:-1]:
        read = _hypotheses(item)
        if read is None:
            return Goal(text=text)
        hypotheses.extend(read)
    return Goal(
        text=text,
        target=_joined(target["target"]),
        hypotheses=tuple(hypotheses),
        case=case[1] if case else None,
    )


def _items(text: str) -> list[str]:
    """The lines of a goal, each with those that go on with it."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and items:
            items[-1] += f"\n{line}"
        elif line:
            items.append(line)
    return items


def _hypotheses(item: str) -> list[Hypothesis] | None:
    match = _CONTEXT.match(item)
    if match is None:
        return None
    type_, value = _joined(match["type"]), None
    if (defined := type_.find(" := ")) >= 0:
        type_, value = type_[:defined], type_[defined + len(" := ") :]
    names = match["names"].split()
    return [Hypothesis(name, type_, value, "✝" not in name) for name in names]


def _joined(text: str) -> str:
    """A term that was broken over lines, on one."""
    return re.sub(r"\n *", " ", text).strip()


def _unindented(text: str, margin: int) -> str:
    """Without the `margin` columns by which the message indents each line."""
    first, *rest = text.splitlines() or [""]
    lines = (line[min(margin, len(line) - len(line.lstrip())) :].rstrip() for line in rest)
    return "\n".join([first.strip(), *lines]).strip()
