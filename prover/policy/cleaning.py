"""Models' spelling: escapes, look-alike characters, comments, marks of the end and of other formats."""

from __future__ import annotations

import html
import re
import unicodedata

from prover.statements.lexical import Masked

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_BREAKS = dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028, 0x2029], "\n")
_NOTHING = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)])
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_SIGNS = {
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x2014: "--",  # A dash in prose: what follows is a remark.
    0x2212: "-",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0xB5: "μ",  # The micro sign is no letter in Lean.
    0x2266: "≤",
    0x2267: "≥",
    0x2A7D: "≤",
    0x2A7E: "≥",
    0x2758: "∣",
    0x3008: "⟨",
    0x3009: "⟩",
    0x2329: "⟨",
    0x232A: "⟩",
}
LOOKALIKES: dict[int, str | None] = {**_SPACES, **_BREAKS, **_NOTHING, **_WIDE, **_SIGNS}
"""What Lean cannot read or would read as a stranger, and what was meant. Names and operators of Mathlib are
not among them, however alike they look (`Σ` and `∑`, `∆` and `Δ`, `∣` and `|`)."""

_AT_LINE_START = re.compile(r"^([ \t]*)(?:(∣)|[•∙⋅](?=\s))", re.MULTILINE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_TAG = re.compile(r"</?(?:br|p|code|pre|tactic)\s*/?>", re.IGNORECASE)
_CODE_POINT = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_ESCAPE = re.compile(r"\\([nt\"])")
_JSON_ANSWER = re.compile(r'\A\s*\{\s*"(?:tactic|answer|next_tactic)"\s*:\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)

END = re.compile(
    r"<\|[\w▁]+\|>|</?s>|<eos>|<pad>|<bos>|\[/?INST\]|\[/?(?:PROOFSTEP|GOAL|STATE|TACTIC|PROOF STEP)\]|:::"
)
"""Marks that end a tactic, whatever stands around them."""

HEADING = re.compile(
    r"^[ \t]*---|^[ \t]*(?:Tactic state|State|Human|User|Assistant|Explanation|Note)[ \t]*:", re.MULTILINE
)
"""Lines that end a tactic in a text without fences."""

_ASKED = re.compile(r":::|\[(?:PROOFSTEP|TACTIC|PROOF STEP)\]|^[ \t]*Next tactic:[ \t]*$", re.MULTILINE)


def after_thinking(text: str) -> str | None:
    """What follows the model's thoughts; None where they do not end."""
    for tag in ("think", "thinking"):
        if f"</{tag}>" in text:
            text = text.rpartition(f"</{tag}>")[2]
        elif f"<{tag}>" in text:
            return None
    return text


def clean(text: str) -> str:
    """The text in Lean's own characters, unescaped where it plainly is escaped."""
    if answer := _JSON_ANSWER.match(text):
        text = answer[1].replace("\\\\", "\\")
    text = _TAG.sub("\n", _ENTITY.sub(lambda match: html.unescape(match[0]), text))
    text = _CODE_POINT.sub(lambda match: _code_points(match[0]), text)
    if "\n" not in text.strip() and "\\n" in text:
        text = _ESCAPE.sub(lambda match: {"n": "\n", "t": "  "}.get(match[1], match[1]), text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(LOOKALIKES).replace("\t", "  ")
    return _AT_LINE_START.sub(lambda match: match[1] + ("|" if match[2] else "·"), text)


def has_control_characters(text: str) -> bool:
    """Characters that Lean cannot read, or that hide from a reader what Lean reads."""
    return any(
        (unicodedata.category(character) in ("Cc", "Cs", "Cf", "Co") or character == "\ufffd")
        and character != "\n"
        for character in text
    )


def without_echo(text: str) -> str:
    """What follows the last mark that asks for a tactic, where the state was written again before it."""
    text = text.lstrip() if _ASKED.match(text.lstrip()) else text
    asked = list(_ASKED.finditer(text))
    if asked and (asked[0].start() == 0 or "⊢" in text[: asked[0].start()]):
        return re.sub(r"\A\s*---+[ \t]*\n", "", text[asked[0].end() :])
    return re.sub(r"\A\s*---+[ \t]*(?:\n|\Z)", "", text)


def start_of_mark(text: str, mark: re.Pattern[str]) -> int:
    """Where the first such mark stands; the text's length where there is none."""
    match = mark.search(text)
    return match.start() if match else len(text)


def without_comments(text: str, masked: Masked) -> str:
    """The text without comments and without the spaces and empty lines that they leave behind."""
    kept: list[str] = []
    quotes = 0
    string = len(masked.code.rstrip()) if masked.unclosed == "string" else len(text)
    for index, character in enumerate(masked.code):
        quotes += character == '"'
        comment = character == " " and quotes % 2 == 0 and text[index] != " " and index < string
        inside = bool(kept) and kept[-1] == "\0" and character == " " and text[index] == " "
        kept.append("\0" if comment or inside else text[index])
    lines = "".join(kept).split("\n")
    return "\n".join(line.replace("\0", " ").rstrip() for line in lines if line.strip(" \0"))


def ends_in_comment(text: str, masked: Masked) -> bool:
    """Whether the last that a text has is a comment."""
    return masked.unclosed != "string" and len(masked.code.rstrip()) < len(text.rstrip())


def inline_code(text: str) -> str:
    """The only code between single backticks in a text of prose; empty where it is not the only one."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    return spans[0] if len(spans) == 1 else ""


def _code_points(escapes: str) -> str:
    """From `\\u2115` and the like, in pairs where they are surrogates."""
    units = [int(unit, 16) for unit in escapes.split("\\u")[1:]]
    raw = b"".join(unit.to_bytes(2, "big") for unit in units)
    return raw.decode("utf-16-be", errors="replace")
