"""From what a model wrote to one Isar step, or to one whole Isar proof; what is neither is dropped.

The reasons are those of `prover.policy.output`. Isabelle parses again, and `rules` has the last word on what
may reach it: this net judges tokens, so that a word in a string or a comment is nobody's harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prover.isabelle.lexer import Token, proper, tokens
from prover.isabelle.rules import GIVES_UP, refusal_in_proof
from prover.isabelle.symbols import encode, stray_character
from prover.isabelle.theory import GOALS, split_statement
from prover.policy.cleaning import END, HEADING, start_of_mark
from prover.policy.output import PROOF_LIMIT, TACTIC_LIMIT, Parsed, answer_in, code_blocks, readable_blocks
from prover.types import Statement

_FACTS = frozenset("using unfolding supply including".split())
_BEFORE_A_GOAL = frozenset("from with then also finally moreover ultimately note".split()) | _FACTS
_STATES = frozenset("have show hence thus obtain consider interpret subgoal".split())
_ENDS = frozenset({"by", "done", ".", ".."})
_ALONE = frozenset(
    """
    apply apply_end proof qed fix assume presume define let case next defer prefer guess { }
    """.split()
)
STEPS = _BEFORE_A_GOAL | _STATES | _ENDS | _ALONE | GIVES_UP
"""Words that begin an Isar command of a proof."""

_BEGINS = re.compile(r"^[ \t]*(?:proof|by|using|unfolding|apply|supply|sledgehammer|sorry)\b", re.MULTILINE)
_NEXT_EXAMPLE = re.compile(r"\n\n\n|^(?:Informal|Problem):", re.MULTILINE)
_GOAL = re.compile(rf"^[ \t]*(?:{'|'.join(sorted(GOALS))})\b", re.MULTILINE)
_LABEL = re.compile(
    r"\A\s*+(?:[*_#>\s]*+(?:the\s++)?(?:next\s++)?(?:isar\s++)?(?:step|command|answer|tactic|isabelle)"
    r"(?:\s++\d+)?[*_]*+\s*+:[*_]*|\d{1,2}[.)](?=\s)|-(?=\s))\s*",
    re.IGNORECASE,
)


def isar_step(text: str, truncated: bool) -> Parsed:
    """The first Isar step of what a model wrote. Never raises.

    A step is a command with the facts before it and, where it states a goal, the proof that follows in the
    same breath: `using h by simp`, `also have "…" by auto`, `proof -`. Fences, labels, thoughts, comments and
    what follows the step go. If `truncated` and nothing follows it, its end may be missing: it goes too.
    """
    answer = answer_in(text, truncated, TACTIC_LIMIT, "chatter")
    if isinstance(answer, Parsed):
        return answer
    body, complete = _body(answer)
    encoded = encode(_LABEL.sub("", body, count=1)).replace("\t", "  ")
    if stray_character(encoded) is not None:
        return Parsed("", "control characters")
    found = proper(encoded)
    if not found:
        return Parsed("", "truncated" if truncated and answer.strip() else "empty")
    if 0 not in _commands(found):
        return Parsed("", "chatter")
    end = _step_end(found)
    if end == len(found) and ((truncated and not complete) or found[-1].kind == "unclosed"):
        return Parsed("", "truncated" if truncated else "chatter")
    return _checked(_without_comments(encoded[found[0].start : found[end - 1].end]))


def isar_proof(text: str, truncated: bool) -> Parsed:
    """The Isar proof in what a model wrote, without the statement; or why there is none. Never raises.

    It is looked for in the fenced blocks, the last first, else in the text as it stands, which ends where the
    prompt's next example would begin. What a proof may not contain is refused when it is run.
    """
    answer = answer_in(text, truncated, PROOF_LIMIT, "no proof")
    if isinstance(answer, Parsed):
        return answer
    blocks = readable_blocks(answer, truncated)
    if isinstance(blocks, Parsed):
        return blocks
    proofs = [proof for block in reversed(blocks) if (proof := _proof(block))]
    if not proofs:
        return Parsed("", "no proof")
    return Parsed("", "too long") if len(proofs[0]) > PROOF_LIMIT else Parsed(proofs[0])


def _body(text: str) -> tuple[str, bool]:
    """The first block of code, else what stands before the end; and whether an end was met."""
    end = start_of_mark(text, END)
    whole, complete = text[:end], end < len(text)
    blocks, closed = code_blocks(whole)
    if blocks != [whole]:
        first = next((block for block in blocks if block.strip()), "")
        return first, complete or closed or len(blocks) > 1
    end = start_of_mark(whole, HEADING)
    return whole[:end], complete or end < len(whole)


def _step_end(found: list[Token]) -> int:
    """The index after the last token of the first step."""
    follows = _BEFORE_A_GOAL | _STATES | _ENDS | _ALONE | GIVES_UP
    for index in _commands(found):
        word = found[index].text
        if word not in follows:
            return index
        if word in _STATES:
            follows = _FACTS | _ENDS | GIVES_UP
        elif word not in _BEFORE_A_GOAL:
            follows = frozenset()
    return len(found)


def _commands(found: list[Token]) -> Iterator[int]:
    """Where a command begins. In brackets a word is part of a method or of an attribute."""
    depth = 0
    for index, token in enumerate(found):
        if depth <= 0 and token.kind in ("word", "symbol") and token.text in STEPS:
            yield index
        if token.kind == "symbol":
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))


def _without_comments(text: str) -> str:
    for token in reversed([token for token in tokens(text) if token.kind == "comment"]):
        text = text[: token.start] + text[token.end :]
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip())


def _checked(text: str) -> Parsed:
    if len(text) > TACTIC_LIMIT:
        return Parsed("", "too long")
    if any(token.kind in ("word", "symbol") and token.text in GIVES_UP for token in proper(text)):
        return Parsed("", "sorry")
    return Parsed("", "forbidden") if refusal_in_proof(text) is not None else Parsed(text)


def _proof(block: str) -> str:
    """The proof of the last theorem of a block, else the block from where a proof begins."""
    goals = list(_GOAL.finditer(block))
    if goals:
        stated = Statement("", block[goals[-1].start() :].strip())
        block = split_statement(stated)[1]
    if next_example := _NEXT_EXAMPLE.search(block.strip("\n") + "\n"):
        block = block.strip("\n")[: next_example.start()]
    begins = _BEGINS.search(block)
    proof = block[begins.start() :].strip() if begins else ""
    return proof if proper(encode(proof)) else ""
