"""One run from its inputs to an exported model: what every rank does."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import torch

from prover.errors import InputError
from prover.files import written
from training.corpus.mixture import Mixture
from training.loss_report import STEP_COLUMNS, LossReport, read_rows
from training.pretrain import loggers, ranks
from training.pretrain.checkpoints import Checkpoints
from training.pretrain.estimate import parameters
from training.pretrain.evaluate import Evaluator
from training.pretrain.folders import load_weights, save_folder, start_from_nothing
from training.pretrain.inputs import CHECKPOINTS, Inputs, Request, read_inputs
from training.pretrain.loop import Trainer, optimizer_of
from training.pretrain.rows import loss_function

MODEL, CURVE, FACTS = "model", "loss.png", "training.json"


def pretrain(request: Request) -> dict[str, Any]:
    """Train, export and report; returns the facts that `training.json` has.

    Raises `InputError` and `SetupError` before anything starts, `TrainingStopped` and `Interrupted` later.
    """
    inputs = read_inputs(request)
    here = ranks.start(request.settings.machine.tensor_parallel)
    batch = request.settings.training.batch
    if batch % here.data_size:
        raise InputError(f"[training] batch is {batch}, no multiple of the {here.data_size} data ranks")
    # All ranks have looked at the checkpoints before one of them changes something there.
    torch.distributed.barrier()
    return _train(request, inputs, here)


def _train(request: Request, inputs: Inputs, here: ranks.Ranks) -> dict[str, Any]:
    settings, out = request.settings, request.out
    checkpoints = Checkpoints(out / CHECKPOINTS, settings.saving.keep, here)
    model = ranks.empty_model(settings.model, settings.machine, here)
    if inputs.resumed is None and request.init:
        load_weights(model, request.init)
    elif inputs.resumed is None:
        start_from_nothing(model, settings.training.seed)
    loss = loss_function(settings.machine.compile)
    evaluator = Evaluator(
        inputs.held_out, here, loss, settings.saving.evaluation_rows,
        settings.machine.micro_batch, settings.training.separate_documents,
    )  # fmt: skip
    with _report(request, inputs, here) as report:
        trainer = Trainer(
            settings, here, model, optimizer_of(model, settings.training),
            Mixture(inputs.sources, settings.training.seed),
            loss, evaluator, checkpoints, report, inputs.identity,
        )  # fmt: skip
        if inputs.resumed is not None:
            trainer.restore()
        result = trainer.run()
    return _finish(request, trainer, result)


def _report(request: Request, inputs: Inputs, here: ranks.Ranks) -> LossReport:
    saving, out = request.settings.saving, request.out
    facts = {"ranks": torch.distributed.get_world_size(), "parameters": parameters(request.settings.model)}
    listeners = []
    if here.first:
        listeners = loggers.tensorboard(out / "tensorboard")
        listeners += loggers.weights_and_biases(request.wandb, inputs.identity | facts)
        LossReport.say(", ".join(f"{name} {value:,}" for name, value in facts.items()))
    rows = read_rows(out / "loss.csv", inputs.resumed) if inputs.resumed is not None else []
    columns = [*STEP_COLUMNS, "norm", "mfu", *inputs.held_out.columns]
    return LossReport(out / "loss.csv", rows, columns, saving.log_every, listeners, silent=not here.first)


def _finish(request: Request, trainer: Trainer, result: dict[str, float]) -> dict[str, Any]:
    """The model as a Hugging Face folder, the curve, and the facts."""
    settings, out, first = request.settings, request.out, trainer.ranks.first
    dtype = torch.bfloat16 if settings.machine.dtype == "bfloat16" else torch.float32
    save_folder(trainer.model, out / MODEL, request.tokenizer_folder, dtype, first)
    facts = {
        "parameters": parameters(settings.model),
        "ranks": torch.distributed.get_world_size(),
        "epochs": trainer.mixture.epochs(),
        **asdict(trainer.place),
        **result,
        "settings": asdict(settings),
    }
    if first:
        with written(out / FACTS) as part:
            part.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if not loggers.draw_curve(out / CURVE, trainer.report.rows):
            LossReport.say(f"no {CURVE}: matplotlib is not installed")
        LossReport.say(f"{out / MODEL} is the model, as a Hugging Face folder")
    torch.distributed.barrier()
    return facts
