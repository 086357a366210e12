"""The command line on the real Lean, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

pytestmark = pytest.mark.usefixtures("launch")  # Set up once, before the first command.

FILE = """set_option maxHeartbeats 400000 in
open Nat in
theorem double (n : Nat) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  sorry

theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  · sorry
  · exact hq

theorem wrong : (1 : Nat) = 2 := sorry
"""


def prove(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", "prove", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd, check=False)


def test_a_theorem_is_proved_and_every_rung_is_in_the_record(tmp_path: Path) -> None:
    tree = tmp_path / "tree.json"
    done = prove("theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1", "--json", "--tree", str(tree))
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["proved"] is True and record["prelude"] == "core"
    assert [(r["name"], r["passed"]) for r in record["rungs"]] == [
        (name, True) for name in ("syntax", "elaborates", "statement", "axioms", "kernel")
    ]
    graph = nx.node_link_graph(json.loads(tree.read_text()), edges="edges")
    assert graph.number_of_nodes() >= 1


def test_a_false_statement_is_not_proved() -> None:
    done = prove("theorem t : (1 : ℕ) = 2", "--budget", "lean_s=20")
    assert done.returncode == 1
    assert "not proved" in done.stdout


@pytest.mark.parametrize(
    ("statement", "where"), [("theorem t : (1 : ℕ) = foo", "1:22"), ("theorem t : (1 : ℕ) = (", "error")]
)
def test_lean_says_what_is_wrong_with_a_statement(statement: str, where: str) -> None:
    done = prove(statement)
    assert done.returncode == 2 and done.stdout == ""
    assert where in done.stderr and "Traceback" not in done.stderr


def test_the_holes_of_a_file_are_filled_and_written_if_the_judge_agrees(tmp_path: Path) -> None:
    path = tmp_path / "holes.lean"
    path.write_text(FILE, encoding="utf-8")
    done = prove("holes.lean", "--write", "--json", "--budget", "lean_s=10", cwd=tmp_path)
    assert done.returncode == 1, done.stderr  # `wrong` stays open.
    record = json.loads(done.stdout)
    assert [hole["filled"] for hole in record["holes"]] == [True, True, False]
    text = path.read_text(encoding="utf-8")
    assert text == record["text"] and text.count("sorry") == 1
    assert text.endswith("theorem wrong : (1 : Nat) = 2 := sorry\n")


def test_one_theorem_of_a_file_is_proved_and_the_rest_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holes.lean").write_text(FILE, encoding="utf-8")
    done = prove("holes.lean:both", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "holes.lean").read_text(encoding="utf-8") == FILE
