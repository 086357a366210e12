"""Step records as token arrays, and batches of records of like length."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from prover.errors import InputError
from training.jsonl import read_jsonl
from training.statements import SPLITS
from training.tokenizer import END, GOAL, PROOFSTEP

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CHUNK = 4096
_POOL = 64
"""Batches' worth of records that are sorted by length at a time: short enough to keep batches mixed."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Records as tokens. Record i is `tokens[starts[i] : starts[i + 1]]`, its tactic begins at `answers[i]`.

    `answers` counts from the record's own beginning; the last token of each is the end token. `weights`
    multiply a record's loss.
    """

    tokens: NDArray[np.int32]
    starts: NDArray[np.int64]
    answers: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def fingerprint(self) -> str:
        """The same for the same records only."""
        arrays = (self.tokens, self.starts, self.answers, self.weights)
        return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]

    def some(self, count: int) -> Examples:
        """At most so many of them, evenly spread."""
        chosen = np.linspace(0, len(self) - 1, min(count, len(self))).astype(np.int64)
        rows = [self.tokens[self.starts[i] : self.starts[i + 1]] for i in chosen]
        return _examples(zip(rows, self.answers[chosen], self.weights[chosen], strict=True))


@dataclass(frozen=True, slots=True)
class Data:
    """What was read: `dropped` records were longer than the context, `unused` are of the split "test"."""

    train: Examples
    validation: Examples
    dropped: int
    unused: int


def read_data(paths: Sequence[Path], tokenizer: Tokenizer, context: int) -> Data:
    """The records of all files, by their `split`; one without belongs to "train".

    Raises `InputError` with the place of a record that is no step record, and where none is left to train on.
    """
    marks = {mark: tokenizer.token_to_id(mark) for mark in (GOAL, PROOFSTEP, END)}
    if lacking := [mark for mark, number in marks.items() if number is None]:
        raise InputError(f"the tokenizer has no token {lacking[0]}: make one by python -m training.tokenizer")
    rows: dict[str, list[Any]] = {split: [] for split in SPLITS}
    dropped = 0
    records = _records(paths)
    while chunk := list(islice(records, _CHUNK)):
        encoded = tokenizer.encode_batch_fast([text for text, *_ in chunk], add_special_tokens=False)
        for (_, split, weight, place), encoding in zip(chunk, encoded, strict=True):
            ids = [*encoding.ids, marks[END]]
            if ids[0] != marks[GOAL] or ids.count(marks[PROOFSTEP]) != 1 or ids[-2] == marks[PROOFSTEP]:
                raise InputError(f"{place}: 'text' is not {GOAL}state{PROOFSTEP}tactic")
            if len(ids) > context:
                dropped += 1
            else:
                answer = ids.index(marks[PROOFSTEP]) + 1
                rows[split].append((np.array(ids, np.int32), answer, weight))
    if not rows["train"]:
        files = ", ".join(map(str, paths))
        raise InputError(f"{files}: no record to train on ({dropped} were longer than {context} tokens)")
    return Data(_examples(rows["train"]), _examples(rows["validation"]), dropped, len(rows["test"]))


def _records(paths: Sequence[Path]) -> Iterator[tuple[str, str, float, str]]:
    """Text, split, weight and place of each record."""
    for path in paths:
        for number, row in enumerate(read_jsonl(path), 1):
            place = f"{path}: record {number}"
            text, split, weight = row.get("text"), row.get("split", "train"), row.get("weight", 1.0)
            if not isinstance(text, str):
                raise InputError(f"{place}: no text under 'text'")
            if split not in SPLITS:
                raise InputError(f"{place}: no split is called {split!r}")
            if not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
                raise InputError(f"{place}: 'weight' is {weight!r}, not a number of 0 or more")
            yield text, split, float(weight), place


def _examples(rows: Iterable[tuple[NDArray[np.int32], Any, Any]]) -> Examples:
    rows = list(rows)
    tokens = [ids for ids, _, _ in rows]
    return Examples(
        np.concatenate(tokens) if tokens else np.zeros(0, np.int32),
        np.concatenate([[0], np.cumsum([len(ids) for ids in tokens], dtype=np.int64)]).astype(np.int64),
        np.array([answer for _, answer, _ in rows], np.int32),
        np.array([weight for _, _, weight in rows], np.float32),
    )


def make_batches(examples: Examples, tokens: int, seed: Sequence[int] | None) -> list[NDArray[np.int64]]:
    """All records in batches, as indices; a batch padded to its longest record has at most `tokens` tokens.

    Shuffled by `seed`, or in order of their length where there is none.
    """
    lengths = examples.lengths
    if seed is None:
        return _cut(np.argsort(lengths, kind="stable"), lengths, tokens)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(examples))
    pool = max(1, int(_POOL * tokens / lengths.mean()))
    batches = []
    for start in range(0, len(order), pool):
        some = order[start : start + pool]
        batches += _cut(some[np.argsort(lengths[some], kind="stable")], lengths, tokens)
    return [batches[i] for i in draw.permutation(len(batches))]


def _cut(order: NDArray[np.int64], lengths: NDArray[np.int64], tokens: int) -> list[NDArray[np.int64]]:
    """Consecutive runs of `order`, which goes by length: the last of a run is its longest."""
    batches, start = [], 0
    for end, index in enumerate(order):
        if end > start and (end + 1 - start) * lengths[index] > tokens:
            batches.append(order[start:end])
            start = end
    return [*batches, order[start:]]


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` and `targets` have the shape (records, longest - 1): a token and the one after it.

    `of_tactic`: whether the target is the tactic's or its end token. `real`: whether it is no padding.
    `weights` has the shape (records, 1).
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    of_tactic: NDArray[np.bool_]
    real: NDArray[np.bool_]
    weights: NDArray[np.float32]


def collate(examples: Examples, chosen: NDArray[np.int64]) -> Batch:
    """The chosen records side by side, padded at the end: under a causal mask nothing looks there."""
    lengths = examples.lengths[chosen]
    ids = np.zeros((len(chosen), int(lengths.max())), np.int64)
    for row, index in enumerate(chosen):
        ids[row, : lengths[row]] = examples.tokens[examples.starts[index] : examples.starts[index + 1]]
    place = np.arange(1, ids.shape[1])[None, :]
    real = place < lengths[:, None]
    of_tactic = real & (place >= examples.answers[chosen][:, None])
    return Batch(ids[:, :-1], ids[:, 1:], of_tactic, real, examples.weights[chosen][:, None])
