"""What the tests of pretraining run on: a small base model, packed corpora, and settings of a short run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from benchmarks.tiny_llama import TEXT, make_tiny_llama
from training.corpus.packed import PackedWriter, TokenizerIdentity, tokenizer_hash
from training.jsonl import write_jsonl
from training.pretrain.inputs import Request
from training.pretrain.settings import Settings, settings_of

LENGTH, STEPS, EVERY = 64, 12, 4

TABLES: dict[str, dict[str, Any]] = {
    "model": {
        "vocabulary": 428, "hidden": 64, "layers": 2, "heads": 4, "key_value_heads": 2, "head_size": 16,
        "feed_forward": 128, "context": 512, "norm_eps": 1e-6,
    },
    "training": {"steps": STEPS, "batch": 8, "length": LENGTH, "rate": 1e-2, "warm_up": 3},
    "data": {"lean": 2, "text": 1},
    "machine": {"micro_batch": 2, "dtype": "float32"},
    "saving": {"every": EVERY, "evaluate_every": EVERY, "log_every": 1},
}  # fmt: skip


def settings(**changes: dict[str, Any]) -> Settings:
    """`TABLES` with some entries changed, as `training={"steps": 3}`."""
    return settings_of(
        {name: {**TABLES.get(name, {}), **changes.get(name, {})} for name in TABLES | changes}, ""
    )


def request(world: Path, out: Path, /, resume: bool = False, **changes: dict[str, Any]) -> Request:
    """A run on the world's corpora, from its base model."""
    return Request(
        settings(**changes),
        out,
        [f"lean={world / 'lean'}", f"text={world / 'text'}"],
        init=world / "base",
        held_out=[f"lean={world / 'held-out'}"],
        steps=world / "steps.jsonl",
        resume=resume,
    )


def command_line(world: Path, out: Path) -> list[str]:
    """The arguments of `python -m training.pretrain` that ask for the same run as `request`."""
    config = world / "run.toml"
    tables = [
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in entries.items())
        for name, entries in TABLES.items()
    ]
    config.write_text("".join(tables), encoding="utf-8")
    return [
        str(config), "--init", str(world / "base"), "--out", str(out),
        "--data", f"lean={world / 'lean'}", f"text={world / 'text'}",
        "--held-out", f"lean={world / 'held-out'}", "--steps", str(world / "steps.jsonl"),
    ]  # fmt: skip


def make_world(folder: Path) -> Path:
    """base/, lean/, text/, held-out/ and steps.jsonl."""
    base = make_tiny_llama(folder / "base", hidden=64, layers=2)
    _four_heads(base)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    end = tokenizer.token_to_id("</s>")
    identity = TokenizerIdentity(tokenizer_hash(base), tokenizer.get_vocab_size(), end)
    draw = np.random.default_rng(0)
    for name, documents in (("lean", 200), ("text", 150), ("held-out", 21)):
        writer = PackedWriter(folder / name, LENGTH, identity)
        for _ in range(documents):
            writer.add(np.array(tokenizer.encode(_words(draw), add_special_tokens=False).ids))
        writer.finish([], {})
    steps = [{"text": f"[GOAL]n : ℕ\n⊢ {n} < n + {n + 1}[PROOFSTEP]omega"} for n in range(7)]
    write_jsonl(folder / "steps.jsonl", steps)
    return folder


def _words(draw: np.random.Generator) -> str:
    return " ".join(draw.choice(TEXT.split(), 12))


def _four_heads(base: Path) -> None:
    """The same weights as four heads of 16 with two for keys, so that two ranks can share a layer."""

    path = base / "config.json"
    config = json.loads(path.read_text()) | {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
    }
    path.write_text(json.dumps(config))


def curve(out: Path, column: str = "loss") -> dict[int, float]:
    """A column of a run's `loss.csv`, by step."""
    with (out / "loss.csv").open(newline="") as file:
        return {int(row["step"]): float(row[column]) for row in csv.DictReader(file) if row[column]}
