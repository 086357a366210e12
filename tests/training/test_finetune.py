"""The trainer, with models of a hundred thousand parameters."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from prover.errors import InputError
from training import finetune as trainer
from training.batches import collate, make_batches, read_data
from training.checkpoint import CHECKPOINT, load_checkpoint
from training.jsonl import write_jsonl
from training.tokenizer import parts, save_tokenizer, train_tokenizer

TACTICS = ["omega", "simp [h₀]", "intro n", "exact h₁"]


def record(number: int, split: str = "train", **more: object) -> dict[str, object]:
    which = number % len(TACTICS)
    goal = f"x : ℕ\nh₀ : x = {'abcd'[which]}{number}\n⊢ x < {number}"
    tactic = TACTICS[which]
    return {"text": f"[GOAL]{goal}[PROOFSTEP]{tactic}", "split": split, **more}


RECORDS = [record(n, "validation" if n % 10 == 9 else "train") for n in range(400)]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(train_tokenizer(parts(str(one["text"]) for one in RECORDS), 320), folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "steps.jsonl.zst"
    write_jsonl(path, RECORDS)
    return path


def train(data: Path, tokenizer: Path, out: Path, *more: str) -> dict[str, Any]:
    fixed = ["--config", "tiny", "--tokens", "1024", "--threads", "1", "--tokenizer", str(tokenizer)]
    return trainer.finetune(trainer.parse(["--data", str(data), "--out", str(out), *fixed, *more]))


@pytest.fixture(scope="module")
def trained(data: Path, tokenizer: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    train(data, tokenizer, out, "--epochs", "6", "--rate", "0.01")
    return out


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_the_model_learns_which_tactic_goes_with_which_state(trained: Path) -> None:
    facts = json.loads((trained / "training.json").read_text())
    assert facts["accuracy"] > 0.9 and facts["validation_loss"] < 0.3
    rows = list(csv.DictReader((trained / "loss.csv").open()))
    losses = [float(row["validation_loss"]) for row in rows if row["validation_loss"]]
    assert len(losses) == trainer.EVALUATIONS and losses[0] > 2 * losses[-1]


def test_the_folder_is_loaded_by_transformers_and_writes_tactics(trained: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(trained)
    model = AutoModelForCausalLM.from_pretrained(trained, dtype=torch.float32)
    prompt = str(record(401)["text"]).partition("[PROOFSTEP]")[0] + "[PROOFSTEP]"
    inputs = tokenizer(prompt, return_tensors="pt")
    written = model.generate(**inputs, max_new_tokens=16, do_sample=False)[0, inputs["input_ids"].shape[1] :]
    assert tokenizer.decode(written, skip_special_tokens=True) == TACTICS[1]
    assert {value.dtype for value in weights(trained).values()} == {torch.bfloat16}
    assert sorted(path.name for path in trained.iterdir()) == [
        "config.json", "loss.csv", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "training.json",
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_weights_another_seed_others(
    data: Path, tokenizer: Path, tmp_path: Path
) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        train(data, tokenizer, tmp_path / name, "--epochs", "0.5", "--seed", seed)
    first, second, other = (weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_run_that_was_killed_goes_on_to_the_same_weights(
    data: Path, tokenizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    options = ("--epochs", "1", "--save-minutes", "0")
    train(data, tokenizer, whole, *options)
    step, steps = trainer._step, 0

    def killed(*arguments: Any) -> float:
        nonlocal steps
        steps += 1
        if steps == 8:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(trainer, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(data, tokenizer, cut, *options)
    monkeypatch.setattr(trainer, "_step", step)
    with pytest.raises(InputError, match="--resume"):
        train(data, tokenizer, cut, *options)
    train(data, tokenizer, cut, *options, "--resume")
    before, after = weights(whole), weights(cut)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not (cut / CHECKPOINT).exists()


def test_a_later_round_starts_from_the_model_of_the_one_before(
    data: Path, trained: Path, tmp_path: Path
) -> None:
    arguments = ["--data", str(data), "--init", str(trained), "--out", str(tmp_path / "next")]
    facts = trainer.finetune(
        trainer.parse([*arguments, "--epochs", "0.2", "--rate", "1e-5", "--tokens", "1024", "--threads", "1"])
    )
    assert facts["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 no checkpoint", "damaged"),
        ({"format": "another program's"}, "no checkpoint of this trainer"),
        ({"format": "prover-finetune-2", "run": "of other data"}, "other data"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_says_why(content: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / CHECKPOINT
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(InputError, match=says):
        load_checkpoint(tmp_path, "this run")


def test_resume_without_a_checkpoint_is_said(data: Path, tokenizer: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no .*checkpoint.pt"):
        train(data, tokenizer, tmp_path, "--epochs", "1", "--resume")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"goal": "⊢ 1 = 1"}, "record 2: no text"),
        ({"text": "⊢ 1 = 1[PROOFSTEP]rfl"}, r"record 2: 'text' is not \[GOAL\]"),
        ({"text": "[GOAL]⊢ 1 = 1[PROOFSTEP]"}, "record 2: 'text' is not"),
        ({"text": "[GOAL]⊢ 1 = 1[PROOFSTEP]rfl", "split": "dev"}, "'dev'"),
        ({"text": "[GOAL]⊢ 1 = 1[PROOFSTEP]rfl", "weight": -1}, "'weight' is -1"),
    ],
)
def test_a_record_that_is_no_step_is_named_by_its_place(
    bad: dict[str, object], says: str, tokenizer: Path, tmp_path: Path
) -> None:
    path = tmp_path / "steps.jsonl"
    write_jsonl(path, [RECORDS[0], bad])
    with pytest.raises(InputError, match=rf"steps\.jsonl: {says}" if "record" in says else says):
        train(path, tokenizer, tmp_path / "out", "--epochs", "1")


def test_a_line_that_is_no_json_is_named_by_its_number(tokenizer: Path, tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    path.write_text(json.dumps(RECORDS[0]) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"steps\.jsonl:2"):
        train(path, tokenizer, tmp_path / "out", "--epochs", "1")


def test_an_empty_file_leaves_nothing_to_train_on(tokenizer: Path, tmp_path: Path) -> None:
    (tmp_path / "steps.jsonl").write_text("")
    with pytest.raises(InputError, match="no record to train on"):
        train(tmp_path / "steps.jsonl", tokenizer, tmp_path / "out", "--epochs", "1")


def test_a_damaged_tokenizer_is_said(data: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match=r"tokenizer\.json cannot be read"):
        train(data, tmp_path, tmp_path / "out", "--epochs", "1")


def test_records_longer_than_the_context_are_dropped_and_counted(tokenizer: Path, tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    write_jsonl(path, [*RECORDS[:8], {"text": "[GOAL]" + "x + " * 4000 + "[PROOFSTEP]omega"}])
    facts = train(path, tokenizer, tmp_path / "out", "--epochs", "1")
    assert (facts["records"], facts["too_long"]) == (8, 1)


def test_only_the_split_train_is_learnt(tokenizer: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    write_jsonl(tmp_path / "s.jsonl", [record(1), record(2, "validation"), record(3, "test"), record(4)])
    read = read_data([tmp_path / "s.jsonl"], Tokenizer.from_file(str(tokenizer / "tokenizer.json")), 512)
    assert (len(read.train), len(read.validation), read.unused) == (2, 1, 1)


def test_batches_hold_every_record_once_within_their_budget(data: Path, tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    examples = read_data([data], Tokenizer.from_file(str(tokenizer / "tokenizer.json")), 512).train
    batches = make_batches(examples, 300, (0, 0))
    assert sorted(i for chosen in batches for i in chosen) == list(range(len(examples)))
    sizes = [len(chosen) * examples.lengths[chosen].max() for chosen in batches]
    assert max(sizes) <= 300 and sum(sizes) < 1.2 * len(examples.tokens)
    batch = collate(examples, batches[0])
    end = Tokenizer.from_file(str(tokenizer / "tokenizer.json")).token_to_id("<|end|>")
    assert ((batch.targets == end) & batch.real).sum() == len(batches[0])
    assert (batch.of_tactic <= batch.real).all()


def test_a_record_of_weight_nothing_teaches_nothing(tokenizer: Path, tmp_path: Path) -> None:
    """Half of the records say `omega` where the others say `simp`; only what has a weight is learnt."""
    rows = []
    for n in range(200):
        goal = f"[GOAL]⊢ {n % 7} < {n}[PROOFSTEP]"
        rows.append({"text": goal + "omega", "weight": 0.0})
        rows.append({"text": goal + "simp", "weight": 1.0})
    rows += [{"text": f"[GOAL]⊢ {n % 5} < {n}[PROOFSTEP]simp", "split": "validation"} for n in range(40)]
    write_jsonl(tmp_path / "s.jsonl", rows)
    facts = train(tmp_path / "s.jsonl", tokenizer, tmp_path / "out", "--epochs", "3", "--rate", "0.01")
    assert facts["accuracy"] == 1.0


def test_padding_changes_no_loss(data: Path, trained: Path) -> None:
    from tokenizers import Tokenizer

    from training.checkpoint import load_model

    light = Tokenizer.from_file(str(trained / "tokenizer.json"))
    examples = read_data([data], light, 512).validation
    model = load_model(trained, light.get_vocab_size())
    settings = trainer.Settings(rate=0.0, epochs=1, tokens=4096)
    together = trainer.evaluate(model, examples, settings)
    alone = trainer.evaluate(model, examples, dataclasses.replace(settings, tokens=1))
    assert together["validation_loss"] == pytest.approx(alone["validation_loss"], abs=1e-4)
