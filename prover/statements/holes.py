"""Finds the `sorry`s of a Lean text: of which declaration each is, and whether it stands for a tactic.

A scan of tokens and columns, not a parser: it is right for text as people lay it out, and what it says
is only used to write the text that Lean then checks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from prover.statements.lexical import Masked, Token, body_start, line_start, mask, tokens
from prover.statements.position import Code
from prover.types import Position

DECLARATIONS = frozenset({"theorem", "lemma", "example", "def", "abbrev", "instance", "opaque"})

_COMMANDS = frozenset(
    "# @ attribute axiom class deriving elab elab_rules export import include inductive infix infixl "
    "infixr initialize local macro macro_rules noncomputable notation omit open postfix prefix private "
    "protected public run_cmd scoped set_option structure syntax universe variable".split()
)
"""What begins a command when it stands at the very left of a line."""

_MODIFIERS = frozenset(
    "private protected public noncomputable unsafe partial nonrec scoped local meta".split()
)
_LOOK_BACK = 4000
"""Characters: longer attributes and `… in` commands than these are not seen as a declaration's own."""

_PREFIXES = frozenset("open set_option variable omit include attribute universe".split())


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration of a text. `name` is the full one, with its namespaces; empty for `example` and the like.

    `start` is where its documentation, attributes and modifiers begin, `keyword` where its keyword stands,
    `body` where the `:=` after its signature stands (None: equations or `where`), `end` where the next
    command begins.
    """

    kind: str
    name: str
    line: int
    start: int
    keyword: int
    body: int | None
    end: int

    @property
    def label(self) -> str:
        """What to call it in a message."""
        return self.name or f"{self.kind} in line {self.line}"


@dataclass(frozen=True, slots=True)
class Hole:
    """One `sorry`: `text[start:end]`. `tactic` tells whether a tactic stands there, or else a term.

    `whole` when it is all of the declaration's body: `:= sorry` or `:= by sorry`.
    """

    start: int
    end: int
    position: Position
    declaration: Declaration
    tactic: bool
    whole: bool


def find_declarations(text: str) -> list[Declaration]:
    """The declarations of a Lean text, in order."""
    return _declarations(text, mask(text))


def find_holes(text: str) -> list[Hole]:
    """Every `sorry` inside a declaration, in order; one in `#eval` and the like is nothing to prove."""
    masked = mask(text)
    holes = []
    for declaration in _declarations(text, masked):
        own = list(tokens(masked.code, declaration.keyword, declaration.end))
        for index, token in enumerate(own):
            if token.text == "sorry" and masked.code[token.start - 1] not in ".`":
                holes.append(_hole(masked.code, declaration, own, index))
    return holes


def _hole(code: str, declaration: Declaration, own: list[Token], index: int) -> Hole:
    token = own[index]
    opener = own[index - 2] if own[index - 1].text == "by" else own[index - 1]
    return Hole(
        start=token.start,
        end=token.end,
        position=_position(code, token.start),
        declaration=declaration,
        tactic=Code(code, own).is_tactic(index),
        whole=opener.start == declaration.body and index == len(own) - 1,
    )


def _position(code: str, place: int) -> Position:
    return Position(code.count("\n", 0, place) + 1, place - line_start(code, place))


@dataclass(slots=True)
class _Start:
    """A declaration whose end has not been met."""

    keyword: Token
    name: str
    start: int


def _declarations(text: str, masked: Masked) -> list[Declaration]:
    found: list[Declaration] = []
    opened: _Start | None = None
    for token, scope in _scoped_commands(text, masked.code):
        declares = token.text in DECLARATIONS
        start = _whole_start(masked, token) if declares else token.start
        if opened is not None:
            found.append(_finish(masked.code, opened, start))
        opened = _Start(token, _full_name(text, masked.code, token, scope), start) if declares else None
    if opened is not None:
        found.append(_finish(masked.code, opened, len(text)))
    return found


def _finish(code: str, opened: _Start, end: int) -> Declaration:
    keyword = opened.keyword.start
    return Declaration(
        kind=opened.keyword.text,
        name=opened.name,
        line=code.count("\n", 0, keyword) + 1,
        start=opened.start,
        keyword=keyword,
        body=body_start(code, keyword, end),
        end=end,
    )


def _scoped_commands(text: str, code: str) -> Iterator[tuple[Token, list[str]]]:
    """Each token that begins a command, with the open namespaces (a section counts as an empty name)."""
    scope: list[str] = []
    previous = ""
    for token in tokens(code):
        quoted = code[token.start - 1 : token.start] in (".", "`")
        if token.text in ("namespace", "section", "mutual") and not quoted:
            names = _names_after(text, code, token)
            scope += names if token.text == "namespace" else ["" for _ in names] or [""]
            yield token, scope
        elif token.text == "end" and not quoted:
            del scope[len(scope) - max(len(_names_after(text, code, token)), 1) :]
            yield token, scope
        elif _is_declaration(token, previous, quoted) or _is_command(code, token):
            yield token, scope
        previous = token.text


def _is_declaration(token: Token, previous: str, quoted: bool) -> bool:
    """Not the `instance` of `@[instance]` or `deriving instance`."""
    return token.text in DECLARATIONS and not quoted and previous not in ("[", ",", "deriving")


def _is_command(code: str, token: Token) -> bool:
    return token.text in _COMMANDS and line_start(code, token.start) == token.start


def _names_after(text: str, code: str, keyword: Token) -> list[str]:
    """The components of the name that follows `keyword` in its line."""
    line_end = code.find("\n", keyword.end)
    following = next(tokens(code, keyword.end, len(code) if line_end < 0 else line_end), None)
    if following is None or not re.match(r"[^\W\d]|«", following.text):
        return []
    return re.findall(r"«[^»]*»|[^.«»]+", text[following.start : following.end])


def _full_name(text: str, code: str, keyword: Token, scope: list[str]) -> str:
    """The name of the declaration at `keyword`, with its namespaces; empty where it has none."""
    if keyword.text == "example":
        return ""
    rest = re.compile(r"\s*(?:\(priority[^)]*\)\s*)?").match(code, keyword.end)
    following = next(tokens(code, rest.end() if rest else keyword.end), None)
    if following is None or not re.match(r"[^\W\d]|«", following.text):
        return ""
    name = text[following.start : following.end]
    if name.startswith("_root_."):
        return name.removeprefix("_root_.")
    return ".".join([part for part in scope if part] + [name])


def _whole_start(masked: Masked, keyword: Token) -> int:
    """Where the declaration begins with its modifiers, attributes, documentation and `… in` commands."""
    start = keyword.start
    while True:
        before = _before(masked, start)
        if before is None:
            return start
        start = before


def _before(masked: Masked, start: int) -> int | None:
    """Where the modifier, attribute, documentation or `… in` begins that ends right before `start`."""
    code, end = masked.code, start
    while end and code[end - 1].isspace():
        end -= 1
    doc = bisect_right(masked.docs, (start, start)) - 1
    if doc >= 0 and end <= masked.docs[doc][0]:
        return masked.docs[doc][0]
    # What stands right before is on one of the lines before: a long file is not looked through again.
    first = line_start(code, max(0, end - _LOOK_BACK))
    before = _before_code(code[first:end])
    return None if before is None else first + before


def _before_code(left: str) -> int | None:
    """The same in `left`, code that ends with what may belong to a declaration."""
    if left.endswith("]"):
        attribute = left.rfind("@[")
        return attribute if attribute >= 0 and "]" not in left[attribute:-1] else None
    word = re.compile(r"(?<![\w.])\w+$").search(left, line_start(left, len(left)))
    if word and word[0] in _MODIFIERS:
        return word.start()
    if word and word[0] == "in":
        line = line_start(left, len(left))
        while line > 0 and not _begins_prefix(left, line):
            line = line_start(left, line - 1)
        return line if _begins_prefix(left, line) else None
    return None


def _begins_prefix(left: str, line: int) -> bool:
    word = re.compile(r"[^\S\n]*+(\w+)").match(left, line)
    return bool(word and word[1] in _PREFIXES)
