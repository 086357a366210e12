"""The report: its figures, what it says of runs that are void, unfinished or empty, text that is hostile."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest
from report_runs import DECEIVING, EVERYTHING, HOSTILE, IMAGE, PROVED, UNPROVED, make_run
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import InputError, SetupError
from prover.runs.defects import known_defects
from prover.runs.families import family_of
from prover.runs.folder import RunFolder
from prover.runs.manifest import write_manifest
from prover.runs.records import Finished, Outcome, Theorem
from prover.runs.report import charts, data
from prover.runs.report.data import Report, gather, report_record
from prover.runs.report.page import render
from prover.runs.report.text import harmless
from prover.runs.report.trees import FAILURES_OF_A_STATE, page_tree, states_for_each
from prover.runs.store import Store
from prover.types import Statement


def reported(folder: Path) -> Report:
    with RunFolder(folder) as run:
        return gather(run)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return reported(make_run(tmp_path_factory.mktemp("runs") / "mine", EVERYTHING))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render(report)


@pytest.mark.parametrize(
    ("prover", "command"),
    [
        ({"lean": {"kind": "embedded"}}, "prover verify {}"),
        ({"lean": {"kind": "native"}}, "prover verify {} --lean native"),
        ({"lean": {"kind": "kimina", "server": "http://x"}}, "prover verify {} --lean native"),
        ({"isabelle": {"kind": "heaps"}}, "prover isabelle check {}"),
    ],
)
def test_a_proof_and_the_page_name_the_command_that_judges_it_again(
    tmp_path: Path, prover: dict[str, Any], command: str
) -> None:
    """The page told readers of theories to have Lean read them, and Mathlib's imports were refused."""
    folder = make_run(tmp_path / "run", [PROVED], **prover)
    (proof,) = (folder / "proofs").iterdir()
    assert f"To judge it again: {command.format('FILE')}\n" in proof.read_text()
    assert f"<code>{command.format(f'proofs/{proof.name}')}</code>" in render(reported(folder))


def begun(folder: Path, done: list[Finished], theorems: int = 3) -> Path:
    """A run of which only the first attempts are finished."""
    folder.mkdir()
    store = Store(folder)
    store.create((Theorem(f"imo_{n}", Statement("t", f"theorem t : {n} = {n}")) for n in range(theorems)), 1)
    jobs = store.claim("w", len(done))
    store.record([(job, "w", one) for job, one in zip(jobs, done, strict=True)])
    store.close()
    write_manifest(folder, {"schema": 1})
    return folder


