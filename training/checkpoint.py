"""Training on disk: what a run needs to go on where it stopped, and the model that it leaves."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from prover.errors import InputError
from prover.files import written

CHECKPOINT = "checkpoint.pt"
_FORMAT = "prover-finetune-2"


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama's sizes. Heads are narrow: on the CPU, reading back keys and values is what samples cost."""

    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    feed_forward: int
    context: int = 1024


SHAPES = {
    "small": Shape(256, 6, 4, 2, 32, 640),
    "tiny": Shape(64, 2, 2, 1, 32, 128, 512),
}


def new_model(shape: Shape, vocabulary: int, ends: Mapping[str, int]) -> LlamaForCausalLM:
    """A model with random weights in float32; embeddings and output share theirs.

    ends: the numbers of the tokens `bos`, `eos` and `pad`.
    """
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        head_dim=shape.head_size,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        initializer_range=0.02,
        **{f"{name}_token_id": number for name, number in ends.items()},
    )
    return LlamaForCausalLM(config)


def load_model(folder: Path, vocabulary: int) -> LlamaForCausalLM:
    """The model of a folder, in float32. Raises `InputError` for one that does not go with the tokenizer."""
    try:
        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    except Exception as error:  # whatever files, formats and sizes raise
        raise InputError(f"{folder} has no model that can be read: {error}") from error
    if model.config.vocab_size != vocabulary:
        raise InputError(
            f"{folder}: the model has {model.config.vocab_size} tokens, its tokenizer has {vocabulary}"
        )
    return model


def save_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Write `config.json` and `model.safetensors` in bfloat16; the weights appear when they are complete."""
    from safetensors.torch import save_file

    tied = model.config.tie_word_embeddings
    weights = {
        name: value.detach().to("cpu", torch.bfloat16).contiguous()
        for name, value in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }
    folder.mkdir(parents=True, exist_ok=True)
    config = {**model.config.to_diff_dict(), "architectures": ["LlamaForCausalLM"], "dtype": "bfloat16"}
    with written(folder / "config.json") as part:
        part.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    with written(folder / "model.safetensors") as part:
        save_file(weights, part, metadata={"format": "pt"})
        part.chmod(0o644)


def save_checkpoint(folder: Path, state: Mapping[str, Any]) -> None:
    """Replace the folder's checkpoint in one go: a run that is killed meanwhile keeps the old one."""
    with written(folder / CHECKPOINT) as part:
        torch.save({"format": _FORMAT, **state}, part)


def load_checkpoint(folder: Path, run: str) -> dict[str, Any]:
    """The checkpoint of a folder. `run` says which data, model and seed it must be of.

    Raises `InputError` for one that is not there, is damaged, was made by something else or of another run.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        raise InputError(f"there is no {path} to resume from")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise InputError(f"{path} is damaged, start without --resume: {error}") from error
    if not isinstance(state, dict) or state.get("format") != _FORMAT:
        raise InputError(f"{path} is no checkpoint of this trainer")
    if state["run"] != run:
        raise InputError(f"{path} is of other data, another model or other settings than these")
    return state
