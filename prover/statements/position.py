"""Tells whether a place in Lean code wants a tactic or a term, from the tokens and columns before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prover.statements.lexical import CLOSING, OPENING, Token, line_start, starts_line

_BEFORE_TACTIC = frozenset(
    "by · <;> all_goals any_goals try repeat repeat' focus fail_if_success first solve".split()
)
_OPENS_BLOCK = _BEFORE_TACTIC | {"=>", "(", "{", "then", "else"}
_FUNCTIONS = frozenset({"fun", "λ"})
_NAMED_ARMS = frozenset({"case", "case'", "next", "on_goal"})
_ALTERNATIVES = frozenset({"first", "solve"})
_SPLITTERS = frozenset("induction cases induction' cases' rcases".split())

_TERM, _TACTIC = 0, -1
"""Answers in place of an index. Nothing stands before the first token of a declaration: it is no tactic."""


@dataclass(frozen=True, slots=True)
class Code:
    """The tokens of one declaration, and the masked text they are from."""

    text: str
    tokens: Sequence[Token]

    def is_tactic(self, index: int) -> bool:
        """Whether token number `index` stands where a tactic does, not a term."""
        while index > 0:
            index = self._decided_by(index)
        return index == _TACTIC

    def _decided_by(self, index: int) -> int:
        """The earlier token that is where a tactic stands if this one is; or `_TACTIC` or `_TERM`."""
        before = self.tokens[index - 1].text
        if before in _BEFORE_TACTIC:
            return _TACTIC
        if before in ("(", "{"):
            return index - 1
        if before == "=>":
            return self._in_arm(index - 1)
        if before in ("then", "else"):
            return self._search_back(index - 1, frozenset({"if"})) or _TERM
        if before == "|":
            return _TERM if self._search_back(index - 1, _ALTERNATIVES) is None else _TACTIC
        if before == ";":
            return self._in_sequence(index - 1)
        return self._in_block(index) if before != ":=" and self._starts_line(index) else _TERM

    def _in_block(self, index: int) -> int:
        """For a line's first token: the lines of its column are tactics if the first of them is one."""
        column, first = self._column(index), None
        for earlier in range(index - 1, -1, -1):
            if self._column(earlier) == column and self._may_begin_block(earlier):
                first = earlier
            elif self._starts_line(earlier) and self._column(earlier) < column:
                break
        return first if first and self.tokens[first - 1].text in _OPENS_BLOCK else _TERM

    def _in_sequence(self, semicolon: int) -> int:
        """For what follows `a; b;`: as for `a`."""
        depth = 0
        for index in range(semicolon - 1, -1, -1):
            word = self.tokens[index].text
            depth += (word in CLOSING) - (word in OPENING)
            if depth < 0:
                return _TERM
            if depth == 0 and self._may_begin_block(index):
                return index
        return _TERM

    def _in_arm(self, arrow: int) -> int:
        """For the `=>` of an arm: a tactic in `case`, `cases`; a term after `fun`; in `match` as its own."""
        opener = self._search_back(arrow, _FUNCTIONS | _NAMED_ARMS | {"|"})
        if opener is None or self.tokens[opener].text != "|":
            return _TACTIC if opener is not None and self.tokens[opener].text in _NAMED_ARMS else _TERM
        kind = self._search_back(self._first_arm(opener), _NAMED_ARMS | {"with"})
        if kind is None or self.tokens[kind].text != "with":
            return _TERM if kind is None else _TACTIC
        head = self._search_back(kind, _SPLITTERS | {"match"})
        if head is None:
            return _TERM
        return _TACTIC if self.tokens[head].text in _SPLITTERS else head

    def _first_arm(self, bar: int) -> int:
        """The `|` of the first arm in the group of the one at `bar`, for arms of a line each."""
        if not self._starts_line(bar):
            return bar
        first, column = bar, self._column(bar)
        for earlier in range(bar - 1, -1, -1):
            if self._starts_line(earlier) and self._column(earlier) < column:
                break
            if self._starts_line(earlier) and self._column(earlier) == column:
                if self.tokens[earlier].text != "|":
                    break
                first = earlier
        return first

    def _search_back(self, index: int, wanted: frozenset[str]) -> int | None:
        """The nearest token before `index` whose text is wanted, passing by brackets that were closed."""
        depth = 0
        for earlier in range(index - 1, -1, -1):
            word = self.tokens[earlier].text
            depth += (word in CLOSING) - (word in OPENING)
            if depth <= 0 and word in wanted:
                return earlier
        return None

    def _may_begin_block(self, index: int) -> bool:
        return self._starts_line(index) or (index > 0 and self.tokens[index - 1].text in _OPENS_BLOCK)

    def _starts_line(self, index: int) -> bool:
        return starts_line(self.text, self.tokens[index].start)

    def _column(self, index: int) -> int:
        start = self.tokens[index].start
        return start - line_start(self.text, start)
