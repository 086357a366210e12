"""Isabelle as the language of a run."""

from __future__ import annotations

import re
from pathlib import Path

from prover.isabelle.lexer import proper
from prover.isabelle.symbols import encode
from prover.isabelle.theory import completed, header, imports_of, statement_of, theory_text
from prover.runs.arithmetic import Sentence, read_sentence
from prover.runs.defects import Defect
from prover.runs.language import Language, file_stem
from prover.runs.records import Result
from prover.statements.minif2f_isabelle import MISFORMALISED
from prover.types import Statement

CANARIES = Path(__file__).with_name("canaries_isabelle.toml")

_FIELD_WORDS = re.compile(r"\b(?:real|complex|pi|sqrt|root|ln|log|exp|powr|sin|cos|tan|cis)\b")
_TYPED = re.compile(r"::\s*nat\b")
_IN_LEAN = {
    "mod": "%",
    "div": "/",
    "dvd": "∣",
    "gcd": "Nat.gcd",
    "lcm": "Nat.lcm",
    "\\<le>": "≤",
    "\\<ge>": "≥",
    "\\<noteq>": "≠",
    "\\<and>": "∧",
    "\\<or>": "∨",
    "\\<not>": "¬",
}
"""Arithmetic on natural numbers as `arithmetic` reads it: the meanings are the same, but for `/`."""

_WORDS = re.compile(r"\\<[A-Za-z]+>|[A-Za-z]\w*")


def header_name(header_text: str) -> str:
    """The last theory that a header imports, which with miniF2F's is the one that says most."""
    return imports_of(header_text)[-1]


def read_isar(text: str) -> Sentence | None:
    """A statement as a sentence about natural numbers, or None where it is none.

    A numeral without a type may be of any type with the operations; so a counterexample among the natural
    numbers refutes it in any case.
    """
    parts = _parts(encode(text))
    if parts is None:
        return None
    variables, assumed, shown = parts
    binders = [f"({' '.join(variables)} : ℕ)"] * bool(variables)
    binders += [f"(h : {one})" for one in assumed]
    return read_sentence(f"theorem t {' '.join(binders)} : {shown}")


def proof_text(result: Result, note: str) -> str:
    """The theory for a proved attempt; its name is that of its file."""
    done = result.finished
    name = _stem(result.theorem.name, result.attempt)
    renamed = re.sub(r"\Atheory\s+\S+", f"theory {name}", done.header)
    shown = theory_text(Statement("", result.theorem.statement.text, renamed), completed(encode(done.script)))
    return f"(*\n  {_comment(note)}\n*)\n{shown}"


def _stem(name: str, attempt: int) -> str:
    """A theory's name made from a theorem's."""
    safe = re.sub(r"[^A-Za-z0-9_']", "_", name)
    return file_stem(name, attempt, safe if safe[:1].isalpha() else f"T_{safe}", mark="__")


def _comment(text: str) -> str:
    return text.replace("*)", "* )").replace("(*", "( *")


def _parts(text: str) -> tuple[list[str], list[str], str] | None:
    """Variables, assumptions and conclusion, in Lean's spelling; None for a statement of another kind."""
    variables: list[str] = []
    formulas: dict[str, list[str]] = {"assumes": [], "shows": []}
    section, names = "shows", list[str]()
    for token in proper(text)[1:]:
        if token.kind == "word" and token.text in ("fixes", "assumes", "shows", "and"):
            section = section if token.text == "and" else token.text
        elif section == "fixes" and token.kind == "word":
            names.append(token.text)
            if token.text == "nat":
                variables, names = [*variables, *names[:-1]], []
        elif section == "fixes" and token.text == '"nat"':
            variables, names = [*variables, *names], []
        elif token.kind == "string" and section != "fixes":
            formula = _in_lean(token.text[1:-1])
            if formula is None:
                return None
            formulas[section].append(formula)
        elif token.kind not in ("word", "number") and token.text != ":":
            return None
    whole = not names and len(formulas["shows"]) == 1
    return (variables, formulas["assumes"], formulas["shows"][0]) if whole else None


def _in_lean(formula: str) -> str | None:
    plain = _TYPED.sub("", formula)
    if re.search(r"[/:!]|\bof_|\bnat\b|\bint\b|Nat\.", plain):
        return None
    return _WORDS.sub(lambda match: _IN_LEAN.get(match[0], match[0]), plain)


def _stated(name: str, proposition: str) -> Statement:
    return statement_of(f'theorem {name}: "{proposition}"', header(()), CANARIES.name)


def _negated(text: str) -> str:
    encoded = encode(text)
    last = next(token for token in reversed(proper(encoded)) if token.kind == "string")
    return f'{encoded[: last.start]}"\\<not> ({last.text[1:-1]})"{encoded[last.end :]}'


def _defects() -> list[Defect]:
    return [Defect(name, "", "misformalised", "", reason) for name, reason in MISFORMALISED.items()]


ISABELLE = Language(
    name="isabelle",
    title="Isabelle",
    kind=lambda text: "field" if _FIELD_WORDS.search(text) else "core",
    canaries=CANARIES,
    stated=_stated,
    read=read_isar,
    negated=_negated,
    no="\\<not>",
    defects=_defects,
    suffix=".thy",
    stem=_stem,
    proof_text=proof_text,
    judge_again=lambda manifest, path: f"prover isabelle check {path}",
)
