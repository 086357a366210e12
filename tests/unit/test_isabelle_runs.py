"""Runs in Isabelle: their canaries, their files with proofs, their list of misformalised statements."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from recorded_run import RunProver, opener, recorded_tools, request, table, theorem
from rich.console import Console
from typer.testing import CliRunner

from prover.cli import app
from prover.cli.bench import summary
from prover.errors import InputError, MissingImportError, SetupError
from prover.isabelle.hammer import hammer_provers
from prover.isabelle.theory import header, load, statement_of
from prover.policy.registry import PolicyChoice
from prover.runs.bundle import file_name, proof_text
from prover.runs.canaries import fixed_canaries, made_canaries, with_canaries
from prover.runs.folder import RunFolder
from prover.runs.in_isabelle import ISABELLE, read_isar
from prover.runs.problems import open_isabelle_data
from prover.runs.records import Finished, Outcome, Result, Theorem
from prover.runs.report.data import gather
from prover.runs.report.page import render
from prover.runs.run import run
from prover.types import Rung, State, Statement, Verdict

MAIN = header(["Main"])


def stated(text: str) -> Theorem:
    statement = statement_of(text, MAIN)
    return Theorem(statement.name, statement)


@pytest.mark.parametrize(
    "text",
    [
        'theorem t: "(17::nat) * 18 mod 4 = 2"',
        'theorem t: "2 ^ 3 ^ 2 = (512::nat)"',
        'theorem t:\n  shows "(3::nat) - 5 = 0 \\<and> (7::nat) div 0 = 0"',
        'theorem t: "gcd 180 168 = (12 :: nat)"',
        'theorem t: "¬ (5 dvd (7::nat))"',
    ],
)
def test_closed_statements_are_evaluated_as_isabelle_does(text: str) -> None:
    sentence = read_isar(text)
    assert sentence is not None and sentence.holds()


def test_assumptions_and_variables_are_read() -> None:
    sentence = read_isar('theorem t: fixes n m :: nat assumes h0: "n mod 7 = 5" shows "5 * n mod 7 = 5"')
    assert sentence is not None and (sentence.counterexample() or {})["n"] == 5
    typed = 'theorem t: fixes n :: "nat" and m :: nat assumes "n = 2 * m" and "m < 3" shows "n < 5"'
    assert read_isar(typed) is not None and read_isar(typed.replace("5", "6")).counterexample() is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        'theorem t: fixes x :: real shows "x = x"',
        'theorem t: "(2::int) - 3 = -1"',
        'theorem t: fixes f :: "nat \\<Rightarrow> nat" shows "f 1 = 2"',
        'theorem t: "n mod 2 = (0::nat)"',
        'theorem t: "(1::nat) / 2 = 0"',
        'theorem t: "\\<exists> n::nat. n = 2"',
        'theorem t: "x\\<^sup>2 = (4::nat)"',
        'theorem t: fixes n :: nat shows "n = 1" and "n = 2"',
    ],
)
def test_what_is_not_simple_arithmetic_is_not_read(text: str) -> None:
    assert read_isar(text) is None


def test_canaries_are_made_of_true_statements() -> None:
    perturbed, negated = made_canaries([stated('theorem t: "(17::nat) * 18 mod 4 = 2"')], ISABELLE)
    assert perturbed.statement.text == 'theorem t_perturbed: "(17::nat) * 18 mod 4 = 3"'
    assert negated.statement.text == 'theorem t_negated: "\\<not> ((17::nat) * 18 mod 4 = 2)"'
    assert perturbed.statement.header == MAIN and perturbed.canary and negated.name == "canary.t_negated"


def test_fixed_canaries_are_statements_of_the_kinds_in_use() -> None:
    assert len({one.name for one in fixed_canaries(ISABELLE)}) == 15
    mixed = list(with_canaries([stated(f'theorem t{n}: "(1::nat) = {n}"') for n in range(40)], 0, ISABELLE))
    fixed = [one for one in mixed if one.name.startswith("canary.") and "perturbed" not in one.name]
    assert fixed and all("real" not in one.statement.text for one in fixed)


def result(script: str, name: str = "half'd.1", attempt: int = 0) -> Result:
    half = statement_of('theorem half: fixes n :: nat shows "n div 2 ≤ n"', MAIN)
    verdict = Verdict((Rung("syntax", True), Rung("oracles", True)))
    done = Finished(Outcome.PROVED, header=MAIN, script=script, verdict=verdict, prelude="Main")
    return Result(Theorem(name, half), attempt, "", done)


def test_a_proof_is_a_theory_that_can_be_checked(tmp_path: Path) -> None:
    proved = result("apply auto", attempt=2)
    path = tmp_path / file_name(proved, ISABELLE)
    path.write_text(proof_text(proved, {"isabelle": {}}))
    assert re.fullmatch(r"half'd_1_[0-9a-f]{8}__2\.thy", path.name)
    (read,) = load(path).theorems
    assert (read.statement.name, read.proof) == ("half", "apply auto\ndone")
    assert "To judge it again: prover isabelle check FILE" in path.read_text()


def test_a_name_that_closes_the_comment_stays_in_it(tmp_path: Path) -> None:
    text = proof_text(result("by auto", name="x *) sorry (*"), {"isabelle": {}})
    assert text.index("theory ") == text.index("*)\ntheory") + 3


def test_problems_come_from_the_column_of_isabelle(tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    row = {"name": "a", "split": "valid", "isabelle": {"statement": 'theorem a: "True"', "imports": ["Main"]}}
    data.write_bytes(orjson.dumps(row))
    source = open_isabelle_data(data)
    assert [(one.name, one.split) for one in source.theorems] == [("a", "valid")]
    assert source.identity["column"] == "isabelle"
    with pytest.raises(InputError, match="folder"):
        open_isabelle_data(tmp_path)


def test_statements_that_are_misformalised_have_reasons() -> None:
    listed = {one.name: one.reason for one in ISABELLE.defects()}
    assert len(listed) == 13 and "vacuous" in listed["mathd_numbertheory_247"] and all(listed.values())


def test_each_prover_has_policies_of_its_own() -> None:
    assert PolicyChoice(language="isabelle").complete().names == ("heuristics",)
    assert PolicyChoice(("openai",), language="isabelle").complete().preset == "chat-isabelle"
    with pytest.raises(InputError, match="What small learned is Lean"):
        PolicyChoice(("small",), language="isabelle").complete()
    with pytest.raises(InputError, match="unknown policy 'hammer'"):
        PolicyChoice(("hammer",)).complete()
    with pytest.raises(InputError, match="writes lean, not isabelle"):
        PolicyChoice(("openai",), "chat", language="isabelle").complete()


def test_without_external_provers_the_hammer_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CVC5_SOLVER", "E_HOME", "VAMPIRE_HOME", "VERIT_SOLVER", "SPASS_HOME", "Z3_SOLVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("ZIPPERPOSITION_HOME", raising=False)
    monkeypatch.setenv("ISABELLE_HEAP", "none")
    with pytest.raises(SetupError, match=r"E_HOME \(e\)"):
        hammer_provers()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--prover", "coq"], "known: lean, isabelle"),
        (["--prover", "isabelle", "--lean", "native"], "--lean and --project go with --prover lean"),
        (["--judge", "steps"], "--judge goes with --prover isabelle"),
        (["--prover", "isabelle", "--policy", "portfolio"], "unknown policy"),
    ],
)
def test_options_that_do_not_go_together_are_bad_input(options: list[str], why: str, tmp_path: Path) -> None:
    data = tmp_path / "data.jsonl"
    data.write_bytes(orjson.dumps({"name": "a", "isabelle": {"statement": 'theorem a: "True"'}}))
    command = ["bench", "minif2f", "--data", str(data), "--run", str(tmp_path / "run"), *options]
    with pytest.raises(InputError, match=why):
        CliRunner().invoke(app, command, catch_exceptions=False)


class LacksAnImport(RunProver):
    """A prover to which the library of one theorem is unknown."""

    async def start(self, statement: Statement) -> State:
        if statement.name == "t1":
            raise MissingImportError("cannot import Far; build the session that holds it")
        return await super().start(statement)


def test_a_missing_import_is_out_of_reach_for_its_theorem_and_the_run_goes_on(tmp_path: Path) -> None:
    tools = replace(recorded_tools(table(4, 0.0)), prover=cast(Any, LacksAnImport(table(4, 0.0))))
    wanted = request(4, isabelle={"judge": "steps"})
    run(tmp_path / "run", wanted, opener(tools), False, Console(quiet=True))
    with RunFolder(tmp_path / "run") as folder:
        done = {result.theorem.name: result.finished for result in folder.results()}
    assert (done["t1"].outcome, done["t1"].detail[:17]) == ("out-of-reach", "cannot import Far")
    assert sorted(path.name for path in (tmp_path / "run" / "proofs").iterdir()) == ["t0.thy", "t3.thy"]


def test_misformalised_statements_are_scored_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = request(2, isabelle={})
    named = [replace(theorem(number), name=name) for number, name in enumerate(["imo_1977_p6", "other"])]
    object.__setattr__(wanted, "theorems", lambda: named)
    run(tmp_path / "run", wanted, opener(recorded_tools(table(2, 0.0))), False, Console(quiet=True))
    assert summary(tmp_path / "run", json=True) == 0
    scores = orjson.loads(capsys.readouterr().out)["scores"]
    assert (scores["as is"]["problems"], scores["without defective statements"]["problems"]) == (2, 1)
    assert "misformalised: vacuous" in render(gather(RunFolder(tmp_path / "run")))
