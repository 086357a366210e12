"""Starts the trainer on a Ray cluster: one worker per rank, each the same as under torchrun.

    python -m training.pretrain.on_ray --workers 8 1.3b --tokenizer MODEL --data formal/ --out /shared/RUN

The folders must be reachable under the same paths on every node. A worker or node that dies ends the run's
attempt; `--failures N` starts it again so often, from its last checkpoint, on as many workers. Where no
cluster is named by `--ray` or running here, this machine's cores are one.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from prover.cli import print_error
from prover.cluster.connect import connected
from prover.errors import ProverError, SetupError
from training.pretrain.__main__ import parse, request_of
from training.pretrain.inputs import Request, read_inputs
from training.pretrain.loop import Interrupted, TrainingStopped
from training.pretrain.run import pretrain


def worker(config: dict[str, Any]) -> dict[str, Any]:
    """One rank; Ray has set up the process group and its environment. Returns the run's facts, or under
    `said` what ended it on all ranks alike: to start again would not mend that."""
    try:
        return pretrain(config["request"])
    except (TrainingStopped, Interrupted) as error:
        return {"said": str(error), "exit_code": error.exit_code}


def launch(request: Request, workers: int, gpus: bool, failures: int, address: str = "auto") -> None:
    """Run to the end on `workers` ranks of the cluster at `address` (`prover.cluster.connect`).

    Raises `InputError` and `SetupError` before any of them starts, `TrainingStopped` and `Interrupted` later.
    """
    try:
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
        from ray.train.v2.api.exceptions import TrainingFailedError
    except ImportError as error:
        raise SetupError(
            f"Ray Train is not installed: pip install 'prover[train,cluster]' ({error})"
        ) from None
    read_inputs(request)
    out = request.out.absolute()
    again = replace(request, out=out, resume=request.resume or failures > 0)
    with connected(address, workers_speak=True):
        trainer = TorchTrainer(
            worker,
            train_loop_config={"request": again},
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
            run_config=RunConfig(
                name="ray", storage_path=str(out), failure_config=FailureConfig(max_failures=failures)
            ),
        )
        try:
            result = trainer.fit().return_value
        except TrainingFailedError as error:
            raise TrainingStopped(f"Ray gave up: {error}") from error
    if "said" in result:
        raise (Interrupted if result["exit_code"] == Interrupted.exit_code else TrainingStopped)(
            result["said"]
        )


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
    parser.add_argument("--ray", default="auto", metavar="ADDRESS", help="auto, local or HOST:PORT")
    arguments, rest = parser.parse_known_args()
    try:
        gpus = not arguments.cpu
        launch(request_of(parse(rest)), arguments.workers, gpus, arguments.failures, arguments.ray)
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
