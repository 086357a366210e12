"""Attempts that differ: the same policy with another seed, on the same engine."""

from __future__ import annotations

import copy
from dataclasses import replace

from prover.policy.dummy import DummyPolicy
from prover.policy.mixed import MixedPolicy
from prover.policy.model import ModelPolicy
from prover.types import Policy


def seeded(policy: Policy, seed: int) -> Policy:
    """`policy` with `seed` where it draws at random. It shares the engine, and is not to be closed.

    A sampling's own seed is added to it. Policies without chance are returned as they are.
    """
    if isinstance(policy, MixedPolicy):
        mixed = copy.copy(policy)
        mixed.policies = tuple(seeded(part, seed) for part in policy.policies)
        return mixed
    if isinstance(policy, DummyPolicy):
        return DummyPolicy(seed=seed)
    if not isinstance(policy, ModelPolicy):
        return policy
    samplings = tuple(
        replace(one, seed=seed + (one.seed or 0)) if one.temperature > 0 else one
        for one in policy.preset.samplings
    )
    return ModelPolicy(policy.engine, replace(policy.preset, samplings=samplings))
