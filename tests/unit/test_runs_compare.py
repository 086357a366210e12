"""Two runs compared: what is gained and lost, what may be chance, what it cost; runs that do not compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import InputError
from prover.runs.compare import Comparison, compare, mcnemar
from prover.runs.folder import RunFolder
from prover.runs.manifest import write_manifest
from prover.runs.records import Finished, Outcome, Theorem
from prover.runs.store import Store
from prover.types import Statement


def made(
    folder: Path,
    outcomes: Mapping[str, Sequence[bool]],
    expansions: int = 1,
    statement: str = "1 = 1",
    canary: str = "",
    **manifest: Any,
) -> Path:
    """A run with these attempts, by theorem: proved or not."""
    folder.mkdir()
    store = Store(folder)
    attempts = max(map(len, outcomes.values()))
    theorems = (
        Theorem(name, Statement(name, f"theorem {name} : {statement}"), canary=canary) for name in outcomes
    )
    store.create(theorems, attempts)
    for job in store.claim("w", attempts * len(outcomes)):
        tries = outcomes[job.theorem.name]
        if job.attempt < len(tries):
            outcome = Outcome.PROVED if tries[job.attempt] else Outcome.BUDGET
            store.record(
                [(job, "w", Finished(outcome, expansions=expansions, lean_seconds=0.5 * expansions))]
            )
    store.close()
    write_manifest(folder, {"schema": 1} | manifest)
    return folder


def compared(first: Path, second: Path) -> Comparison:
    with RunFolder(first) as one, RunFolder(second) as other:
        return compare(one, other)


YES, NO = [True], [False]


def test_each_theorem_is_gained_lost_proved_by_both_or_by_none(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {"amc_1": YES, "amc_2": YES, "imo_1": NO, "imo_2": NO, "imo_3": NO})
    second = made(tmp_path / "b", {"amc_1": YES, "amc_2": NO, "imo_1": YES, "imo_2": YES, "imo_3": NO})
    found = compared(first, second)
    assert (found.gained, found.lost) == (["imo_1", "imo_2"], ["amc_2"])
    assert (found.total.both, found.total.neither, found.total.theorems) == (1, 1, 5)
    assert [(line.name, line.gained, line.lost) for line in found.families] == [("amc", 0, 1), ("imo", 2, 0)]
    assert found.total.p == mcnemar(2, 1) == 1.0


def test_mcnemar_is_exact_and_two_sided() -> None:
    assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0
    assert mcnemar(5, 0) == mcnemar(0, 5) == 2 / 32
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)


def test_a_run_does_not_look_better_for_having_tried_more_often(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {"t": NO, "u": NO})
    second = made(tmp_path / "b", {"t": [False, True, True], "u": [True, False, False]})
    found = compared(first, second)
    assert found.gained == ["u"] and found.attempts == (1, 1)


def test_costs_are_of_the_theorems_that_both_proved(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {"t": YES, "u": YES, "v": NO}, expansions=2)
    second = made(tmp_path / "b", {"t": YES, "u": NO, "v": YES}, expansions=6)
    costs = {cost.resource: (cost.first, cost.second, cost.ratio) for cost in compared(first, second).costs}
    assert costs == {"expansions": (2, 6, 3.0), "lean_seconds": (1.0, 3.0, 3.0)}


def test_theorems_that_one_run_did_not_attempt_are_counted_and_not_compared(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {"t": YES, "only": YES})
    second = made(tmp_path / "b", {"t": YES, "new": YES, "newer": NO})
    found = compared(first, second)
    assert (found.total.theorems, found.only_first, found.only_second) == (1, 1, 2)


def test_what_differs_in_the_manifests_is_told(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {"t": YES}, policy={"names": ["portfolio"]}, seed=1)
    second = made(tmp_path / "b", {"t": YES}, policy={"names": ["vllm"]}, seed=1)
    assert compared(first, second).differences == ['policy.names: was ["portfolio"], is ["vllm"]']


def test_a_void_run_is_named(tmp_path: Path) -> None:
    plain = made(tmp_path / "a", {"t": YES})
    void = made(tmp_path / "b", {"t": YES})
    store = Store(void)
    store._db.execute("INSERT INTO theorems SELECT 9, 'c', text, 'c', '', '', '', 'false', 'x' FROM theorems")
    store._db.execute("INSERT INTO attempts (theorem, attempt, state, outcome) VALUES (9, 0, 2, 'proved')")
    store.close()
    assert compared(plain, void).void == [str(void)]


# Runs that do not compare.


def test_runs_on_other_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="share no theorem"):
        compared(made(tmp_path / "a", {"t": YES}), made(tmp_path / "b", {"u": YES}))


def test_other_statements_under_the_same_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="other statements under the same names, as t"):
        compared(made(tmp_path / "a", {"t": YES}), made(tmp_path / "b", {"t": YES}, statement="2 = 2"))


def test_a_run_without_results_has_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="b has no finished attempt"):
        compared(made(tmp_path / "a", {"t": YES}), made(tmp_path / "b", {"t": []}))


# The command.


def test_the_command_lists_what_was_gained_and_lost(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {f"t{n}": [n == 0] for n in range(8)}, seed=0)
    second = made(tmp_path / "b", {f"t{n}": [n > 0] for n in range(8)}, seed=1)
    done = CliRunner().invoke(app, ["diff", str(first), str(second)])
    assert done.exit_code == 0, done
    assert "seed: was 0, is 1" in done.stdout and "Lost, 1\n  t0\n" in done.stdout
    assert "Gained, 7\n  t1\n" in done.stdout and "may be chance (p = 0.07)" in done.stdout


def test_more_than_chance_is_said_with_its_p(tmp_path: Path) -> None:
    first = made(tmp_path / "a", {f"t{n}": NO for n in range(8)})
    second = made(tmp_path / "b", {f"t{n}": YES for n in range(8)})
    done = CliRunner().invoke(app, ["diff", str(first), str(second)])
    assert "The second run proves more, by more than chance (p = 0.0078)" in done.stdout


def test_json_has_it_all(tmp_path: Path) -> None:
    first, second = made(tmp_path / "a", {"t": NO}), made(tmp_path / "b", {"t": YES})
    record = orjson.loads(CliRunner().invoke(app, ["diff", str(first), str(second), "--json"]).stdout)
    assert record["gained"] == ["t"] and record["total"]["p"] == 1.0 and record["significant"] is False


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    run = made(tmp_path / "a", {"t": YES})
    done = CliRunner().invoke(app, ["diff", str(run), str(tmp_path / "none")])
    assert isinstance(done.exception, InputError) and "none is no run" in str(done.exception)
