"""The search graph as other tools get it: GraphML, DOT and JSON, whole or not at all."""

import json
import math
import stat
from pathlib import Path

import networkx as nx
import pytest
from recorded_prover import RecordedProver, Table, TablePolicy

from prover.errors import InputError
from prover.search import SearchGraph, prove
from prover.search.export import to_networkx, write_graph
from prover.types import Statement

TABLE: Table = {
    "goal": {
        "bad \x1b[31m": 'error: red\x00 "quoted" \\ text\nline 2 < & ∀',
        "split": ["h : p ⊢ q", "k : p ⊢ q"],
    },
    "h : p ⊢ q": {"loop": ["goal"], "simp": ["r"]},
    "k : p ⊢ q": {"simp": ["r"]},
    "r": {"trivial": {"result": "closed", "seconds": 0.25}},
}


async def searched(table: Table = TABLE) -> SearchGraph:
    policy = TablePolicy(table, {"r": {"trivial": -math.inf}})
    result = await prove(RecordedProver(table), policy, Statement("t", "goal"))
    assert result.proved and result.graph is not None
    return result.graph


async def test_graphml_reads_back_with_states_tactics_and_the_proof(tmp_path: Path) -> None:
    path = tmp_path / "tree.graphml"
    write_graph(await searched(), path)
    graph = nx.read_graphml(path, force_multigraph=True)
    goals = {data["goal"]: data for _, data in graph.nodes(data=True)}
    assert goals["goal"] == {"goal": "goal", "depth": 0, "score": 0.0, "status": "solved", "on_proof": True}
    assert goals["r"]["depth"] == 2
    edges = [data for _, _, data in graph.edges(data=True)]
    assert {edge["tactic"] for edge in edges if edge["on_proof"]} == {"split", "simp", "", "trivial"}
    failed = next(edge for edge in edges if edge["kind"] == "tactic_error")
    assert failed["tactic"] == "bad \ufffd[31m"
    assert failed["message"] == 'red\ufffd "quoted" \\ text\nline 2 < & ∀'


async def test_json_is_node_link_and_strictly_json(tmp_path: Path) -> None:
    path = tmp_path / "tree.json"
    write_graph(await searched(), path)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    graph = nx.node_link_graph(
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse), edges="edges"
    )
    closing = [data for _, target, data in graph.edges(data=True) if target == "closed"]
    assert [(edge["tactic"], edge["seconds"]) for edge in closing] == [("trivial", 0.25)]
    assert "logprob" not in closing[0]


async def test_dot_quotes_what_goals_and_tactics_contain(tmp_path: Path) -> None:
    path = tmp_path / "tree.dot"
    table = {"goal": {'exact "a\\b"\nrfl': "closed"}}
    write_graph(await searched(table), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("digraph search {") and text.endswith("}\n")
    assert '"0" -> "closed" [label="exact \\"a\\\\b\\"\\lrfl\\l"' in text
    assert "penwidth=3" in text


async def test_independent_goals_are_edges_of_one_step() -> None:
    graph = to_networkx(await searched())
    split = [data for _, _, data in graph.edges(data=True) if data["tactic"] == "split"]
    assert [edge["part"] for edge in split] == [0, 1]
    assert len({edge["step"] for edge in split}) == 1


async def test_what_is_not_on_the_proof_is_not_marked() -> None:
    graph = to_networkx(await searched())
    assert graph.nodes["closed"]["on_proof"] and not graph.nodes["failed"]["on_proof"]
    marked = {data["tactic"] for _, _, data in graph.edges(data=True) if not data["on_proof"]}
    assert marked == {"bad \ufffd[31m", "loop"}


@pytest.mark.parametrize("name", ["tree.png", "tree", "tree.GRAPHML.gz"])
async def test_another_extension_is_refused_with_the_three(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.graphml, \.dot, \.json"):
        write_graph(await searched(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the search graph"):
        write_graph(await searched(), tmp_path / "missing" / "tree.json")


async def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "tree.json"
    target.mkdir()
    with pytest.raises(InputError):
        write_graph(await searched(), target)
    assert list(tmp_path.iterdir()) == [target]


async def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tree.dot"
    path.write_text("old")
    write_graph(await searched(), path)
    assert "old" not in path.read_text(encoding="utf-8")
    assert [item.name for item in tmp_path.iterdir()] == ["tree.dot"]
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
