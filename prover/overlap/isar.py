"""An Isabelle statement without its names, types and layout, in the same `Shape` as a Lean one.

Alike are statements that differ in spacing, comments, the theorem's and the facts' names, the names of
fixed and bound variables and of those of one letter, types (`fixes x :: real`, `(2::nat)`), parentheses,
quotes or cartouches, symbols or their ASCII and Unicode forms, the order of the assumptions, and in whether
these are `assumes`, `if`, `defines` or left of `⟹` or `⟶`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.errors import InputError
from prover.isabelle.rules import DIAGNOSTIC
from prover.isabelle.symbols import encode
from prover.isabelle.theory import opening_statement
from prover.overlap.shape import Shape, Words

KEYWORDS = ("theorem", "lemma", "corollary", "proposition", "schematic_goal")
LONGEST = 20_000
"""Characters that a statement is looked for in."""

_GOAL = re.compile(rf"(?:{'|'.join(KEYWORDS)})\b")
_LINE_OF_GOAL = re.compile(rf"^[ \t]*(?:{'|'.join(KEYWORDS)})\b", re.MULTILINE)
_SECTIONS = frozenset("fixes for assumes if shows obtains defines constrains includes notes when".split())
_VARIABLES, _PREMISES, _CONCLUSIONS = (
    ("fixes", "for"),
    ("assumes", "if", "when", "defines"),
    ("shows", "obtains"),
)
_WORD = re.compile(
    r"(?P<name>[A-Za-z](?:[\w']|\\<\^sub>)*(?:\.[A-Za-z][\w']*)*)|\\<\^?[A-Za-z]+>|'[a-z]+|\d+"
    r"|==>|<-->|-->|=>|<=|>=|~=|!!|::|\[\||\|\]|\S",
    re.ASCII,
)
_SPELLED = {
    "==>": r"\<Longrightarrow>",
    r"\<longrightarrow>": "-->",
    r"\<Rightarrow>": "=>",
    r"\<le>": "<=",
    r"\<ge>": ">=",
    r"\<noteq>": "~=",
    "!!": r"\<And>",
    "&": r"\<and>",
    "|": r"\<or>",
    "~": r"\<not>",
    "ALL": r"\<forall>",
    "EX": r"\<exists>",
    "[|": r"\<lbrakk>",
    "|]": r"\<rbrakk>",
    "<-->": r"\<longleftrightarrow>",
    r"\<times>": "*",
    "nat": "ℕ",
    "int": "ℤ",
    "rat": "ℚ",
    "real": "ℝ",
}
_BINDERS = frozenset(
    [r"\<forall>", r"\<exists>", r"\<nexists>", r"\<And>", r"\<lambda>", "%", r"\<Sum>", "SOME", "THE"]
)
_SINGLE = re.compile(r"[A-Za-z](?:[\d']|\\<\^sub>)*", re.ASCII)
_OPEN = frozenset(["(", "[", "{", r"\<lbrakk>"])
_CLOSE = frozenset([")", "]", "}", r"\<rbrakk>"])
_IMPLIES, _ARROW = r"\<Longrightarrow>", "-->"
_LOOSER = _BINDERS | {r"\<longleftrightarrow>"}
"""Words whose scope reaches over a `-->` behind them."""


def isar_statements(text: str) -> Iterator[tuple[int, str]]:
    """The theorems that a theory's lines begin, each with its place and with what follows it, which
    `isar_shape` does not read."""
    for found in _LINE_OF_GOAL.finditer(text):
        yield found.start(), text[found.start() : found.start() + LONGEST]


def isar_shape(text: str) -> Shape:
    """The shape of a theorem up to its proof. Raises `InputError` where there is none."""
    bound: set[str] = set()
    premises: list[Words] = []
    conclusions: list[Words] = []
    for section, content in _propositions(text, bound):
        words = _words(content)
        bound.update(_variables(words))
        if section in _PREMISES:
            premises.append(_untyped(words))
        elif section in _CONCLUSIONS:
            *left, right = _premises(_untyped(words))
            premises += left
            conclusions.append(right)
    if not conclusions:
        raise InputError(f"no theorem: {text[:60]!r}")
    conclusion = tuple(word for part in conclusions for word in (r"\<and>", *part))[1:]
    return Shape((*premises, conclusion), frozenset(bound))


def _propositions(text: str, bound: set[str]) -> Iterator[tuple[str, str]]:
    """Each quoted text and the section that it stands in; the variables that are fixed go to `bound`."""
    encoded = encode(text)
    begin = _GOAL.search(encoded)
    section, typed = "shows", False
    for token in opening_statement(encoded[begin.start() :])[1:] if begin else ():
        if token.kind == "word" and token.text in DIAGNOSTIC:
            return
        if token.text in _SECTIONS:
            section, typed = token.text, False
        elif token.text == "and":
            typed = False
        elif section in _VARIABLES:
            if token.text == ":":
                typed = True
            elif token.kind == "word" and not typed:
                bound.add(token.text)
        elif token.kind == "string":
            yield section, token.text[1:-1]
        elif token.kind == "cartouche":
            yield section, token.text.removeprefix(r"\<open>").removesuffix(r"\<close>")


def _words(content: str) -> Words:
    return tuple(_SPELLED.get(found[0], found[0]) for found in _WORD.finditer(content))


def _variables(words: Words) -> Iterator[str]:
    """Names of one letter, and those behind a binder."""
    binding = False
    for word in words:
        if word in _BINDERS:
            binding = True
        elif not _WORD.fullmatch(word) or not word[0].isalpha():
            binding = binding and word == "("
        elif binding or _SINGLE.fullmatch(word):
            yield word


def _untyped(words: Words) -> Words:
    """Without types: what follows `::`, as far as it can be one."""
    kept: list[str] = []
    typed, depth = False, 0
    for word in words:
        if word == "::":
            typed, depth = True, 0
        elif typed and (
            word[0].isalpha() or word[0] == "'" or word in ("=>", "(") or (word == ")" and depth)
        ):
            depth += (word == "(") - (word == ")")
        else:
            typed = False
            kept.append(word)
    return tuple(kept)


def _premises(words: Words) -> list[Words]:
    r"""`\<And>x. A \<Longrightarrow> B --> C` as `A`, `B`, `C`; brackets of premises are taken apart."""
    if words[:1] == ("(",) and _closing(words) == len(words) - 1:
        return _premises(words[1:-1])
    if words[:1] == (r"\<And>",) and "." in words:
        return _premises(words[words.index(".") + 1 :])
    end = _closing(words)
    if words[:1] == (r"\<lbrakk>",) and words[end + 1 : end + 2] == (_IMPLIES,):
        return [*_split(words[1:end]), *_premises(words[end + 2 :])]
    outside = dict(_outside(words))
    place = next((place for place, word in outside.items() if word == _IMPLIES), None)
    if place is None:
        place = next((place for place, word in outside.items() if word in _LOOSER or word == _ARROW), None)
        if place is None or words[place] != _ARROW:
            return [words]
    return [words[:place], *_premises(words[place + 1 :])]


def _closing(words: Words) -> int:
    """The place of the bracket that closes the one in front; the last place where none does."""
    return next((place for place, _ in _outside(words)), len(words) - 1)


def _outside(words: Words) -> Iterator[tuple[int, str]]:
    """The words outside of brackets, and brackets that close there, each with its place."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word in _OPEN) - (word in _CLOSE)
        if depth == 0:
            yield place, word


def _split(words: Words) -> list[Words]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == ";":
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts if part]
