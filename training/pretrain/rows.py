"""Rows of packed corpora as tensors: what a model reads, and what it should say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.corpus.packed import PADDING
from training.pretrain.model import Llama

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Rows:
    """tokens and targets: (B, S), int64; a target of `IGNORED` is not learned. segments: (B, S) or None."""

    tokens: Tensor
    targets: Tensor
    segments: Tensor | None

    @property
    def count(self) -> int:
        """Targets that are learned."""
        return int((self.targets != IGNORED).sum())

    def parts(self, size: int, device: torch.device) -> Iterator[Rows]:
        """The same, `size` rows at a time, on the device."""
        for start in range(0, len(self.tokens), size):
            tokens, targets, segments = (
                None if one is None else one[start : start + size].to(device, non_blocking=True)
                for one in (self.tokens, self.targets, self.segments)
            )
            yield Rows(tokens, targets, segments)


def rows_of(read: Sequence[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]], separate: bool) -> Rows:
    """Each row's tokens and segments, as `PackedCorpus.row` has them.

    The last token of a row has no target. With `separate` neither has the last one of a document.
    """
    tokens = torch.from_numpy(np.stack([row for row, _ in read]))
    segments = torch.from_numpy(np.stack([row for _, row in read]))
    targets = torch.full_like(tokens, IGNORED)
    learned = segments[:, 1:] != PADDING
    if separate:
        learned &= segments[:, 1:] == segments[:, :-1]
    targets[:, :-1][learned] = tokens[:, 1:][learned]
    return Rows(tokens, targets, segments if separate else None)


def summed_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy in nats, summed over the targets; in float32."""
    wide = logits.flatten(0, 1).float()
    return cross_entropy(wide, targets.flatten(), reduction="sum", ignore_index=IGNORED)


def loss_function(compiled: bool) -> Callable[[Llama, Rows], Tensor]:
    """The summed loss of a model on rows; compiled, the wide logits are never written in float32."""
    loss = torch.compile(summed_loss) if compiled else summed_loss
    return lambda model, rows: loss(model(rows.tokens, rows.segments), rows.targets)
