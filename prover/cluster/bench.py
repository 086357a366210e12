"""From what a user chose to a crew on a Ray cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console

from prover.cluster.connect import connected, node_resources
from prover.cluster.crew import ClusterCrew, ClusterSettings, cluster_crew
from prover.cluster.messages import ANSWER_S, Work
from prover.cluster.models import Model
from prover.cluster.versions import versions
from prover.errors import SetupError
from prover.policy.preset import load_preset
from prover.policy.registry import ENGINES, SMALL, PolicyChoice, open_engine
from prover.runs.run import Request
from prover.runs.run_tools import RunTools

SMALL_REPLICA_FOR = 16
"""Lean processes that one replica of a model on CPUs keeps busy, by default."""

_ON_GPU = ("vllm", "transformers")
_MOST = {"vllm": 128}


@dataclass(frozen=True, slots=True)
class OnRay:
    """What a user says of the cluster. workers, replicas: None leaves them to its size.

    answer_s: time limit of a model's answer.
    """

    address: str
    workers: int | None = None
    replicas: int | None = None
    answer_s: float = ANSWER_S


@asynccontextmanager
async def ray_crew(
    on_ray: OnRay, tools: RunTools, console: Console, request: Request
) -> AsyncIterator[ClusterCrew]:
    """Workers with `tools` on the cluster, and replicas of the models of their policy.

    Raises `SetupError` where there is no cluster, or too little of it.
    """
    tools = tools.anywhere()
    settings = ClusterSettings(tools.processes, request.drive.in_flight, on_ray.workers)
    with connected(on_ray.address):
        models = models_of(tools.choice, on_ray.replicas)
        work = Work(tools.open, request.plan, versions(), on_ray.answer_s)
        async with cluster_crew(work, models, settings, console) as crew:
            yield crew


def models_of(choice: PolicyChoice, replicas: int | None) -> list[Model]:
    """Replicas for each model of a policy: on GPUs where the cluster has some, else on CPUs.

    Raises `SetupError` where they do not fit.
    """
    nodes = node_resources()
    gpus, cpus = ([int(node.get(kind, 0)) for node in nodes] for kind in ("GPU", "CPU"))
    names = [name for name in choice.names if name in {*ENGINES, SMALL} - {"openai"}]
    return [_model(name, choice, replicas, gpus, sum(cpus)) for name in names]


def _model(name: str, choice: PolicyChoice, replicas: int | None, gpus: list[int], cpus: int) -> Model:
    preset = load_preset(choice.preset)
    each: dict[str, Any] = {"most": _MOST.get(name, 16)}
    if name in _ON_GPU and any(gpus):
        wanted = preset.engine.tensor_parallel
        fit = sum(one // wanted for one in gpus)
        if not fit:
            raise SetupError(f"{preset.name} needs {wanted} GPUs on one node, no node has over {max(gpus)}")
        each |= {"gpus": wanted, "replicas": replicas or fit}
    else:
        # The model that ships needs too little, for a few processes, to take a CPU from Lean.
        taken = 0 if name == SMALL and cpus < SMALL_REPLICA_FOR else 1
        each |= {"cpus": taken, "replicas": replicas or max(1, cpus // SMALL_REPLICA_FOR)}
    return Model(name, partial(open_engine, name, choice, preset), **each)
