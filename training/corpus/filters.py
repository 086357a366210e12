"""Which documents are worth learning from by themselves: size, share of digits, written by a person."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

MAX_BYTES = 1_048_575
"""As LLEMMA (arXiv 2310.10631, §A.1): what is larger is data, not source text."""

MAX_DIGITS = 0.5
"""Share of a text's bytes; as LLEMMA."""

PROSE = frozenset({"arxiv", "open-web-math", "text", "tex"})
"""Languages whose texts may well speak of generated files."""

_HEAD = 1500
_GENERATED = re.compile(
    r"""@generated\b|auto(?:matically)?[-\s]?generated|generated\s+automatically|machine[-\s]generated
    |(?:file|code)\s+(?:is|was|has\s+been)\s+(?:\w+\s+)?generated|do\s+not\s+(?:edit|modify)\b
    |don't\s+edit\b|generated\s+by\s+(?:coq|why3|frama-c|ott|lem|agda2hs|protoc|bison|flex|antlr)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_COQ = re.compile(r"\b(?:Theorem|Lemma|Proof|Qed|Inductive|Definition|Fixpoint|Record|Require)\b")
_VERILOG = re.compile(r"^\s*(?:endmodule|always\s*@|assign\s+\w+|`timescale)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits of a document. `generated` tells whether generated files are left out."""

    max_bytes: int = MAX_BYTES
    max_digits: float = MAX_DIGITS
    generated: bool = True

    def reason(self, text: str, language: str) -> tuple[str, str] | None:
        """The rule by which a text is left out and what was found, or None."""
        content = np.frombuffer(text.encode(), np.uint8)
        if not text.strip():
            return "empty", ""
        if len(content) > self.max_bytes:
            return "too large", f"{len(content)} bytes"
        digits = float(((content >= 48) & (content <= 57)).mean())
        if digits > self.max_digits:
            return "digits", f"{digits:.0%} of its bytes"
        if self.generated and language not in PROSE and (found := _GENERATED.search(text, 0, _HEAD)):
            return "generated", found[0]
        if language == "coq" and _VERILOG.search(text) and not _COQ.search(text):
            return "not coq", "Verilog"
        return None
