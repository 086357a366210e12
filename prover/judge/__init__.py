"""From a found proof to a verdict."""

from prover.judge.lean import LeanJudge

__all__ = ["LeanJudge"]
