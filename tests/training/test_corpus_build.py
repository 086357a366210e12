"""Preparing a corpus: from files to rows, whatever interrupts it and however many processes do it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prover.errors import InputError
from training.corpus import build
from training.corpus.examine import load_tokenizer
from training.corpus.journal import Progress
from training.corpus.mixture import open_mixture, open_validation
from training.corpus.packed import PADDING, PackedCorpus
from training.corpus.prepare import parser as options
from training.corpus.prepare import plan_of, run
from training.jsonl import write_jsonl

TOKENIZER = Path(__file__).parents[2] / "prover" / "models" / "small"

VOCABULARY = (
    "theorem lemma have exact simp intro apply rw ring omega Nat List Set group ring field add mul zero one "
    "comm assoc left right mem union inter subset closed open compact map image measure prime dvd gcd"
).split()


def text(seed: int, words: int = 120) -> str:
    """A text that no other seed gives."""
    draw = random.Random(seed)
    return " ".join(f"{draw.choice(VOCABULARY)}{draw.randrange(50)}" for _ in range(words))


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{"text": text(seed), "meta": "{}"} for seed in range(first, first + count)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_jsonl(folder / "train" / "github-lean-train-0000.jsonl.zst", rows(0, 60))
    write_jsonl(folder / "train" / "github-coq-train-0000.jsonl.zst", rows(100, 40))
    write_jsonl(folder / "validation" / "github-lean-validation-0000.jsonl.zst", rows(200, 5))
    return folder


def arguments(data: Path, out: Path, *more: str) -> list[str]:
    return [
        *("--source", f"formal={data}", "--tokenizer", str(TOKENIZER), "--out", str(out)),
        *("--seq-len", "64", "--workers", "1", *more),
    ]


def prepared(data: Path, out: Path, *more: str) -> dict[str, Any]:
    return run(options().parse_args(arguments(data, out, *more)))


def documents(corpus: PackedCorpus) -> list[str]:
    """The texts of a corpus, put together again of its rows."""
    tokenizer, identity = load_tokenizer(TOKENIZER)
    pieces = []
    for index in range(len(corpus)):
        tokens, segments = corpus.row(index)
        pieces.append(tokens[segments != PADDING])
    tokens = np.concatenate(pieces)
    found = np.split(tokens, np.flatnonzero(tokens == identity.end) + 1)[:-1]
    return [tokenizer.decode(one[:-1].tolist()) for one in found]


def test_every_document_comes_back_from_the_rows_by_source_language_and_split(
    data: Path, tmp_path: Path
) -> None:
    report = prepared(data, tmp_path / "out")
    found = {
        one["name"]: documents(PackedCorpus(tmp_path / "out" / one["name"])) for one in report["corpora"]
    }
    assert found == {
        "formal/coq/train": [row["text"] for row in rows(100, 40)],
        "formal/lean/train": [row["text"] for row in rows(0, 60)],
        "formal/lean/validation": [row["text"] for row in rows(200, 5)],
    }
    assert report["fates"] == {"kept": 105}
    assert report["tokens"] == sum(one["tokens"] for one in report["corpora"])


def test_the_mixture_opens_with_weights_by_tokens(data: Path, tmp_path: Path) -> None:
    report = prepared(data, tmp_path / "out")
    tokens = {one["name"]: one["tokens"] for one in report["corpora"]}
    mixture = open_mixture(tmp_path / "out", seed=1)
    assert mixture.names == ["formal/coq", "formal/lean"]
    total = tokens["formal/coq/train"] + tokens["formal/lean/train"]
    assert mixture.weights == pytest.approx(
        [tokens["formal/coq/train"] / total, tokens["formal/lean/train"] / total]
    )
    assert list(open_validation(tmp_path / "out")) == ["formal/lean"]
    with pytest.raises(InputError, match="training.corpus.prepare"):
        open_mixture(tmp_path, seed=1)


def content(out: Path) -> dict[str, bytes]:
    """The files of a result, but for its times."""
    names = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name != "report.json"]
    return {str(path.relative_to(out)): path.read_bytes() for path in names if path.name != ".lock"}


class Interrupted(Exception):
    pass


def interrupt_after(batches: int) -> Callable[[Progress, str], None]:
    left = [batches]

    def shown(_done: Progress, _file: str) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Interrupted

    return shown


@pytest.mark.parametrize("every", [3, 7])
def test_an_interrupted_preparation_ends_as_if_it_had_not_been(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    write_jsonl(data / "train" / "github-lean-train-0001.jsonl.zst", [*rows(50, 20), *rows(300, 10)])
    broken = data / "train" / "github-lean-train-0002.jsonl"
    broken.write_bytes(b'{"text": "x y"}\n{"text"\n' + json.dumps(rows(310, 1)[0]).encode())
    prepared(data, tmp_path / "whole")
    monkeypatch.setattr(build, "BATCH_BYTES", 5000)
    monkeypatch.setattr(build, "SAVE_S", 0.0)
    plan = plan_of(options().parse_args(arguments(data, tmp_path / "cut")))
    for _ in range(100):
        work = build.Build(plan, tmp_path / "cut")
        try:
            work.run(1, interrupt_after(every))
            break
        except Interrupted:
            continue
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_two_processes_give_what_one_gives(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared(data, tmp_path / "one")
    monkeypatch.setattr(build, "BATCH_BYTES", 5000)
    prepared(data, tmp_path / "two", "--workers", "2")
    assert content(tmp_path / "one") == content(tmp_path / "two")
