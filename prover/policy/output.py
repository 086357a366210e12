"""From what a model wrote to one tactic, or to one whole proof; what is neither is dropped, with a reason.

The reasons: "empty", "truncated" (cut off within the tactic), "chatter" (prose), "sorry" (an open hole in any
spelling), "forbidden" (what runs code, trusts the compiler or leaves the proof), "too long", "control
characters", "no proof". Lean checks by parse tree again: this is the first of two nets, and it judges tokens,
so that a hypothesis `hsorry` or a string is nobody's harm.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

from prover.policy.cleaning import (
    END,
    HEADING,
    after_thinking,
    clean,
    ends_in_comment,
    has_control_characters,
    inline_code,
    start_of_mark,
    without_comments,
    without_echo,
)
from prover.policy.tactics import COMMANDS, first_tactic, goes_on, misses_its_end, violation
from prover.statements.lexical import Token, body_start, line_start, mask, starts_line, tokens
from prover.types import Statement

TACTIC_LIMIT, PROOF_LIMIT = 4000, 40_000
"""Characters of a tactic, and of a whole proof, at most."""

BLOCK_LIMIT = 2 * PROOF_LIMIT
"""Characters of a block of code that is looked into for a proof: with what stands around it."""

_AROUND = 10
"""How many times as long as a tactic, or a proof, an answer may be, with what stands around it."""

_ROUNDS = 6
"""How often a result is looked at again, until it stays as it is."""

_LABELS = 8
"""How many labels, numbers and dots may stand before a tactic."""

_FENCE = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*([\w+-]*)[^\n]*$", re.MULTILINE)

_LABEL = re.compile(
    r"\A\s*+(?:[*_#>\s]*+\b(?:(?:the\s++)?next\s++)?(?:lean(?:\s*+4)?\s++)?"
    r"(?:tactic|step|answer|proof|output|lean(?:\s*+4)?)(?:\s++\d+)?[*_]*+\s*+:(?![:=])[*_]*"
    r"|---+(?=\s)|\d{1,2}[.)](?=\s)|[-*](?=\s)|<;>)\s*",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\A(\s*)((?::=\s*)?by\b(?!_)|[·•∙⋅.](?=\s))")

_PROSE = re.compile(
    r"(?:[A-Z][\w']*(?:[ ,.:;!?]|\Z)|(?:we|the|this|it|here|note|since|because|to|so|you|i|in|given|let's)\b"
    r"|let us\b|(?:first|next|then|now|hence|thus|okay|ok|sure|finally|also|so|yes|no),\s)"
)
_TACTIC_START = re.compile(r"[a-z({«‹·]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tactic (or a tactic script), or an empty text and the reason, in a word or two."""

    text: str
    dropped: str = ""


def one_tactic(text: str, truncated: bool) -> Parsed:
    """The first tactic of what a model wrote. Never raises; what it gives it leaves as it is.

    Fences, labels, numbering, `by`, focus dots, comments and trailing prose go. Lines that continue a tactic
    stay. Of `a; b` the first is taken, unless a nested `by`, `=>` or `let` or brackets own the `;`; `a <;> b`
    is one tactic. If `truncated`, the last line is not complete and goes too, if it is part of the tactic.
    """
    for _ in range(_ROUNDS):
        parsed = _one_tactic(text, truncated)
        if parsed.dropped or parsed.text == text:
            return parsed
        text, truncated = parsed.text, False
    return Parsed("", "chatter")


def whole_proof(text: str, truncated: bool, statement: Statement, holes: bool = False) -> Parsed:
    """The tactic script, unindented, of a proof of `statement` in what a model wrote. Never raises.

    With `holes` it may have `sorry`s, which are still to be proved.

    It is looked for in the fenced blocks, the last first, else in the text as it stands: behind the `:=` of
    the theorem of that name, or of the last one under another name; or it is a block itself, if that is
    tactics. A term becomes `exact` of it. If `truncated`, a block without end counts for nothing.
    """
    answer = answer_in(text, truncated, PROOF_LIMIT, "no proof")
    if isinstance(answer, Parsed):
        return answer
    text = clean(answer)
    if has_control_characters(text):
        return Parsed("", "control characters")
    blocks = readable_blocks(text, truncated)
    if isinstance(blocks, Parsed):
        return blocks
    scripts = [script for block in reversed(blocks) if (script := _declared(block, statement.name))]
    scripts += [script for block in reversed(blocks) if (script := _undeclared(block))]
    checked = [_checked(script, PROOF_LIMIT, holes) for script in scripts]
    return next((one for one in checked if one.text), checked[0] if checked else Parsed("", "no proof"))


def answer_in(text: str, truncated: bool, limit: int, without: str) -> str | Parsed:
    """What follows the model's thoughts; or why it is not looked into: it is missing or far over `limit`."""
    answer = after_thinking(text)
    if answer is None:
        return Parsed("", "truncated" if truncated else without)
    return answer if len(answer) <= _AROUND * limit else Parsed("", "too long")


def readable_blocks(text: str, truncated: bool) -> list[str] | Parsed:
    """The code blocks of an answer that are whole and not too long; or why there is none."""
    blocks, complete = code_blocks(text)
    if truncated and not complete:
        blocks = blocks[:-1]
        if not blocks:
            return Parsed("", "truncated")
    blocks = [block for block in blocks if len(block) <= BLOCK_LIMIT]
    return blocks or Parsed("", "too long")


