"""The comparison of policies: what is measured, the file of results, the figures made of it."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from benchmarks import policies_crew
from benchmarks.policies import main, parser, pending, run
from benchmarks.policies_crew import run_jobs
from benchmarks.policies_players import CountingPolicy, MeteredEngine, RandomOrder
from benchmarks.policies_report import mcnemar, pairs, print_report, reports, table_lines
from benchmarks.policies_results import Result, append_result, read_results
from benchmarks.policies_worker import Job, Pace, WorkerSettings
from prover.errors import InputError, ModelError, SetupError
from prover.policy.dummy import DummyPolicy
from prover.policy.engine import Completion, Prompt, Sampling, Usage
from prover.types import Candidate, Goal, State, Statement


def result(name: str = "t", outcome: str = "proved", seed: int = 0, **values: object) -> Result:
    given = {"policy": "portfolio", "set": "generated", "budget_s": 5.0, "step_s": 2.0, "cpu_s": 1.0}
    return Result(name=name, outcome=outcome, seed=seed, **(given | values))  # type: ignore[arg-type]


def job(name: str) -> Job:
    return Job(result(name, outcome="", cpu_s=0.0), Statement(name, f"theorem {name} : True"))


def statements(path: Path, names: Sequence[str], split: str = "test") -> Path:
    rows = [
        {
            "name": name,
            "text": f"theorem {name} : True",
            "header": "",
            "origin": "generated",
            "group": "g",
            "split": split,
        }
        for name in names
    ]
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


# The table.


def test_the_share_of_proofs_is_a_mean_over_the_seeds_with_their_spread() -> None:
    found = [result("a"), result("b", "budget"), result("a", seed=1), result("b", seed=1)]
    (line,) = table_lines(found)
    assert (line.statements, line.seeds, line.proved) == (2, 2, 0.75)
    assert line.spread == pytest.approx(0.5 / 2**0.5)


def test_one_seed_has_no_spread() -> None:
    assert table_lines([result()])[0].spread is None


def test_cpu_seconds_are_those_of_all_theorems_and_their_median_that_of_the_proved_ones() -> None:
    found = [result("a", cpu_s=1.0), result("b", cpu_s=2.0), result("c", "exhausted", cpu_s=6.0)]
    (line,) = table_lines(found)
    assert (line.mean_cpu_s, line.median_proved_cpu_s, line.proofs_per_cpu_h) == (3.0, 1.5, 800.0)


def test_candidates_a_second_are_counted_by_the_models_own_time() -> None:
    found = [result("a", cpu_s=2.0, model_s=0.5, candidates=100, steps={"open": 1, "parse_error": 3})]
    (line,) = table_lines(found)
    assert (line.candidates_per_s, line.model_share, line.working_steps) == (200.0, 0.25, 0.25)


def test_a_policy_without_a_model_and_without_proofs_has_no_such_figures() -> None:
    (line,) = table_lines([result(outcome="budget", cpu_s=0.0)])
    assert (line.candidates_per_s, line.median_proved_cpu_s, line.proofs_per_cpu_h) == (None, None, None)


def test_a_statement_out_of_reach_counts_for_no_policy() -> None:
    found = [result("a", "out of reach"), result("a", "crashed", policy="random"), result("b")]
    assert [(line.policy, line.statements) for line in table_lines(found)] == [("portfolio", 1)]


def test_sets_come_in_their_order_and_policies_as_they_were_measured() -> None:
    found = [
        result(set="minif2f", policy="small"),
        result(set="library"),
        result(set="library", policy="small"),
    ]
    order = [(line.set, line.policy) for line in table_lines(found)]
    assert order == [("library", "small"), ("library", "portfolio"), ("minif2f", "small")]


def test_two_models_in_one_file_are_told_apart() -> None:
    found = [result(policy="small", model="old 1"), result(policy="small", model="new 2")]
    assert [line.policy for line in table_lines(found)] == ["small @ old 1", "small @ new 2"]


def test_results_under_other_limits_make_tables_of_their_own() -> None:
    found = reports([result(), result(budget_s=1.0, outcome="budget")])
    assert [(one["cpu_seconds"], one["table"][0]["proved"]) for one in found] == [(1.0, 0.0), (5.0, 1.0)]


def test_the_printed_table_says_what_is_not_complete() -> None:
    console = Console(file=io.StringIO(), width=200)
    found = [result("a"), result("b"), result("a", "crashed", policy="random")]
    print_report(found, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 attempts crashed" in text and "Not complete" in text and "deterministic" in text


def test_proofs_that_were_refused_are_counted_apart() -> None:
    (line,) = table_lines([result("a"), result("b", "refused"), result("c", "budget")])
    assert (line.proved, line.refused) == (1 / 3, 1)


# The paired comparison.


def test_mcnemar_is_the_sign_test_of_the_changes() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 3) == 1.0
    assert mcnemar(5, 0) == mcnemar(0, 5) == 2 / 32
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)


def test_mcnemar_takes_thousands_of_changes() -> None:
    assert 0 < mcnemar(600, 700) < 0.01


def test_gained_and_lost_are_statements_that_most_seeds_decide() -> None:
    base = [
        result(name, outcome, seed)
        for seed in range(3)
        for name, outcome in (("a", "budget"), ("b", "proved"))
    ]
    won = {("a", 0), ("a", 2), ("b", 1), ("b", 2)}
    mixed = [
        replace(r, policy="mixed", outcome="proved" if (r.name, r.seed) in won else "budget") for r in base
    ]
    (pair,) = pairs(base + mixed)
    assert (pair.statements, pair.gained, pair.lost) == (2, 1, 0)
    assert pair.by_seed == ((1, 1), (0, 0), (1, 0))


def test_only_what_both_were_given_is_compared() -> None:
    found = [result("a", "budget"), result("b"), result("a", policy="small"), result("c", policy="small")]
    (pair,) = pairs(found)
    assert (pair.statements, pair.gained, pair.lost) == (1, 1, 0)


def test_all_sets_together_are_compared_too() -> None:
    found = [
        result(set=name, policy=policy, outcome=outcome)
        for name in ("library", "minif2f")
        for policy, outcome in (("portfolio", "budget"), ("small", "proved"))
    ]
    assert [(pair.set, pair.gained) for pair in pairs(found)] == [("library", 1), ("minif2f", 1), ("all", 2)]


# The file of results.


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    found = [result("a", steps={"open": 2}, script="simp"), result("b", "budget", reason="ω")]
    for one in found:
        append_result(tmp_path / "new" / "r.jsonl", one)
    assert read_results(tmp_path / "new" / "r.jsonl") == found


def test_a_last_line_that_was_cut_off_is_dropped_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    append_result(path, result("a"))
    append_result(path, result("b"))
    path.write_bytes(path.read_bytes()[:-20])
    console = Console(file=io.StringIO(), width=500)
    assert [one.name for one in read_results(path, console)] == ["a"]
    assert "cut off" in console.file.getvalue()  # type: ignore[attr-defined]
    append_result(path, result("c"))
    assert [one.name for one in read_results(path)] == ["a", "c"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", r"r.jsonl:2: not JSON"),
        (b"[]", r"r.jsonl:2: a JSON object is wanted, not list"),
        (b'{"name": "x"}', r"r.jsonl:2: not a result of this benchmark: no policy"),
    ],
)
def test_another_damaged_line_is_reported_with_its_number(tmp_path: Path, line: bytes, said: str) -> None:
    path = tmp_path / "r.jsonl"
    append_result(path, result())
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(InputError, match=said):
        read_results(path)


# What is measured.


def jobs_of(tmp_path: Path, *options: str) -> tuple[list[Job], argparse.Namespace]:
    """The jobs that the command would run: with `pending` caught on the way to the workers."""
    caught: list[Job] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.policies.measure", lambda jobs, args, record: caught.extend(jobs))
        args = parser().parse_args([*options, "--out", str(tmp_path / "r.jsonl")])
        run(args)
    return caught, args


def test_each_policy_gets_each_statement_with_each_seed(tmp_path: Path) -> None:
    file = statements(tmp_path / "g.jsonl", ["a", "b"])
    jobs, _ = jobs_of(tmp_path, "--generated", str(file), "--policies", "portfolio,random", "--seeds", "2")
    measured = {(one.result.policy, one.result.name, one.result.seed) for one in jobs}
    assert measured == {(p, n, s) for p in ("portfolio", "random") for n in "ab" for s in (0, 1)}
    assert len(jobs) == 8


def test_policies_take_turns_on_each_statement(tmp_path: Path) -> None:
    file = statements(tmp_path / "g.jsonl", "abcd")
    jobs, _ = jobs_of(tmp_path, "--generated", str(file), "--policies", "portfolio,random", "--seeds", "1")
    by_statement = [(jobs[i].result.name, jobs[i].result.policy) for i in range(len(jobs))]
    assert [one for one, _ in by_statement[::2]] == [one for one, _ in by_statement[1::2]]
    assert [policy for _, policy in by_statement[::2]] == ["portfolio", "random"] * 2


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = statements(tmp_path / "g.jsonl", ["a", "b", "c"])
    options = ("--generated", str(file), "--policies", "portfolio", "--seeds", "2")
    jobs, _ = jobs_of(tmp_path, *options)
    for one in jobs[:4]:
        append_result(tmp_path / "r.jsonl", replace(one.result, outcome="budget"))
    again, _ = jobs_of(tmp_path, *options)
    assert [one.result.key for one in again] == [one.result.key for one in jobs[4:]]
    other, _ = jobs_of(tmp_path, *options, "--cpu-seconds", "7")
    assert len(other) == 6


def test_a_statement_known_to_be_out_of_reach_is_not_tried_again() -> None:
    waiting = [job("a"), job("b")]
    assert pending(waiting, [result("a", "out of reach", policy="random")]) == waiting[1:]


def test_a_larger_sample_holds_the_smaller_one(tmp_path: Path) -> None:
    file = statements(tmp_path / "g.jsonl", [f"t{i}" for i in range(30)])
    options = ("--generated", str(file), "--policies", "portfolio")
    small, large = (
        {one.result.name for one in jobs_of(tmp_path, *options, "--sample", number)[0]}
        for number in ("5", "12")
    )
    assert len(small) == 5 and len(large) == 12 and small < large


def test_statements_that_models_learn_from_are_left_out(tmp_path: Path) -> None:
    file = statements(tmp_path / "g.jsonl", ["a"], split="train")
    with pytest.raises(InputError, match="g.jsonl holds no statement of the split 'test'"):
        jobs_of(tmp_path, "--generated", str(file))


def test_a_model_made_anew_is_measured_anew(tmp_path: Path) -> None:
    file, model = statements(tmp_path / "g.jsonl", ["a"]), tmp_path / "model"
    model.mkdir()
    options = ("--generated", str(file), "--policies", "small", "--model", str(model), "--seeds", "1")
    names = []
    for weights in (b"1", b"2", b"1"):
        (model / "model.bin").write_bytes(weights)
        names.append(jobs_of(tmp_path, *options)[0][0].result.model)
    assert names[0] == names[2] != names[1]
    assert all(name.startswith("model ") for name in names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --library FILE, --generated FILE, --minif2f FILE or several"),
        (["--sets", "library"], "--sets library needs --library FILE"),
        (["--sets", "putnam"], "unknown set 'putnam'; known: library, generated, minif2f"),
        (["--policies", "portfolio,smal"], "unknown policy 'smal'; known: portfolio, small, random"),
        (["--policies", "small+small"], "mixes a policy with itself"),
        (["--policies", "small,small"], "stands there twice"),
        (["--policies", ","], "names no policy"),
        (["--seeds", "0"], "--seeds must be at least 1, not 0"),
        (["--cpu-seconds", "-1"], "--cpu-seconds must be above 0, not -1"),
        (["--cpu-seconds", "nan"], "--cpu-seconds must be above 0, not nan"),
        (["--model", "nowhere"], "--model nowhere: no such folder"),
        (["--generated", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["--report"], "--report: there is no"),
    ],
)
def test_bad_options_say_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*options, "--out", str(tmp_path / "r.jsonl")])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


def test_a_run_without_a_file_for_its_results_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--out FILE is needed" in capsys.readouterr().err


def test_the_report_of_a_file_comes_as_json_too(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    append_result(tmp_path / "r.jsonl", result())
    main(["--report", "--json", "--out", str(tmp_path / "r.jsonl")])
    (report,) = orjson.loads(capfdbinary.readouterr().out)
    assert report["table"][0]["policy"] == "portfolio" and report["paired"] == []


# Policies and meters.


def state(text: str = "⊢ True") -> State:
    return State(Statement("t", "theorem t : True"), (), (Goal(text),))


class TenTactics:
    async def propose(self, states: Sequence[State]) -> list[list[Candidate]]:
        return [[Candidate(f"tactic{i}", -float(i)) for i in range(10)] for _ in states]

    async def close(self) -> None:
        """Nothing is held."""


async def test_random_order_keeps_tactics_and_log_probabilities_but_not_which_has_which() -> None:
    (plain,), (first,) = (
        await TenTactics().propose([state()]),
        await RandomOrder(TenTactics(), 1).propose([state()]),
    )
    assert sorted(c.tactic for c in first) == sorted(c.tactic for c in plain)
    assert [c.logprob for c in first] == [c.logprob for c in plain]
    assert first != plain


async def test_the_order_depends_on_seed_and_state_alone() -> None:
    policy = RandomOrder(TenTactics(), 1)
    (first,), (again,) = await policy.propose([state()]), await policy.propose([state()])
    (other,) = await policy.propose([state("⊢ False")])
    (seed,) = await RandomOrder(TenTactics(), 2).propose([state()])
    assert first == again and first != other and first != seed


async def test_expansions_are_counted() -> None:
    policy = CountingPolicy(DummyPolicy())
    await policy.propose([state(), state()])
    assert policy.expansions == 2


class BusyEngine:
    """Burns 20 ms of CPU time for each request."""

    usage = Usage()

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        import time

        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        if prompt == "bad":
            raise ModelError("no")
        return [Completion("simp", 1, -1.0)] * 3

    async def close(self) -> None:
        """Nothing is held."""


async def test_an_engines_cpu_time_and_completions_are_metered() -> None:
    engine = MeteredEngine(BusyEngine())
    await engine.complete("good", Sampling())
    assert engine.completions == 3 and engine.cpu_s >= 0.02
    with pytest.raises(ModelError):
        await engine.complete("bad", Sampling())
    assert engine.completions == 3 and engine.cpu_s >= 0.04


def test_steps_get_more_time_by_the_clock_on_a_busy_machine_and_never_less() -> None:
    pace = Pace()
    assert pace.stretch == 1.0
    for _ in range(50):
        pace.seen(wall_s=3.0, cpu_s=1.0)
    assert pace.stretch == pytest.approx(3.0, abs=0.1)
    for _ in range(50):
        pace.seen(wall_s=1.0, cpu_s=1.5)
    assert pace.stretch == 1.0


# Workers: processes of their own that have no Lean here.


def stand_in(connection: Connection, settings: WorkerSettings, core: int) -> None:
    """Proves every theorem but those whose name says what happens instead."""
    while True:
        try:
            one: Job = connection.recv()
        except EOFError:
            return
        if one.result.name.startswith("dies"):
            os._exit(7)
        error = ModelError("no weights") if one.result.name == "fails" else None
        connection.send(error or replace(one.result, outcome="proved"))


def outcomes(*names: str) -> dict[str, str]:
    found = run_jobs([job(name) for name in names], WorkerSettings(), 1, stand_in)
    return {one.name: one.outcome for one in found}


def test_a_worker_that_dies_loses_one_theorem() -> None:
    assert outcomes("a", "dies", "b") == {"a": "proved", "dies": "crashed", "b": "proved"}


def test_a_policy_that_cannot_be_opened_ends_the_run() -> None:
    with pytest.raises(ModelError, match="no weights"):
        outcomes("fails", "b")


def test_workers_that_die_again_and_again_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies_crew, "_DEATHS", 2)
    with pytest.raises(SetupError, match="2 workers in a row died, the last on dies2.*exit code 7"):
        outcomes("dies1", "dies2", "b")
