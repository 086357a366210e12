"""What a run says of itself, and which differences let it go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.attempts import Plan
from prover.errors import InputError
from prover.policy.registry import PolicyChoice
from prover.runs import identify
from prover.runs.folder import RunFolder
from prover.runs.manifest import differences, read_manifest, require_same, write_manifest
from prover.runs.records import Theorem, statement_hash
from prover.types import Statement

BASE = {
    "schema": 1,
    "search": {"budget": {"lean_s": 20.0, "steps": None}},
    "policy": {"names": ["portfolio"]},
    "machine": {"cores": 2},
    "git": "abc",
}


def test_what_is_written_is_read_and_nothing_half_written_is_left(tmp_path: Path) -> None:
    write_manifest(tmp_path, BASE)
    assert read_manifest(tmp_path) == BASE
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_another_budget_is_refused_by_name_with_both_values(tmp_path: Path) -> None:
    now = {**BASE, "search": {"budget": {"lean_s": 60.0, "steps": None}}, "policy": {"names": ["dummy"]}}
    with pytest.raises(InputError) as refused:
        require_same(tmp_path, BASE, now)
    assert "search.budget.lean_s: was 20.0, is 60.0" in str(refused.value)
    assert 'policy.names: was ["portfolio"], is ["dummy"]' in str(refused.value)


def test_another_machine_and_another_checkout_are_only_noted(tmp_path: Path) -> None:
    now = {**BASE, "machine": {"cores": 8}, "git": "def", "created": "later", "command": "other"}
    noted = require_same(tmp_path, BASE, now)
    assert noted == ['git: was "abc", is "def"', "machine.cores: was 2, is 8"]


def test_a_value_that_is_new_or_gone_is_a_difference() -> None:
    assert differences({"a": 1}, {"b": {"c": 2}}) == ["a: was 1, is null", "b.c: was null, is 2"]


@pytest.mark.parametrize("content", [None, b"{", b"[]", b'{"schema": 99}'])
def test_a_folder_without_a_readable_manifest_is_no_run(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(InputError, match="manifest"):
        RunFolder(tmp_path)


def test_a_statement_has_the_same_hash_however_its_lines_are_broken() -> None:
    assert statement_hash("theorem t :\n  1 = 1") == statement_hash("theorem t : 1 = 1")
    assert statement_hash("theorem t : 1 = 1") != statement_hash("theorem t : 1 = 2")


def test_a_changed_statement_a_new_name_and_another_order_change_the_identity() -> None:
    a = Theorem("a", Statement("a", "theorem a : 1 = 1"))
    b = Theorem("b", Statement("b", "theorem b : 2 = 2"))
    renamed = Theorem("c", b.statement)
    kinds = [[a, b], [b, a], [a, renamed], [a]]
    assert len({identify.statements_identity(kind)["sha256"] for kind in kinds}) == 4
    assert identify.statements_identity([a, Theorem("x", b.statement, canary="no")])["canaries"] == 1


def test_a_models_folder_is_known_by_its_files_and_other_weights_are_another_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"1" * 100)
    before = identify.model_identity(str(tmp_path))
    assert identify.model_identity(str(tmp_path)) == before
    (tmp_path / "model.safetensors").write_bytes(b"1" * 99 + b"2")
    assert identify.model_identity(str(tmp_path)) != before


def test_a_model_choice_is_stated_with_its_preset_and_samplings() -> None:
    choice = PolicyChoice(names=("openai",), server="http://localhost:1", preset="llemma-7b", model="m")
    stated = identify.policy_identity(choice)
    assert stated["preset"]["name"] == "llemma-7b" and stated["sampler"][0]["n"] >= 1
    assert stated["server"] == "http://localhost:1" and stated["model"]["name"] == "m"


def test_how_often_progress_is_shown_is_no_part_of_a_run() -> None:
    assert "progress_every_s" not in identify.search_identity(Plan(), 5.0)
