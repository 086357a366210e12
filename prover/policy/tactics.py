"""Lean's tactic blocks, as far as a first tactic can be cut out before Lean itself parses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prover.statements.lexical import CLOSING, OPENING, Token, mask, tokens

HEADS = frozenset(
    """
    abel ac_rfl aesop all_goals any_goals apply apply_fun assumption assumption_mod_cast by_cases
    by_contra by_contra! calc case cases cases' change choose clear congr constructor contradiction
    contrapose contrapose! conv convert decide done eapply erw exact exact_mod_cast exacts exfalso
    exists ext fconstructor field_simp fin_cases first focus funext gcongr generalize grind have
    induction induction' infer_instance injection interval_cases intro intros left let lift linarith
    linear_combination match native_decide next nlinarith nofun nomatch norm_cast norm_num obtain omega
    on_goal pick_goal polyrith positivity push_cast push_neg rcases refine refine' rename_i repeat
    replace revert rfl right ring ring_nf rintro rotate_left rw rwa set show simp simp_all simp_arith
    simpa sorry specialize split split_ifs subst subst_vars suffices swap symm tauto tidy trans trivial
    try unfold use wlog zify
    """.split()
)
"""Words that begin a tactic and hardly ever a line that continues one."""

_UNFINISHED = frozenset(
    "by => <;> := with from do then else , ← <| |> | = ≤ < ≥ > + - * / ∣ fun ∧ ∨ → ↔ ∘".split()
)
_WANTS_A_BLOCK = frozenset(
    "· all_goals any_goals calc case classical conv first focus iterate next on_goal repeat try".split()
)
_JOINS = ("<;>", "|", "_ ", ")", "]", "⟩", "}", "at ", "using ", "with ", "by ", "from ", "termination_by")
_PROSE_STOP = re.compile(r"(?<=[\w\])}⟩'?!])\.(?=\s*\Z|\s+[A-Z])")

SORRIES = frozenset({"sorry", "admit"})
FORBIDDEN = frozenset(
    """
    run_tac run_cmd run_elab run_meta by_elab unsafe native_decide include_str dbg_trace elab elab_rules macro
    macro_rules syntax declare_syntax_cat initialize builtin_initialize implemented_by extern axiom
    """.split()
)
"""Keywords that run code at elaboration, trust the compiler or change the language, wherever they stand."""

FORBIDDEN_NAMES = frozenset("unsafeCast ofReduceBool ofReduceNat reduceBool reduceNat trustCompiler".split())
"""Constants that stand for the compiler's word, in any namespace."""

COMMANDS = frozenset(
    """
    theorem lemma example def abbrev instance structure class inductive opaque import end namespace section
    variable universe attribute notation infix infixl infixr prefix postfix mutual private protected
    noncomputable local scoped export deriving alias
    """.split()
)
"""Words that begin a command; a tactic has none of them at the beginning of a line."""

OPTIONS = frozenset(
    """
    maxHeartbeats maxRecDepth synthInstance.maxHeartbeats synthInstance.maxSize exponentiation.threshold
    linter.all linter.unusedVariables linter.unusedSimpArgs
    """.split()
)
"""Options that a tactic may set: those that Lean's side lets pass too."""


