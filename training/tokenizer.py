"""Trains the tokenizer of the small model: byte pairs of Lean states and tactics.

    python -m training.tokenizer --data steps.jsonl.zst [more …] --vocabulary 2048 --out FOLDER

Every text can be encoded and comes back byte for byte, for bytes are the alphabet. Digits stand alone, so
that numbers of any length are read alike. `[GOAL]` and `[PROOFSTEP]` are one token each wherever they stand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from prover.cli import print_error
from prover.errors import InputError, ProverError
from training.jsonl import read_jsonl

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

GOAL, PROOFSTEP = "[GOAL]", "[PROOFSTEP]"
START, END, PAD = "<|start|>", "<|end|>", "<|pad|>"

CONTEXT = 1024
"""Tokens that the small model reads and writes at most."""

LEAST_VOCABULARY = 261
"""Bytes and special tokens."""

_PIECES = (
    r"\n⊢"  # the goal, in nearly every state
    r"| ?[.]?[\p{L}_][\p{L}\p{M}_₀-₉⁰-⁹'!?✝]*"  # a name's part, with the dot or the space before it
    r"| ?[0-9]"
    r"| ?[^\s\p{L}_0-9]+"
    r"|\s+(?!\S)|\s"
)
"""What byte pairs may be merged within."""


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A tokenizer of at most so many tokens, the same for the same texts.

    Nothing is added to a text that it encodes: `[GOAL]` is the first token as it is. Raises `InputError`
    where there is no text or the vocabulary has no room for the bytes.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    if vocabulary < LEAST_VOCABULARY:
        raise InputError(f"a vocabulary of bytes has {LEAST_VOCABULARY} tokens or more, not {vocabulary}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    marks = [AddedToken(mark, normalized=False, special=False) for mark in (GOAL, PROOFSTEP)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[START, END, PAD, GOAL, PROOFSTEP],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_some(texts), trainer)
    tokenizer.add_tokens(marks)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
    )


def save_tokenizer(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, as every version of transformers reads them."""
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings = {**settings, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT}
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def parts(texts: Iterable[str]) -> Iterator[str]:
    """The states and tactics of step records' texts, without the marks between them."""
    for text in texts:
        yield from filter(None, text.replace(PROOFSTEP, GOAL).split(GOAL))


def _some(texts: Iterable[str]) -> Iterator[str]:
    found = False
    for text in texts:
        found = True
        yield text
    if not found:
        raise InputError("the data are empty: a tokenizer needs texts to learn from")


def read_texts(path: Path) -> Iterator[str]:
    """The `text` of each record but the test's. Raises `InputError` with the place of one that has none."""
    for number, row in enumerate(read_jsonl(path), 1):
        if not isinstance(row.get("text"), str):
            raise InputError(f"{path}: record {number}: no text under 'text'")
        if row.get("split") != "test":
            yield row["text"]


def measure(tokenizer: Any, texts: Iterable[str]) -> tuple[float, float]:
    """Characters per token, and tokens per text."""
    rows = [(len(text), len(tokenizer.encode(text, add_special_tokens=False))) for text in texts]
    characters, tokens = sum(c for c, _ in rows), sum(t for _, t in rows)
    return characters / max(1, tokens), tokens / max(1, len(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains a byte-level tokenizer on step records.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE", help=".jsonl or .zst")
    parser.add_argument("--vocabulary", type=int, default=2048, help="tokens, at most (default 2048)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    arguments = parser.parse_args()
    texts = [text for path in arguments.data for text in read_texts(path)]
    tokenizer = train_tokenizer(parts(texts), arguments.vocabulary)
    save_tokenizer(tokenizer, arguments.out)
    density, length = measure(tokenizer, texts[:: max(1, len(texts) // 1000)])
    Console(stderr=True).print(
        f"{len(tokenizer)} tokens from {len(texts)} texts; {density:.2f} characters a token, "
        f"{length:.0f} tokens a text: {arguments.out}"
    )


if __name__ == "__main__":
    try:
        main()
    except ProverError as error:
        print_error(error)
        raise SystemExit(error.exit_code) from None
