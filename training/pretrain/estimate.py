"""What a run will need, from its settings alone: parameters, arithmetic, memory, disk, time."""

from __future__ import annotations

from training.pretrain.settings import Settings, Sizes

GB = 1e9


def parameters(sizes: Sizes) -> int:
    """All weights, the embedding among them; shared ones count once."""
    attention = 2 * sizes.hidden * sizes.head_size * (sizes.heads + sizes.key_value_heads)
    layer = attention + 3 * sizes.hidden * sizes.feed_forward + 2 * sizes.hidden
    tables = sizes.vocabulary * sizes.hidden * (1 if sizes.tied else 2)
    return sizes.layers * layer + tables + sizes.hidden


def flops_per_token(sizes: Sizes, length: int) -> float:
    """Of a training step, forward and backward, recomputation not counted.

    6 per weight that is multiplied with (looking an embedding up is none), and attention over half the row,
    for the other half is masked (PaLM's rule, arXiv 2204.02311, appendix B, which counts the whole row).
    """
    multiplied = parameters(sizes) - (0 if sizes.tied else sizes.vocabulary * sizes.hidden)
    return 6.0 * multiplied + 6.0 * sizes.layers * sizes.heads * sizes.head_size * length


def mfu(tokens_per_second: float, settings: Settings, gpus: int) -> float:
    """Model FLOPs utilisation: the share of the GPUs' peak that `flops_per_token` uses."""
    flops = flops_per_token(settings.model, settings.training.length)
    return tokens_per_second * flops / (gpus * settings.machine.peak_tflops * 1e12)


def checkpoint_bytes(sizes: Sizes) -> int:
    """Weights and AdamW's two moments, in float32."""
    return 12 * parameters(sizes)


def disk_bytes(settings: Settings) -> int:
    """At most: the checkpoints that are kept, one more being written, and the model."""
    return (settings.saving.keep + 1) * checkpoint_bytes(settings.model) + 4 * parameters(settings.model)


def memory_bytes(settings: Settings) -> dict[str, float]:
    """Of one GPU, by use. An estimate: what the allocator and the kernels add is not in it."""
    sizes, machine = settings.model, settings.machine
    across, count = machine.gpus, parameters(sizes)
    width = 2 if machine.dtype == "bfloat16" else 4
    data_ranks = across // machine.tensor_parallel
    layer = (count - sizes.vocabulary * sizes.hidden * (1 if sizes.tied else 2)) / sizes.layers
    whole = count if data_ranks == 1 else count - (sizes.layers - 2) * layer
    tokens = machine.micro_batch * settings.training.length
    return {
        "weights, gradients, moments": 16 * count / across,
        "gathered weights": width * whole / machine.tensor_parallel,
        "activations": tokens * _activations(settings) / machine.tensor_parallel,
        "logits": tokens * sizes.vocabulary * (width + 8),
    }


def _activations(settings: Settings) -> float:
    """Bytes per token that are kept for the backward pass, of all layers."""
    sizes = settings.model
    width = 2 if settings.machine.dtype == "bfloat16" else 4
    attention = 2 * sizes.head_size * (sizes.heads + sizes.key_value_heads)
    layer = width * (4 * sizes.hidden + attention + 3 * sizes.feed_forward)
    if settings.machine.recompute:
        return sizes.layers * width * sizes.hidden + layer
    return sizes.layers * layer


def described(settings: Settings) -> list[str]:
    """The lines that `--dry-run` prints."""
    sizes, training, machine = settings.model, settings.training, settings.machine
    tokens = training.batch * training.length
    flops = flops_per_token(sizes, training.length)
    per_second = machine.gpus * machine.peak_tflops * 1e12 * machine.expected_mfu / flops
    hours = training.steps * tokens / per_second / 3600
    memory = memory_bytes(settings)
    parts = ", ".join(f"{name} {size / GB:,.1f}" for name, size in memory.items())
    return [
        f"parameters        {parameters(sizes):,}",
        f"tokens per step   {tokens:,} ({training.batch} rows of {training.length})",
        f"tokens in all     {training.steps * tokens:,} in {training.steps:,} steps",
        f"arithmetic        {flops / GB:,.2f} GFLOP per token",
        f"memory per GPU    about {sum(memory.values()) / GB:,.1f} GB: {parts}",
        f"disk              {disk_bytes(settings) / GB:,.1f} GB, for {settings.saving.keep + 1} checkpoints "
        "and the model",
        f"time              about {hours:,.1f} h at {per_second:,.0f} tokens/s: {machine.gpus} GPUs of "
        f"{machine.peak_tflops:g} TFLOP/s, {100 * machine.expected_mfu:g} % of them used "
        f"({hours * machine.gpus:,.0f} GPU hours)",
    ]
