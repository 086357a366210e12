"""Looks through a corpus for a benchmark: one reader, many workers, few blocks in memory, hits on disk.

Blocks come back in the order in which they were read, so that a broken-off audit goes on behind the last one
whose hits are on the disk.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO, Any

import orjson

from prover.errors import InputError, SetupError
from prover.files import written
from prover.overlap.corpus import Block, Damage, Reader
from prover.overlap.counts import Counts
from prover.overlap.items import Item
from prover.overlap.scan import Found, Hit, Lengths, Scanner

HITS, STATE = "hits.jsonl", "state.json"
SAVE_EVERY_S = 5.0
BLOCKS_EACH = 2
"""Blocks in flight for each worker."""

MOST_DAMAGE = 100


@dataclass(frozen=True, slots=True)
class Job:
    """What is looked for where. `folder`: where hits go; None: they are counted only."""

    files: tuple[Path, ...]
    items: tuple[Item, ...]
    lengths: Lengths = Lengths()
    fields: tuple[str, ...] = ("text",)
    folder: Path | None = None
    workers: int = 1
    most_damage: int = MOST_DAMAGE

    def sha256(self) -> str:
        """Of all that decides what is found, files by name, size and time."""
        stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in self.files]
        record = [stats, [asdict(item) for item in self.items], asdict(self.lengths), self.fields]
        return hashlib.sha256(orjson.dumps(record)).hexdigest()


@dataclass(slots=True)
class Progress:
    """How far an audit is. `held` and `most_held` are bytes of blocks in memory, now and at most.

    `stored` are bytes of the corpus as its files are; `file` and `blocks` say where to go on. `without` are
    lines that have none of the fields.
    """

    file: int = 0
    blocks: int = 0
    lines: int = 0
    documents: int = 0
    characters: int = 0
    stored: int = 0
    hits: int = 0
    hit_bytes: int = 0
    without: int = 0
    seconds: float = 0.0
    held: int = 0
    most_held: int = 0
    damage: list[Damage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of it."""

    job: Job
    counts: Counts
    progress: Progress


def audit(job: Job, resume: bool = False, watch: Callable[[Progress], None] = lambda progress: None) -> Audit:
    """Look through all files. `watch` is told after each block.

    Raises `InputError` for a file that cannot be read, for more than `job.most_damage` damaged places, for a
    folder that has an audit already, and for `resume` where it has another one; `SetupError` where a worker
    is killed or the folder cannot be written.
    """
    if not job.items:
        raise InputError("no items to look for")
    scanner = Scanner(job.items, job.lengths, job.fields)
    run = _Run(job, scanner, watch)
    with ExitStack() as stack:
        run.open(stack, resume)
        scan = stack.enter_context(_workers(job, scanner))
        run.go(scan)
    return Audit(job, run.counts, run.progress)


Submit = Callable[[Block, str], "Future[Found]"]


