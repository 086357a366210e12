"""Packed corpora: documents as token ids, one after the other in rows of fixed length, memory-mapped.

A corpus is a folder. `tokens.bin` holds the rows, little-endian; every document is followed by the
end-of-document token, which stands nowhere else, so a document's borders can be read off the rows. What is
left of the last row is filled with that token too. `manifest.json` says what the ids mean and where they come
from; it is written last, so a folder without it is unfinished.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from prover.errors import InputError
from prover.files import written

TOKENS, MANIFEST = "tokens.bin", "manifest.json"
FORMAT = "prover-corpus-1"

PADDING = -1
"""Segment of the tokens that fill up the last row: nothing is to be learned there."""


@dataclass(frozen=True, slots=True)
class TokenizerIdentity:
    """What must agree between a corpus and a model.

    sha256: of `tokenizer.json` less its run-time settings; vocabulary: one more than the largest id;
    end: the id of the end-of-document token.
    """

    sha256: str
    vocabulary: int
    end: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest type that holds every id."""
        return np.dtype("<u2" if self.vocabulary <= 1 << 16 else "<u4")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of a corpus. sources: one object a file that was read, with its size and counts;
    settings: what the documents were chosen by; sha256: of `tokens.bin`."""

    format: str
    tokenizer_sha256: str
    vocabulary: int
    end: int
    dtype: str
    seq_len: int
    rows: int
    tokens: int
    documents: int
    sources: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    sha256: str


class PackedCorpus:
    """A finished corpus, opened for reading. Costs no memory to speak of: the rows are mapped.

    Raises `InputError` for a folder that is unfinished, damaged or of another format.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = _read_manifest(folder)
        rows, seq_len = self.manifest.rows, self.manifest.seq_len
        path, dtype = folder / TOKENS, np.dtype(self.manifest.dtype)
        wanted, found = rows * seq_len * dtype.itemsize, path.stat().st_size if path.is_file() else 0
        if wanted != found:
            raise InputError(f"{path} has {found} bytes, its manifest says {wanted}: prepare the corpus anew")
        # An empty file cannot be mapped.
        self._rows = np.memmap(path, dtype, "r", shape=(rows, seq_len)) if rows else np.empty((0, seq_len))

    def __len__(self) -> int:
        return self.manifest.rows

    @property
    def seq_len(self) -> int:
        return self.manifest.seq_len

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens, int64 (seq_len,), and segments, int32 (seq_len,): the number of each token's document
        within the row, from 0, or `PADDING`."""
        if not 0 <= index < len(self):
            raise IndexError(f"{self.folder} has {len(self)} rows, no row {index}")
        tokens = self._rows[index].astype(np.int64)
        segments = np.zeros(self.seq_len, np.int32)
        np.cumsum(tokens[:-1] == self.manifest.end, out=segments[1:])
        segments[max(0, self.manifest.tokens - index * self.seq_len) :] = PADDING
        return tokens, segments

    def check(self, vocabulary: int, tokenizer_sha256: str | None = None) -> None:
        """Raise `InputError` where a model of `vocabulary` embeddings, or with another tokenizer, would learn
        nonsense from this corpus."""
        mine = self.manifest
        if tokenizer_sha256 is not None and tokenizer_sha256 != mine.tokenizer_sha256:
            raise InputError(
                f"{self.folder} was made with another tokenizer ({mine.tokenizer_sha256[:12]}…) than "
                f"the model's ({tokenizer_sha256[:12]}…): prepare it with --tokenizer and the model's folder"
            )
        if mine.vocabulary > vocabulary:
            raise InputError(
                f"{self.folder} has token ids up to {mine.vocabulary - 1}, the model only {vocabulary} "
                f"embeddings: prepare it with --tokenizer and the model's folder"
            )

    def check_model(self, folder: Path) -> None:
        """`check` against a Hugging Face model folder: `config.json`, and `tokenizer.json` if it is there."""
        try:
            vocabulary = int(orjson.loads((folder / "config.json").read_bytes())["vocab_size"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder} has no config.json with a vocab_size: {error!r}") from None
        has_tokenizer = (folder / "tokenizer.json").is_file()
        self.check(vocabulary, tokenizer_hash(folder) if has_tokenizer else None)

    def verify(self) -> None:
        """Raise `InputError` where the rows are not those that were written. Reads all of them."""
        if (found := _file_hash(self.folder / TOKENS)) != self.manifest.sha256:
            raise InputError(f"{self.folder / TOKENS} is damaged: its hash is {found[:12]}…")


class PackedWriter:
    """Appends documents to a corpus. What `flush` returned is safe: with that as `tokens` and `documents`,
    another writer goes on from there, and the finished rows are the same."""

    def __init__(
        self, folder: Path, seq_len: int, tokenizer: TokenizerIdentity, tokens: int = 0, documents: int = 0
    ) -> None:
        if seq_len < 2:
            raise InputError(f"rows of {seq_len} tokens: 2 or more are needed")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.seq_len, self.tokenizer = folder, seq_len, tokenizer
        self.tokens, self.documents = tokens, documents
        (folder / MANIFEST).unlink(missing_ok=True)
        path, size = folder / TOKENS, tokens * tokenizer.dtype.itemsize
        if tokens and (not path.is_file() or path.stat().st_size < size):
            raise InputError(f"{path} is shorter than what was written: start anew in an empty folder")
        self._file = path.open("r+b" if tokens else "wb")
        self._file.truncate(size)
        self._file.seek(size)

    def add(self, ids: np.ndarray) -> None:
        """Append one document, without its end token. Raises `ValueError` where that stands inside of it."""
        if (ids == self.tokenizer.end).any():
            raise ValueError("the end-of-document token stands inside a document")
        self._write(np.append(ids, self.tokenizer.end))
        self.documents += 1

    def flush(self) -> tuple[int, int]:
        """Bring everything to the disk; returns the numbers of tokens and documents that are there."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self.tokens, self.documents

    def finish(self, sources: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> Manifest:
        """Fill the last row, write the manifest, close. Afterwards the folder is a `PackedCorpus`."""
        tokens, rows = self.tokens, -(-self.tokens // self.seq_len)
        self._write(np.full(rows * self.seq_len - tokens, self.tokenizer.end))
        self.tokens = tokens
        self.flush()
        self.close()
        manifest = Manifest(
            FORMAT,
            self.tokenizer.sha256,
            self.tokenizer.vocabulary,
            self.tokenizer.end,
            self.tokenizer.dtype.str,
            self.seq_len,
            rows,
            tokens,
            self.documents,
            tuple(sources),
            settings,
            _file_hash(self.folder / TOKENS),
        )
        with written(self.folder / MANIFEST) as part:
            part.write_bytes(orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2) + b"\n")
        return manifest

    def close(self) -> None:
        self._file.close()

    def _write(self, ids: np.ndarray) -> None:
        self._file.write(ids.astype(self.tokenizer.dtype).tobytes())
        self.tokens += len(ids)


def tokenizer_hash(folder: Path) -> str:
    """SHA-256 of what a folder's `tokenizer.json` does to a text: spacing of the file and run-time settings
    (truncation, padding, added start tokens) left out. Raises `InputError`."""
    path = folder / "tokenizer.json"
    try:
        described = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is no tokenizer: {error}") from None
    if not isinstance(described, dict) or "model" not in described:
        raise InputError(f"{path} is no tokenizer: it has no model")
    for setting in ("truncation", "padding", "post_processor"):
        described.pop(setting, None)
    return hashlib.sha256(orjson.dumps(described, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        row = orjson.loads(path.read_bytes())
    except OSError:
        raise InputError(f"{folder} is no finished corpus: there is no {MANIFEST} in it") from None
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is damaged: {error}") from None
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise InputError(f"{path} is no manifest of a packed corpus of this version")
    try:
        return Manifest(**{item.name: row[item.name] for item in fields(Manifest)})
    except KeyError as error:
        raise InputError(f"{path} has no {error}") from None


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
