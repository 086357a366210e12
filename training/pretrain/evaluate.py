"""What a model knows of held-out data: loss and perplexity per language, and next-tactic accuracy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from prover.errors import InputError
from training.corpus.packed import PackedCorpus
from training.jsonl import read_jsonl
from training.pretrain.model import Llama
from training.pretrain.ranks import Ranks
from training.pretrain.rows import IGNORED, Rows, rows_of
from training.steps import PROOFSTEP

_MULTIPLE = 64
"""Batches of proof steps are padded to a multiple of it: fewer shapes to compile for."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """corpora: by language. steps: each its tokens, and how many of them come before the tactic."""

    corpora: Mapping[str, PackedCorpus]
    steps: Sequence[tuple[list[int], int]]

    @property
    def columns(self) -> list[str]:
        """The names of what `evaluate` returns."""
        names = [f"{kind} {language}" for language in self.corpora for kind in ("loss", "perplexity")]
        return [*names, "accuracy"] if self.steps else names


@dataclass(frozen=True, slots=True)
class Evaluator:
    """rows: of each corpus, at most, evenly spread. batch: rows or steps at a time."""

    held_out: HeldOut
    ranks: Ranks
    loss: Callable[[Llama, Rows], Tensor]
    rows: int
    batch: int
    separate: bool

    @torch.no_grad()
    def __call__(self, model: Llama) -> dict[str, float]:
        """Mean loss in nats and its exponential per language; `accuracy`: the share of tactics each of whose
        tokens is the likeliest one after those before it. All ranks call it and get the same.
        """
        result = {}
        for language, corpus in self.held_out.corpora.items():
            mean = self._mean_loss(model, corpus)
            result |= {f"loss {language}": mean, f"perplexity {language}": exp(min(mean, 700.0))}
        if self.held_out.steps:
            result["accuracy"] = self._accuracy(model)
        return result

    def _mean_loss(self, model: Llama, corpus: PackedCorpus) -> float:
        chosen = np.linspace(0, len(corpus) - 1, min(self.rows, len(corpus))).astype(int).tolist()
        total = tokens = 0.0
        for mine, wanted in self._shares(len(chosen)):
            rows = rows_of([corpus.row(chosen[i]) for i in mine], self.separate)
            if not wanted:
                rows.targets.fill_(IGNORED)
            (rows,) = rows.parts(len(mine), self.ranks.device)
            total, tokens = total + float(self.loss(model, rows)), tokens + rows.count
        total, tokens = self.ranks.totals(total, tokens)
        return total / max(tokens, 1)

    def _accuracy(self, model: Llama) -> float:
        steps = sorted(self.held_out.steps, key=lambda step: len(step[0]))
        right = 0
        for mine, wanted in self._shares(len(steps)):
            batch = [steps[i] for i in mine]
            tokens = padded([ids for ids, _ in batch]).to(self.ranks.device)
            likeliest = model(tokens).argmax(-1).cpu()
            right += wanted * sum(
                likeliest[row, start - 1 : len(ids) - 1].tolist() == ids[start:]
                for row, (ids, start) in enumerate(batch)
            )
        return self.ranks.totals(right)[0] / len(steps)

    def _shares(self, count: int) -> list[tuple[list[int], bool]]:
        """This rank's indices, batch by batch. Every rank has as many batches, for their forward passes go
        together; one that is only for that has False beside it.
        """
        index, size = self.ranks.data_rank, self.ranks.data_size
        mine = list(range(index, count, size))
        batches = ceil(ceil(count / size) / self.batch)
        cut = [mine[n * self.batch : (n + 1) * self.batch] for n in range(batches)]
        return [(part or [0], bool(part)) for part in cut]


def padded(rows: Sequence[list[int]]) -> Tensor:
    """Side by side, filled up at the end: under a causal mask nothing looks there."""
    width = -(-max(map(len, rows)) // _MULTIPLE) * _MULTIPLE
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def read_steps(path: Path, tokenizer: Any, length: int, most: int) -> list[tuple[list[int], int]]:
    """At most so many proof steps of a file of records with a `text` of `[GOAL]…[PROOFSTEP]…`, evenly spread.

    The text is one string, as in pretraining; a token that has a character of the tactic is the tactic's.
    Steps longer than `length` tokens are left out. Raises `InputError`.
    """
    texts = [row.get("text") for row in read_jsonl(path) if row.get("split") != "train"]
    if not texts:
        raise InputError(f"{path} has no proof step that is held out")
    chosen = np.linspace(0, len(texts) - 1, min(most, len(texts))).astype(int)
    steps = []
    for text in (texts[i] for i in chosen):
        if not isinstance(text, str) or text.count(PROOFSTEP) != 1:
            raise InputError(f"{path}: 'text' is not [GOAL]state{PROOFSTEP}tactic: {str(text)[:80]!r}")
        encoding = tokenizer.encode(text, add_special_tokens=False)
        border = text.index(PROOFSTEP) + len(PROOFSTEP)
        before = sum(end <= border for _, end in encoding.offsets)
        if 0 < before < len(encoding.ids) <= length:
            steps.append((encoding.ids, before))
    if not steps:
        raise InputError(f"{path}: every proof step is longer than {length} tokens")
    return steps
