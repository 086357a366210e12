"""Makes packed corpora of sources: reads, leaves out, tokenises and packs, and goes on where it was stopped.

The result does not depend on the number of processes, nor on how often it was interrupted.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from prover.errors import InputError, ProverError, SetupError
from prover.files import written
from prover.statements.reading import read_bytes
from training.corpus.duplicates import THRESHOLD, Duplicates, exact_hash
from training.corpus.examine import Examination, Examined, crew, load_tokenizer
from training.corpus.journal import DROPPED, FOLDER, Journal, Progress
from training.corpus.mixture import MIXTURE
from training.corpus.packed import PackedWriter
from training.corpus.reading import Document, Fault, Faults
from training.corpus.sources import Source, SourceFile

REPORT = "report.json"
BATCH_BYTES = 1 << 19
SAVE_S = 30.0
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made. languages: of each source, those to keep; all where it is not there.
    hold_out: the share of documents for validation, of sources that bring none; near: Jaccard similarity."""

    sources: Sequence[Source]
    files: Sequence[SourceFile]
    how: Examination
    seq_len: int
    languages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hold_out: float = 0.005
    near: float = THRESHOLD
    max_faults: int = 100

    def identity(self) -> dict[str, Any]:
        """What the corpora depend on."""
        _, tokenizer = load_tokenizer(self.how.tokenizer, self.how.end_token)
        return {
            "tokenizer": asdict(tokenizer),
            "seq_len": self.seq_len,
            "files": [asdict(file) for file in self.files],
            "languages": {name: sorted(found) for name, found in self.languages.items()},
            "benchmarks": [hashlib.sha256(read_bytes(path)).hexdigest() for path in self.how.benchmarks],
            "filters": asdict(self.how.filters),
            "near": self.near if self.how.near else None,
            "hold_out": self.hold_out,
        }

    def digest(self) -> str:
        """The identity in short."""
        return hashlib.sha256(orjson.dumps(self.identity(), option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(slots=True)
class Batch:
    """Documents of one file; `left_out` are not examined. It ends at `number` (0: of the file), `read`."""

    file: int
    documents: list[tuple[Document, bytes]] = field(default_factory=list)
    left_out: list[tuple[Document, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    number: int = 0
    read: int = 0
    size: int = 0

    def texts(self) -> list[tuple[str, str]]:
        return [(document.text, document.language) for document, _ in self.documents]


class Build:
    """One run over a plan's files, into the folder `out`."""

    def __init__(self, plan: Plan, out: Path) -> None:
        self.plan, self.out = plan, out
        self.identity = plan.identity()
        _, self._tokenizer = load_tokenizer(plan.how.tokenizer, plan.how.end_token)
        self.journal = Journal(out, self.identity)
        self._duplicates = Duplicates(plan.near)
        self.journal.restore(self._duplicates)
        self._faults = Faults(plan.max_faults, self.progress.faults)
        self._writers: dict[str, PackedWriter] = {}
        self._begun = time.monotonic(), time.process_time()
        self._before, self._others_cpu_s = (self.progress.wall_s, self.progress.cpu_s), 0.0
        for key, (tokens, documents) in self.progress.corpora.items():
            self._writers[key] = self._writer(key, tokens, documents)

    @property
    def progress(self) -> Progress:
        return self.journal.progress

    def run(self, workers: int, shown: Callable[[Progress, str], None]) -> dict[str, Any]:
        """Do what is still to be done; returns the report, which is written to `out` too.

        `shown` is told how far it is after each batch. What is done is kept whatever ends it.
        """
        try:
            with crew(self.plan.how, workers) as examined:
                saved = time.monotonic()
                for batch, results, cpu_s in examined(self._batches(), Batch.texts):
                    self._take(batch, results, cpu_s)
                    if time.monotonic() - saved > SAVE_S:
                        self._save()
                        saved = time.monotonic()
                    shown(self.progress, self.plan.files[batch.file].name)
            self._save()
            return self._finish()
        except ProverError:  # of the reading: every batch was taken whole or not at all
            self._save()
            raise
        except OSError as error:
            raise SetupError(
                f"{error.filename or self.out}: {error.strerror or error}: what is done is kept"
            ) from error
        finally:
            for writer in self._writers.values():
                writer.close()
            self.journal.close()

    def _batches(self) -> Iterator[Batch]:
        first, start = self.progress.file, self.progress.number
        for index in range(first, len(self.plan.files)):
            file, batch = self.plan.files[index], Batch(index)
            for document in file.documents(start if index == first else 0, self._faults):
                self._sort(batch, document, file)
                if batch.size > BATCH_BYTES:
                    yield self._ended(batch)
                    batch = Batch(index)
            batch.number, batch.read = 0, file.size
            yield self._ended(batch)

    def _ended(self, batch: Batch) -> Batch:
        """With the faults that were met up to its end; a reader may have looked further."""
        mine = [fault for fault in self._faults.last if not batch.number or fault.number <= batch.number]
        batch.faults = mine
        self._faults.last = self._faults.last[len(mine) :]
        return batch

    def _sort(self, batch: Batch, document: Document, file: SourceFile) -> None:
        wanted = self.plan.languages.get(file.source)
        text_hash = exact_hash(document.text)
        batch.number, batch.read = document.number, document.read
        batch.size += len(document.text) + 100
        if wanted is not None and document.language not in wanted:
            batch.left_out.append((document, "other language"))
        elif document.split == "test":
            batch.left_out.append((document, "test split"))
        elif self._duplicates.seen(text_hash):
            batch.left_out.append((document, "duplicate"))
        else:
            batch.documents.append((document, text_hash))

    def _take(self, batch: Batch, results: Sequence[Examined], cpu_s: float) -> None:
        file, progress = self.plan.files[batch.file], self.progress
        name = f"{file.source}/{file.name}"
        for fault in batch.faults:
            progress.count(name, "unreadable")
            self._drop(file, "", str(fault), "unreadable", fault.reason)
        for document, rule in batch.left_out:
            progress.count(name, rule)
            if rule == "duplicate":
                self._drop(file, document.language, document.place, rule)
        for (document, text_hash), result in zip(batch.documents, results, strict=True):
            self.journal.met(text_hash)
            progress.count(name, self._fate(file, document, text_hash, result))
            progress.text += len(document.text.encode())
        ended = batch.number == 0
        before = sum(one.size for one in self.plan.files[: batch.file])
        progress.file, progress.number = batch.file + ended, batch.number
        progress.read, progress.faults = before + batch.read, progress.faults + len(batch.faults)
        self._others_cpu_s += cpu_s
        progress.cpu_s = self._before[1] + time.process_time() - self._begun[1] + self._others_cpu_s
        progress.wall_s = self._before[0] + time.monotonic() - self._begun[0]

    def _fate(self, file: SourceFile, document: Document, text_hash: bytes, result: Examined) -> str:
        """Pack a document or leave it out; returns which rule did."""
        if result.dropped:
            self._drop(file, document.language, document.place, *result.dropped)
            return result.dropped[0]
        if (near := self._duplicates.near(result.signature)) is not None:
            evidence = f"{near[1]:.0%} like {self.journal.places[near[0]]}"
            self._drop(file, document.language, document.place, "near duplicate", evidence)
            return "near duplicate"
        if len(result.signature):
            number = self.journal.kept(result.signature, f"{file.source}/{document.place}")
            self._duplicates.add(number, result.signature)
        key = f"{file.source}/{document.language}/{self._split(document, text_hash)}"
        writer = self._writers.get(key) or self._writers.setdefault(key, self._writer(key))
        writer.add(result.ids)
        self.progress.corpora[key] = (writer.tokens, writer.documents)
        return KEPT

    def _split(self, document: Document, text_hash: bytes) -> str:
        if document.split is not None:
            return document.split
        held_out = int.from_bytes(text_hash[:8], "little") < self.plan.hold_out * 2**64
        return "validation" if held_out else "train"

    def _drop(self, file: SourceFile, language: str, place: str, rule: str, *why: str) -> None:
        keys = ("evidence", "benchmark", "benchmark_file", "line")
        row = {"source": file.source, "file": file.name, "place": place, "language": language, "rule": rule}
        self.journal.drop(row | dict(zip(keys, why, strict=False)))

    def _writer(self, key: str, tokens: int = 0, documents: int = 0) -> PackedWriter:
        return PackedWriter(self.out / key, self.plan.seq_len, self._tokenizer, tokens, documents)

    def _save(self) -> None:
        for writer in self._writers.values():
            writer.flush()
        self.journal.save()

    def _finish(self) -> dict[str, Any]:
        """Close the corpora and write what describes them; the mixture comes last."""
        settings = {key: value for key, value in self.identity.items() if key not in ("files", "tokenizer")}
        corpora = []
        for key, writer in sorted(self._writers.items()):
            source = key.split("/")[0]
            files = [
                {"file": file.name, "bytes": file.size, "revision": file.revision}
                | {"counts": self.progress.counts.get(f"{source}/{file.name}", {})}
                for file in self.plan.files
                if file.source == source
            ]
            manifest = writer.finish(files, settings)
            corpora.append(
                {
                    "name": key,
                    "rows": manifest.rows,
                    "tokens": manifest.tokens,
                    "documents": manifest.documents,
                }
            )
        report = self._report(corpora)
        _write(self.out / REPORT, report)
        _write(self.out / MIXTURE, self._mixture(corpora) | {"identity": self.plan.digest()})
        shutil.rmtree(self.out / FOLDER)
        return report

    def _report(self, corpora: list[dict[str, Any]]) -> dict[str, Any]:
        done = self.progress
        fates: dict[str, int] = {}
        for counts in done.counts.values():
            for fate, count in counts.items():
                fates[fate] = fates.get(fate, 0) + count
        empty = [
            f"{file.source}/{file.name}"
            for file in self.plan.files
            if not done.counts.get(f"{file.source}/{file.name}")
        ]
        return {
            "corpora": corpora,
            "tokens": sum(one["tokens"] for one in corpora),
            "fates": dict(sorted(fates.items(), key=lambda item: -item[1])),
            "files_without_documents": empty,
            "text_bytes": done.text,
            "wall_s": round(done.wall_s, 2),
            "mb_per_s": round(done.text / 1e6 / max(done.wall_s, 1e-9), 3),
            "mb_per_cpu_s": round(done.text / 1e6 / max(done.cpu_s, 1e-9), 3),
            "tokens_per_s": round(done.tokens / max(done.wall_s, 1e-9)),
            "dropped": str(self.out / DROPPED),
            "counts": done.counts,
        }

    def _mixture(self, corpora: list[dict[str, Any]]) -> dict[str, Any]:
        """Each source's weight, shared out among its languages by their tokens."""
        tokens = {one["name"]: one["tokens"] for one in corpora if one["tokens"]}
        rows = []
        for source in self.plan.sources:
            train = [n for n in tokens if n.startswith(f"{source.name}/") and n.endswith("/train")]
            total = sum(tokens[name] for name in train)
            for name in train:
                weight = tokens[name] if source.weight is None else source.weight * tokens[name] / total
                rows.append({"name": name.removesuffix("/train"), "folder": name, "weight": weight})
        validation = [name for name in tokens if name.endswith("/validation")]
        return {
            "sources": rows,
            "validation": [{"name": n.removesuffix("/validation"), "folder": n} for n in validation],
        }


def finished(plan: Plan, out: Path) -> dict[str, Any] | None:
    """The report of this very plan, where it is done. Raises `InputError` where `out` has that of another."""
    if not (out / MIXTURE).is_file():
        return None
    try:
        identity = orjson.loads((out / MIXTURE).read_bytes())["identity"]
        report: dict[str, Any] = orjson.loads((out / REPORT).read_bytes())
    except (OSError, orjson.JSONDecodeError, KeyError) as error:
        raise InputError(f"{out} has a {MIXTURE} that cannot be read: {error!r}") from None
    if identity != plan.digest():
        raise InputError(f"{out} has the corpora of other sources or settings: take another --out")
    return report


def check_disk(plan: Plan, out: Path) -> None:
    """Raise `SetupError` where the corpora would surely not fit: half of what such files mostly need."""
    _, tokenizer = load_tokenizer(plan.how.tokenizer, plan.how.end_token)
    # Source text is compressed to a fifth, and has three bytes a token.
    text = sum(file.size * (5 if file.at.endswith(".zst") else 1) for file in plan.files)
    needed = text / 3 * tokenizer.dtype.itemsize / 2
    place = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise SetupError(
            f"{place} has {free / 1e9:.1f} GB free, these corpora need about {2 * needed / 1e9:.1f} GB"
        )


def check_names(sources: Sequence[Source]) -> None:
    """Raise `InputError` where sources cannot be told apart, or only some have a weight."""
    names = [source.name for source in sources]
    if len(set(names)) < len(names):
        raise InputError(f"sources of the same name: {', '.join(names)}")
    weights = [source.weight is None for source in sources]
    if any(weights) and not all(weights):
        raise InputError("either every source has a weight (NAME=PLACE:WEIGHT) or none")


def _write(path: Path, value: Mapping[str, Any]) -> None:
    with written(path) as part:
        part.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