class Elements(HTMLParser):
    """Every element with its attributes, and the text of the scripts that a browser would run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.run: list[str] = []
        self._running = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._running = tag == "script" and "type" not in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self._running = False

    def handle_data(self, data: str) -> None:
        if self._running:
            self.run.append(data)


def unpacked(packed: str) -> dict[str, Any]:
    tree: dict[str, Any] = orjson.loads(gzip.decompress(base64.b64decode(packed)))
    return tree


# Figures.


def test_the_headline_counts_problems_and_leaves_canaries_out(report: Report) -> None:
    scores = report.scores["as is"]
    assert (scores.problems, scores.solved, scores.first_expansion) == (4, 2, 1)
    assert scores.pass_at[1].value == 0.5 and not report.canaries.void
    assert (report.canaries.count, report.canaries.done) == (1, 1)


def test_each_family_has_its_own_line(report: Report) -> None:
    lines = [(group.name, group.scores.problems, group.scores.solved) for group in report.families]
    assert lines == [("mathd_algebra", 1, 1), ("amc", 1, 1), ("imo", 1, 0), ("other", 1, 0)]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("mathd_numbertheory_33", "mathd_numbertheory"),
        ("amc12a_2020_p4", "amc"),
        ("aimeII_2001_p3", "aime"),
        ("algebra_sqineq_4", "algebra"),
        ("fermat", "other"),
    ],
)
def test_a_family_is_told_by_the_name(name: str, family: str) -> None:
    assert family_of(name) == family


def test_the_curve_has_each_problem_at_the_cost_of_its_proof(report: Report) -> None:
    assert [count for _, count in report.curves["expansions"]] == [1, 2]
    assert report.curves["lean_seconds"][-1] == (0.25, 2)


def test_time_is_split_without_counting_any_of_it_twice(tmp_path: Path) -> None:
    done = Finished(
        Outcome.BUDGET,
        model_seconds=1.5,
        lean_seconds=3.0,
        wall_seconds=5.0,
        judge_seconds=1.0,
        queue_seconds=0.5,
    )
    wide = Finished(Outcome.BUDGET, model_seconds=2.0, lean_seconds=4.0, wall_seconds=3.0)
    time = reported(begun(tmp_path / "run", [done, wide])).time
    assert (time.lean, time.model, time.search, time.judge, time.queue) == (7.0, 1.5, 0.5, 1.0, 0.5)
    assert time.total == 10.5


def test_scores_are_compared_by_depth_on_and_off_the_proofs(report: Report) -> None:
    first = report.depths[0]
    assert (first.depth, first.on_proof, first.median_on_proof) == (0, 2, 0.0)
    assert all(one.median_on_proof is None for one in report.depths if not one.on_proof)


def test_the_slowest_come_first(tmp_path: Path) -> None:
    seconds = [1.0, 9.0, 4.0]
    done = [Finished(Outcome.BUDGET, wall_seconds=one) for one in seconds]
    slowest = reported(begun(tmp_path / "run", done)).slowest
    assert [entry.shown.finished.wall_seconds for entry in slowest] == [9.0, 4.0, 1.0]


def test_of_several_attempts_the_cheapest_proof_is_shown(tmp_path: Path) -> None:
    report = reported(make_run(tmp_path / "run", (PROVED, UNPROVED), attempts=4))
    proved, unproved = report.entries
    assert (proved.attempts, proved.proved, len(proved.proofs)) == (4, 4, 1)
    assert (unproved.attempts, unproved.proved, unproved.proofs) == (4, 0, ())
    assert sorted(report.scores["as is"].pass_at) == [1, 2, 4] and "pass@4" in render(report)


def test_known_defects_are_marked_and_scored_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defect = known_defects()[0]
    mended = type(defect)(PROVED.name, "valid", "false", PROVED.sha256, "x is not there")
    monkeypatch.setattr(data, "defects_in", lambda run: {mended.sha256: mended.reason})
    report = reported(make_run(tmp_path / "run"))
    assert report.defective == 1 and report.scores["repaired"].problems == 3
    assert "x is not there" in render(report)


def test_json_has_the_same_figures(report: Report) -> None:
    record = orjson.loads(orjson.dumps(report_record(report)))
    assert record["finished"] and not record["void"]
    assert record["scores"]["as is"]["pass_at"]["1"]["value"] == 0.5
    assert [one["outcome"] for one in record["theorems"]] == [
        "proved", "proved", "gave-up", "out-of-reach", "gave-up",
    ]  # fmt: skip


def test_a_long_list_is_cut_and_its_figures_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "LISTED", 2)
    report = reported(make_run(tmp_path / "run"))
    assert len(report.entries) == 2 and report.left_out == 3 and report.scores["as is"].problems == 4
    assert "3 are not" in render(report)


# Runs that are no plain success.


def test_a_void_run_says_so_before_anything_else(tmp_path: Path) -> None:
    report = reported(make_run(tmp_path / "run", (*EVERYTHING, DECEIVING)))
    page = render(report)
    assert report.canaries.proved == (DECEIVING.name,)
    assert 'class="banner void"' in page
    assert page.index("This run is void") < page.index("pass@1</dt>")


def test_a_run_without_canaries_is_not_called_clean(tmp_path: Path) -> None:
    page = render(reported(make_run(tmp_path / "run", (PROVED,))))
    assert "none run" in page and "nothing here tests the judge" in page


def test_a_run_of_which_nothing_is_done_has_a_page(tmp_path: Path) -> None:
    report = reported(begun(tmp_path / "run", []))
    page = render(report)
    assert "No attempt at a problem is finished yet" in page and "0 of 3 attempts" in page
    assert not report.finished and report_record(report)["theorems"] == []


def test_an_unfinished_run_says_of_how_much_it_speaks(tmp_path: Path) -> None:
    page = render(reported(begun(tmp_path / "run", [Finished(Outcome.PROVED, expansions=1)])))
    assert "Not finished." in page and "1 of 3 attempts" in page


def test_a_finished_run_is_not_called_unfinished(page: str) -> None:
    assert "Not finished" not in page and 'class="banner' not in page


def test_a_refused_proof_is_shown_with_the_rung_that_refused_it(tmp_path: Path) -> None:
    refused = PROVED.statement.text
    page = render(reported(make_run(tmp_path / "run", (PROVED,), refused=refused)))
    assert (
        "refused by the judge" in page and '<li class="failed">✗ kernel' in page and "Claimed proof" in page
    )


# Hostile text.


def test_no_text_of_the_run_becomes_markup(page: str) -> None:
    elements = Elements(page)
    tags = [tag for tag, _ in elements.found]
    assert "img" not in tags and HOSTILE not in page and IMAGE not in page
    names = {name for _, attributes in elements.found for name in attributes}
    assert not {name for name in names if name.startswith("on")} and "style" not in names


def test_one_script_runs_and_the_policy_names_it_by_its_hash(page: str) -> None:
    elements = Elements(page)
    (script,) = elements.run
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = (a["content"] for tag, a in elements.found if a.get("http-equiv"))
    assert policy is not None and f"script-src 'sha256-{digest}'" in policy and "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_asks_for_nothing_beside_itself(page: str) -> None:
    elements = Elements(page).found
    assert not [a for _, a in elements if "src" in a or not (a.get("href") or "#").startswith("#")]
    assert not re.findall(r"@import|url\(", page)


def test_characters_that_turn_or_hide_text_are_made_visible() -> None:
    assert harmless("a\u202eb\x1b[0m\u200bc\n\td") == "a⟨U+202E⟩b⟨U+001B⟩[0m⟨U+200B⟩c\n\td"


# Trees.


def graph(states: int, failures: int = 0) -> dict[str, Any]:
    """A chain of states whose last one is on a proof with the first."""
    nodes: list[dict[str, Any]] = [
        {
            "id": n,
            "goal": f"⊢ {n}",
            "depth": n,
            "score": -n / 2,
            "status": "open",
            "on_proof": n in (0, states - 1),
        }
        for n in range(states)
    ]
    nodes += [{"id": "failed", "goal": "", "status": "failed", "on_proof": False}]
    common = {"kind": "open", "seconds": 0.0, "message": "", "cycle": False, "on_proof": False, "part": 0}
    edges = [{"source": n, "target": n + 1, "step": n, "tactic": "simp", **common} for n in range(states - 1)]
    edges += [
        {"source": 0, "target": "failed", "step": states + n, "tactic": f"f{n}", **common}
        for n in range(failures)
    ]
    return {"nodes": nodes, "edges": edges}


def test_a_big_tree_is_cut_but_keeps_the_proof() -> None:
    tree = page_tree(graph(100), states=10)
    content = unpacked(tree.packed)
    assert (tree.states, tree.all_states, content["cut"]) == (10, 100, 90)
    assert sorted(map(int, content["states"])) == [*range(9), 99]


def test_a_state_shows_so_many_failed_tactics_and_counts_the_others() -> None:
    state = unpacked(page_tree(graph(2, failures=FAILURES_OF_A_STATE + 5), states=10).packed)["states"]["0"]
    assert len(state["failed"]) == FAILURES_OF_A_STATE and state["failed_cut"] == 5


def test_a_tree_has_the_proof_in_both_its_parts(report: Report) -> None:
    tree = report.entries[0].tree
    assert tree is not None
    states = unpacked(tree.packed)["states"]
    constructor = states["0"]["tactics"][0]
    assert constructor["text"] == "constructor" and constructor["proof"] and len(constructor["to"]) == 2
    assert all(states[str(number)]["proof"] for number in constructor["to"])
    assert [one["text"] for one in states["0"]["failed"]] == [HOSTILE, "nonsense"]


def test_the_more_trees_the_fewer_states_of_each() -> None:
    assert [states_for_each(count) for count in (0, 10, 1000, 100_000)] == [1000, 1000, 200, 60]


# Drawings.


def test_a_curve_is_drawn_also_where_proofs_cost_nothing_or_all_the_same() -> None:
    for points in ([(0.0, 3)], [(5.0, 1)], [(0.0, 1), (0.001, 2), (1e5, 3000)]):
        drawn = charts.solve_curve(points, "Lean seconds")
        assert "<polyline" in drawn and "nan" not in drawn and "inf" not in drawn
    assert charts.solve_curve([], "Lean seconds") == ""


def test_scores_that_are_all_the_same_are_drawn() -> None:
    depths = [data.DepthScores(depth, 1, 0, 0.0, None) for depth in range(3)]
    assert "<polyline" in charts.depth_chart(depths)


# The command.


def test_the_command_writes_the_page_into_the_folder(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    done = CliRunner().invoke(app, ["report", str(folder)])
    assert done.exit_code == 0 and "2 of 4 problems solved" in done.stdout
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_json_is_printed_and_no_page_is_written(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    done = CliRunner().invoke(app, ["report", str(folder), "--json"])
    assert done.exit_code == 0 and orjson.loads(done.stdout)["run"] == str(folder)
    assert not (folder / "report.html").exists()


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert isinstance(done.exception, InputError) and "is no run" in str(done.exception)


def test_a_page_that_cannot_be_written_is_a_matter_of_the_machine(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    done = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path / "none" / "page.html")])
    assert isinstance(done.exception, SetupError) and "page.html" in str(done.exception)
