"""Reads an answer's text as a form: words, a value with its unit, several answers, an interval, a matrix."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from prover.evaluate.answers.text import balanced, clean, split_top
from prover.evaluate.answers.units import Unit, split_unit

MOST_PARTS = 200
"""Parts of one answer; what has more is no answer."""


@dataclass(frozen=True, slots=True)
class Words:
    """An answer in words, in lower case without articles and punctuation."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """One expression, LaTeX without its unit. `name` is what it is said to be the value of (`x` in x = 5)."""

    latex: str
    unit: Unit | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """An equation or inequality that is more than the naming of a value."""

    latex: str


@dataclass(frozen=True, slots=True)
class Row:
    """Parts in order between brackets: a point or an interval. A ratio has `:` for both brackets."""

    opening: str
    closing: str
    parts: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """Answers side by side, in any order. `braces`: they were written as a set."""

    parts: tuple[Form, ...]
    braces: bool = False


@dataclass(frozen=True, slots=True)
class Union:
    """Intervals joined by a union, in any order."""

    parts: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of cells. `determinant` where it stands between bars."""

    rows: tuple[tuple[Form, ...], ...]
    determinant: bool = False


Form = Words | Value | Relation | Row | Several | Union | Matrix

_MATRIX = re.compile(
    r"[(\[]?\s*\\begin\{(?P<kind>[pbvBV]?matrix|smallmatrix|array)\}\s*(?:\{[clr|\s]*\})?(?P<body>.*)"
    r"\\end\{(?P=kind)\}\s*[)\]]?",
    re.DOTALL,
)
_AND = r",\s*(?:and|or)\b|,|;|\b(?:and|or)\b|\\text\{\s*,?\s*(?:and|or)\s*\}|\\(?:lor|vee)\b"
_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_NAME = r"(?:\\?[a-zA-Z]+(?:_\{?\w+\}?)?'?(?:\([a-zA-Z](?:,\s*[a-zA-Z])*\))?|\([a-zA-Z](?:,\s*[a-zA-Z])*\))"
_NAMED = re.compile(rf"({_NAME})\s*(?:=|\\in\b)\s*(?!.*=)(.+)", re.DOTALL)
_RELATION = re.compile(r"=|<|>|\\(?:le|ge|ne)(?![a-zA-Z])")
_BARE_NUMBERS = re.compile(r"(?<![_^\d])\d+\s+\d")
_LONG_WORD = re.compile(r"(?<!\\)(?<![a-zA-Z\\])[a-zA-Z]{4,}")
_TWO_WORDS = re.compile(r"[a-zA-Z]{2,}[^\\=<>+*/^_]*\s[\w]")
_FUNCTIONS = re.compile(
    r"\b(?:sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|infty|arcsin|arccos|arctan|frac|min|max)\b"
)


def read(text: str) -> Form | None:
    """The form of an answer; None where there is none to be read."""
    text = clean(text)
    return _form(text) if text and balanced(text) else None


def _form(text: str) -> Form | None:
    if letters := _single_letters(text):
        return letters
    if (found := _MATRIX.fullmatch(text)) is not None:
        return _matrix(found)
    if len(parts := split_top(text, r"\\cup(?![a-zA-Z])|\bU\b")) > 1:
        return _all(parts, Union)
    if grouped := _grouped(text):
        return grouped
    if len(parts := _answers(text)) > 1:
        return _all(parts, Several)
    return _single(text)


def _single(text: str) -> Form | None:
    if words := _words(text):
        return words
    if r"\pm" in text or r"\mp" in text:
        upper = text.replace(r"\pm", "+").replace(r"\mp", "-")
        lower = text.replace(r"\pm", "-").replace(r"\mp", "+")
        return _all([re.sub(r"^\s*\+", "", part) for part in (upper, lower)], Several)
    if (named := _NAMED.fullmatch(text)) is not None and not re.search(r"[<>]|\\[lgn]e\b", text):
        inner = _form(named[2].strip())
        return replace(inner, name=named[1].replace(" ", "")) if isinstance(inner, Value) else inner
    if _RELATION.search(text):
        return Relation(text)
    if re.fullmatch(r"-?[\d.]+(?:\s*:\s*-?[\d.]+)+", text):
        return _all(text.split(":"), lambda parts: Row(":", ":", parts))
    latex, unit = split_unit(text)
    latex = re.sub(r"(?<=\d)[, ](?=\d{3}(?:\D|$))", "", latex) if _thousands(latex) else latex
    return None if not latex or _BARE_NUMBERS.search(latex) else Value(latex, unit)


