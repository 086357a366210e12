"""Preparing a corpus: from files to rows, whatever interrupts it and however many processes do it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prover.errors import InputError, SetupError
from training.corpus import build
from training.corpus.examine import load_tokenizer
from training.corpus.journal import Progress
from training.corpus.mixture import open_mixture, open_validation
from training.corpus.packed import PADDING, PackedCorpus
from training.corpus.prepare import main, plan_of, run
from training.corpus.prepare import parser as options
from training.jsonl import read_jsonl, write_jsonl

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


def test_what_is_left_out_is_reported_with_its_reason(data: Path, tmp_path: Path) -> None:
    same = rows(0, 1)[0]["text"]
    near = same.replace(same.split()[60], "another")
    odd = [{"text": same}, {"text": near}, {"text": "1234567"}, {"text": "imo_1959_p1"}, *rows(400, 1)]
    write_jsonl(data / "train" / "github-lean-train-0001.jsonl.zst", odd)
    (tmp_path / "bench.jsonl").write_text(json.dumps({"name": "imo_1959_p1", "informal": {"statement": "x"}}))
    report = prepared(data, tmp_path / "out", "--benchmark", str(tmp_path / "bench.jsonl"))
    found = {row["rule"]: row for row in read_jsonl(Path(report["dropped"]))}
    file = "train/github-lean-train-0001.jsonl.zst"
    assert {rule: row["place"] for rule, row in found.items()} == {
        rule: f"{file}:{line}"
        for line, rule in enumerate(["duplicate", "near duplicate", "digits", "name"], start=1)
    }
    assert "like formal/train/github-lean-train-0000.jsonl.zst:1" in found["near duplicate"]["evidence"]
    assert (found["name"]["benchmark"], found["name"]["line"]) == ("imo_1959_p1", "1")
    assert found["name"]["benchmark_file"].endswith("bench.jsonl")
    assert report["fates"] == {"kept": 106, "duplicate": 1, "near duplicate": 1, "digits": 1, "name": 1}


def test_languages_are_chosen_for_a_source(data: Path, tmp_path: Path) -> None:
    report = prepared(data, tmp_path / "out", "--languages", "formal=coq,isabelle")
    assert [one["name"] for one in report["corpora"]] == ["formal/coq/train"]
    mixed = tmp_path / "mixed.jsonl"
    write_jsonl(mixed, [{"text": text(1), "meta": {"lang": "Coq"}}, {"text": text(2), "meta": {"lang": "C"}}])
    report = prepared(mixed, tmp_path / "out2", "--languages", "formal", "--hold-out", "0")
    assert report["fates"] == {"kept": 1, "other language": 1}


def test_a_share_is_held_out_where_a_source_brings_no_validation(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "own.jsonl", rows(0, 200))
    report = prepared(tmp_path / "own.jsonl", tmp_path / "out", "--hold-out", "0.2")
    count = {one["name"]: one["documents"] for one in report["corpora"]}
    assert sum(count.values()) == 200 and 20 < count["formal/text/validation"] < 60


def test_rows_of_a_test_split_are_never_used(tmp_path: Path) -> None:
    steps = [
        {"text": t, "goal": t, "tactic": "simp", "group": split, "split": split}
        for split, t in (("train", text(1)), ("test", text(2)), ("validation", text(3)))
    ]
    write_jsonl(tmp_path / "steps.jsonl", steps)
    report = prepared(tmp_path / "steps.jsonl", tmp_path / "out")
    assert [one["name"] for one in report["corpora"]] == [
        "formal/lean-steps/train",
        "formal/lean-steps/validation",
    ]
    assert report["fates"] == {"kept": 2, "test split": 1}


def test_special_tokens_in_a_text_are_text(tmp_path: Path) -> None:
    words = "a <|end|> b [GOAL] c <|start|> d e f g"
    write_jsonl(tmp_path / "own.jsonl", [{"text": words}])
    prepared(tmp_path / "own.jsonl", tmp_path / "out", "--hold-out", "0")
    corpus = PackedCorpus(tmp_path / "out" / "formal" / "text" / "train")
    assert documents(corpus) == [words] and corpus.manifest.documents == 1


def test_weights_are_those_that_were_given_shared_out_by_tokens(data: Path, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "web.jsonl", rows(500, 20))
    more = ["--source", f"web={tmp_path / 'web.jsonl'}:1", "--hold-out", "0"]
    args = arguments(data, tmp_path / "out", *more)
    args[1] += ":3"
    run(options().parse_args(args))
    mixture = open_mixture(tmp_path / "out", 0)
    assert mixture.weights[-1] == 0.25 and mixture.names[-1] == "web/text"


def test_a_finished_corpus_is_not_made_again_and_that_of_another_is_not_touched(
    data: Path, tmp_path: Path
) -> None:
    report = prepared(data, tmp_path / "out")
    before = content(tmp_path / "out")
    assert prepared(data, tmp_path / "out") == report
    with pytest.raises(InputError, match="take another --out"):
        prepared(data, tmp_path / "out", "--near", "0.7")
    assert content(tmp_path / "out") == before


def test_the_beginning_of_another_corpus_is_not_gone_on_with(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "SAVE_S", 0.0)
    work = build.Build(plan_of(options().parse_args(arguments(data, tmp_path / "out"))), tmp_path / "out")
    with pytest.raises(Interrupted):
        work.run(1, interrupt_after(1))
    with pytest.raises(InputError, match="seq_len differ"):
        prepared(data, tmp_path / "out", "--seq-len", "32")


def test_too_many_broken_places_stop_the_work_which_goes_on_when_more_are_allowed(
    data: Path, tmp_path: Path
) -> None:
    (data / "train" / "github-lean-train-0001.jsonl").write_bytes(b"x\n" * 5)
    with pytest.raises(InputError, match=r"github-lean-train-0001\.jsonl:3 \(byte 4\)"):
        prepared(data, tmp_path / "out", "--max-faults", "2")
    report = prepared(data, tmp_path / "out", "--max-faults", "5")
    assert report["fates"] == {"kept": 105, "unreadable": 5}


def test_too_little_disk_is_said_before_any_work(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(build.shutil.disk_usage(tmp_path))
    monkeypatch.setattr(build.shutil, "disk_usage", lambda place: usage(10, 10, 10))
    with pytest.raises(SetupError, match="GB free"):
        prepared(data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


WRONG = {
    "a place that is not there": (["--source", "x=/nowhere"], "no folder"),
    "half of the weights": (["--source", "x=/tmp:2"], "either every source has a weight"),
    "a share above a half": (["--hold-out", "0.7"], "--hold-out 0.7: a number from 0 to 0.5"),
    "a source that is not there": (["--languages", "web=lean"], "no source is called 'web'"),
    "a language without files": (["--languages", "agda"], "no file of the sources"),
    "a token that is not there": (["--end-token", "<none>"], "no token '<none>' to end a document"),
    "a token that texts have": (["--end-token", "a"], "may stand in a text"),
    "a folder without a tokenizer": (["--tokenizer", "/"], "tokenizer.json cannot be read"),
    "no workers": (["--workers", "0"], "--workers 0"),
    "a benchmark that is not there": (["--benchmark", "/nowhere.jsonl"], "/nowhere.jsonl"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_clear_line(data: Path, tmp_path: Path, case: str) -> None:
    more, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        prepared(data, tmp_path / "out", *more)


def test_a_dry_run_lists_the_files_and_writes_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*arguments(data, tmp_path / "out"), "--dry-run", "--json"])
    listed = json.loads(capsys.readouterr().out)["files"]
    assert [one["language"] for one in listed] == ["lean", "coq", "lean"]
    assert listed[0]["split"] == "validation"
    assert not (tmp_path / "out").exists()


def test_files_are_listed_by_their_names_whatever_is_in_them(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    write_jsonl(data / "train" / "github-lean-[a]-0001.jsonl.zst", rows(300, 1))
    main([*arguments(data, tmp_path / "out"), "--dry-run"])
    assert "github-lean-[a]-0001.jsonl.zst" in capsys.readouterr().out


def test_the_report_is_shown_in_words(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(data, tmp_path / "out"))
    out = capsys.readouterr().out
    assert "formal/lean/train" in out and "105 kept" in out and "tokens/s" in out
