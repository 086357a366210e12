"""What pretraining does when the loss goes wrong, and what it refuses before it starts."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pretrain_world import EVERY, STEPS, curve, request, settings

from prover.errors import InputError, SetupError
from training.pretrain import inputs, loop
from training.pretrain.estimate import described, parameters
from training.pretrain.inputs import read_inputs
from training.pretrain.model import Llama
from training.pretrain.run import pretrain
from training.pretrain.settings import CONFIGS, Watch, read_settings
from training.pretrain.watch import LossWatch


def poisoned(monkeypatch: pytest.MonkeyPatch, bad: Callable[[int], bool]) -> None:
    """The n-th batch of the process, from 1, has no number for a loss where `bad(n)`."""
    gradients, count = loop.Trainer._gradients, 0

    def counted(self: loop.Trainer) -> tuple[float, float]:
        nonlocal count
        count += 1
        loss, norm = gradients(self)
        return (math.nan, norm) if bad(count) else (loss, norm)

    monkeypatch.setattr(loop.Trainer, "_gradients", counted)


def test_a_loss_that_is_no_number_takes_the_run_back_and_past_the_batch(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned(monkeypatch, lambda batch: batch == 6)
    facts = pretrain(request(world, tmp_path))
    (rewind,) = facts["rewinds"]
    assert (rewind["from"], rewind["to"]) == (5, EVERY) and "nan" in rewind["reason"]
    assert sorted(curve(tmp_path)) == list(range(1, STEPS + 1))
    # Twelve steps of the run, and the batches of the two that were undone.
    drawn = sum(facts["epochs"][name] * rows for name, rows in _rows(world).items())
    assert round(drawn) == (STEPS + 2) * 8


def _rows(world: Path) -> dict[str, int]:
    return {name: len(corpus) for name, corpus, _ in read_inputs(request(world, world / "none")).sources}


@pytest.mark.parametrize(
    ("rule", "bad", "said"),
    [
        ({"rule": "stop"}, lambda batch: batch == 6, "step-00000004 is the last good state"),
        ({"rewinds": 2}, lambda batch: batch >= 6, "after step 4: the loss is nan"),
        ({}, lambda batch: batch == 2, "there is no checkpoint yet"),
    ],
)
def test_a_run_stops_where_the_rule_says_so_or_nothing_is_left_to_try(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any], bad: Any, said: str
) -> None:
    poisoned(monkeypatch, bad)
    with pytest.raises(loop.TrainingStopped, match=said):
        pretrain(request(world, tmp_path, watch=rule))


def test_a_loss_that_leaps_and_stays_up_is_told_from_one_bad_batch() -> None:
    watch = LossWatch(Watch(window=3, patience=2))
    assert all(watch.wrong(loss, 1.0) is None for loss in (2.0, 2.1, 1.9))
    assert watch.wrong(9.0, 1.0) is None and not watch.calm
    assert watch.wrong(2.0, 1.0) is None and watch.calm
    assert watch.wrong(3.5, 1.0) is None
    again = LossWatch(Watch(window=3, patience=2))
    again.restore(json.loads(json.dumps(watch.state())))
    assert "2 losses were far above" in str(again.wrong(3.5, 1.0))


def test_a_checkpoint_of_another_configuration_is_refused_and_the_entry_named(
    world: Path, tmp_path: Path
) -> None:
    short = {"steps": 2, "warm_up": 0}
    pretrain(request(world, tmp_path, training=short))
    with pytest.raises(InputError, match="--resume"):
        read_inputs(request(world, tmp_path, training=short))
    with pytest.raises(InputError, match=r"training rate was 0\.01, is 0\.02"):
        read_inputs(request(world, tmp_path, resume=True, training={**short, "rate": 0.02}))
    other = {"micro_batch": 1, "recompute": True}
    assert read_inputs(request(world, tmp_path, resume=True, training=short, machine=other)).resumed == 2


def test_a_tokenizer_that_is_not_the_corpus_s_is_refused(world: Path, tmp_path: Path) -> None:
    base = shutil.copytree(world / "base", tmp_path / "base")
    path = base / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["merges"].pop()
    path.write_text(json.dumps(tokenizer))
    for given in (None, world / "base"):  # the corpus's own does not hide that the model has another
        with pytest.raises(InputError, match="another tokenizer"):
            read_inputs(replace(request(world, tmp_path / "out"), init=base, tokenizer=given))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": {"layers": 3}}, "layers is 2, the configuration says 3"),
        ({"training": {"length": 32}}, "rows of 64 tokens, the configuration wants 32"),
        ({"data": {"web": 1.0}}, "--data lacks web=FOLDER"),
        ({"model": {"vocabulary": 100}}, "vocabulary is 428"),
    ],
)
def test_what_does_not_fit_together_is_said_before_anything_starts(
    world: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_inputs(request(world, tmp_path / "out", **change))
    assert not (tmp_path / "out").exists()


def test_a_prepared_folder_brings_its_weights_and_what_it_holds_out(world: Path, tmp_path: Path) -> None:
    sources = [
        {"name": name, "folder": name, "weight": weight} for name, weight in (("lean", 3), ("text", 1))
    ]
    held_out = [{"name": "text/lean", "folder": "held-out"}]
    described = {"sources": sources, "validation": held_out}
    (world / "mixture.json").write_text(json.dumps(described))
    asked = replace(request(world, tmp_path / "out"), data=[str(world)], held_out=())
    own = replace(asked, settings=replace(asked.settings, data={}))
    assert [weight for *_, weight in read_inputs(own).sources] == [0.75, 0.25]
    assert read_inputs(own).held_out.columns == ["loss text/lean", "perplexity text/lean", "accuracy"]
    assert [weight for *_, weight in read_inputs(asked).sources] == [2.0, 1.0]


def test_too_little_disk_is_said_before_anything_starts(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil._ntuple_diskusage(10**6, 10**6, 1000)
    monkeypatch.setattr(inputs.shutil, "disk_usage", lambda place: usage)
    with pytest.raises(SetupError, match="make room"):
        read_inputs(request(world, tmp_path / "out"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"training": {"stepz": 3}}, r"\[training\] has no entry 'stepz'"),
        ({"training": {"steps": "many"}}, r"\[training\] steps is 'many'"),
        ({"machine": {"dtype": "float16"}}, "not 'bfloat16' or 'float32'"),
        ({"machine": {"tensor_parallel": 4}}, "must divide key_value_heads"),
        ({"training": {"warm_up": 50}}, "warm_up must be below steps"),
        ({"data": {"lean": -1}}, "not a weight above 0"),
        ({"modell": {}}, r"no table is called \[modell\]"),
    ],
)
def test_a_configuration_that_is_wrong_is_named_by_its_entry(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        settings(**change)


def test_a_model_s_parameters_are_counted_without_making_it() -> None:
    # Code Llama's own numbers: what the files on the hub hold.
    assert parameters(read_settings("llemma-7b").model) == 6_738_546_688
    assert parameters(read_settings("llemma-34b").model) == 33_743_970_304
    for name in ("tiny", "1.3b"):
        with torch.device("meta"):
            model = Llama(read_settings(name).model)
        assert sum(p.numel() for p in model.parameters()) == parameters(model.sizes)


def test_the_dry_run_of_llemma_comes_to_its_published_hours() -> None:
    hours = {name: described(read_settings(name))[-1] for name in ("llemma-7b", "llemma-34b")}
    # 23,000 hours for 42,000 of the 48,000 steps; 47,000 hours.
    assert "(27,441 GPU hours)" in hours["llemma-7b"] and "(49,659 GPU hours)" in hours["llemma-34b"]
    assert {path.stem for path in CONFIGS.glob("*.toml")} == {"tiny", "1.3b", "llemma-7b", "llemma-34b"}
