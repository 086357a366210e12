"""Hugging Face model folders: read into a model that lies on many ranks, and written from one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from prover.errors import InputError
from training.pretrain.model import Llama, first_weights, hugging_face_name
from training.pretrain.settings import Sizes

FILE_BYTES = 4_500_000_000
"""Of a weights file, at most; more weights go into several files."""

_NAMES = {
    "vocabulary": "vocab_size",
    "hidden": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "key_value_heads": "num_key_value_heads",
    "head_size": "head_dim",
    "feed_forward": "intermediate_size",
    "context": "max_position_embeddings",
    "norm_eps": "rms_norm_eps",
    "tied": "tie_word_embeddings",
}
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json")


def check_sizes(folder: Path, sizes: Sizes) -> None:
    """Raise `InputError` where the folder's model is no Llama of these sizes.

    The rotary base and the context may be others: they are what continued pretraining may change.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        heads = config["num_attention_heads"]
        config.setdefault("num_key_value_heads", heads)
        config["head_dim"] = config.get("head_dim") or config["hidden_size"] // heads
        config.setdefault("tie_word_embeddings", False)
        theirs = {name: config[key] for name, key in _NAMES.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder} has no config.json of a Llama: {error!r}") from None
    if config.get("model_type") != "llama" or config.get("attention_bias") or config.get("mlp_bias"):
        raise InputError(f"{folder} is a {config.get('model_type')} model, not a Llama without biases")
    if rope.get("rope_type", rope.get("type", "default")) != "default":
        raise InputError(f"{folder} scales its rotary positions, which this trainer does not")
    found = replace(sizes, **(theirs | {"context": sizes.context}))
    for name in _NAMES:
        if getattr(found, name) != getattr(sizes, name):
            raise InputError(
                f"{folder}: {name} is {getattr(found, name)}, the configuration says {getattr(sizes, name)}"
            )


def load_weights(model: Llama, folder: Path) -> None:
    """Fill `model` from the folder's safetensors; each rank reads all and keeps its share.

    Raises `InputError` for a file or a weight that is lacking, damaged or of another shape.
    """
    try:
        where = _files(folder)
        for name, parameter in model.named_parameters():
            stored = hugging_face_name(name)
            with safe_open(folder / where(stored), "pt") as file:
                weight = file.get_tensor(stored)
            if weight.shape != parameter.shape:
                raise InputError(f"{folder}: {stored} is {list(weight.shape)}, not {list(parameter.shape)}")
            _fill(parameter, weight)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise InputError(f"{folder} has no weights (safetensors) that can be read: {error}") from None


def _files(folder: Path) -> Callable[[str], str]:
    """In which file of the folder a weight lies."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return lambda name: "model.safetensors"
    return json.loads(index.read_text(encoding="utf-8"))["weight_map"].__getitem__


def start_from_nothing(model: Llama, seed: int) -> None:
    """Random weights, the same on any number of ranks."""
    for name, parameter in model.named_parameters():
        _fill(parameter, first_weights(name, parameter.shape, model.sizes.layers, seed))


def _fill(parameter: Any, full: Tensor) -> None:
    full = full.to(parameter.device, parameter.dtype)
    if isinstance(parameter, DTensor):
        full = distribute_tensor(full, parameter.device_mesh, parameter.placements, src_data_rank=None)
    with torch.no_grad():
        parameter.copy_(full)


def save_folder(model: Llama, folder: Path, tokenizer: Path, dtype: torch.dtype, first: bool) -> None:
    """Write a folder that transformers and vLLM load. All ranks call it, the `first` one writes.

    tokenizer: the folder whose tokenizer goes with it. The folder takes its name when it is complete.
    """
    part = folder.with_name(f".{folder.name}.part")
    if first:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        config = json.dumps(_config(model.sizes, tokenizer, dtype), indent=2) + "\n"
        (part / "config.json").write_text(config, encoding="utf-8")
        for name in _TOKENIZER:
            if (tokenizer / name).is_file():
                shutil.copyfile(tokenizer / name, part / name)
    where = {}
    for file, names in _plan(model, dtype):
        weights = {}
        for name in names:
            whole = _whole(model.get_parameter(name))
            if first:
                weights[hugging_face_name(name)] = whole.to("cpu", dtype, copy=True).contiguous()
        where |= dict.fromkeys(map(hugging_face_name, names), file)
        if first:
            save_file(weights, part / file, metadata={"format": "pt"})
    if not first:
        return
    if len(set(where.values())) > 1:
        index = {"metadata": {}, "weight_map": where}
        (part / "model.safetensors.index.json").write_text(json.dumps(index, indent=2), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(part, folder)


def _whole(parameter: Any) -> Tensor:
    return parameter.detach().full_tensor() if isinstance(parameter, DTensor) else parameter.detach()


def _plan(model: Llama, dtype: torch.dtype) -> Iterator[tuple[str, list[str]]]:
    """Which parameters go into which file."""
    parts: list[list[str]] = [[]]
    used = 0
    for name, parameter in model.named_parameters():
        size = parameter.numel() * dtype.itemsize
        if parts[-1] and used + size > FILE_BYTES:
            parts.append([])
            used = 0
        parts[-1].append(name)
        used += size
    for number, names in enumerate(parts, 1):
        several = f"model-{number:05d}-of-{len(parts):05d}.safetensors"
        yield several if len(parts) > 1 else "model.safetensors", names


def _config(sizes: Sizes, tokenizer: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The start and end tokens are those of the tokenizer's own model, where its folder has one."""
    before = tokenizer / "config.json"
    ends = json.loads(before.read_text(encoding="utf-8")) if before.is_file() else {}
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "dtype": str(dtype).removeprefix("torch."),
        "rope_theta": sizes.rope_base,
        "rope_parameters": {"rope_type": "default", "rope_theta": sizes.rope_base},
        **{key: getattr(sizes, name) for name, key in _NAMES.items()},
        **{key: ends[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id") if key in ends},
    }