class _Run:
    def __init__(self, job: Job, scanner: Scanner, watch: Callable[[Progress], None]) -> None:
        self.job, self.watch = job, watch
        self.counts, self.progress = Counts(scanner.possible), Progress()
        self._hits: IO[bytes] | None = None
        self._saved = self._began = time.monotonic()
        self._sizes = [path.stat().st_size for path in job.files]
        self._fresh: list[Damage] = []

    def open(self, stack: ExitStack, resume: bool) -> None:
        folder = self.job.folder
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / STATE).exists():
                if not resume:
                    raise InputError(f"{folder} has an audit already: --resume goes on with it")
                self._restore(folder)
            self._hits = stack.enter_context((folder / HITS).open("ab"))
            self._hits.truncate(self.progress.hit_bytes)
        except OSError as error:
            raise SetupError(f"cannot write to {folder}: {error.strerror or error}") from error
        self._save()

    def go(self, submit: Submit) -> None:
        flight: deque[tuple[Block, Future[Found]]] = deque()
        most = BLOCKS_EACH * self.job.workers
        for block in self._blocks():
            while len(flight) >= most:
                self._take(*flight.popleft())
            self.progress.held += len(block.data)
            self.progress.most_held = max(self.progress.most_held, self.progress.held)
            flight.append((block, submit(block, str(self.job.files[block.file]))))
        while flight:
            self._take(*flight.popleft())
        self.progress.file, self.progress.blocks = len(self.job.files), 0
        self.progress.stored = sum(self._sizes)
        self._save()

    def _blocks(self) -> Iterator[Block]:
        begin, done = self.progress.file, self.progress.blocks
        reader = Reader(self.job.files, self.job.fields, self._damaged)
        for number in range(begin, len(self.job.files)):
            for place, block in enumerate(reader.read(number)):
                if number > begin or place >= done:
                    yield block

    def _damaged(self, damage: Damage) -> None:
        if damage in self.progress.damage:
            return  # Met a second time, on the way to where a resumed audit goes on.
        self.progress.damage.append(damage)
        if len(self.progress.damage) > self.job.most_damage:
            raise InputError(
                f"{damage.file}, {damage.place}: {damage.what}; that is damaged place "
                f"{len(self.progress.damage)}, and --max-damage is {self.job.most_damage}"
            )

    def _take(self, block: Block, future: Future[Found]) -> None:
        try:
            found = future.result()
        except BrokenProcessPool as error:
            place = f"{self.job.files[block.file]} from line {block.first}"
            raise SetupError(f"a worker was killed (out of memory?) at {place}; --resume goes on") from error
        for damage in found.wrong:
            self._damaged(damage)
        progress = self.progress
        progress.held -= len(block.data)
        progress.blocks = progress.blocks + 1 if block.file == progress.file else 1
        progress.file = block.file
        progress.lines += found.lines
        progress.documents += found.documents
        progress.characters += found.characters
        progress.without += found.without
        progress.stored = sum(self._sizes[: block.file]) + block.stored
        self._record(found.hits)
        now = time.monotonic()
        progress.seconds += now - self._began
        self._began = now
        if now - self._saved > SAVE_EVERY_S:
            self._save()
        self.watch(progress)

    def _record(self, hits: Sequence[Hit]) -> None:
        for hit in hits:
            self.counts.add(hit)
            self.progress.hits += 1
            if self._hits is not None:
                record = asdict(hit) | {"file": str(self.job.files[hit.file])}
                self.progress.hit_bytes += self._hits.write(orjson.dumps(record) + b"\n")

    def _save(self) -> None:
        if self._hits is None or self.job.folder is None:
            return
        self._hits.flush()
        os.fsync(self._hits.fileno())
        record = {"job": self.job.sha256(), **asdict(self.progress), "held": 0}
        with written(self.job.folder / STATE) as part:
            part.write_bytes(orjson.dumps(record))
        self._saved = time.monotonic()

    def _restore(self, folder: Path) -> None:
        """Go on where the folder's state is: hits behind it are thrown away, those before it counted."""
        try:
            record: dict[str, Any] = orjson.loads((folder / STATE).read_bytes())
            job, damage = record.pop("job"), [Damage(**one) for one in record.pop("damage")]
            progress = Progress(**record, damage=damage)
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"{folder / STATE} is damaged: begin in another folder") from error
        if job != self.job.sha256():
            raise InputError(f"{folder} has an audit of another corpus, benchmark or rules")
        self.progress = progress
        numbers = {str(path): number for number, path in enumerate(self.job.files)}
        with (folder / HITS).open("rb") as file:
            while file.tell() < progress.hit_bytes:
                hit = orjson.loads(file.readline())
                self.counts.add(Hit(**(hit | {"file": numbers[hit["file"]]})))


@contextmanager
def _workers(job: Job, scanner: Scanner) -> Iterator[Submit]:
    """What scans a block: this process where one worker is asked for, else a pool of processes."""
    if job.workers == 1:
        yield lambda block, name: _done(scanner.scan(block, name))
        return
    pool = ProcessPoolExecutor(
        job.workers, get_context("spawn"), _begin, (job.items, job.lengths, job.fields)
    )
    try:
        yield lambda block, name: _submitted(pool, block, name)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, block: Block, name: str) -> Future[Found]:
    """A pool that is broken says so as its futures do: the blocks before this one tell what was lost."""
    try:
        return pool.submit(_scan, block, name)
    except BrokenProcessPool as error:
        future: Future[Found] = Future()
        future.set_exception(error)
        return future


def _done(found: Found) -> Future[Found]:
    future: Future[Found] = Future()
    future.set_result(found)
    return future


_SCANNER: Scanner | None = None


def _begin(items: Sequence[Item], lengths: Lengths, fields: Sequence[str]) -> None:
    global _SCANNER
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    _SCANNER = Scanner(items, lengths, fields)


def _end_with(parent: BaseProcess | None) -> None:
    """End this process when its parent has: one that was killed leaves its workers waiting for ever."""
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan(block: Block, name: str) -> Found:
    assert _SCANNER is not None
    return _SCANNER.scan(block, name)
