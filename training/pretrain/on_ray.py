"""Starts the trainer on a Ray cluster: one worker per rank, each the same as under torchrun.

    python -m training.pretrain.on_ray --workers 8 1.3b --tokenizer MODEL --data formal/ --out /shared/RUN

The folders must be reachable under the same paths on every node. A worker or node that dies ends the run's
attempt; `--failures N` starts it again so often, from its last checkpoint, on as many workers.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from prover.cli import print_error
from prover.errors import ProverError, SetupError
from training.pretrain.__main__ import parse, request_of
from training.pretrain.inputs import Request, read_inputs
from training.pretrain.run import pretrain


def worker(config: dict[str, Any]) -> None:
    """One rank; Ray has set up the process group and its environment."""
    pretrain(config["request"])


def launch(request: Request, workers: int, gpus: bool, failures: int) -> None:
    """Run to the end on `workers` ranks. Raises `InputError` and `SetupError` before any of them starts."""
    try:
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
    except ImportError as error:
        raise SetupError(f"Ray Train is not installed: pip install 'ray[train]' ({error})") from None
    read_inputs(request)
    out = request.out.absolute()
    again = replace(request, out=out, resume=request.resume or failures > 0)
    TorchTrainer(
        worker,
        train_loop_config={"request": again},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
        run_config=RunConfig(
            name=out.name,
            storage_path=str(out.parent / f"{out.name}-ray"),
            failure_config=FailureConfig(max_failures=failures),
        ),
    ).fit()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.pretrain.on_ray",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="All else is as for python -m training.pretrain.",
    )
    parser.add_argument("--workers", type=int, required=True, help="ranks")
    parser.add_argument("--cpu", action="store_true", help="workers have no GPU")
    parser.add_argument("--failures", type=int, default=3, help="restarts after a lost worker (default 3)")
    arguments, rest = parser.parse_known_args()
    try:
        launch(request_of(parse(rest)), arguments.workers, not arguments.cpu, arguments.failures)
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
