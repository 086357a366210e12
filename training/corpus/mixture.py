"""Draws rows of several corpora by weight, in an order that can be taken up again at any place.

The order depends on the seed, the weights and the corpora only, not on how many processes read it: each asks
for the places of the whole batch and reads the rows that are its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from prover.errors import InputError
from training.corpus.packed import PackedCorpus

MIXTURE = "mixture.json"


class Mixture:
    """Rows of `sources` (name, corpus, weight); weights are of tokens, in any unit.

    Of n rows drawn so far, a source has its share of n, less than one row too many for each other source
    (error diffusion). It is read in a new order each time it has been read to its end.
    Raises `InputError` where nothing can be drawn: no source, an empty one, a weight that is not above 0,
    a name met twice, rows of different lengths or tokenizers.
    """

    def __init__(self, sources: Sequence[tuple[str, PackedCorpus, float]], seed: int) -> None:
        _check(sources)
        self.names = [name for name, _, _ in sources]
        self.corpora = [corpus for _, corpus, _ in sources]
        self.seed = seed
        total = sum(weight for _, _, weight in sources)
        self.weights = [weight / total for _, _, weight in sources]
        self.drawn = [0] * len(sources)
        self._orders: dict[int, tuple[int, np.ndarray]] = {}

    def places(self, count: int) -> list[tuple[int, int]]:
        """The next `count` places, each the number of a source and of its row, and advance past them."""
        return [self._next() for _ in range(count)]

    def read(self, place: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and segments of a place, as `PackedCorpus.row` has them."""
        source, row = place
        return self.corpora[source].row(row)

    def epochs(self) -> dict[str, float]:
        """How often each source has been read through."""
        return {
            name: count / len(corpus)
            for name, corpus, count in zip(self.names, self.corpora, self.drawn, strict=True)
        }

    def state(self) -> dict[str, Any]:
        """Where the mixture stands, as JSON takes it."""
        return {"of": self._identity(), "drawn": list(self.drawn)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken. Raises `InputError` for the state of another mixture."""
        mine, its = self._identity(), state.get("of")
        if its != mine:
            known = its if isinstance(its, Mapping) else {}
            changed = ", ".join(key for key in mine if known.get(key) != mine[key])
            raise InputError(f"the checkpoint's data are of another mixture: {changed} differ")
        self.drawn = [int(count) for count in state["drawn"]]

    def _identity(self) -> dict[str, Any]:
        return {
            "sources": self.names,
            "weights": self.weights,
            "seed": self.seed,
            "corpora": [corpus.manifest.sha256 for corpus in self.corpora],
        }

    def _next(self) -> tuple[int, int]:
        following = sum(self.drawn) + 1
        owed = [weight * following - had for weight, had in zip(self.weights, self.drawn, strict=True)]
        source = owed.index(max(owed))
        place = self.drawn[source]
        self.drawn[source] += 1
        epoch, offset = divmod(place, len(self.corpora[source]))
        return source, int(self._order(source, epoch)[offset])

    def _order(self, source: int, epoch: int) -> np.ndarray:
        """The rows of a source as they come in an epoch; the one in use is kept."""
        known, order = self._orders.get(source, (-1, np.empty(0)))
        if known != epoch:
            name = f"{self.seed}:{self.names[source]}:{epoch}".encode()
            # RandomState's stream is frozen (NumPy NEP 19): an order is the same in later versions.
            draw = np.random.RandomState(np.frombuffer(hashlib.sha256(name).digest(), "<u4").astype(np.int64))
            order = draw.permutation(len(self.corpora[source])).astype(np.uint32)
            self._orders[source] = (epoch, order)
        return order


def open_mixture(folder: Path, seed: int) -> Mixture:
    """The mixture of what `training.corpus.prepare` wrote into a folder, by its weights."""
    rows = _described(folder)["sources"]
    return Mixture([(row["name"], PackedCorpus(folder / row["folder"]), row["weight"]) for row in rows], seed)


def open_validation(folder: Path) -> dict[str, PackedCorpus]:
    """The held-out corpora of such a folder, by source and language (`formal/lean`)."""
    return {row["name"]: PackedCorpus(folder / row["folder"]) for row in _described(folder)["validation"]}


def _described(folder: Path) -> dict[str, Any]:
    path = folder / MIXTURE
    try:
        found = orjson.loads(path.read_bytes())
    except OSError:
        raise InputError(
            f"{folder} has no {MIXTURE}: make it with python -m training.corpus.prepare"
        ) from None
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is damaged: {error}") from None
    return found


def _check(sources: Sequence[tuple[str, PackedCorpus, float]]) -> None:
    if not sources:
        raise InputError("a mixture needs a source")
    if len({name for name, _, _ in sources}) < len(sources):
        raise InputError(f"sources of the same name: {', '.join(name for name, _, _ in sources)}")
    first = sources[0][1].manifest
    for name, corpus, weight in sources:
        mine = corpus.manifest
        if not (weight > 0 and np.isfinite(weight)):
            raise InputError(f"source {name} has the weight {weight}: a number above 0 is wanted")
        if mine.rows == 0:
            raise InputError(f"source {name} is empty: {corpus.folder}")
        if mine.seq_len != first.seq_len:
            raise InputError(f"source {name} has rows of {mine.seq_len} tokens, others of {first.seq_len}")
        if (mine.tokenizer_sha256, mine.end) != (first.tokenizer_sha256, first.end):
            raise InputError(f"source {name} was made with another tokenizer than {sources[0][0]}")
