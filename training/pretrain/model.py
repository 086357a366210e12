"""A Llama in plain PyTorch: RMSNorm, rotary positions, grouped-query attention, SwiGLU.

Modules have the names that Hugging Face folders use, so that a weight is called the same in both. In shapes:
B sequences, S tokens, D hidden size, H heads, K key-value heads, E size of a head.
"""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention, silu
from torch.utils.checkpoint import checkpoint

from training.pretrain.settings import Sizes

INIT_STD = 0.02


class RMSNorm(nn.Module):
    """Zhang and Sennrich, arXiv 1910.07467; computed in float32 whatever the input is."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


def rotary(sizes: Sizes, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the positions, each (S, E), float32 (arXiv 2104.09864, Hugging Face's layout)."""
    exponent = torch.arange(0, sizes.head_size, 2, dtype=torch.float32, device=device) / sizes.head_size
    angles = torch.arange(length, dtype=torch.float32, device=device)[:, None] / sizes.rope_base**exponent
    angles = torch.cat([angles, angles], -1)
    return angles.cos(), angles.sin()


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x: (B, H, S, E). Computed in float32: bfloat16 cannot tell late positions apart."""
    first, second = x.chunk(2, -1)
    return (x * cos + torch.cat([-second, first], -1) * sin).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.head_size = sizes.head_size
        queries, keys = sizes.heads * sizes.head_size, sizes.key_value_heads * sizes.head_size
        self.q_proj = nn.Linear(sizes.hidden, queries, bias=False)
        self.k_proj = nn.Linear(sizes.hidden, keys, bias=False)
        self.v_proj = nn.Linear(sizes.hidden, keys, bias=False)
        self.o_proj = nn.Linear(queries, sizes.hidden, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        """x: (B, S, D); mask: (B, 1, S, S), true where a token may look, or None for all before it."""
        q, k, v = (
            project(x).unflatten(-1, (-1, self.head_size)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = _rotated(q, cos, sin), _rotated(k, cos, sin)
        groups = q.shape[1] // k.shape[1]
        if groups > 1 and (mask is not None or not x.is_cuda):
            # Only CUDA's FlashAttention takes fewer keys than queries; other kernels would be passed over.
            k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
            groups = 1
        y = scaled_dot_product_attention(q, k, v, mask, is_causal=mask is None, enable_gqa=groups > 1)
        return self.o_proj(y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """SwiGLU (arXiv 2002.05202)."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(sizes.hidden, sizes.feed_forward, bias=False)
        self.up_proj = nn.Linear(sizes.hidden, sizes.feed_forward, bias=False)
        self.down_proj = nn.Linear(sizes.feed_forward, sizes.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """One layer. With `recompute` its activations are thrown away and computed again for the gradients."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(sizes.hidden, sizes.norm_eps)
        self.self_attn = Attention(sizes)
        self.post_attention_layernorm = RMSNorm(sizes.hidden, sizes.norm_eps)
        self.mlp = FeedForward(sizes)
        self.recompute = False

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        if self.recompute and torch.is_grad_enabled():
            return checkpoint(self._layer, x, cos, sin, mask, use_reentrant=False)
        return self._layer(x, cos, sin, mask)

    def _layer(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """From tokens (B, S) to logits (B, S, vocabulary), in the parameters' type."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.embed_tokens = nn.Embedding(sizes.vocabulary, sizes.hidden)
        self.layers = nn.ModuleList(Block(sizes) for _ in range(sizes.layers))
        self.norm = RMSNorm(sizes.hidden, sizes.norm_eps)
        if not sizes.tied:
            self.lm_head = nn.Linear(sizes.hidden, sizes.vocabulary, bias=False)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """segments: (B, S), the number of a token's document; tokens then see their own document only.

        Positions go on across documents: rotary attention knows distances only.
        """
        cos, sin = rotary(self.sizes, tokens.shape[1], tokens.device)
        mask = None if segments is None else same_document(segments)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        x = self.norm(x)
        return linear(x, self.embed_tokens.weight) if self.sizes.tied else self.lm_head(x)


def same_document(segments: Tensor) -> Tensor:
    """The block-diagonal causal mask (B, 1, S, S) of segments (B, S)."""
    length = segments.shape[1]
    before = torch.ones(length, length, dtype=torch.bool, device=segments.device).tril()
    return ((segments[:, :, None] == segments[:, None, :]) & before)[:, None]


def hugging_face_name(name: str) -> str:
    """What a parameter of `Llama` is called in a Hugging Face folder."""
    return name if name.startswith("lm_head.") else f"model.{name}"


def first_weights(name: str, shape: torch.Size, layers: int, seed: int) -> Tensor:
    """Weights to start from nothing, the same on any number of ranks.

    Normal with deviation 0.02; what is added to the residual stream less, by the square root of 2 layers
    (GPT-2's rule).
    """
    if len(shape) == 1:
        return torch.ones(shape)
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    draw = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
    scale = (2 * layers) ** -0.5 if name.endswith(("o_proj.weight", "down_proj.weight")) else 1.0
    return torch.empty(shape).normal_(0.0, INIT_STD * scale, generator=draw)
