"""The arbiter: the final theory built by `isabelle build`, cold. Only its verdict counts in reported numbers.

A warm session accepts what a build refuses, and some versions' builds accept `sorry`; so the theory reports
on its own fact (`whole.py`), and the report's file must be there with every rung passed.
"""

from __future__ import annotations

from pathlib import Path

from prover.errors import SetupError
from prover.isabelle.backend import DEFAULT_ORACLES
from prover.isabelle.judge import text_refusal
from prover.isabelle.launch import JUDGE, SESSION_FOLDER, Isabelle, environment
from prover.isabelle.whole import judged_theory, new_mark, not_elaborated, read_verdict
from prover.processes import output_of
from prover.scratch import scratch_folder
from prover.types import Statement, Verdict

_OUTPUT_CHARS = 2_000
THEORY = "Prover_Judged"


class IsabelleArbiter:
    """Builds one theory at a time, each in a folder and a session of its own."""

    def __init__(
        self, isabelle: Isabelle, timeout_s: float = 600.0, oracles: tuple[str, ...] = DEFAULT_ORACLES
    ) -> None:
        if isabelle.command is None:
            raise SetupError("the arbiter needs the command `isabelle`; a heap alone cannot build a session")
        self._command, self._logic = isabelle.command, isabelle.logic
        self._timeout_s = timeout_s
        self._oracles = oracles

    async def judge(self, statement: Statement, script: str) -> Verdict:
        """The verdict of a cold build. Never raises for a bad proof."""
        refused = text_refusal(statement, script)
        if refused is not None:
            return refused
        with scratch_folder("arbiter") as name:
            folder = Path(name)
            report, mark = folder / "verdict.json", new_mark()
            self._write(folder, judged_theory(statement, script, THEORY, self._oracles, mark, str(report)))
            code, output = await self._build(folder)
            if code == 0 and report.is_file():
                return read_verdict(report.read_text(), mark)
            return not_elaborated(_errors(output) or f"isabelle build ended with code {code}")

    def _write(self, folder: Path, theory: str) -> None:
        (folder / f"{THEORY}.thy").write_text(theory)
        (folder / JUDGE.name).write_bytes(JUDGE.read_bytes())
        options = "options [quick_and_dirty = false]"
        root = f'session {THEORY} = "{self._logic}" +\n  {options}\n  theories {THEORY}\n'
        (folder / "ROOT").write_text(root)

    async def _build(self, folder: Path) -> tuple[int, str]:
        command = (str(self._command), "build", "-d", str(SESSION_FOLDER), "-d", str(folder), "-c", THEORY)
        try:
            return await output_of(command, environment(), self._timeout_s)
        except TimeoutError:
            return -1, f"*** no end within {self._timeout_s:g} s"


def _errors(output: str) -> str:
    """The lines that `isabelle build` marks as errors."""
    lines = [line.removeprefix("***").strip() for line in output.splitlines() if line.startswith("***")]
    return "\n".join(lines)[:_OUTPUT_CHARS]
