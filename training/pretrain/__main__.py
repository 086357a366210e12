"""Goes on pretraining a Llama-family model on packed corpora, or pretrains one from nothing.

    python -m training.pretrain tiny --dry-run
    python -m training.pretrain 1.3b --tokenizer MODEL --data packed/formal --out RUN
    torchrun --nproc-per-node 8 -m training.pretrain mine.toml --init codellama-7b/ \\
        --data formal=packed/formal text=packed/text --held-out lean=packed/lean-valid --out RUN --resume

The first argument is a configuration's name (training/pretrain/configs) or file. The run's folder gets
checkpoints, `loss.csv`, `loss.png`, `training.json`, and the model as a Hugging Face folder, `model/`.
SIGTERM and Ctrl-C save and end the run; `--resume` goes on, on any number of GPUs. See docs/pretraining.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from prover.cli import print_error
from prover.errors import InputError, ProverError
from training.pretrain import ranks
from training.pretrain.estimate import described
from training.pretrain.inputs import Request
from training.pretrain.run import pretrain
from training.pretrain.settings import read_settings


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.pretrain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("config", help="a name (tiny, 1.3b, llemma-7b, llemma-34b) or a TOML file")
    add(
        "--data",
        nargs="+",
        default=[],
        metavar="[NAME=]FOLDER",
        help="packed corpora",
    )
    add("--out", type=Path, metavar="FOLDER", help="of the run")
    add("--init", type=Path, metavar="FOLDER", help="the base model, a Hugging Face folder with safetensors")
    add("--tokenizer", type=Path, metavar="FOLDER", help="whose tokenizer the corpora have, without --init")
    add("--held-out", nargs="+", default=[], metavar="[NAME=]FOLDER", help="packed corpora to evaluate on")
    add(
        "--steps",
        type=Path,
        metavar="FILE",
        help="held-out proof steps, .jsonl or .zst",
    )
    add("--steps-most", type=int, default=500, metavar="N", help="of them, at most (default 500)")
    add("--resume", action="store_true", help="go on from the newest checkpoint; begin where there is none")
    add("--wandb", metavar="PROJECT", help="send the curve to Weights & Biases")
    add("--threads", type=int, help="of the processor (default: PyTorch's choice)")
    add("--dry-run", action="store_true", help="only print parameters, memory, tokens per step, time")
    return parser.parse_args(arguments)


def request_of(arguments: argparse.Namespace) -> Request:
    if not arguments.data or arguments.out is None:
        raise InputError("--data and --out are needed, or --dry-run")
    return Request(
        settings=read_settings(arguments.config),
        out=arguments.out,
        data=arguments.data,
        init=arguments.init,
        tokenizer=arguments.tokenizer,
        held_out=arguments.held_out,
        steps=arguments.steps,
        steps_most=arguments.steps_most,
        resume=arguments.resume,
        wandb=arguments.wandb,
    )


def run(arguments: argparse.Namespace) -> None:
    if arguments.dry_run:
        print("\n".join(described(read_settings(arguments.config))))
        return
    request = request_of(arguments)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        pretrain(request)
    finally:
        ranks.stop()


def main() -> None:
    try:
        run(parse())
    except ProverError as error:
        if os.environ.get("RANK", "0") == "0":  # all ranks have the same to say
            print_error(error)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
