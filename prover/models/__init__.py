"""The model that ships: a Llama in `small/`, as Hugging Face stores one, with its tokenizer."""

from __future__ import annotations

from pathlib import Path

from prover.errors import ModelError

SMALL = Path(__file__).parent / "small"


def small_model(folder: Path = SMALL) -> Path:
    """The folder of the small model. Raises `ModelError` where it was not installed."""
    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"{folder} has no model.safetensors")
    return folder
