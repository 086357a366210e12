"""An answer's text without what carries no meaning: wrapping, spacing, other spellings of a command."""

from __future__ import annotations

import re

_WRAPPED = re.compile(
    r"\\boxed\s*\{(?P<boxed>.*)\}|\\\((?P<round>.*)\\\)|\\\[(?P<square>(?!\s*\d+ex).*)\\\]|"
    r"\$\$(?P<display>.*)\$\$|\$(?P<dollar>[^$]+)\$|\*\*(?P<bold>.*)\*\*|"
    r"\\math(?:bf|rm|it|sf)\s*\{(?P<font>[^{}]*)\}|`(?P<code>[^`]*)`",
    re.DOTALL,
)

_REPLACED = [
    (re.compile(pattern), new)
    for pattern, new in (
        (r"[\u2212\u2013]", "-"),
        (r"\u00b0", r"^\\circ"),
        (r"\u00d7", r"\\times "),
        (r"\u03c0", r"\\pi "),
        (r"\u221e", r"\\infty "),
        (r"\\[dtc]frac", r"\\frac"),
        (r"\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])\s*\.?", ""),
        (r"\\(?:displaystyle|textstyle|limits|nolimits)\b", ""),
        (r",?\\!", lambda found: "," if found[0].startswith(",") else ""),
        (r"\\\\\s*\[[^\]]*\]", r"\\\\"),
        (r"(?<!\\)\\(?:[,;:> ]|q?quad\b|thinspace\b)", " "),
        (r"(?<!\\)~|\u00a0|\u2009|\u202f", " "),
        (r"\{,\}", ","),
        (r"\\leq(?:slant|q)?(?![a-zA-Z])|\u2264", r"\\le "),
        (r"\\geq(?:slant|q)?(?![a-zA-Z])|\u2265", r"\\ge "),
        (r"\\neq(?![a-zA-Z])|\u2260", r"\\ne "),
        (r"\\lt(?![a-zA-Z])", "<"),
        (r"\\gt(?![a-zA-Z])", ">"),
        (r"\\varnothing(?![a-zA-Z])|\\\{\s*\\\}", r"\\emptyset "),
        (r"\\(?:mathbb|mathbf|Bbb)\s*\{?R\}?|\\R(?![a-zA-Z])", r"(-\\infty,\\infty)"),
        (r"\\l(?:brace|vert)(?![a-zA-Z])", lambda found: r"\{" if "brace" in found[0] else "|"),
        (r"\\r(?:brace|vert)(?![a-zA-Z])", lambda found: r"\}" if "brace" in found[0] else "|"),
        (r"\\operatorname\s*\{([a-zA-Z]+)\}", r"\\\1 "),
        (r"\\mathrm\s*\{([^{}]*)\}", r"\\text{\1}"),
        (r"\\(?:mbox|textrm|textnormal|textbf|textit|emph)\s*\{", r"\\text{"),
        (r"(?<=\d)[eE]([+-]?\d+)\b", r"\\times 10^{\1}"),
        (r"\+\s*\\infty", r"\\infty"),
    )
]


def clean(text: str) -> str:
    """The text to read an answer from; empty where nothing is left."""
    before = None
    text = text.strip()
    while text != before:
        before = text
        text = _unwrapped(text.strip().rstrip("\\").rstrip())
        text = re.sub(r"(?<![.\d])\.$|(?<=\d)\.$|(?<=\w)[.;]$", "", text)
    for pattern, new in _REPLACED:
        text = pattern.sub(new, text)
    text = " ".join(text.split())
    return text[1:].lstrip() if text.startswith("+") else text


def compact(text: str) -> str:
    """The cleaned text in a form that equal strings share: no blanks, braces around one character dropped."""
    text = re.sub(r"(?<=[\^_])\{(\w)\}", r"\1", clean(text))
    return re.sub(r"(?<![a-zA-Z\d\\]) | (?![a-zA-Z\d\\])", "", text)


def _unwrapped(text: str) -> str:
    found = _WRAPPED.fullmatch(text)
    if found is not None:
        inner = next(part for part in found.groups() if part is not None)
        if balanced(inner):
            return inner.strip()
    if re.fullmatch(r"\{[^{}]*\}", text):
        return text[1:-1].strip()
    return text


def balanced(text: str) -> bool:
    """Whether every brace that is opened is closed, in order."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def split_top(text: str, separators: str) -> list[str]:
    """The parts between separators (a regular expression) that stand in no bracket and no environment."""
    opening = re.compile(r"\\begin\{|\\\{|[({\[]")
    closing = re.compile(r"\\end\{|\\\}|[)}\]]")
    separator = re.compile(separators)
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        if depth == 0 and (found := separator.match(text, place)) and found.end() > place:
            parts.append(text[start:place])
            start = place = found.end()
        elif found := closing.match(text, place):
            depth, place = max(0, depth - 1), found.end()
            if found[0] == "\\end{":
                place = text.find("}", place) + 1 or len(text)
        elif found := opening.match(text, place):
            depth, place = depth + 1, found.end()
            if found[0] == "\\begin{":
                place = text.find("}", place) + 1 or len(text)
        else:
            place += 2 if text[place] == "\\" else 1
    return [part.strip() for part in (*parts, text[start:])]
