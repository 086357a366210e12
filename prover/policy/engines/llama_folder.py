"""Reads a Llama as Hugging Face stores it, without torch: configuration, weights, tokenizer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prover.errors import ModelError

FILES = ("config.json", "model.safetensors", "tokenizer.json")

Array = NDArray[np.float32]

_SIZES = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size")


@dataclass(frozen=True, slots=True)
class LlamaFolder:
    """What was read. `weights` are float32 under Hugging Face's names, each of the shape the sizes ask for.

    vocabulary: token by number, one for each row of the embeddings. start, end: the tokens that begin and end
    a text; `start` may be empty.
    """

    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    feed_forward: int
    context: int
    rotary_base: float
    epsilon: float
    weights: Mapping[str, Array]
    vocabulary: tuple[str, ...]
    start: str
    end: str


def read_llama(folder: Path) -> LlamaFolder:
    """The model of a folder with config.json, model.safetensors and tokenizer.json.

    Raises `ModelError` with the file and the reason for one that is missing, damaged, of another architecture
    or does not go with the others.
    """
    config = _json(folder / "config.json")
    _check_config(folder / "config.json", config)
    heads = config["num_attention_heads"]
    key_value_heads = config.get("num_key_value_heads") or heads
    head_size = config.get("head_dim") or config["hidden_size"] // heads
    weights = _weights(folder / "model.safetensors")
    _check_shapes(folder / "model.safetensors", weights, config, key_value_heads, head_size)
    vocabulary = _vocabulary(folder / "tokenizer.json", config["vocab_size"])
    return LlamaFolder(
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        heads=heads,
        key_value_heads=key_value_heads,
        head_size=head_size,
        feed_forward=config["intermediate_size"],
        context=config.get("max_position_embeddings") or 2048,
        rotary_base=_rotary_base(folder / "config.json", config),
        epsilon=config.get("rms_norm_eps", 1e-6),
        weights=weights,
        vocabulary=vocabulary,
        start=_special(folder, config, "bos_token_id", vocabulary) or "",
        end=_end(folder, config, vocabulary),
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} is damaged: it holds no JSON object")
    return value


def _check_config(path: Path, config: Mapping[str, Any]) -> None:
    kind = config.get("model_type")
    if kind != "llama":
        raise ModelError(f"{path}: the model is a {kind!r}, and only 'llama' can be read without torch")
    if wrong := [name for name in _SIZES if not isinstance(config.get(name), int) or config[name] < 1]:
        raise ModelError(f"{path}: {wrong[0]} is {config.get(wrong[0])!r}, not a size")
    if config.get("hidden_act", "silu") != "silu":
        raise ModelError(f"{path}: the activation {config['hidden_act']!r} is not that of a Llama, 'silu'")


def _rotary_base(path: Path, config: Mapping[str, Any]) -> float:
    """Theta of the rotary positions, which newer configurations keep in a table of its own."""
    table = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = table.get("rope_type") or table.get("type") or "default"
    if kind != "default":
        raise ModelError(f"{path}: rotary positions of the kind {kind!r} cannot be read without torch")
    return float(table.get("rope_theta") or config.get("rope_theta") or 10_000.0)


def _weights(path: Path) -> dict[str, Array]:
    from safetensors import SafetensorError, deserialize

    try:
        tensors = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    return {
        name: _array(path, name, tensor["dtype"], tensor["data"], tensor["shape"]) for name, tensor in tensors
    }


def _array(path: Path, name: str, kind: str, data: bytes, shape: list[int]) -> Array:
    """A tensor in float32. numpy has no bfloat16: it is the upper half of a float32."""
    if kind == "BF16":
        flat = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    elif kind in ("F16", "F32"):
        flat = np.frombuffer(data, {"F16": np.float16, "F32": np.float32}[kind]).astype(np.float32)
    else:
        raise ModelError(f"{path}: {name} holds numbers of the kind {kind}, not BF16, F16 or F32")
    return flat.reshape(shape)


def _check_shapes(
    path: Path, weights: dict[str, Array], config: Mapping[str, Any], key_value_heads: int, head_size: int
) -> None:
    """Raises `ModelError` for a tensor too many, too few, or of another shape than the sizes ask for."""
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    queries, keys = config["num_attention_heads"] * head_size, key_value_heads * head_size
    wanted = {"model.embed_tokens.weight": (config["vocab_size"], hidden), "model.norm.weight": (hidden,)}
    for layer in range(config["num_hidden_layers"]):
        start = f"model.layers.{layer}."
        wanted |= {
            f"{start}input_layernorm.weight": (hidden,),
            f"{start}post_attention_layernorm.weight": (hidden,),
            f"{start}self_attn.q_proj.weight": (queries, hidden),
            f"{start}self_attn.k_proj.weight": (keys, hidden),
            f"{start}self_attn.v_proj.weight": (keys, hidden),
            f"{start}self_attn.o_proj.weight": (hidden, queries),
            f"{start}mlp.gate_proj.weight": (wide, hidden),
            f"{start}mlp.up_proj.weight": (wide, hidden),
            f"{start}mlp.down_proj.weight": (hidden, wide),
        }
    if config.get("tie_word_embeddings") and "model.embed_tokens.weight" in weights:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    wanted["lm_head.weight"] = (config["vocab_size"], hidden)
    for name, shape in wanted.items():
        if name not in weights:
            raise ModelError(f"{path}: {name} is missing")
        if weights[name].shape != shape:
            found = " x ".join(map(str, weights[name].shape))
            right = " x ".join(map(str, shape))
            raise ModelError(f"{path}: {name} is {found}, and config.json asks for {right}")
        if not np.isfinite(weights[name]).all():
            raise ModelError(f"{path} is damaged: {name} has values that are no numbers")
    if more := sorted(name for name in weights if name not in wanted and "rotary_emb" not in name):
        raise ModelError(f"{path}: {more[0]} is no part of the Llama that config.json describes")


def _vocabulary(path: Path, rows: int) -> tuple[str, ...]:
    """A token for each row of the embeddings; rows that the tokenizer does not know have invented ones."""
    from tokenizers import Tokenizer

    try:
        known = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    except Exception as error:  # tokenizers raises nothing more exact
        raise ModelError(f"{path} cannot be read, it is damaged or no tokenizer: {error}") from error
    if not known or max(known.values()) >= rows:
        highest = max(known.values(), default=-1)
        raise ModelError(
            f"{path} does not go with the model: it has tokens up to number {highest}, "
            f"and the model has {rows} from number 0"
        )
    tokens = [f"<unused_{number}>" for number in range(rows)]
    for token, number in known.items():
        tokens[number] = token
    return tuple(tokens)


def _special(folder: Path, config: Mapping[str, Any], name: str, vocabulary: tuple[str, ...]) -> str | None:
    number = config.get(name)
    number = number[0] if isinstance(number, list) and number else number
    if not isinstance(number, int):
        return None
    if not 0 <= number < len(vocabulary):
        raise ModelError(f"{folder / 'config.json'}: {name} is {number}, and there is no such token")
    return vocabulary[number]


def _end(folder: Path, config: Mapping[str, Any], vocabulary: tuple[str, ...]) -> str:
    end = _special(folder, config, "eos_token_id", vocabulary)
    if end is None:
        raise ModelError(f"{folder / 'config.json'} does not say which token ends a text (eos_token_id)")
    return end
