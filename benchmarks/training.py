"""Measures training speed beside a bare transformers Trainer: the same model, rows, batch and machine.

    python -m benchmarks.training                                   # the tiny model, on the processor
    python -m benchmarks.training --config 1.3b --steps 12 --repeats 1   # 4,096 tokens, a GPU of 80 GB

Each side runs in a process of its own. Without a GPU they take turns step by step, so that both meet the
same machine, and the ratio is the median over pairs of steps; a GPU has the memory for one side at a time.
The rows are random tokens: speed does not depend on what they say. A step is a batch with its gradients,
clipping and optimizer; the first ones, which compile and allocate, do not count. Model FLOPs utilisation
(MFU) is shown on a GPU, against [machine] peak_tflops.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from training.corpus.packed import PackedCorpus, PackedWriter, TokenizerIdentity
from training.pretrain.estimate import mfu
from training.pretrain.settings import Settings, read_settings

WARM_UP = 3
SIDES = ("ours", "transformers")


def random_corpus(folder: Path, settings: Settings, rows: int) -> Path:
    """So many rows of random tokens, one document each."""
    sizes, length = settings.model, settings.training.length
    draw = np.random.default_rng(0)
    writer = PackedWriter(folder, length, TokenizerIdentity("random", sizes.vocabulary, 1))
    for _ in range(rows):
        writer.add(draw.integers(2, sizes.vocabulary, length - 1))
    writer.finish([], {})
    return folder


class Clock:
    """In a side's process: a step begins when a line is asked for, and its seconds are the answer, of wall
    time and of the processor."""

    def wait(self) -> None:
        if not sys.stdin.readline():
            raise SystemExit  # nobody asks any more
        self._begun = time.perf_counter(), time.process_time()

    def tell(self) -> None:
        now = time.perf_counter(), time.process_time()
        took = [end - begun for end, begun in zip(now, self._begun, strict=True)]
        print(json.dumps(took), flush=True)


def ours(settings: Settings, corpus: Path, steps: int) -> None:
    """Steps of our trainer, as they are asked for."""
    from training.corpus.mixture import Mixture
    from training.loss_report import LossReport
    from training.pretrain import ranks
    from training.pretrain.checkpoints import Checkpoints
    from training.pretrain.evaluate import Evaluator, HeldOut
    from training.pretrain.folders import start_from_nothing
    from training.pretrain.loop import Trainer, optimizer_of
    from training.pretrain.rows import loss_function

    here = ranks.start(1)
    model = ranks.empty_model(settings.model, settings.machine, here)
    start_from_nothing(model, 0)
    loss = loss_function(settings.machine.compile)
    trainer = Trainer(
        settings, here, model, optimizer_of(model, settings.training),
        Mixture([("random", PackedCorpus(corpus), 1.0)], 0), loss,
        Evaluator(HeldOut({}, ()), here, loss, 1, 1, False),
        Checkpoints(corpus / "none", 1, here), LossReport(corpus / "loss.csv", [], silent=True), {},
    )  # fmt: skip
    clock = Clock()
    for _ in range(steps):
        clock.wait()
        trainer.step()  # ends with the loss on the host, so the device has done its work
        clock.tell()
    ranks.stop()


def transformers(settings: Settings, corpus: Path, steps: int) -> None:
    """Steps of transformers' Trainer, with what it offers without another library."""
    import torch
    from transformers import LlamaForCausalLM, Trainer, TrainerCallback, TrainingArguments

    class Steps(TrainerCallback):
        """The rows of the next step are fetched after the one before has ended: that counts too."""

        def __init__(self) -> None:
            self.clock = Clock()

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.clock.wait()

        def on_step_end(self, arguments: Any, state: Any, control: Any, **__: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            self.clock.tell()
            if state.global_step < steps:
                self.clock.wait()

    training, machine = settings.training, settings.machine
    read = PackedCorpus(corpus)
    rows = [read.row(index)[0] for index in range(len(read))]
    accumulate, rest = divmod(training.batch, machine.micro_batch)
    assert rest == 0, "batch is a multiple of micro_batch in the configurations that are compared"
    arguments = TrainingArguments(
        output_dir=str(corpus / "transformers"), max_steps=steps, learning_rate=training.rate,
        per_device_train_batch_size=machine.micro_batch, gradient_accumulation_steps=accumulate,
        weight_decay=training.weight_decay, max_grad_norm=training.clip, optim="adamw_torch_fused",
        lr_scheduler_type="cosine", bf16=machine.dtype == "bfloat16",
        gradient_checkpointing=machine.recompute, save_strategy="no", logging_strategy="no",
        report_to=[], disable_tqdm=True, use_cpu=not torch.cuda.is_available(),
    )  # fmt: skip
    Trainer(
        LlamaForCausalLM(_config(settings)), arguments, callbacks=[Steps()],
        train_dataset=[{"input_ids": row, "labels": row} for row in rows],
    ).train()  # fmt: skip


def _config(settings: Settings) -> Any:
    from transformers import LlamaConfig

    sizes = settings.model
    return LlamaConfig(
        vocab_size=sizes.vocabulary, hidden_size=sizes.hidden, num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads, num_key_value_heads=sizes.key_value_heads,
        head_dim=sizes.head_size, intermediate_size=sizes.feed_forward,
        max_position_embeddings=sizes.context, tie_word_embeddings=sizes.tied, use_cache=False,
    )  # fmt: skip


@contextmanager
def running(side: str, corpus: Path) -> Iterator[Callable[[], tuple[float, float]]]:
    """A process of that side; what is called to have it make a step, which returns its seconds."""
    command = [sys.executable, "-m", "benchmarks.training", *sys.argv[1:], "--side", side, "--corpus", corpus]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None

        def step() -> tuple[float, float]:
            process.stdin.write("\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("["):  # transformers has a summary to print at the end
                    wall, own = json.loads(line)
                    return wall, own
            raise SystemExit(f"{side} ended early")

        yield step


def measure(steps: int, repeats: int, settings: Settings) -> dict[str, list[tuple[float, float]]]:
    """Seconds of each step of each side, warm-up left out: of wall time, and of the processor."""
    import torch

    together = not torch.cuda.is_available()
    took: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        corpus = random_corpus(Path(folder) / "rows", settings, settings.training.batch * steps)
        for sides in repeats * ([SIDES] if together else [(side,) for side in SIDES]):
            with ExitStack() as started:
                players = {side: started.enter_context(running(side, corpus)) for side in sides}
                rounds = [{side: step() for side, step in players.items()} for _ in range(steps)]
            for one in rounds[WARM_UP:]:
                for side, seconds in one.items():
                    took[side].append(seconds)
    return took


def show(took: dict[str, list[tuple[float, float]]], settings: Settings) -> None:
    import torch

    tokens = settings.training.batch * settings.training.length
    table = Table("", "tokens/s", "tokens per CPU second", "MFU", title="Training speed")
    for side, seconds in took.items():
        wall, own = (statistics.median(one) for one in zip(*seconds, strict=True))
        used = f"{mfu(tokens / wall, settings, 1):.1%}" if torch.cuda.is_available() else "(no GPU)"
        table.add_row(side, f"{tokens / wall:,.0f}", f"{tokens / own:,.0f}", used)
    Console().print(table)
    for number, kind in enumerate(("wall time", "CPU time")):
        ratios = [theirs[number] / mine[number] for mine, theirs in zip(*took.values(), strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        Console().print(
            f"ours / transformers, {kind}: {middle:.2f} (half of the pairs {low:.2f} to {high:.2f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--config", default="tiny", help="a configuration of training.pretrain (default tiny)")
    add("--steps", type=int, default=20, help=f"of each run, {WARM_UP} of them to warm up (default 20)")
    add("--repeats", type=int, default=3, help="runs of each side (default 3)")
    add("--batch", type=int, help="rows per step, where the configuration's are more than wanted")
    add("--threads", type=int, help="of the processor")
    add("--side", choices=SIDES, help=argparse.SUPPRESS)
    add("--corpus", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.steps <= WARM_UP or arguments.repeats < 1:
        parser.error(f"--steps must be above {WARM_UP}, --repeats at least 1")
    settings = read_settings(arguments.config)
    if arguments.batch:
        settings = replace(settings, training=replace(settings.training, batch=arguments.batch))
    if arguments.side is None:
        show(measure(arguments.steps, arguments.repeats, settings), settings)
        return
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    {"ours": ours, "transformers": transformers}[arguments.side](settings, arguments.corpus, arguments.steps)


if __name__ == "__main__":
    main()
