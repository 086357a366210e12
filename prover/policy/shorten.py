"""Makes texts shorter for a model's context, with a `…` wherever something was left out."""

from __future__ import annotations

from collections.abc import Sequence

MARK = "…"

LEAST = 24
"""Characters that a hypothesis or a target keeps as long as anything else can give way."""


def shorten_goals(goals: Sequence[str], limit: int | None) -> str:
    """Goals as Lean shows them, a blank line between two, in at most `limit` characters.

    What fits is left as it is. Otherwise goals are left out from the last on, and their number said
    (`… and 2 more goals`). Where the first alone is too long, its longest hypotheses are shortened in the
    middle, all to one length, then its target in the middle; then all hypotheses go. The line `case …` and
    the target stay whole as long as the hypotheses can give way. A limit of a few characters leaves
    beginning and end of the text.
    """
    text = "\n\n".join(goals)
    if limit is None or len(text) <= limit:
        return text
    for kept in range(len(goals) - 1, 0, -1):
        text = "\n\n".join(goals[:kept]) + _more(len(goals) - kept)
        if len(text) <= limit:
            return text
    mark = _more(len(goals) - 1)
    if mark and len(mark) + 2 * LEAST > limit:
        return middle("\n\n".join(goals), limit)
    return _shorten_goal(goals[0], limit - len(mark)) + mark


def middle(text: str, limit: int) -> str:
    """The text with its middle left out, where it is longer than `limit`."""
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    kept = limit - len(MARK)
    return text[: kept - kept // 2] + MARK + text[len(text) - kept // 2 :]


def from_end(text: str, limit: int) -> str:
    """The last lines of a Lean text that fit into `limit`, below a comment that says so."""
    text = text.strip()
    if len(text) <= limit:
        return text
    mark = f"-- {MARK}\n"
    room = limit - len(mark)
    if room <= 0:
        return MARK[: max(limit, 0)]
    rest = text[len(text) - room :]
    if text[len(text) - room - 1] != "\n":
        rest = rest.partition("\n")[2]
    return mark + rest


def _more(count: int) -> str:
    if count == 0:
        return ""
    return f"\n\n{MARK} and {count} more goal{'s' if count > 1 else ''}"


def _shorten_goal(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    case, hypotheses, target = _parts(text)
    room = limit - len(case) - len(target)
    if capped := _capped(hypotheses, room):
        return case + capped + target
    capped = "".join(middle(one, LEAST) + "\n" for one in hypotheses)
    room = limit - len(case) - len(capped)
    if room >= LEAST:
        return case + capped + middle(target, room)
    start = f"{case}{MARK}\n" if hypotheses else case
    if limit - len(start) < LEAST:
        return middle(text, limit)
    return start + middle(target, limit - len(start))


def _parts(text: str) -> tuple[str, list[str], str]:
    """The case line with its line break, the hypotheses, each with its further lines, and the target."""
    place = 0 if text.startswith("⊢") else text.find("\n⊢") + 1
    before, target = text[:place], text[place:]
    case = ""
    if before.startswith("case "):
        case, _, before = before.partition("\n")
        case += "\n"
    hypotheses: list[str] = []
    for line in before.split("\n")[:-1]:
        if line.startswith(" ") and hypotheses:
            hypotheses[-1] += "\n" + line
        else:
            hypotheses.append(line)
    return case, hypotheses, target


def _capped(hypotheses: Sequence[str], room: int) -> str:
    """The hypotheses' lines in `room` characters, the longest ones shortened; empty if that is too few."""
    low, high = LEAST - 1, max(map(len, hypotheses), default=0)
    while low < high:
        cap = (low + high + 1) // 2
        if sum(min(len(one), cap) + 1 for one in hypotheses) <= room:
            low = cap
        else:
            high = cap - 1
    return "".join(middle(one, low) + "\n" for one in hypotheses) if low >= LEAST else ""
