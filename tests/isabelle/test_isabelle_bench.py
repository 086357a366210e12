"""Runs, the hammer and the canaries on a real Isabelle process with HOL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prover.errors import SetupError
from prover.isabelle.backend import IsabelleProver
from prover.isabelle.hammer import HammerPolicy, hammer_provers
from prover.isabelle.judge import IsabelleJudge
from prover.isabelle.methods import MethodPolicy
from prover.isabelle.theory import header, statement_of
from prover.runs.canaries import fixed_canaries
from prover.runs.folder import RunFolder
from prover.runs.in_isabelle import ISABELLE
from prover.search import Budget, SearchSettings, prove

pytestmark = pytest.mark.usefixtures("hol")

ROWS = {
    "three": ('theorem three: fixes n :: nat assumes "n = 3" shows "n + 1 = 4"', ["Main"]),
    "truth": ('theorem truth: "(17::nat) * 18 mod 4 = 2"', ["Main"]),
    "elsewhere": ('theorem elsewhere: "True"', ["No-Such.Theory"]),
    "nonsense": ('theorem nonsense: "foo (2::nat) bar 3 +"', ["Main"]),
}

IMAGE = statement_of(
    'theorem image: fixes f :: "\'a ⇒ \'b" and A :: "\'a set" assumes "inj f" shows "card (f ` A) = card A"',
    header(["Main"]),
)


def prover_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.usefixtures("analysis")
def test_a_run_is_made_resumed_reported_and_its_proofs_are_checked(tmp_path: Path) -> None:
    data, run = tmp_path / "data.jsonl", tmp_path / "run"
    rows = [
        {"name": name, "isabelle": {"statement": text, "imports": imports}}
        for name, (text, imports) in ROWS.items()
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    bench = ["bench", "minif2f", "--prover", "isabelle", "--data", str(data), "--run", str(run), "--json"]
    bench += ["--budget", "steps=40", "--processes", "1"]
    done = prover_command(*bench)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert scores["as is"]["outcomes"] == {"proved": 2, "out-of-reach": 2}
    assert scores["prelude Main"]["solved"] == 2
    with RunFolder(run) as folder:
        results = {result.theorem.name: result.finished for result in folder.results()}
        assert folder.manifest["isabelle"]["heaps"] or folder.manifest["isabelle"]["version"]
        assert (folder.tree("three") or {})["nodes"]
    assert "isabelle build" in results["elsewhere"].detail and results["nonsense"].detail
    rungs = results["three"].verdict
    assert rungs is not None and [one.name for one in rungs.rungs][-1] == "axioms"
    canaries = [name for name in results if name.startswith("canary.")]
    assert len(canaries) == 2 and all(results[name].outcome != "proved" for name in canaries)
    again = prover_command(*bench, "--resume")
    assert again.returncode == 0 and json.loads(again.stdout) == json.loads(done.stdout)
    assert prover_command(*bench, "--subset", "core", "--resume", "--no-canaries").returncode == 2
    checked = prover_command("isabelle", "check", str(run / "proofs" / "three.thy"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert prover_command("report", str(run)).returncode == 0
    assert "Isabelle seconds" in (run / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("analysis")
async def test_every_fixed_canary_is_false_by_the_kernel(judge: IsabelleJudge) -> None:
    for canary in fixed_canaries(ISABELLE):
        verdict = await judge.judge(canary.negation(ISABELLE), canary.refutation)
        assert verdict.proved, f"{canary.name}: {verdict.reason}"


async def test_only_the_hammer_proves_what_needs_lemmas_of_the_library(
    prover: IsabelleProver, judge: IsabelleJudge
) -> None:
    try:
        hammer_provers()
    except SetupError as error:
        pytest.skip(f"not run here: {error}")
    settings = SearchSettings(Budget(expansions=3, wall_s=400), concurrency=1, split=False)
    usual = await prove(prover, MethodPolicy(), IMAGE, settings)
    await prover.release(IMAGE)
    assert usual.proof is None
    found = await prove(prover, HammerPolicy(prover), IMAGE, settings)
    await prover.release(IMAGE)
    assert found.proof is not None, found
    script = found.proof.script()
    assert "sledgehammer" not in script and (await judge.judge(IMAGE, script)).proved, script
