"""From a Llama as Hugging Face stores it to a CTranslate2 model, without torch and transformers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from prover.errors import InputError, ModelError
from prover.lean.embedded.install import cache_dir
from prover.policy.engines.llama_folder import FILES, LlamaFolder, read_llama

QUANTIZATIONS = ("float32", "int8", "int16", "float16")

_VERSION = "1"
"""Part of the name in the cache: a converted model of an earlier converter is not used."""

_SUMS = "sums.json"


def convert(folder: Path, output: Path, quantization: str = "float32") -> None:
    """Write the Llama of `folder` as a CTranslate2 model to `output`, which appears when it is complete.

    Raises `InputError` where `output` is there already or a file of that name cannot be made, `ModelError`
    for a model that cannot be read.
    """
    if quantization not in QUANTIZATIONS:
        raise InputError(f"unknown quantization {quantization!r}; known: {', '.join(QUANTIZATIONS)}")
    if output.exists():
        raise InputError(f"{output} is there already")
    llama = read_llama(folder)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
        try:
            _write(llama, folder, part, quantization)
            part.chmod(0o755)
            os.rename(part, output)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror or error}") from error


def converted(folder: Path) -> Path:
    """The CTranslate2 model of a Llama, made at first use and kept in the user's cache by its content.

    What is found damaged there is made again. Raises `ModelError` as `read_llama` does, and for a cache that
    cannot be written.
    """
    output = cache_dir() / "ctranslate2" / _name(folder)
    if _intact(output):
        return output
    shutil.rmtree(output, ignore_errors=True)
    try:
        convert(folder, output)
    except InputError as error:
        if not _intact(output):  # another process may just have made it
            raise ModelError(f"{error}; PROVER_CACHE=DIR names another cache") from error
    return output


def _name(folder: Path) -> str:
    digest = hashlib.sha256(_VERSION.encode())
    for name in FILES:
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise ModelError(f"{folder / name} cannot be read: {error.strerror or error}") from error
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


def _intact(folder: Path) -> bool:
    """Whether every file of a converted model is as it was written."""
    try:
        sums = json.loads((folder / _SUMS).read_bytes())
        return bool(sums) and all(_sum(folder / name) == value for name, value in sums.items())
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(llama: LlamaFolder, source: Path, output: Path, quantization: str) -> None:
    spec = _spec(llama)
    spec.validate()
    spec.optimize(quantization)
    spec.save(str(output))
    shutil.copyfile(source / "tokenizer.json", output / "tokenizer.json")
    sums = {path.name: _sum(path) for path in sorted(output.iterdir())}
    (output / _SUMS).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


def _spec(llama: LlamaFolder) -> Any:
    """The weights in the layout of CTranslate2, as its own converter lays out a Llama."""
    from ctranslate2.specs import Activation, TransformerDecoderModelSpec

    spec = TransformerDecoderModelSpec.from_config(
        llama.layers,
        llama.heads,
        pre_norm=True,
        activation=Activation.SWISH,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=llama.rotary_base,
        num_heads_kv=None if llama.key_value_heads == llama.heads else llama.key_value_heads,
        head_dim=None if llama.head_size * llama.heads == llama.hidden else llama.head_size,
    )
    decoder, weights = spec.decoder, llama.weights
    decoder.scale_embeddings = False
    decoder.embeddings.weight = weights["model.embed_tokens.weight"]
    decoder.layer_norm.gamma = weights["model.norm.weight"]
    decoder.projection.weight = weights["lm_head.weight"]
    for number, layer in enumerate(decoder.layer):
        start = f"model.layers.{number}."
        attention, network = layer.self_attention, layer.ffn
        attention.layer_norm.gamma = weights[f"{start}input_layernorm.weight"]
        network.layer_norm.gamma = weights[f"{start}post_attention_layernorm.weight"]
        fused = [weights[f"{start}self_attn.{name}_proj.weight"] for name in "qkv"]
        attention.linear[0].weight = np.concatenate(fused)
        attention.linear[1].weight = weights[f"{start}self_attn.o_proj.weight"]
        network.linear_0.weight = weights[f"{start}mlp.gate_proj.weight"]
        network.linear_0_noact.weight = weights[f"{start}mlp.up_proj.weight"]
        network.linear_1.weight = weights[f"{start}mlp.down_proj.weight"]
    spec.register_vocabulary(list(llama.vocabulary))
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = llama.start, llama.end, ""
    spec.config.layer_norm_epsilon = llama.epsilon
    spec.config.add_attribute("max_position_embeddings", llama.context)
    return spec
