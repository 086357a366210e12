"""A whole theory that judges itself at its end, and what it says: for Isabelle's server and for the arbiter.

The theory is ours: our header, our statement, the proof, and around them ML of ours that remembers the theory
before the statement and reports on the fact after it. Only the proof is a stranger's, and no ML gets past
`rules.refusal_in_proof`.
"""

from __future__ import annotations

import secrets

import orjson

from prover.errors import InputError
from prover.isabelle.judge import syntax_refused
from prover.isabelle.launch import JUDGE, RUNGS
from prover.isabelle.lexer import proper
from prover.isabelle.symbols import encode
from prover.isabelle.theory import completed, header, imports_of
from prover.types import Rung, Statement, Verdict


def new_mark() -> str:
    """What one theory's report begins with, and nothing that was written before it."""
    return f"prover_verdict:{secrets.token_hex(16)}:"


def judged_theory(
    statement: Statement, proof: str, name: str, oracles: tuple[str, ...], mark: str, verdict_file: str = ""
) -> str:
    """The theory's text. `judge.ML` must lie beside it; `verdict_file` is written at the end, if named.

    The report, printed and written, begins with `mark`. Raises `InputError` where the statement's header
    is none.
    """
    imports, preamble = _header_parts(statement)
    allowed = ", ".join(map(ml_string, oracles))
    report = f"Prover_Judge.report prover_before \\<^theory> {ml_string(encode(statement.text))} [{allowed}]"
    write = (
        f"val _ = File.write (Path.explode {ml_string(verdict_file)}) prover_verdict;" if verdict_file else ""
    )
    return f"""{header(imports, name=name)}
ML_file \\<open>{JUDGE.name}\\<close>

{preamble}

ML \\<open>val prover_before = \\<^theory>\\<close>

{encode(statement.text)}
{completed(encode(proof))}

ML \\<open>
val prover_verdict = {ml_string(mark)} ^ Prover_JSON.print ({report});
{write}
val _ = writeln prover_verdict;
\\<close>

end
"""


def read_verdict(text: str, mark: str) -> Verdict:
    """The verdict that a theory reported, as JSON after its mark. It counts only if every rung is there."""
    if not text.startswith(mark):
        return syntax_refused("the theory's report is not ours")
    try:
        record = orjson.loads(text.removeprefix(mark))
        rungs = tuple(Rung(r["name"], r["passed"] is True, r.get("detail", "")) for r in record["rungs"])
        trusted = tuple(str(name) for name in record["axioms"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return syntax_refused("the theory's report cannot be read")
    if tuple(rung.name for rung in rungs) != RUNGS:
        return syntax_refused(f"the judge reported only {', '.join(rung.name for rung in rungs)}")
    return Verdict(rungs, trusted)


def not_elaborated(reason: str) -> Verdict:
    """The verdict on a proof whose text may pass and which does not run to its end."""
    return Verdict((Rung("syntax", True), Rung("elaborates", False, reason)))


def ml_string(text: str) -> str:
    """A string of ML in a theory; by its code a backslash begins no symbol, wherever the text is read."""
    codes = {"\\": "\\092", '"': "\\034", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(codes.get(char, char) for char in text) + '"'


def _header_parts(statement: Statement) -> tuple[tuple[str, ...], str]:
    """The imports, and what stands between `begin` and the statement."""
    text = encode(statement.header)
    begin = next((token for token in proper(text) if token.text == "begin"), None)
    if begin is None:
        raise InputError("the theory's header has no `begin`")
    return imports_of(text), text[begin.end :].strip()
