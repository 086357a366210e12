"""`prover submit` and `prover status` on a cluster whose workers run the real Lean, as a user does it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cluster_nodes import Nodes

from prover.runs.folder import RunFolder

STATEMENTS = {
    "modulo": "theorem modulo (n : ℕ) (h : n % 7 = 5) : 5 * n % 7 = 4",
    "unknown": "theorem unknown (n : ℕ) : foo n = 3",
}


def prover(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_a_submitted_run_is_followed_to_its_end(nodes: Nodes, tmp_path: Path) -> None:
    data, folder, server = tmp_path / "data.jsonl", tmp_path / "run", ["--address", nodes.dashboard]
    rows = [{"name": name, "lean4": {"statement": text}} for name, text in STATEMENTS.items()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--policy", "portfolio", "--budget", "expansions=5", "--no-canaries", "--workers", "1"]
    run = ["bench", "minif2f", "--data", str(data), "--run", str(folder), *options]
    submitted = prover("submit", *server, *run)
    assert submitted.returncode == 0, submitted.stderr
    job = submitted.stdout.split()[2].rstrip(".")
    followed = prover("status", job, *server, "--follow")
    assert followed.returncode == 0, followed.stdout + followed.stderr
    assert f"{job} succeeded: 2/2 attempts, 1 proved" in followed.stdout.splitlines()[-1]
    with RunFolder(folder) as finished:
        results = {result.theorem.name: result for result in finished.results()}
    assert results["modulo"].finished.verdict is not None and results["modulo"].worker.startswith("worker 1")
    assert results["unknown"].finished.outcome == "out-of-reach"


def test_a_job_that_is_none_is_an_error(nodes: Nodes) -> None:
    asked = prover("status", "raysubmit_none", "--address", nodes.dashboard)
    assert asked.returncode == 2 and "neither" in asked.stderr, asked.stderr
