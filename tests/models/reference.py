"""An independent forward pass by transformers, which says what log-probabilities must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prover.policy.engine import Completion


class Reference:
    """The model by transformers itself. Its tokens are characters, so that texts tell tokens."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def tokens(self, completion: Completion) -> list[int] | None:
        """A completion's tokens; None where some of them leave no text."""
        ids = list(self.tokenizer.encode(completion.text, add_special_tokens=False))
        if not completion.truncated:
            ids.append(self.tokenizer.eos_token_id)
        return ids if len(ids) == completion.tokens else None

    def logprob(self, prompt: str, tokens: list[int]) -> float:
        """The summed log-probability at temperature 1 of tokens after a prompt, from one forward pass."""
        import torch

        start = list(self.tokenizer.encode(prompt))
        with torch.no_grad():
            logits = self.model(torch.tensor([start + tokens])).logits[0].double()
        logprobs = logits.log_softmax(-1)[len(start) - 1 : -1]
        return float(logprobs[range(len(tokens)), tokens].sum())

    def beams(self, prompt: str, n: int, max_tokens: int, length_penalty: float = 1.0) -> dict[str, float]:
        """The texts of transformers' own beam search, each with its summed log-probability."""
        start = self.tokenizer(prompt, return_tensors="pt")
        output = self.model.generate(
            **start,
            num_beams=n,
            length_penalty=length_penalty,
            num_return_sequences=n,
            max_new_tokens=max_tokens,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
        )
        texts = {}
        for row in output.sequences[:, start["input_ids"].shape[1] :].tolist():
            end = self.tokenizer.eos_token_id
            tokens = row[: row.index(end) + 1] if end in row else row
            texts[self.tokenizer.decode(tokens, skip_special_tokens=True)] = self.logprob(prompt, tokens)
        return texts
