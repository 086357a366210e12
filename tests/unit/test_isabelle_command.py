"""Finding Isabelle, the arbiter and the command line, with a stand-in for the command `isabelle`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson
import psutil
import pytest
from typer.testing import CliRunner

from prover.cli import app
from prover.doctor import check_isabelle, check_isabelle_provers
from prover.errors import InputError, SetupError
from prover.isabelle import check as checking
from prover.isabelle.arbiter import IsabelleArbiter
from prover.isabelle.check import CheckLimits, check
from prover.isabelle.launch import Isabelle, find_isabelle, setup_failure
from prover.isabelle.theory import header, statement_of

TESTS = Path(__file__).parents[1]
STATEMENT = 'theorem goal: fixes n :: nat shows "n + 0 = n"'


@pytest.fixture
def isabelle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Isabelle:
    """The stand-in as the only `isabelle` on the PATH."""
    command = tmp_path / "isabelle"
    stand_in = TESTS / "isabelle_command_stand_in.py"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={TESTS} exec {sys.executable} {stand_in} "$@"\n')
    command.chmod(0o755)
    monkeypatch.delenv("ISABELLE_HEAP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return find_isabelle()


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Isabelle at all."""
    monkeypatch.delenv("ISABELLE_HEAP", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def test_without_isabelle_the_way_to_it_is_said(nothing: None) -> None:
    with pytest.raises(SetupError, match="https://isabelle.in.tum.de"):
        find_isabelle()
    assert check_isabelle().status == "optional"


def test_a_heap_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISABELLE_HEAP", str(tmp_path / "HOL"))
    with pytest.raises(SetupError, match="HOL"):
        find_isabelle()


def test_a_heap_needs_what_isabelle_would_have_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "HOL").touch()
    monkeypatch.setenv("ISABELLE_HEAP", str(tmp_path / "HOL"))
    monkeypatch.setenv("ISABELLE_POLY", "/bin/true")
    monkeypatch.delenv("ISABELLE_INIT_SESSION", raising=False)
    with pytest.raises(SetupError, match="ISABELLE_INIT_SESSION"):
        find_isabelle()


def test_a_process_starts_with_our_ml_and_without_our_keys(
    isabelle: Isabelle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    launch = isabelle.launch()
    assert "ML_process" in launch.command and any(part.endswith("steps.ML") for part in launch.command)
    assert "OPENAI_API_KEY" not in launch.env


def test_doctor_says_which_isabelle_and_which_provers(
    isabelle: Isabelle, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Isabelle2025-2" in check_isabelle().detail
    provers = check_isabelle_provers()
    assert provers.detail.startswith("cvc5, e; not there: vampire")
    monkeypatch.setenv("ISABELLE_DO", "no-heap")
    assert "isabelle build -b" in check_isabelle().remedy


@pytest.mark.parametrize(
    ("proof", "proved", "reason"),
    [
        ("by (rule stand_in_honest)", True, ""),
        ("by (rule stand_in_sorry)", False, "skip_proof"),
        ("by (rule stand_in_fails)", False, "Failed to finish proof"),
        ("by (rule stand_in_forged)", False, "report is not ours"),
        ("by (rule stand_in_silent)", False, "ended with code 0"),
        ("by (rule stand_in_hangs)", False, "no end within"),
        ("sorry", False, "gives the proof up"),
    ],
)
async def test_the_arbiter_counts_a_report_and_not_a_build_that_went_well(
    isabelle: Isabelle, proof: str, proved: bool, reason: str
) -> None:
    arbiter = IsabelleArbiter(isabelle, timeout_s=2.0)
    verdict = await arbiter.judge(statement_of(STATEMENT, header(["Main"])), proof)
    assert verdict.proved is proved and reason in verdict.reason


async def test_a_build_that_is_given_up_leaves_no_process_in_a_group_of_its_own(
    isabelle: Isabelle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "pid"
    monkeypatch.setenv("ISABELLE_STAND_IN", str(said))
    arbiter = IsabelleArbiter(isabelle)
    statement = statement_of(STATEMENT, header(["Main"]))
    building = asyncio.create_task(arbiter.judge(statement, "by (rule stand_in_detaches)"))
    while not said.exists() or not said.read_text():
        await asyncio.sleep(0.02)
    ml = psutil.Process(int(said.read_text()))
    building.cancel()
    _, alive = await asyncio.to_thread(psutil.wait_procs, [ml], timeout=10)
    for process in alive:
        process.kill()
    assert not alive


@pytest.mark.parametrize("backend", ["server", "build"])
async def test_one_question_for_every_back_end(isabelle: Isabelle, backend: str) -> None:
    limits = CheckLimits(seconds=10.0)
    assert (await check(STATEMENT, "by (rule stand_in_honest)", ["Main"], limits, backend)).proved
    assert not (await check(STATEMENT, "by (rule stand_in_fails)", ["Main"], limits, backend)).proved


@pytest.mark.parametrize("backend", ["server", "build"])
async def test_a_proof_runs_where_our_keys_are_not(
    isabelle: Isabelle, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    limits = CheckLimits(seconds=10.0)
    verdict = await check(STATEMENT, "by (rule stand_in_tells)", ["Main"], limits, backend)
    assert "PATH" in verdict.reason and "OPENAI_API_KEY" not in verdict.reason


async def test_an_unknown_back_end_is_bad_input(isabelle: Isabelle) -> None:
    with pytest.raises(InputError, match=", ".join(checking.BACKENDS)):
        await check(STATEMENT, "by simp", backend="telepathy")


async def test_a_session_without_a_heap_is_named_with_the_command_that_builds_it(
    isabelle: Isabelle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISABELLE_DO", "no-heap")
    with pytest.raises(SetupError, match="isabelle build -b"):
        await check(STATEMENT, "by simp")


def test_a_proofs_own_words_are_no_setup_failure() -> None:
    assert setup_failure("Failed to finish proof: 1. x = y") is None


def test_a_file_is_judged_theorem_by_theorem(isabelle: Isabelle, tmp_path: Path) -> None:
    file = tmp_path / "Two.thy"
    body = 'theorem a: "True" by (rule stand_in_honest)\ntheorem b: "True" by (rule stand_in_fails)'
    file.write_text(f"theory Two imports Main begin\n{body}\nend")
    result = CliRunner().invoke(app, ["isabelle", "check", str(file), "--backend", "build", "--json"])
    records = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [(record["theorem"], record["proved"], record["line"]) for record in records] == [
        ("a", True, 2),
        ("b", False, 3),
    ]


def test_prove_wants_a_statement_or_a_name(isabelle: Isabelle, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="begins with theorem"):
        CliRunner().invoke(app, ["isabelle", "prove", "n + 0 = n"], catch_exceptions=False)
    data = tmp_path / "data.jsonl"
    data.write_bytes(orjson.dumps({"name": "goal", "isabelle": {"statement": STATEMENT}}))
    with pytest.raises(InputError, match="goal"):
        CliRunner().invoke(app, ["isabelle", "prove", "goals", "--data", str(data)], catch_exceptions=False)
