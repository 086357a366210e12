"""Trains the small model on step records, from nothing or from an earlier model.

    python -m training.finetune --data steps.jsonl.zst --tokenizer TOKENIZER --out MODEL --minutes 30
    python -m training.finetune --data round2.jsonl.zst --init MODEL --out MODEL2 --epochs 2

It learns to continue `[GOAL]state[PROOFSTEP]` by the tactic and the end token; the state's own tokens count
for a tenth, which teaches a model that starts from nothing what Lean's terms look like. With `--epochs` the
result depends on data, seed, settings and the number of threads only; with `--minutes` the schedule goes by
the clock. A run that was stopped goes on by `--resume`. The folder gets `loss.csv` with the curves, and
`training.json` with the facts.

It does not run on `training.pretrain`'s step: two optimizers (Muon, AdamW), batches of like length with a
weight for each record, a schedule that may go by the clock, and autocast are what the shipped model was
trained with. Schedule and report are shared.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer
from transformers import AutoTokenizer, LlamaForCausalLM

from prover.cli import print_error
from prover.errors import InputError, ProverError
from training.batches import Batch, Data, Examples, collate, make_batches, read_data
from training.checkpoint import (
    CHECKPOINT,
    SHAPES,
    load_checkpoint,
    load_model,
    new_model,
    save_checkpoint,
    save_model,
)
from training.loss_report import LossReport
from training.schedule import rate_share
from training.tokenizer import save_tokenizer

WARM_UP, LOWEST = 0.04, 0.05
"""Share of the run in which the learning rate rises, and the share of it that is left at the end."""

WEIGHT_DECAY, CLIP = 0.1, 1.0
EVALUATIONS = 10
"""Of the validation records, in the course of a run."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. One of `minutes` and `epochs` is None.

    rate: the highest learning rate. tokens: of a batch, padding included. state_weight: what a token of the
    state counts, where one of the tactic counts 1. validation: records that are evaluated, at most.
    """

    rate: float
    minutes: float | None = None
    epochs: float | None = None
    tokens: int = 4096
    state_weight: float = 0.1
    validation: int = 500
    seed: int = 0
    bfloat16: bool = False
    save_minutes: float = 3.0


@dataclass(slots=True)
class Place:
    """How far a run has come: `batch` of `epoch` is the next one, after `step` steps and `seconds`."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    rows: list[dict[str, float]] = field(default_factory=list)
    """What `loss.csv` has so far."""


def train(
    model: LlamaForCausalLM, data: Data, settings: Settings, folder: Path, run: str, resume: bool
) -> dict[str, float]:
    """Trains `model` in place and returns the last evaluation; checkpoints go to `folder`."""
    torch.manual_seed(settings.seed)
    optimizers = _optimizers(model, settings.rate)
    place = Place()
    if resume:
        state = load_checkpoint(folder, run)
        model.load_state_dict(state["model"])
        for optimizer, before in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(before)
        place = Place(**state["place"])
    validation = data.validation.some(settings.validation)
    evaluated: int | None = None
    begin = saved = time.monotonic() - place.seconds
    with LossReport(folder / "loss.csv", place.rows) as shown:
        while True:
            batches = make_batches(data.train, settings.tokens, (settings.seed, place.epoch))
            while place.batch < len(batches):
                done = _progress(settings, place, len(batches))
                if done >= 1:
                    return shown.evaluated(place.step, evaluate(model, validation, settings))
                if evaluated is not None and int(EVALUATIONS * done) > evaluated:
                    shown.evaluated(place.step, evaluate(model, validation, settings))
                evaluated = int(EVALUATIONS * done)
                rate = _set_rate(optimizers, settings.rate, done)
                batch = collate(data.train, batches[place.batch])
                loss = _step(model, optimizers, batch, settings)
                place.step, place.batch = place.step + 1, place.batch + 1
                place.seconds = time.monotonic() - begin
                shown.step(place.step, done, place.seconds, loss, batch.ids.size, rate)
                if place.seconds + begin - saved > 60 * settings.save_minutes:
                    saved = place.seconds + begin
                    save_checkpoint(
                        folder,
                        {
                            "run": run,
                            "model": model.state_dict(),
                            "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                            "place": asdict(place),
                        },
                    )
            place.epoch, place.batch = place.epoch + 1, 0


