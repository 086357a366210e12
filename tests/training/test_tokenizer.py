"""The tokenizer of the small model: Lean in, Lean out."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.errors import InputError
from training.jsonl import write_jsonl
from training.tokenizer import parts, read_texts, save_tokenizer, train_tokenizer

TEXTS = [
    f"[GOAL]x y : ℕ\nh₀ : x % {n} = 3\nh₁ : y.succ ≤ x\n⊢ (x + {n}) * y ≤ x ^ 2[PROOFSTEP]nlinarith [h₀, h₁]"
    for n in range(200)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(train_tokenizer(parts(TEXTS), 400), folder)
    return folder


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> object:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize(
    "text",
    [
        TEXTS[0],
        "case a.«odd name»✝\n𝔸 : Set α'\n  h : ∀ ε > 0, ∃ δ, |x - 10⁻³| < δ\n\n⊢ ⟨x, 𝓝 y⟩ ∈ ↑s ×ˢ t",
        "tabs\tand\r\nspaces  at the end   ",
        "\u0000\ufeff 漢字 🙂 l'été <|nothing|> [OTHER]",
    ],
)
def test_every_text_comes_back_as_it_was(tokenizer: object, text: str) -> None:
    ids = tokenizer(text)["input_ids"]  # type: ignore[operator]
    assert tokenizer.decode(ids) == text  # type: ignore[attr-defined]


def test_the_marks_are_one_token_each_and_nothing_is_added(tokenizer: object) -> None:
    tokens = tokenizer.tokenize("[GOAL]⊢ 1 = 1[PROOFSTEP]rfl")  # type: ignore[attr-defined]
    ids = tokenizer("[GOAL]⊢ 1 = 1[PROOFSTEP]rfl")["input_ids"]  # type: ignore[operator]
    assert tokens[0] == "[GOAL]" and tokens.count("[PROOFSTEP]") == 1 and len(ids) == len(tokens)


def test_digits_stand_alone(tokenizer: object) -> None:
    assert tokenizer.tokenize("2024x 31")[:4] == ["2", "0", "2", "4"]  # type: ignore[attr-defined]
    assert tokenizer.tokenize("2024x 31")[-2:] == ["Ġ3", "1"]  # type: ignore[attr-defined]


def test_what_is_frequent_is_short(tokenizer: object) -> None:
    assert len(tokenizer.tokenize(" nlinarith")) <= 2  # type: ignore[attr-defined]
    assert tokenizer.tokenize("\n⊢") == ["ĊâĬ¢"]  # type: ignore[attr-defined]


def test_the_tokenizer_alone_reads_the_same_as_transformers(folder: Path, tokenizer: object) -> None:
    from tokenizers import Tokenizer

    light = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in TEXTS[:5]:
        assert light.encode(text).ids == tokenizer(text)["input_ids"]  # type: ignore[operator]


def test_the_same_texts_give_the_same_tokenizer(folder: Path, tmp_path: Path) -> None:
    save_tokenizer(train_tokenizer(parts(TEXTS), 400), tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()


def test_no_text_at_all_is_said() -> None:
    with pytest.raises(InputError, match="empty"):
        train_tokenizer([], 400)


def test_a_vocabulary_without_room_for_the_bytes_is_refused() -> None:
    with pytest.raises(InputError, match="261"):
        train_tokenizer(parts(TEXTS), 200)


def test_a_record_without_text_is_named_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "steps.jsonl"
    write_jsonl(path, [{"text": TEXTS[0]}, {"goal": "⊢ 1 = 1"}])
    with pytest.raises(InputError, match=r"steps\.jsonl: record 2"):
        list(read_texts(path))


def test_a_tokenizer_does_not_learn_from_the_test(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    write_jsonl(path, [{"text": f"theorem {split}", "split": split} for split in ("train", "test")])
    assert list(read_texts(path)) == ["theorem train"]
