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


@dataclass(frozen=True, slots=True)
class Code:
    """The tokens of one declaration, and the masked text they are from."""

    text: str
    tokens: Sequence[Token]

    def is_tactic(self, index: int) -> bool:
        """Whether token number `index` stands where a tactic does, not a term."""
        if index == 0:
            return False
        before = self.tokens[index - 1].text
        if before in _BEFORE_TACTIC:
            return True
        if before in ("(", "{"):
            return self.is_tactic(index - 1)
        if before == "=>":
            return self._arm_is_tactic(index - 1)
        if before in ("then", "else"):
            condition = self._search_back(index - 1, frozenset({"if"}))
            return condition is not None and self.is_tactic(condition)
        if before == "|":
            return self._search_back(index - 1, _ALTERNATIVES) is not None
        if before == ";":
            return self._sequence_is_tactic(index - 1)
        return before != ":=" and self._starts_line(index) and self._block_is_tactic(index)

    def _block_is_tactic(self, index: int) -> bool:
        """For a line's first token: the lines of its column are tactics if the first of them is one."""
        column, first = self._column(index), None
        for earlier in range(index - 1, -1, -1):
            if self._column(earlier) == column and self._may_begin_block(earlier):
                first = earlier
            elif self._starts_line(earlier) and self._column(earlier) < column:
                break
        if not first or self.tokens[first - 1].text not in _OPENS_BLOCK:
            return False
        return self.is_tactic(first)

    def _sequence_is_tactic(self, semicolon: int) -> bool:
        """For what follows `a; b;`: whether `a` is a tactic."""
        depth = 0
        for index in range(semicolon - 1, -1, -1):
            word = self.tokens[index].text
            depth += (word in CLOSING) - (word in OPENING)
            if depth < 0:
                return False
            if depth == 0 and self._may_begin_block(index):
                return self.is_tactic(index)
        return False

    def _arm_is_tactic(self, arrow: int) -> bool:
        """For the `=>` of an arm: yes in `case` and `cases`, no after `fun`, in `match` as for itself."""
        opener = self._search_back(arrow, _FUNCTIONS | _NAMED_ARMS | {"|"})
        if opener is None or self.tokens[opener].text != "|":
            return opener is not None and self.tokens[opener].text in _NAMED_ARMS
        kind = self._search_back(self._first_arm(opener), _NAMED_ARMS | {"with"})
        if kind is None or self.tokens[kind].text != "with":
            return kind is not None
        head = self._search_back(kind, _SPLITTERS | {"match"})
        return head is not None and (self.tokens[head].text in _SPLITTERS or self.is_tactic(head))

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
