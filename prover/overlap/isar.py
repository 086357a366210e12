"""An Isabelle statement without its names, types and layout, in the same `Shape` as a Lean one.

Alike are statements that differ in spacing, comments, the theorem's and the facts' names, the names of
fixed and bound variables and of those of one letter, types (`fixes x :: real`, `(2::nat)`), parentheses,
quotes or cartouches, symbols or their ASCII and Unicode forms, the order of the assumptions, and in whether
these are `assumes`, `if` or left of `⟹`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.errors import InputError
from prover.isabelle.lexer import proper
from prover.isabelle.symbols import encode
from prover.overlap.shape import Shape, Words

KEYWORDS = ("theorem", "lemma", "corollary", "proposition")

_SECTIONS = frozenset("fixes for assumes if shows obtains defines constrains includes notes when".split())
_VARIABLES, _PREMISES = ("fixes", "for"), ("assumes", "if", "when")
_ENDS = frozenset(
    """
    proof by apply using unfolding sorry oops done sledgehammer nitpick quickcheck try try0 supply including
    theorem lemma corollary proposition definition fun function primrec end text section context locale
    """.split()
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
}
_BINDERS = frozenset(
    [r"\<forall>", r"\<exists>", r"\<nexists>", r"\<And>", r"\<lambda>", "%", r"\<Sum>", "SOME", "THE"]
)
_SINGLE = re.compile(r"[A-Za-z](?:[\d']|\\<\^sub>)*", re.ASCII)
_OPEN = {"(": ")", "[": "]", "{": "}", r"\<lbrakk>": r"\<rbrakk>"}
_CLOSE = frozenset(_OPEN.values())
_IMPLIES = r"\<Longrightarrow>"


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
        elif section == "shows":
            *left, right = _premises(_untyped(words))
            premises += left
            conclusions.append(right)
    if not conclusions:
        raise InputError(f"no theorem: {text[:60]!r}")
    conclusion = tuple(word for part in conclusions for word in (r"\<and>", *part))[1:]
    return Shape((*premises, conclusion), frozenset(bound))


def _propositions(text: str, bound: set[str]) -> Iterator[tuple[str, str]]:
    """Each quoted text and the section that it stands in; the variables that are fixed go to `bound`."""
    tokens = proper(encode(text))
    begin = next((i for i, token in enumerate(tokens) if token.text in KEYWORDS), len(tokens))
    section, typed = "shows", False
    for token in tokens[begin + 1 :]:
        if token.kind == "word" and token.text in _ENDS:
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
    """Without parentheses and without types: what follows `::`, as far as it can be one."""
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
            if word not in ("(", ")"):
                kept.append(word)
    return tuple(kept)


def _premises(words: Words) -> list[Words]:
    r"""`\<And>x. A \<Longrightarrow> B` as `A`, `B`; brackets of premises are taken apart."""
    if words[:1] == (r"\<And>",) and "." in words:
        return _premises(words[words.index(".") + 1 :])
    if words[:1] == (r"\<lbrakk>",) and r"\<rbrakk>" in words:
        end = words.index(r"\<rbrakk>")
        if words[end + 1 : end + 2] == (_IMPLIES,):
            return [*_split(words[1:end]), *_premises(words[end + 2 :])]
    depth = 0
    for place, word in enumerate(words):
        depth += (word in _OPEN) - (word in _CLOSE)
        if word == _IMPLIES and depth == 0:
            return [words[:place], *_premises(words[place + 1 :])]
    return [words]


def _split(words: Words) -> list[Words]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == ";":
            parts.append([])
        else:
            parts[-1].append(word)
    return [tuple(part) for part in parts if part]
