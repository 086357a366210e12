"""Pretraining in one process: that it learns, that it is what transformers computes, that nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pretrain_world import EVERY, STEPS, curve, request
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.corpus.mixture import Mixture
from training.corpus.packed import PackedCorpus, PackedWriter, TokenizerIdentity
from training.pretrain import ranks
from training.pretrain.folders import load_weights
from training.pretrain.inputs import read_inputs
from training.pretrain.rows import rows_of
from training.pretrain.run import pretrain


@pytest.fixture(scope="module")
def whole(world: Path) -> Path:
    """The folder of a run that nothing disturbed."""
    pretrain(request(world, world / "whole"))
    return world / "whole"


def test_a_batch_seen_again_and_again_is_learned_by_heart(world: Path, tmp_path: Path) -> None:
    few = PackedWriter(tmp_path / "few", 64, _identity(world))
    few.add(np.arange(2, 63))
    few.add(np.arange(200, 263))
    few.finish([], {})
    asked = request(world, tmp_path, training={"steps": 80, "batch": 2, "warm_up": 5})
    asked = replace(asked, settings=replace(asked.settings, data={}), data=[str(tmp_path / "few")])
    pretrain(asked)
    losses = curve(tmp_path)
    assert losses[1] > 5 and losses[80] < 0.05


def _identity(world: Path) -> TokenizerIdentity:
    corpus = PackedCorpus(world / "lean").manifest
    return TokenizerIdentity(corpus.tokenizer_sha256, corpus.vocabulary, corpus.end)


def test_the_losses_are_those_of_transformers_trained_alike(world: Path, whole: Path) -> None:
    asked = request(world, whole)
    training, mixture = asked.settings.training, Mixture(read_inputs(replace(asked, resume=True)).sources, 0)
    model = AutoModelForCausalLM.from_pretrained(world / "base", dtype=torch.float32)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    gains = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": gains, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.95), eps=1e-8)
    rates = curve(whole, "rate")
    for step, ours in curve(whole).items():
        rows = rows_of([mixture.read(place) for place in mixture.places(training.batch)], False)
        labels = torch.roll(rows.targets, 1, 1)  # transformers takes a token's own place, not the one before
        loss = model(input_ids=rows.tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rates[step]
        optimizer.step()
        assert loss.item() == pytest.approx(ours, rel=1e-5)
    assert step == STEPS


def test_the_exported_folder_gives_the_same_logits_in_transformers(world: Path, whole: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(whole / "model")
    model = AutoModelForCausalLM.from_pretrained(whole / "model", dtype=torch.float32)
    tokens = tokenizer("theorem t : 0 + n = n := by", return_tensors="pt")["input_ids"]
    asked = request(world, whole)
    ours = ranks.empty_model(asked.settings.model, asked.settings.machine, ranks.start(1))
    load_weights(ours, whole / "model")
    with torch.no_grad():
        torch.testing.assert_close(ours(tokens), model(tokens).logits, rtol=1e-5, atol=1e-5)


def test_two_runs_have_the_same_curve_to_the_last_bit(world: Path, whole: Path, tmp_path: Path) -> None:
    pretrain(request(world, tmp_path))
    assert curve(tmp_path) == curve(whole)
    assert curve(tmp_path, "perplexity lean") == curve(whole, "perplexity lean")
    first, second = (load_file(out / "model" / "model.safetensors") for out in (whole, tmp_path))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_run_leaves_its_curve_its_facts_and_its_last_checkpoints(whole: Path) -> None:
    facts = json.loads((whole / "training.json").read_text())
    assert facts["step"] == STEPS and facts["tokens"] == STEPS * 8 * 64 and 0 <= facts["accuracy"] <= 1
    assert [path.name for path in sorted((whole / "checkpoints").iterdir())] == [
        f"step-{STEPS - EVERY:08d}", f"step-{STEPS:08d}",
    ]  # fmt: skip
    assert sorted(curve(whole, "loss lean")) == [0, 4, 8, 12]


def test_products_in_bfloat16_come_near_and_the_folder_is_written_in_it(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    pretrain(request(world, tmp_path, machine={"dtype": "bfloat16", "recompute": True}))
    assert curve(tmp_path) == pytest.approx(curve(whole), rel=0.02)
    weights = load_file(tmp_path / "model" / "model.safetensors")
    assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}