def _one_tactic(text: str, truncated: bool) -> Parsed:
    answer = answer_in(text, truncated, TACTIC_LIMIT, "chatter")
    if isinstance(answer, Parsed):
        return answer
    text = clean(answer)
    if has_control_characters(text):
        return Parsed("", "control characters")
    text, complete = _body(without_echo(text))
    if not text.strip():
        return Parsed("", "truncated" if truncated and answer.strip() and not complete else "empty")
    masked = mask(text)
    bare = _without_labels(without_comments(text, masked))
    if not bare.strip():
        return Parsed("", "chatter" if text.strip() else "empty")
    tactic, whole = first_tactic(bare)
    cut = truncated and not complete and not text.endswith("\n")
    if cut and whole and not ends_in_comment(text, masked):
        tactic, _ = first_tactic(bare.rstrip().rpartition("\n")[0])
        if not tactic or misses_its_end(tactic):
            return Parsed("", "truncated")
    if _is_prose(tactic):
        if code := inline_code(text):
            return Parsed(code)  # The next round looks at it.
        return Parsed("", ("" if _PROSE.match(tactic) else violation(tactic)) or "chatter")
    return _checked(tactic, TACTIC_LIMIT)


def _checked(text: str, limit: int, holes: bool = False) -> Parsed:
    reason = violation(text, holes) or ("too long" if len(text) > limit else "")
    return Parsed("" if reason else text, reason)


def _body(text: str) -> tuple[str, bool]:
    """The first block of code between fences, else what stands before the end; and whether an end was met."""
    end = start_of_mark(text, END)
    text, complete = text[:end], end < len(text)
    if not _FENCE.search(text):
        end = start_of_mark(text, HEADING)
        return text[:end], complete or end < len(text)
    blocks, closed = code_blocks(text)
    fenced = [block for block in blocks if block.strip() and not re.search(r"^ *⊢", block, re.MULTILINE)]
    return (fenced[0], complete or closed or len(blocks) > 1) if fenced else ("", complete)


def code_blocks(text: str) -> tuple[list[str], bool]:
    """What stands between fences; without any the whole. And whether the last of them has its end.

    A first fence without a language that follows a tactic closes the block that the prompt had opened.
    """
    fences = list(_FENCE.finditer(text))
    if not fences:
        return [text], False
    blocks: list[str] = []
    opened: int | None = None
    first = fences[0]
    if not first[1] and text[: first.start()].strip() and len(fences) % 2:
        opened = 0
    for fence in fences:
        if opened is None:
            opened = fence.end() + 1
        elif not fence[1]:
            blocks.append(text[opened : max(fence.start(), opened)].rstrip("\n"))
            opened = None
        else:
            opened = fence.end() + 1
    if opened is not None:
        blocks.append(text[opened:])
    return blocks, opened is None


def _without_labels(text: str) -> str:
    """Without what stands before a tactic: labels, numbers, list marks, `by`, focus dots."""
    for _ in range(_LABELS):
        shorter = _LABEL.sub("", text, count=1)
        if opening := _OPENING.match(shorter):
            shorter = " " * opening.end() + shorter[opening.end() :]
            shorter = _dedent(shorter.lstrip() if "\n" not in shorter.strip() else shorter)
        if shorter == text:
            break
        text = shorter
    return _dedent(text)


def _dedent(text: str) -> str:
    """The block without its common indentation, that of a first line which the prompt has begun left out."""
    lines = [line.rstrip() for line in text.expandtabs(2).split("\n")]
    lines = [line for line in lines if line]
    if len(lines) > 1:
        rest = min(_indentation(line) for line in lines[1:])
        first = lines[0].lstrip()
        if _indentation(lines[0]) > rest or not goes_on(first, lines[1]):
            lines[0] = " " * rest + first
    return textwrap.dedent("\n".join(lines))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_prose(tactic: str) -> bool:
    return not _TACTIC_START.match(tactic) or bool(_PROSE.match(tactic))


def _declared(block: str, name: str) -> str:
    """The proof of theorem `name` in a block of code, else of its last theorem; empty where it has none."""
    masked = mask(block)
    if masked.unclosed:
        return ""
    code = masked.code
    words = list(tokens(code))
    heads = [
        (word, following.text)
        for word, following in zip(words, [*words[1:], Token("", len(code))], strict=False)
        if word.text in ("theorem", "lemma", "example") and starts_line(code, word.start)
    ]
    if not heads:
        return ""
    named = [head for head, own in heads if own == name or own.split(".")[-1] == name.split(".")[-1]]
    head = named[-1] if named else heads[-1][0]
    end = _next_command(code, head.end)
    body = body_start(code, head.start, end)
    return "" if body is None else _tactics(block[body:end])


def _undeclared(block: str) -> str:
    """The tactics in a block of code without a theorem; empty where it has something else."""
    masked = mask(block)
    script = "" if masked.unclosed else _tactics(block[: _next_command(masked.code, 0)])
    return "" if _is_prose(without_comments(script, mask(script))) else script


def _tactics(body: str) -> str:
    """From `:= by …`, `by …`, `:= term` or tactics to tactics, unindented."""
    stripped = body.strip()
    value = stripped.startswith(":=")
    rest = stripped.removeprefix(":=").lstrip() if value else body
    if re.match(r"\s*by\b", rest):
        return _dedent(re.sub(r"\A\s*by\b[ \t]*", "", rest, count=1)).strip("\n")
    if not value:
        return _dedent(rest).strip("\n")
    return "exact " + rest.replace("\n", "\n  ") if rest else ""


def _next_command(code: str, start: int) -> int:
    """Where the next command begins in masked code, at the beginning of its line."""
    for token in tokens(code, start):
        if token.start == line_start(code, token.start) and token.text in _NEXT:
            return token.start
    return len(code)


_NEXT = COMMANDS | {"#", "@", "open", "set_option"}
