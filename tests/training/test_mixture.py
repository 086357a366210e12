"""Mixtures: exact shares, every row once in an epoch, and after a restore the rows that would have come."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.errors import InputError
from training.corpus.mixture import Mixture
from training.corpus.packed import PackedCorpus, PackedWriter, TokenizerIdentity

Source = tuple[str, PackedCorpus, float]


def corpus(folder: Path, rows: int, seq_len: int = 4, tokenizer: str = "a") -> PackedCorpus:
    writer = PackedWriter(folder, seq_len, TokenizerIdentity(tokenizer * 64, 60_000, 0))
    for number in range(rows):
        writer.add(np.full(seq_len - 1, number + 1))
    writer.finish([], {})
    return PackedCorpus(folder)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[PackedCorpus]:
    folder = tmp_path_factory.mktemp("corpora")
    return [corpus(folder / str(rows), rows) for rows in (7, 30, 101)]


def sources(corpora: list[PackedCorpus], weights: tuple[float, ...] = (2, 4, 1)) -> list[Source]:
    return [(f"s{n}", one, weight) for n, (one, weight) in enumerate(zip(corpora, weights, strict=True))]


weights = st.floats(0.001, 1000, allow_nan=False)


@given(
    weights=st.tuples(weights, weights, weights),
    seed=st.integers(0, 2**40),
    before=st.integers(0, 300),
    after=st.integers(1, 100),
)
def test_a_restored_mixture_gives_the_rows_that_would_have_come(
    corpora: list[PackedCorpus], weights: tuple[float, float, float], seed: int, before: int, after: int
) -> None:
    first = Mixture(sources(corpora, weights), seed)
    first.places(before)
    saved = json.dumps(first.state())
    wanted = first.places(after)
    second = Mixture(sources(corpora, weights), seed)
    second.places(3)
    second.restore(json.loads(saved))
    assert second.places(after) == wanted


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_how_many_are_asked_for_at_a_time_does_not_matter(
    corpora: list[PackedCorpus], counts: list[int]
) -> None:
    once, pieces = Mixture(sources(corpora), 5), Mixture(sources(corpora), 5)
    assert once.places(sum(counts)) == [place for count in counts for place in pieces.places(count)]


@given(st.tuples(weights, weights, weights), st.integers(1, 500))
def test_each_source_has_its_share_at_every_moment(
    corpora: list[PackedCorpus], weights: tuple[float, float, float], count: int
) -> None:
    drawn = Counter(source for source, _ in Mixture(sources(corpora, weights), 0).places(count))
    for number, weight in enumerate(weights):
        assert abs(drawn[number] - count * weight / sum(weights)) < len(weights)


def test_an_epoch_reads_every_row_once_and_each_in_another_order(corpora: list[PackedCorpus]) -> None:
    mixture = Mixture(sources(corpora[1:2], (1,)), 3)
    epochs = [[row for _, row in mixture.places(30)] for _ in range(3)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(30))] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert mixture.epochs() == {"s0": 3.0}


ORDER_OF_SEED_0 = [3, 23, 27, 18, 12, 29, 15, 7]


def test_the_order_is_the_same_on_every_machine_and_changes_with_the_seed(
    corpora: list[PackedCorpus],
) -> None:
    places = Mixture(sources(corpora), 0).places(14)
    assert Counter(source for source, _ in places) == {0: 4, 1: 8, 2: 2}
    assert places != Mixture(sources(corpora), 1).places(14)
    assert [row for source, row in places if source == 1] == ORDER_OF_SEED_0


def test_a_place_is_read_as_its_corpus_has_it(corpora: list[PackedCorpus]) -> None:
    tokens, segments = Mixture(sources(corpora), 0).read((2, 41))
    assert tokens.tolist() == [42, 42, 42, 0] and segments.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("weights", "seed", "message"), [((2, 4, 2), 0, "weights differ"), ((2, 4, 1), 1, "seed differ")]
)
def test_the_state_of_another_mixture_is_refused(
    corpora: list[PackedCorpus], weights: tuple[float, ...], seed: int, message: str
) -> None:
    state = Mixture(sources(corpora), 0).state()
    with pytest.raises(InputError, match=message):
        Mixture(sources(corpora, weights), seed).restore(state)


def test_data_that_were_prepared_anew_are_another_mixture(
    corpora: list[PackedCorpus], tmp_path: Path
) -> None:
    state = Mixture(sources(corpora), 0).state()
    changed = [corpora[0], corpora[1], corpus(tmp_path, 102)]
    with pytest.raises(InputError, match="corpora differ"):
        Mixture(sources(changed), 0).restore(state)


def test_what_cannot_be_mixed_is_said(corpora: list[PackedCorpus], tmp_path: Path) -> None:
    one = corpora[0]
    wrong: dict[str, list[Source]] = {
        "needs a source": [],
        "same name": [("a", one, 1), ("a", one, 1)],
        "weight 0": [("a", one, 0)],
        "weight nan": [("a", one, float("nan"))],
        "a is empty": [("a", corpus(tmp_path / "none", 0), 1)],
        "rows of 8 tokens": [("a", one, 1), ("b", corpus(tmp_path / "long", 3, 8), 1)],
        "another tokenizer": [("a", one, 1), ("b", corpus(tmp_path / "other", 3, tokenizer="b"), 1)],
    }
    for message, chosen in wrong.items():
        with pytest.raises(InputError, match=message):
            Mixture(chosen, 0)
