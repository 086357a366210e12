"""What is never sent to a native Lean: text that would end it, and proofs that leave holes or run code.

Our own REPL decides the second by the parse tree. A community REPL has no such request: there, the words of a
text decide, outside of comments and strings: each piece of syntax that is refused has one of these in it.
They are a second line of defence; that a text is one tactic is decided by Lean's own parser. Named too is
what runs code of a text in Mathlib (`eval%`, `trace` of a term, `plausible`), and what begins with `unsafe`.
"""

from __future__ import annotations

from prover.statements.lexical import CLOSING, OPENING, mask, tokens

MAX_DEPTH = 400
"""Brackets within brackets; some thousands overflow the stack of Lean's parser, which ends the process."""

_ANYWHERE = frozenset({"sorryAx", "ofReduceBool", "ofReduceNat", "trustCompiler"})
"""Constants, whatever stands before their last dot."""

_WORDS = frozenset(
    "sorry admit stop run_tac run_elab run_meta run_cmd run_conv by_elab elab_to_syntax include_str "
    "native_decide dbg_trace println! timeit allocprof plausible plausible_all slim_check "
    "with_panel_widgets s! f! m!".split()
)
"""`s!` and its like: there is code in such a string, which is not looked into."""

_EFFECTS = frozenset("IO EIO BaseIO RealWorld System FilePath Elab Meta".split())
"""Parts of the names by which a term can be an action. Lean computes the configuration of a tactic, which
runs it: it could print what looks like the REPL's next replies."""

ALLOWED_OPTIONS = frozenset(
    "maxHeartbeats maxRecDepth synthInstance.maxHeartbeats synthInstance.maxSize exponentiation.threshold "
    "linter.all linter.unusedVariables linter.unusedSimpArgs".split()
)
"""Options that a proof may set: those that bound its work, and how it is printed."""


_COMMANDS = frozenset(
    "theorem lemma example def abbrev axiom instance opaque inductive structure class macro macro_rules elab "
    "elab_rules syntax notation infix infixl infixr prefix postfix attribute namespace section end "
    "initialize builtin_initialize variable universe".split()
)
"""What begins a command. Where a proof can only be tried inside of a file, none may stand in it."""


def too_deep(text: str) -> bool:
    """Whether brackets nest deeper than Lean's parser is asked to go."""
    if sum(map(text.count, OPENING)) <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for character in mask(text).code:
        depth += (character in OPENING) - (character in CLOSING)
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def forbidden(text: str) -> str:
    """The first word of a tactic text that a proof may not contain, or an option it may not set; else
    empty."""
    found = tokens(mask(text).code)
    plain = (text[t.start : t.start + len(t.text)].replace("«", "").replace("»", "") for t in found)
    words = ["", *plain, ""]
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        parts = word.split(".")
        if word in _WORDS or parts[-1] in _ANYWHERE or not _EFFECTS.isdisjoint(parts):
            return word
        if any(part.startswith("unsafe") for part in parts):
            return word
        if (word == "eval" and after == "%") or (
            word == "trace" and after != '"' and before not in ("[", ",")
        ):
            return f"{word} of a term"
        if word == "set_option" and after not in ALLOWED_OPTIONS:
            return f"set_option {after}"
        if word == "native" and (before == "+" or after == ":="):
            return "native evaluation"
    return ""


def command_in(text: str) -> str:
    """The first word of a tactic text that begins a command, or the `#` of one; else empty."""
    return next((t.text for t in tokens(mask(text).code) if t.text in _COMMANDS or t.text == "#"), "")