def _step(
    model: LlamaForCausalLM, optimizers: Sequence[Optimizer], batch: Batch, settings: Settings
) -> float:
    """One step of the optimizers; returns the mean loss of the tactics' tokens, in nats."""
    losses, _, of_tactic, weights = _losses(model, batch, settings, bool(settings.state_weight))
    share = torch.where(of_tactic, 1.0, settings.state_weight)
    ((losses * share * weights).sum() / share.sum()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(losses.detach()[of_tactic].mean())


def _losses(
    model: LlamaForCausalLM, batch: Batch, settings: Settings, states: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of each target that is no padding, in the order of the records: loss in nats, whether it is the
    likeliest token, whether it is of the tactic, its record's weight. Without `states` only the tactics'.
    """
    device = model.device
    wanted = torch.from_numpy(batch.real if states else batch.of_tactic).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.bfloat16):
        ids = torch.from_numpy(batch.ids).to(device)
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
        logits = model.lm_head(hidden[wanted])
    targets = torch.from_numpy(batch.targets).to(device)[wanted]
    losses = cross_entropy(logits.float(), targets, reduction="none")
    of_tactic = torch.from_numpy(batch.of_tactic).to(device)[wanted]
    weights = torch.from_numpy(batch.weights).to(device).expand(wanted.shape)[wanted]
    return losses, logits.argmax(-1) == targets, of_tactic, weights


def evaluate(model: LlamaForCausalLM, examples: Examples, settings: Settings) -> dict[str, float]:
    """`validation_loss`: mean over the tactics' tokens, in nats. `accuracy`: share of tactics whose every
    token is the likeliest one after those before it. Empty without records.
    """
    total = tokens = right = 0.0
    for chosen in make_batches(examples, settings.tokens, None) if len(examples) else ():
        batch = collate(examples, chosen)
        with torch.no_grad():
            losses, hits, _, _ = _losses(model, batch, settings, states=False)
        total, tokens = total + float(losses.double().sum()), tokens + len(losses)
        lengths = batch.of_tactic.sum(1).tolist()
        right += sum(bool(part.all()) for part in hits.cpu().split(lengths))
    return {"validation_loss": total / tokens, "accuracy": right / len(examples)} if tokens else {}


def _optimizers(model: LlamaForCausalLM, rate: float) -> list[Optimizer]:
    """Muon for the layers' matrices, AdamW for embeddings and gains; the same rate suits both.

    In as many steps of a small model Muon comes much further (Jordan et al., 2024; its rate is scaled as in
    arXiv 2502.16982).
    """
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    rest = [p for p in model.parameters() if all(p is not one for one in matrices)]
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=rate, weight_decay=0.0, betas=(0.9, 0.95), fused=True),
    ]


def _set_rate(optimizers: Sequence[Optimizer], highest: float, done: float) -> float:
    """A linear warm-up, then half a cosine; `done` is the share of the run behind us."""
    # The first step is not to be lost: the clock has hardly begun to run.
    rate = highest * rate_share(max(done, 0.02 * WARM_UP), WARM_UP, LOWEST)
    for group in [group for optimizer in optimizers for group in optimizer.param_groups]:
        group["lr"] = rate
    return rate


def _progress(settings: Settings, place: Place, batches: int) -> float:
    """The share of the run that is done, 0 to 1 and beyond."""
    if settings.minutes is not None:
        return place.seconds / (60 * settings.minutes)
    return (place.epoch + place.batch / batches) / (settings.epochs or 1.0)


def finetune(arguments: argparse.Namespace) -> dict[str, Any]:
    """The command: reads, trains, and writes the model with its tokenizer into the folder."""
    folder: Path = arguments.out
    if (folder / CHECKPOINT).exists() and not arguments.resume:
        raise InputError(f"{folder} has an unfinished run: --resume goes on, or remove its {CHECKPOINT}")
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads or os.cpu_count() or 1)
    tokenizer = _tokenizer(arguments.tokenizer or arguments.init)
    if arguments.init:
        model = load_model(arguments.init, len(tokenizer))
    else:
        ends = {"bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id}
        model = new_model(SHAPES[arguments.config], len(tokenizer), ends)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    data = read_data(arguments.data, tokenizer.backend_tokenizer, model.config.max_position_embeddings)
    settings = _settings(arguments, model)
    folder.mkdir(parents=True, exist_ok=True)
    model_kind = model.config.to_json_string()
    run = json.dumps([data.train.fingerprint(), model_kind, asdict(settings), str(arguments.init or "")])
    facts = {"records": len(data.train), "validation": len(data.validation), "too_long": data.dropped}
    facts |= {"parameters": model.num_parameters(), "threads": torch.get_num_threads(), **asdict(settings)}
    LossReport.say(", ".join(f"{name} {value}" for name, value in facts.items()))
    result = train(model, data, settings, folder, run, arguments.resume)
    save_tokenizer(tokenizer, folder)
    save_model(model, folder)
    (folder / "training.json").write_text(json.dumps({**facts, **result}, indent=2) + "\n", encoding="utf-8")
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return {**facts, **result}


def _tokenizer(folder: Path | None) -> Any:
    if folder is None:
        raise InputError("--tokenizer FOLDER is needed, or --init FOLDER with a model to start from")
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"{folder} has no tokenizer.json: make one by python -m training.tokenizer")
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # whatever the tokenizer's reader raises
        raise InputError(f"{folder / 'tokenizer.json'} cannot be read: {error}") from error


def _settings(arguments: argparse.Namespace, model: LlamaForCausalLM) -> Settings:
    minutes, epochs = arguments.minutes, arguments.epochs
    if (minutes is None) == (epochs is None) or (minutes or epochs) <= 0:
        raise InputError("say how long, by one of --minutes and --epochs, above 0")
    if arguments.tokens < model.config.max_position_embeddings:
        raise InputError(f"a batch has at least --tokens {model.config.max_position_embeddings}, one context")
    fast = model.device.type == "cuda" or torch.backends.mkldnn.is_available() and _bfloat16_cpu()
    return Settings(
        rate=arguments.rate or (1e-3 if arguments.init else 3e-3),
        minutes=minutes,
        epochs=epochs,
        tokens=arguments.tokens,
        state_weight=arguments.state_weight,
        seed=arguments.seed,
        bfloat16=fast if arguments.dtype == "auto" else arguments.dtype == "bfloat16",
        save_minutes=arguments.save_minutes,
    )


def _bfloat16_cpu() -> bool:
    """Whether this processor multiplies in bfloat16, which trains the small model 1.5 to 2 times as fast."""
    capability = torch.cpu.get_capabilities()
    return any(capability.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains the small tactic model on step records.")
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, metavar="FILE", help="step records, .jsonl or .zst")
    add("--out", type=Path, required=True, metavar="FOLDER", help="where model, curves and checkpoints go")
    add("--init", type=Path, metavar="FOLDER", help="a model to start from, with its tokenizer")
    add("--tokenizer", type=Path, metavar="FOLDER", help="of python -m training.tokenizer")
    add("--config", choices=sorted(SHAPES), default="small", help="the model's sizes, without --init")
    add("--minutes", type=float, help="train so long by the clock")
    add("--epochs", type=float, help="or so many times over the data, also a part")
    add("--seed", type=int, default=0)
    add("--rate", type=float, help="highest learning rate (default 3e-3, with --init 1e-3)")
    add("--tokens", type=int, default=4096, help="of a batch, padding included (default 4096)")
    add("--state-weight", type=float, default=0.1, help="of a state's token in the loss (default 0.1)")
    add("--dtype", choices=["auto", "float32", "bfloat16"], default="auto", help="of the products")
    add("--threads", type=int, help="default: all processors")
    add("--save-minutes", type=float, default=3.0, help="between checkpoints (default 3)")
    add("--resume", action="store_true", help="go on with the folder's unfinished run")
    return parser.parse_args(arguments)


def main() -> None:
    try:
        finetune(parse())
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
