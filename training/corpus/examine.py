"""What is done to each document by itself, in as many processes as there are cores: filters, benchmarks,
signature, tokens."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson

from prover.errors import InputError, SetupError
from prover.overlap.text import Text
from training.corpus.contamination import Benchmarks
from training.corpus.duplicates import NO_SIGNATURE, Signature, Signer
from training.corpus.filters import Filters
from training.corpus.packed import TokenizerIdentity, tokenizer_hash

NO_TOKENS = np.empty(0, np.uint16)


@dataclass(frozen=True, slots=True)
class Examination:
    """How documents are judged. tokenizer: a folder with `tokenizer.json`; end_token: what is written behind
    each document, the folder's `eos_token` where it is empty; near: whether signatures are made."""

    tokenizer: Path
    end_token: str = ""
    benchmarks: tuple[Path, ...] = ()
    filters: Filters = field(default_factory=Filters)
    near: bool = True


@dataclass(frozen=True, slots=True)
class Examined:
    """A document's tokens, or in `dropped` why it has none: rule, evidence, and for a benchmark item its
    name, its file and the document's line."""

    dropped: tuple[str, ...] = ()
    signature: Signature = field(default_factory=lambda: NO_SIGNATURE)
    ids: np.ndarray = field(default_factory=lambda: NO_TOKENS)


class Examiner:
    """Raises `InputError` for a tokenizer or a benchmark that cannot be used."""

    def __init__(self, how: Examination) -> None:
        self.how = how
        self._tokenizer, self.identity = load_tokenizer(how.tokenizer, how.end_token)
        self._benchmarks = Benchmarks(how.benchmarks)
        self._signer = Signer()

    def __call__(self, texts: Sequence[tuple[str, str]]) -> tuple[list[Examined], float]:
        """Each text with its language, examined, in order; and the CPU seconds that took."""
        start = time.process_time()
        found = [self._judged(text, language) for text, language in texts]
        kept = [i for i, one in enumerate(found) if not one.dropped]
        encoded = self._tokenizer.encode_batch_fast([texts[i][0] for i in kept], add_special_tokens=False)
        for i, tokens in zip(kept, encoded, strict=True):
            found[i] = Examined((), found[i].signature, np.array(tokens.ids, self.identity.dtype))
        return found, time.process_time() - start

    def _judged(self, text: str, language: str) -> Examined:
        if (reason := self.how.filters.reason(text, language)) is not None:
            return Examined(reason)
        read = Text(text)
        if (shared := self._benchmarks.find(read, language)) is not None:
            line = str(shared.line)
            return Examined((shared.rule, shared.evidence, shared.benchmark, shared.file, line))
        return Examined((), self._signer.signature(read) if self.how.near else NO_SIGNATURE)


def load_tokenizer(folder: Path, end_token: str = "") -> tuple[Any, TokenizerIdentity]:
    """A folder's tokenizer, which takes no text for a special token, and what a corpus says of it."""
    from tokenizers import Tokenizer

    sha256 = tokenizer_hash(folder)
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises no narrower type
        raise InputError(f"{folder / 'tokenizer.json'} cannot be used: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    name = end_token or _end_token(folder)
    end = tokenizer.token_to_id(name)
    if end is None:
        raise InputError(f"{folder}: the tokenizer has no token {name!r} to end a document with: --end-token")
    if end in tokenizer.encode(name, add_special_tokens=False).ids:
        raise InputError(f"{folder}: {name!r} may stand in a text, it is no special token: --end-token")
    vocabulary = max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
    return tokenizer, TokenizerIdentity(sha256, vocabulary, end)


def _end_token(folder: Path) -> str:
    """What `tokenizer_config.json` has as `eos_token`. Raises `InputError`."""
    path = folder / "tokenizer_config.json"
    try:
        token = orjson.loads(path.read_bytes()).get("eos_token")
    except (OSError, orjson.JSONDecodeError, AttributeError):
        token = None
    token = token.get("content") if isinstance(token, dict) else token
    if not isinstance(token, str):
        raise InputError(f"{path} names no eos_token: say with --end-token what ends a document")
    return token


Batch = TypeVar("Batch")
Texts = Callable[[Batch], Sequence[tuple[str, str]]]
Results = Iterator[tuple[Batch, list[Examined], float]]


@contextmanager
def crew(
    how: Examination, workers: int
) -> Iterator[Callable[[Iterator[Batch], Texts[Batch]], Results[Batch]]]:
    """A function that examines batches, in order, in `workers` processes, or in this one where that is 1.

    With each batch come its results and the CPU seconds that they took other processes.
    """
    examiner = Examiner(how)  # what cannot be used is said here, not in another process
    if workers == 1:
        yield lambda batches, texts: ((batch, examiner(texts(batch))[0], 0.0) for batch in batches)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (how,))
    try:
        yield lambda batches, texts: _ordered(pool, batches, texts, 2 * workers)
    finally:
        pool.shutdown(cancel_futures=True)


def _ordered(
    pool: ProcessPoolExecutor, batches: Iterator[Batch], texts: Texts[Batch], ahead: int
) -> Results[Batch]:
    """At most `ahead` batches are read before the first of them is done."""

    def submitted(batch: Batch) -> tuple[Batch, Future[tuple[list[Examined], float]]]:
        return batch, pool.submit(_examine, texts(batch))

    waiting = [submitted(batch) for batch in islice(batches, ahead)]
    try:
        while waiting:
            batch, result = waiting.pop(0)
            done = result.result()
            yield batch, *done
            waiting += map(submitted, chain(islice(batches, 1)))
    except BrokenProcessPool as error:
        raise SetupError(
            "a process that reads documents was ended by the system, mostly for want of memory: the same "
            "command with fewer --workers goes on where it stopped"
        ) from error


_examiner: Examiner


def _begin(how: Examination) -> None:
    global _examiner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _examiner = Examiner(how)


def _end_with_parent() -> None:
    """A process that waits for work does not notice that nobody is left to send any."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _examine(texts: Sequence[tuple[str, str]]) -> tuple[list[Examined], float]:
    return _examiner(texts)
