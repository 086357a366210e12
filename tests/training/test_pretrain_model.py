"""The model on its own: documents kept apart, activations recomputed, next-tactic accuracy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from pretrain_world import TABLES

from training.corpus.packed import PADDING
from training.pretrain.model import Llama, first_weights
from training.pretrain.rows import IGNORED, rows_of
from training.pretrain.settings import Sizes

SIZES = Sizes(**TABLES["model"])


def model_of(sizes: Sizes = SIZES) -> Llama:
    model = Llama(sizes)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(first_weights(name, parameter.shape, sizes.layers, 0) * 4)
    return model


def test_documents_side_by_side_are_read_as_if_each_stood_alone() -> None:
    model, draw = model_of(), torch.Generator().manual_seed(0)
    first, second = (torch.randint(0, 400, (1, length), generator=draw) for length in (9, 14))
    packed = torch.cat([first, second], 1)
    segments = torch.tensor([[0] * 9 + [1] * 14])
    with torch.no_grad():
        apart = torch.cat([model(first), model(second)], 1)
        torch.testing.assert_close(model(packed, segments), apart, rtol=1e-4, atol=1e-5)
        assert not torch.allclose(model(packed)[:, 9:], apart[:, 9:], atol=1e-2)


def test_recomputed_activations_give_the_same_gradients() -> None:
    tokens = torch.arange(40)[None]
    gradients = []
    for recompute in (False, True):
        model = model_of()
        for block in model.layers:
            block.recompute = recompute
        model(tokens).square().mean().backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))


def test_a_tied_model_has_one_table() -> None:
    tied = Llama(replace(SIZES, tied=True))
    assert "lm_head.weight" not in dict(tied.named_parameters())
    assert tied(torch.zeros(1, 3, dtype=torch.long)).shape == (1, 3, SIZES.vocabulary)


def test_padding_and_where_wanted_borders_are_not_learned() -> None:
    tokens = np.array([5, 6, 1, 7, 8, 1, 1, 1])
    segments = np.array([0, 0, 0, 1, 1, 1, PADDING, PADDING], np.int32)
    mixed, apart = (rows_of([(tokens, segments)], separate) for separate in (False, True))
    assert mixed.targets.tolist() == [[6, 1, 7, 8, 1, IGNORED, IGNORED, IGNORED]]
    assert apart.targets.tolist() == [[6, 1, IGNORED, 8, 1, IGNORED, IGNORED, IGNORED]]
    assert mixed.segments is None and mixed.count == 5 and apart.count == 4
