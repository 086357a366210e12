"""`prover bench` and `prover verify` on the real Lean, as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prover.judge import LeanJudge
from prover.runs.canaries import fixed_canaries
from prover.runs.folder import RunFolder
from prover.statements.preludes import prelude
from prover.types import Statement

pytestmark = pytest.mark.usefixtures("launch")  # Set up once, before the first command.

STATEMENTS = {
    "modulo": "theorem modulo (n : ℕ) (h : n % 7 = 5) : 5 * n % 7 = 4",
    "linear": "theorem linear (x : ℝ) (h : 2 * x = 6) : x = 3",
    "unknown": "theorem unknown (x : ℝ) : foo x = 3",
}


def prover(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_a_run_is_made_resumed_and_its_proofs_are_checked(tmp_path: Path) -> None:
    data, run = tmp_path / "data.jsonl", tmp_path / "run"
    rows = [{"name": name, "lean4": {"statement": text}} for name, text in STATEMENTS.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    bench = ["bench", "minif2f", "--data", str(data), "--run", str(run), "--budget", "steps=60", "--json"]
    done = prover(*bench, "--processes", "1")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]["as is"]
    assert scores["outcomes"] == {"proved": 2, "out-of-reach": 1} and scores["problems"] == 3
    with RunFolder(run) as folder:
        results = {result.theorem.name: result.finished for result in folder.results()}
        assert folder.manifest["lean"]["toolchain"].startswith("leanprover/lean4")
        assert (folder.tree("modulo") or {})["nodes"]
    assert sum(name.startswith("canary.") for name in results) == 2
    assert results["modulo"].prelude == "core" and results["linear"].prelude == "field"
    again = prover(*bench, "--processes", "1", "--resume")
    assert again.returncode == 0 and json.loads(again.stdout) == json.loads(done.stdout)
    assert prover(*bench, "--subset", "core", "--resume").returncode == 2
    checked = prover("verify", str(run))
    assert checked.returncode == 0 and checked.stdout.count("1 of 1 proved") == 2, checked.stdout


def test_a_tampered_proof_file_does_not_check(tmp_path: Path) -> None:
    path = tmp_path / "wrong.lean"
    path.write_text(prelude("core").header + "\ntheorem wrong : (1 : ℕ) = 2 := by\n  sorry\n")
    checked = prover("verify", str(path))
    assert checked.returncode == 1 and "`sorry` may not stand" in checked.stdout


async def test_every_fixed_canary_is_false_by_the_kernel(judge: LeanJudge) -> None:
    for canary in fixed_canaries():
        negation = canary.negation()
        statement = Statement(negation.name, negation.text, prelude(canary.prelude).header)
        verdict = await judge.judge(statement, canary.refutation)
        assert verdict.proved, f"{canary.name}: {verdict.reason}"