def _all(texts: list[str], kind: Callable[[tuple[Form, ...]], Form]) -> Form | None:
    """The form made of all parts; None where one of them cannot be read."""
    parts = [_form(text.strip()) for text in texts if text.strip()]
    whole = tuple(part for part in parts if part is not None)
    return kind(whole) if parts and len(whole) == len(parts) <= MOST_PARTS else None


def _grouped(text: str) -> Form | None:
    """What stands as a whole between one pair of brackets, with a comma in it or in braces."""
    if text.startswith(r"\{") and text.endswith(r"\}"):
        inner = text[2:-2]
        return _all(split_top(inner, ","), lambda parts: Several(parts, braces=True))
    if text[0] not in "([" or text[-1] not in ")]" or not _one_bracket(text):
        return None
    parts = split_top(text[1:-1], ",")
    if len(parts) < 2 or _thousands(text[1:-1]):
        return None
    return _all(parts, lambda found: Row(text[0], text[-1], found))


def _one_bracket(text: str) -> bool:
    """Whether the bracket that is opened first is closed last."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            return place == len(text) - 1
    return False


def _answers(text: str) -> list[str]:
    """The answers that stand side by side; the commas of thousands do not part them."""
    if _thousands(split_unit(text)[0].lstrip("$\\ ")):
        return [text]
    return [part for part in split_top(text, _AND) if part]


def _thousands(text: str) -> bool:
    """Whether the text is one number whose thousands are set apart."""
    return re.fullmatch(r"-?[1-9]\d{0,2}(?:,\s?\d{3}|(?: \d{3}))+(?:\.\d+)?", text.strip()) is not None


def _single_letters(text: str) -> Form | None:
    """Choices such as `(B)` or `C, E`: letters alone, in capitals."""
    bare = _TEXT.sub(r"\1", text).strip()
    if re.fullmatch(r"\(?[A-Z]\)?\.?(?:\s*(?:,|and|,\s*and)\s*\(?[A-Z]\)?\.?)*", bare):
        letters = sorted(set(re.findall(r"[A-Z]", bare)))
        return Words(" ".join(letters).lower())
    return None


def _words(text: str) -> Words | None:
    """The answer as words, where it is written in words: as `\\text`, or with a word that is no command."""
    bare = _TEXT.sub(r" \1 ", text)
    declared = _TEXT.fullmatch(text) is not None or re.match(r"\s*\\text\s*\{[^{}\d]{2,}\}", text) is not None
    plain = _FUNCTIONS.sub("", bare)
    told = not plain.lstrip("-$\\ (")[:1].isdigit() and "\\" not in plain and not re.search(r"[=<>^_]", plain)
    if not declared and not (told and (_LONG_WORD.search(plain) or _TWO_WORDS.search(plain))):
        return None
    kept = re.sub(r"[^\w\s:/%.-]", " ", bare).lower()
    return Words(" ".join(word for word in kept.split() if word not in ("a", "an", "the")).strip(". "))


def _matrix(found: re.Match[str]) -> Form | None:
    rows = [row for row in split_top(found["body"].strip(), r"\\\\") if row]
    cells = [[_form(cell) for cell in split_top(row, "&") if cell] for row in rows]
    if (
        not cells
        or any(cell is None for row in cells for cell in row)
        or len({len(row) for row in cells}) > 1
    ):
        return None
    kept = tuple(tuple(cell for cell in row if cell is not None) for row in cells)
    return Matrix(kept, determinant=found["kind"] in ("vmatrix", "Vmatrix"))
