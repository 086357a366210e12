"""The model that ships: small enough, the same in every runtime, and it proves what a portfolio does not."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from prover.lean.embedded.setup import ensure_lean
from prover.models import small_model
from prover.policy.engine import EngineSettings, Sampling

STATES = {
    "p q : Prop\nh : p ∧ q\n⊢ q ∧ p": {"simp_all", "grind"},
    "x y : ℤ\nh₀ : x + y = 3\nh₁ : x - y = 1\n⊢ x = 2": {"omega", "grind"},
}
"""States with an answer that is plain to see, and tactics that are right there."""


@pytest.fixture(scope="module")
def folder() -> Path:
    return small_model()


def test_it_is_small_enough_to_ship_and_says_what_it_is(folder: Path) -> None:
    assert (folder / "model.safetensors").stat().st_size <= 16_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    for part in ("## Data", "## Training", "## Scores", "python -m training.small_model"):
        assert part in card
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["LlamaForCausalLM"]


@pytest.mark.parametrize("runtime", ["ctranslate2", "transformers", "vllm"])
async def test_every_runtime_gives_a_right_tactic(folder: Path, runtime: str) -> None:
    module = importlib.import_module(f"prover.policy.engines.{runtime}")
    engine = await module.open_engine(str(folder), EngineSettings(context=512))
    try:
        for state, right in STATES.items():
            (answer,) = await engine.complete(
                f"[GOAL]{state}[PROOFSTEP]", Sampling(temperature=0, max_tokens=32)
            )
            assert answer.text.strip() in right and not answer.truncated
    finally:
        await engine.close()


def test_its_logits_are_those_of_transformers(folder: Path, tmp_path: Path) -> None:
    import ctranslate2
    import numpy as np
    import torch
    from transformers import AutoTokenizer, LlamaForCausalLM

    from prover.policy.engines.ctranslate2_convert import convert

    convert(folder, tmp_path / "float32", "float32")
    generator = ctranslate2.Generator(str(tmp_path / "float32"), compute_type="float32")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    reference = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    for state in STATES:
        ids = tokenizer(f"[GOAL]{state}[PROOFSTEP]")["input_ids"]
        ours = np.array(generator.forward_batch([tokenizer.convert_ids_to_tokens(ids)]))[0]
        with torch.no_grad():
            theirs = reference(torch.tensor([ids])).logits[0].numpy()
        assert np.abs(ours - theirs).max() < 2e-3


def test_it_proves_a_theorem_by_itself() -> None:
    ensure_lean()
    command = [sys.executable, "-m", "prover", "prove", "--policy", "small", "--json"]
    done = subprocess.run(
        [*command, "theorem t {α : Type} (xs ys : List α) : (xs ++ ys).length = ys.length + xs.length"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["model"] is not None and record["model_tokens"] > 0
