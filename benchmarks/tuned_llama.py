"""A tiny Llama taught in about a minute to answer a narrow kind of state: a model that proves something."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.tiny_llama import make_tiny_llama

PROMPT = "Tactic state:\n---\n{{state}}\n---\nNext tactic:\n---\n"
"""What it is taught to continue; an answer ends with a line `---`."""

Pair = tuple[str, str]
"""A state as Lean shows it, and a tactic."""


def make_tuned_llama(folder: Path, pairs: Sequence[Pair], *, steps: int = 400, seed: int = 0) -> Path:
    """A Hugging Face folder with a model of about 0.4 M parameters, taught `pairs` for so many steps."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    make_tiny_llama(folder, seed=seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    examples = [_tokens(tokenizer, pair) for pair in pairs]
    torch.manual_seed(seed)
    draw = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        ids, labels = _batch(torch, draw.sample(examples, 32))
        loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    Console(stderr=True).print(f"taught a tiny Llama: loss {loss.item():.2f} after {steps} steps")
    model.save_pretrained(folder)
    return folder


def _tokens(tokenizer: object, pair: Pair) -> tuple[list[int], int]:
    """The tokens of prompt and answer, and how many are the prompt's."""
    state, tactic = pair
    prompt = tokenizer(PROMPT.replace("{{state}}", state))["input_ids"]  # type: ignore[operator]
    answer = tokenizer(tactic + "\n---", add_special_tokens=False)["input_ids"]  # type: ignore[operator]
    return [*prompt, *answer], len(prompt)


def _batch(torch: object, examples: list[tuple[list[int], int]]) -> tuple[object, object]:
    """Token ids and labels, both of shape (batch, longest); only answers are learnt."""
    longest = max(len(ids) for ids, _ in examples)
    rows = [ids + [0] * (longest - len(ids)) for ids, _ in examples]
    labels = [[-100] * start + ids[start:] + [-100] * (longest - len(ids)) for ids, start in examples]
    return torch.tensor(rows), torch.tensor(labels)  # type: ignore[attr-defined]