def first_tactic(text: str) -> tuple[str, bool]:
    """The first tactic of an unindented block without comments, and whether it is all of the block."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    if not lines:
        return "", True
    code = mask("\n".join(lines)).code.split("\n")
    begun = _Begun()
    begun.add(code[0])
    end = 1
    while end < len(lines) and begun.owns(lines[end]):
        begun.add(code[end])
        end += 1
    tactic = "\n".join(lines[:end]).strip()
    shorter = _without_tail(_before_semicolon(tactic))
    return shorter, end == len(lines) and shorter == tactic


def goes_on(first: str, second: str) -> bool:
    """Whether the second line belongs to the tactic that the first has begun."""
    begun = _Begun()
    begun.add(mask(first).code)
    return begun.owns(second)


def misses_its_end(tactic: str) -> bool:
    """Whether something must follow: a bracket is open, or the last line ends in `by`, `:=` and the like."""
    words = _words(mask(tactic).code)
    return not words or words[-1] in _UNFINISHED | _WANTS_A_BLOCK or _depth(words) > 0


def violation(text: str, holes: bool = False) -> str:
    """Why a tactic or a proof cannot go to Lean: "sorry", "forbidden" or "truncated", else empty.

    With `holes`, a plain `sorry` is a place to be filled, and no violation.
    """
    masked = mask(text)
    words = list(tokens(masked.code))
    texts = [word.text for word in words]
    open_words = (word for word in texts if not (holes and word == "sorry"))
    if any(_is_sorry(word) for word in open_words) or any(_stops(masked.code, words)):
        return "sorry"
    for index, word in enumerate(words):
        if _is_forbidden(texts, index):
            return "forbidden"
        if _begins_line(masked.code, word) and (word.text in COMMANDS or word.text in ("#", "@")):
            return "forbidden"
    return "truncated" if masked.unclosed else ""


def _is_sorry(word: str) -> bool:
    return word in SORRIES or word.rpartition(".")[2] == "sorryAx"


def _is_forbidden(words: Sequence[str], index: int) -> bool:
    word, following = words[index], words[index + 1 : index + 2]
    if word in FORBIDDEN or word.rpartition(".")[2] in FORBIDDEN_NAMES or word.split(".")[0] == "IO":
        return True
    if word == "native":
        return words[index - 1 : index] == ["+"] or following == [":="]
    return word == "set_option" and bool(following) and following[0] not in OPTIONS


def _stops(code: str, words: Sequence[Token]) -> Iterator[bool]:
    """Whether `stop` stands where a tactic may, word by word."""
    for index, word in enumerate(words):
        before = words[index - 1].text if index else ""
        yield word.text == "stop" and (
            _begins_line(code, word) or before in (";", "<;>", "=>", "by", "·", ".", "(", "{", "|")
        )


def _begins_line(code: str, word: Token) -> bool:
    return not code[code.rfind("\n", 0, word.start) + 1 : word.start].strip()


@dataclass(slots=True)
class _Begun:
    """What is known of a tactic after its first lines: open brackets, whether it has a block of its own."""

    depth: int = 0
    block: bool = False
    last: str = ""

    def add(self, code: str) -> None:
        """One more line, of masked code."""
        words = _words(code)
        if not words:
            return
        first, self.last = "" if self.last else words[0], words[-1]
        self.depth += _depth(words)
        self.block = self.block or first in _WANTS_A_BLOCK or "by" in words or "=>" in words

    def owns(self, line: str) -> bool:
        """Whether `line` goes on with it."""
        if not self.last or self.last in _UNFINISHED or self.depth > 0:
            return True
        bare = line.lstrip()
        if bare.startswith(_JOINS):
            return True
        if len(line) == len(bare):
            return False
        head = re.match(r"[\w']+[!?]?", bare)
        return self.block or self.last in _WANTS_A_BLOCK or head is None or head[0] not in HEADS


def _words(code: str) -> list[str]:
    return [token.text for token in tokens(code)]


def _depth(words: Sequence[str]) -> int:
    return sum((word in OPENING) - (word in CLOSING) for word in words)


def _before_semicolon(tactic: str) -> str:
    """What stands before the first `;` that the tactic itself does not own."""
    depth = 0
    for index, token in enumerate(tokens(mask(tactic).code)):
        word = token.text
        if word in ("by", "=>") or (index > 0 and word in ("let", "have", "letI", "haveI")):
            return tactic
        depth += (word in OPENING) - (word in CLOSING)
        if word == ";" and depth == 0:
            return tactic[: token.start].rstrip()
    return tactic


def _without_tail(tactic: str) -> str:
    """Without the stop that ends a sentence, a comma from Lean 3, and what follows the stop."""
    code = mask(tactic).code
    stop = _PROSE_STOP.search(code)
    if stop and not code[: stop.start()].endswith("."):
        tactic = tactic[: stop.start()]
    return tactic.rstrip().rstrip(",;").rstrip()
