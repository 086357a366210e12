"""Packed corpora: no token is lost, borders are known, and what does not go with a model is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prover.errors import InputError
from training.corpus.packed import (
    MANIFEST,
    PADDING,
    TOKENS,
    PackedCorpus,
    PackedWriter,
    TokenizerIdentity,
    tokenizer_hash,
)

END = 0
SMALL = TokenizerIdentity("a" * 64, 500, END)
LARGE = TokenizerIdentity("a" * 64, 100_000, END)


def packed(folder: Path, documents: list[list[int]], seq_len: int = 8, tokenizer: TokenizerIdentity = SMALL):  # type: ignore[no-untyped-def]
    writer = PackedWriter(folder, seq_len, tokenizer)
    for document in documents:
        writer.add(np.array(document, dtype=np.int64))
    writer.finish([{"file": "here", "documents": len(documents)}], {"seed": 1})
    return PackedCorpus(folder)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(1, 499), max_size=30), max_size=12),
    st.integers(2, 20),
    st.sampled_from([SMALL, LARGE]),
)
def test_no_token_is_lost_and_documents_are_told_apart(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[list[int]],
    seq_len: int,
    tokenizer: TokenizerIdentity,
) -> None:
    corpus = packed(tmp_path_factory.mktemp("c"), documents, seq_len, tokenizer)
    tokens, numbers, first = [], [], 0
    for index in range(len(corpus)):
        row, segments = corpus.row(index)
        assert row.shape == segments.shape == (seq_len,)
        assert (row.dtype, segments.dtype) == (np.int64, np.int32)
        real = segments != PADDING
        assert (np.diff(segments[real]) >= 0).all() and segments[0] == 0
        tokens += row[real].tolist()
        numbers += (segments[real] + first).tolist()
        first = numbers[-1] + (tokens[-1] == END)
    wanted = [(token, n) for n, text in enumerate(documents) for token in [*text, END]]
    assert list(zip(tokens, numbers, strict=True)) == wanted
    assert corpus.manifest.tokens == len(wanted)
    corpus.verify()


def test_what_fills_the_last_row_is_marked(tmp_path: Path) -> None:
    corpus = packed(tmp_path, [[1, 2, 3], [4]], 8)
    tokens, segments = corpus.row(0)
    assert tokens.tolist() == [1, 2, 3, END, 4, END, END, END]
    assert segments.tolist() == [0, 0, 0, 0, 1, 1, PADDING, PADDING]


def test_a_small_vocabulary_takes_two_bytes_a_token_and_a_large_one_four(tmp_path: Path) -> None:
    for name, tokenizer, size in (("s", SMALL, 2), ("l", LARGE, 4)):
        packed(tmp_path / name, [[1] * 15], 8, tokenizer)
        assert (tmp_path / name / TOKENS).stat().st_size == 16 * size


def test_a_writer_goes_on_where_another_had_flushed(tmp_path: Path) -> None:
    documents = [list(range(1, n)) for n in range(2, 40)]
    whole = packed(tmp_path / "whole", documents)
    first = PackedWriter(tmp_path / "cut", 8, SMALL)
    for document in documents[:20]:
        first.add(np.array(document))
    safe = first.flush()
    first.add(np.array([7] * 100))  # written, but not what was flushed last
    first.close()
    second = PackedWriter(tmp_path / "cut", 8, SMALL, *safe)
    for document in documents[20:]:
        second.add(np.array(document))
    second.finish([], {})
    cut = PackedCorpus(tmp_path / "cut")
    assert (cut.manifest.sha256, cut.manifest.documents) == (whole.manifest.sha256, len(documents))


def test_the_end_token_inside_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside a document"):
        PackedWriter(tmp_path, 8, SMALL).add(np.array([1, END, 2]))


def test_an_unfinished_or_damaged_folder_is_refused(tmp_path: Path) -> None:
    writer = PackedWriter(tmp_path, 8, SMALL)
    writer.add(np.array([1, 2, 3]))
    writer.flush()
    with pytest.raises(InputError, match="no finished corpus"):
        PackedCorpus(tmp_path)
    writer.finish([], {})
    corpus = PackedCorpus(tmp_path)
    content = bytearray((tmp_path / TOKENS).read_bytes())
    content[0] ^= 1
    (tmp_path / TOKENS).write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        corpus.verify()
    (tmp_path / TOKENS).write_bytes(content[:-2])
    with pytest.raises(InputError, match="has 14 bytes, its manifest says 16"):
        PackedCorpus(tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(InputError, match="no manifest of a packed corpus"):
        PackedCorpus(tmp_path)


def tokenizer_folder(folder: Path, **changed: object) -> Path:
    folder.mkdir(parents=True)
    described = {"model": {"vocab": {"a": 0}}, "truncation": None, "padding": None} | changed
    (folder / "tokenizer.json").write_text(json.dumps(described, indent=2))
    return folder


def test_a_tokenizer_is_known_by_what_it_does_to_a_text(tmp_path: Path) -> None:
    one = tokenizer_hash(tokenizer_folder(tmp_path / "one"))
    same = tokenizer_folder(tmp_path / "same", truncation={"max_length": 5}, post_processor={})
    other = tokenizer_folder(tmp_path / "other", model={"vocab": {"b": 0}})
    assert tokenizer_hash(same) == one != tokenizer_hash(other)
    with pytest.raises(InputError, match="cannot be read"):
        tokenizer_hash(tmp_path / "nowhere")


def test_a_model_that_does_not_go_with_the_corpus_is_refused_before_it_learns(tmp_path: Path) -> None:
    folder = tokenizer_folder(tmp_path / "model")
    (folder / "config.json").write_text('{"vocab_size": 512}')
    corpus = packed(tmp_path / "c", [[1]], 8, TokenizerIdentity(tokenizer_hash(folder), 500, END))
    corpus.check_model(folder)
    (folder / "config.json").write_text('{"vocab_size": 499}')
    with pytest.raises(InputError, match="ids up to 499, the model only 499 embeddings"):
        corpus.check_model(folder)
    with pytest.raises(InputError, match="another tokenizer"):
        corpus.check_model(tokenizer_with_config(tmp_path / "other"))
    with pytest.raises(InputError, match=r"no config\.json"):
        corpus.check_model(tmp_path)


def tokenizer_with_config(folder: Path) -> Path:
    tokenizer_folder(folder, model={"vocab": {"b": 0}})
    (folder / "config.json").write_text('{"vocab_size": 512}')
    return folder
