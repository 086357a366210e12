"""`prover export-model`: a Llama for CTranslate2, made without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prover.errors import InputError

EXAMPLES = """
Make a model that runs on the CPU without torch from one that Hugging Face's libraries have saved.

    prover export-model my-model/ my-model-int8/ --quantization int8

    prover prove "∀ n : ℕ, n < 2 ^ n" --policy ctranslate2 --model my-model-int8/ --preset prover-small

FOLDER has config.json, model.safetensors and tokenizer.json of a Llama. `--policy ctranslate2` also takes it
as it is, and keeps what it makes of it in the cache. Exit codes: 0 written, 2 bad input, 3 the model is
damaged.
"""


def export_model(
    folder: Annotated[Path, typer.Argument(help="A Llama as Hugging Face stores it.", show_default=False)],
    out: Annotated[Path, typer.Argument(help="A folder that is not there yet.", show_default=False)],
    quantization: Annotated[
        str, typer.Option(help="How weights are stored: float32, int8, int16 or float16.")
    ] = "float32",
) -> None:
    from prover.policy.engines.ctranslate2_convert import convert

    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    console = Console(stderr=True, highlight=False)
    with console.status("converting"):
        convert(folder, out, quantization)
    size = sum(path.stat().st_size for path in out.iterdir())
    console.print(f"{out}: {size / 1e6:.1f} MB", soft_wrap=True)


export_model.__doc__ = EXAMPLES
