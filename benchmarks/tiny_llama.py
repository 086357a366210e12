"""Makes a tiny Llama with random weights, as a Hugging Face folder: for tests and benchmarks.

    python -m benchmarks.tiny_llama FOLDER

It has what a real one has: grouped-query attention, a trained byte-pair tokenizer, a chat template. What it
writes has no sense.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

TEXT = """
theorem add_zero_left (n : ℕ) (h : 0 < n) : 0 + n = n := by simp
n : ℕ, h : n % 5 = 3 ⊢ 2 * n % 5 = 1 omega linarith nlinarith norm_num ring_nf field_simp positivity
x y : ℝ, hx : x ^ 2 + y ^ 2 ≤ 1 ⊢ |x * y| ≤ 1 / 2 nlinarith [sq_nonneg (x - y), sq_nonneg (x + y)]
⊢ ∀ n : ℕ, ∃ m : ℕ, n < m ∧ m ≠ 0 intro n exact ⟨n + 1, by omega, by omega⟩ constructor cases rcases
induction n with | zero => rfl | succ k ih => rw [Finset.sum_range_succ, ih] apply refine have show from
"""

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }}\n"
    "{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}"
)


def make_tiny_llama(
    folder: Path,
    *,
    seed: int = 0,
    hidden: int = 128,
    layers: int = 2,
    vocabulary: int = 512,
    context: int = 512,
    unknown: bool = False,
) -> Path:
    """Writes model and tokenizer into `folder`, in float32, the same for the same arguments, and returns it.

    hidden is a multiple of 32, the size of a head. context: tokens of prompt and completion. unknown: the
    tokenizer knows ASCII only, a token a character, and maps all else to `<unk>`.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(vocabulary, unknown)
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 32,
        num_key_value_heads=max(1, hidden // 64),
        max_position_embeddings=context,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _tokenizer(vocabulary: int, unknown: bool) -> Any:
    """A tokenizer of byte pairs trained on `TEXT`, or of ASCII characters and one token for all else."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<s>", "</s>"] + ["<unk>"] * unknown
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>" if unknown else None))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(False), decoders.ByteLevel()
    if unknown:
        text, alphabet = "", ["Ġ", *map(chr, range(33, 127))]  # Ġ stands for a space
    else:
        text, alphabet = TEXT, pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(text.splitlines(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    if unknown:
        names["unk_token"] = "<unk>"
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=CHAT_TEMPLATE, **names)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a tiny Llama with random weights.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(make_tiny_llama(arguments.folder, seed=arguments.seed))


if __name__ == "__main__":
    main()
