"""The processes of a run, and how a model lies on them: FSDP2 over "data", tensor parallel over "tensor"."""

from __future__ import annotations

import logging
import os
import warnings
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    PrepareModuleInput,
    RowwiseParallel,
    SequenceParallel,
    parallelize_module,
)

from prover.errors import InputError
from training.pretrain.model import Llama
from training.pretrain.settings import Machine, Sizes


@dataclass(frozen=True, slots=True)
class Ranks:
    """mesh: (data, tensor). files: a group of its own for checkpoints, which are written beside training.

    data_size, data_rank: of the ranks that have rows of their own. tensor_rank: among those of a layer.
    """

    device: torch.device
    mesh: DeviceMesh
    files: Any
    data_size: int
    data_rank: int
    tensor_rank: int

    @property
    def first(self) -> bool:
        return dist.get_rank() == 0

    def totals(self, *mine: float) -> list[float]:
        """Each number summed over the data ranks; ranks that share a layer count once."""
        counts = 1.0 if self.tensor_rank == 0 else 0.0
        numbers = torch.tensor(mine, dtype=torch.float64, device=self.device) * counts
        dist.all_reduce(numbers)
        return numbers.tolist()

    def any(self, mine: bool) -> bool:
        """Whether it holds on any rank at all."""
        flag = torch.tensor(float(mine), device=self.device)
        dist.all_reduce(flag, dist.ReduceOp.MAX)
        return bool(flag)


def start(tensor_parallel: int) -> Ranks:
    """Join the ranks that `torchrun` or Ray started, or be the only one. Raises `InputError`."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        if "RANK" in os.environ:
            dist.init_process_group(backend)
        else:
            dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)
    # DTensor warns that several small collectives could be one; ours are a handful a step. FSDP warns of
    # writing into logits, which nobody does.
    warnings.filterwarnings("ignore", "FSDP2-wrapped module .* returned a view tensor")
    logging.getLogger("torch.distributed.tensor._redistribute").setLevel(logging.ERROR)
    size = dist.get_world_size()
    if size % tensor_parallel:
        raise InputError(f"{size} ranks cannot share layers by [machine] tensor_parallel {tensor_parallel}")
    shape = (size // tensor_parallel, tensor_parallel)
    mesh = init_device_mesh(device.type, shape, mesh_dim_names=("data", "tensor"))
    files = dist.new_group(backend="gloo")
    # Asked of the mesh each time, they would cost a fifth of a small model's step.
    data, tensor = mesh["data"], mesh["tensor"]
    return Ranks(device, mesh, files, data.size(), data.get_local_rank(), tensor.get_local_rank())


def stop() -> None:
    """Leave the group, where this process has one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def empty_model(sizes: Sizes, machine: Machine, ranks: Ranks) -> Llama:
    """A model laid out over the ranks, float32, each with its own share only; what is in it is undefined."""
    with torch.device("meta"):
        model = Llama(sizes)
    if machine.tensor_parallel > 1:
        _share_layers(model, ranks.mesh["tensor"])
    for block in model.layers:
        block.recompute = machine.recompute
        if machine.compile:
            block.compile()
    if dist.get_world_size() > 1 or machine.dtype != "float32":
        _shard(model, machine, ranks)
    return model.to_empty(device=ranks.device)


def _shard(model: Llama, machine: Machine, ranks: Ranks) -> None:
    """FSDP2, on one rank too where products are bfloat16: it keeps the weights float32 beside them."""
    half = torch.bfloat16 if machine.dtype == "bfloat16" else None
    # Inputs stay as they are: casting them would round the rotary tables.
    policy = MixedPrecisionPolicy(
        param_dtype=half, reduce_dtype=torch.float32 if half else None, cast_forward_inputs=False
    )
    several = ranks.data_size > 1
    for block in model.layers:
        fully_shard(block, mesh=ranks.mesh["data"], mp_policy=policy, reshard_after_forward=several)
    fully_shard(model, mesh=ranks.mesh["data"], mp_policy=policy)


def _share_layers(model: Llama, mesh: DeviceMesh) -> None:
    """Tensor parallel with sequence parallel between the layers (arXiv 2205.05198)."""
    along = Shard(1)
    parallelize_module(
        model,
        mesh,
        {
            "embed_tokens": RowwiseParallel(input_layouts=Replicate(), output_layouts=along),
            "norm": SequenceParallel(),
            "lm_head": ColwiseParallel(input_layouts=along, output_layouts=Replicate()),
        },
    )
    rest = (None, None, None)
    for block in model.layers:
        parallelize_module(
            block,
            mesh,
            {
                "input_layernorm": SequenceParallel(),
                "self_attn": PrepareModuleInput(
                    input_layouts=(along, *rest), desired_input_layouts=(Replicate(), *rest)
                ),
                "self_attn.q_proj": ColwiseParallel(),
                "self_attn.k_proj": ColwiseParallel(),
                "self_attn.v_proj": ColwiseParallel(),
                "self_attn.o_proj": RowwiseParallel(output_layouts=along),
                "post_attention_layernorm": SequenceParallel(),
                "mlp": PrepareModuleInput(input_layouts=(along,), desired_input_layouts=(Replicate(),)),
                "mlp.gate_proj": ColwiseParallel(),
                "mlp.up_proj": ColwiseParallel(),
                "mlp.down_proj": RowwiseParallel(output_layouts=along),
            },
        )
