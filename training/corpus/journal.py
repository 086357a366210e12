"""How far a preparation is: counts, and the lengths of its files, by which an interrupted one goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from prover.errors import InputError
from prover.files import written
from training.corpus.duplicates import EXACT_BYTES, PERMUTATIONS, Duplicates, Signature

FOLDER, JOURNAL, DROPPED = ".state", "journal.json", "dropped.jsonl"


@dataclass(slots=True)
class Progress:
    """Everything before `file` and its first `number` lines is in the corpora. `counts`: of each file, how
    many documents met each fate; `corpora`: of each, its tokens and documents. `read` is in bytes of files,
    `text` in bytes of documents; `cpu_s` and `wall_s` are seconds, of all runs."""

    file: int = 0
    number: int = 0
    read: int = 0
    text: int = 0
    faults: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    hashes: int = 0
    signatures: int = 0
    dropped: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    corpora: dict[str, tuple[int, int]] = field(default_factory=dict)

    def count(self, file: str, fate: str, number: int = 1) -> None:
        """Add to a file's counts."""
        of_file = self.counts.setdefault(file, {})
        of_file[fate] = of_file.get(fate, 0) + number

    @property
    def tokens(self) -> int:
        return sum(tokens for tokens, _ in self.corpora.values())


class Journal:
    """The state of a preparation in `out`: opened anew, or where `save` was last called.

    identity: what the work depends on. Raises `InputError` where the folder has work of another.
    """

    def __init__(self, out: Path, identity: Mapping[str, Any]) -> None:
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path = self._folder / JOURNAL
        self._identity = orjson.loads(orjson.dumps(identity))
        self.progress = self._loaded(out)
        self.resumed = self.progress != Progress()
        sizes = (
            ("hashes", self.progress.hashes * EXACT_BYTES),
            ("signatures", self.progress.signatures * PERMUTATIONS * 4),
        )
        self._hashes, self._signatures = (_appended(self._folder / name, size) for name, size in sizes)
        self._places = _appended(self._folder / "places", None, self.progress.signatures)
        self._dropped = _appended(out / DROPPED, None, self.progress.dropped)
        self.places = self._read_places()

    def restore(self, duplicates: Duplicates) -> None:
        """Tell `duplicates` of everything that was seen before."""
        content = (self._folder / "hashes").read_bytes()
        for start in range(0, len(content), EXACT_BYTES):
            duplicates.seen(content[start : start + EXACT_BYTES])
        signatures = np.fromfile(self._folder / "signatures", "<u4").reshape(-1, PERMUTATIONS)
        for number, signature in enumerate(signatures):
            duplicates.add(number, signature)

    def met(self, text_hash: bytes) -> None:
        """Record a text that has been examined."""
        self._hashes.write(text_hash)
        self.progress.hashes += 1

    def kept(self, signature: Signature, place: str) -> int:
        """Record a kept document that has a signature; returns its number among these."""
        self._signatures.write(signature.astype("<u4").tobytes())
        self._places.write(place.replace("\n", " ").encode() + b"\n")
        self.places.append(place)
        self.progress.signatures += 1
        return self.progress.signatures - 1

    def drop(self, row: Mapping[str, Any]) -> None:
        """Record a document that is left out."""
        self._dropped.write(orjson.dumps(row) + b"\n")
        self.progress.dropped += 1

    def save(self) -> None:
        """Make what was recorded last; the corpora must be on the disk by then."""
        for file in self._files():
            file.flush()
        state = {"identity": self._identity, "progress": asdict(self.progress)}
        with written(self._path) as part:
            part.write_bytes(orjson.dumps(state))

    def close(self) -> None:
        for file in self._files():
            file.close()

    def _files(self) -> Iterable[IO[bytes]]:
        return self._hashes, self._signatures, self._places, self._dropped

    def _loaded(self, out: Path) -> Progress:
        if not self._path.is_file():
            return Progress()
        try:
            state = orjson.loads(self._path.read_bytes())
            known, progress = state["identity"], Progress(**state["progress"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InputError(f"{self._path} is damaged, take another --out: {error!r}") from None
        if known != self._identity:
            changed = [key for key, value in self._identity.items() if known.get(key) != value]
            raise InputError(
                f"{out} has the beginning of other corpora ({', '.join(changed)} differ): take another "
                f"--out, or delete the folder"
            )
        return progress

    def _read_places(self) -> list[str]:
        return (self._folder / "places").read_text(encoding="utf-8").split("\n")[:-1]


def _appended(path: Path, size: int | None, lines: int = 0) -> IO[bytes]:
    """A file to append to, cut to `size` bytes, or to so many lines."""
    path.touch()
    file = path.open("r+b")
    if size is None:
        for _ in range(lines):
            file.readline()
        size = file.tell()
    file.truncate(size)
    file.seek(size)
    return file
