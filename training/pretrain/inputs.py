"""Everything a run reads, opened and checked before the first process group or GPU is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from prover.errors import InputError, SetupError
from training.corpus.mixture import MIXTURE, open_mixture, open_validation
from training.corpus.packed import PackedCorpus, tokenizer_hash
from training.pretrain.checkpoints import last_place
from training.pretrain.estimate import GB, disk_bytes
from training.pretrain.evaluate import HeldOut, read_steps
from training.pretrain.folders import check_sizes
from training.pretrain.settings import Settings

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asks for. tokenizer: the folder of it, where there is no `init` model."""

    settings: Settings
    out: Path
    data: Sequence[str]
    init: Path | None = None
    tokenizer: Path | None = None
    held_out: Sequence[str] = ()
    steps: Path | None = None
    steps_most: int = 500
    resume: bool = False
    wandb: str | None = None

    @property
    def tokenizer_folder(self) -> Path:
        if folder := self.tokenizer or self.init:
            return folder
        raise InputError("--tokenizer FOLDER is needed, or --init FOLDER with a model to start from")


@dataclass(frozen=True, slots=True)
class Inputs:
    """sources: name, corpus, weight. identity: what a checkpoint must agree with.

    resumed: the step to go on from.
    """

    sources: list[tuple[str, PackedCorpus, float]]
    held_out: HeldOut
    identity: dict[str, Any]
    resumed: int | None


def read_inputs(request: Request) -> Inputs:
    """Raises `InputError` or `SetupError` for whatever would end the run later."""
    settings = request.settings
    if request.init:
        check_sizes(request.init, settings.model)
    sources = _sources(request)
    identity = settings.identity() | {
        "init": tokenizer_hash(request.init) if request.init else "",
        "corpora": {name: corpus.manifest.sha256 for name, corpus, _ in sources},
    }
    resumed = _resumes(request, identity)
    _check_disk(request)
    return Inputs(sources, HeldOut(_held_out(request), _steps(request)), identity, resumed)


def _sources(request: Request) -> list[tuple[str, PackedCorpus, float]]:
    """With weights in the configuration, exactly its sources are wanted; without, those of a prepared folder
    count, and corpora that were named one by one count alike.
    """
    if folder := _prepared(request):
        mixture = open_mixture(folder, request.settings.training.seed)
        given = dict(zip(mixture.names, zip(mixture.corpora, mixture.weights, strict=True), strict=True))
    else:
        given = {name: (PackedCorpus(folder), 1.0) for name, folder in _named(request.data)}
    weights = request.settings.data or {name: weight for name, (_, weight) in given.items()}
    if set(given) != set(weights):
        lacking, unknown = sorted(set(weights) - set(given)), sorted(set(given) - set(weights))
        what = f"--data lacks {lacking[0]}=FOLDER" if lacking else f"--data {unknown[0]} has no weight"
        raise InputError(f"{what}: the configuration's [data] names {', '.join(weights)}")
    return [(name, _fitting(corpus, request), weights[name]) for name, (corpus, _) in given.items()]


def _prepared(request: Request) -> Path | None:
    """The folder of `training.corpus.prepare` that --data names, if it is one."""
    folder = Path(request.data[0])
    return folder if len(request.data) == 1 and (folder / MIXTURE).is_file() else None


def _held_out(request: Request) -> dict[str, PackedCorpus]:
    """What --held-out names, or what the prepared folder holds out."""
    folder = _prepared(request)
    if folder and not request.held_out:
        corpora = {name: one for name, one in open_validation(folder).items() if len(one)}
    else:
        corpora = {name: PackedCorpus(place) for name, place in _named(request.held_out)}
    return {name: _fitting(corpus, request) for name, corpus in corpora.items()}


def _named(entries: Sequence[str]) -> list[tuple[str, Path]]:
    """`NAME=FOLDER`, or a folder, whose name it then is."""
    named = []
    for entry in entries:
        name, equals, folder = entry.partition("=")
        named.append((name, Path(folder)) if equals else (Path(entry).name, Path(entry)))
    if len({name for name, _ in named}) < len(named):
        raise InputError(f"two folders have the same name in {' '.join(entries)}: write NAME=FOLDER")
    return named


def _fitting(corpus: PackedCorpus, request: Request) -> PackedCorpus:
    """The corpus, where it is of the model's tokenizer and the run's row length."""
    corpus.check(request.settings.model.vocabulary, tokenizer_hash(request.tokenizer_folder))
    if request.init:
        corpus.check_model(request.init)
    wanted = request.settings.training.length
    if corpus.seq_len != wanted:
        raise InputError(
            f"{corpus.folder} has rows of {corpus.seq_len} tokens, the configuration wants {wanted}"
        )
    if not len(corpus):
        raise InputError(f"{corpus.folder} has no rows")
    return corpus


def _steps(request: Request) -> list[tuple[list[int], int]]:
    if request.steps is None:
        return []
    path = request.tokenizer_folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the reader raises bare exceptions
        raise InputError(f"{path} cannot be read: {error}") from None
    return read_steps(request.steps, tokenizer, request.settings.training.length, request.steps_most)


def _resumes(request: Request, identity: dict[str, Any]) -> int | None:
    """The step of the checkpoint to go on from. Raises `InputError` for one of another run."""
    place = last_place(request.out / CHECKPOINTS)
    if place is None:
        return None
    if not request.resume:
        raise InputError(f"{request.out} has a run's checkpoints: --resume goes on, or name another folder")
    before = place.get("identity", {})
    if changed := _changed(before, identity):
        raise InputError(
            f"{request.out} is of another configuration: {'; '.join(changed)}. Name another folder"
        )
    return int(place["step"])


def _changed(before: Any, now: Any, name: str = "") -> list[str]:
    """The entries that differ, each with both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted(set(before) | set(now))
        return [one for key in keys for one in _changed(before.get(key), now.get(key), f"{name} {key}")]
    before, now = (list(value) if isinstance(value, tuple) else value for value in (before, now))
    return [] if before == now else [f"{name.strip()} was {before}, is {now}"]


def _check_disk(request: Request) -> None:
    place = request.out.absolute()
    while not place.exists():
        place = place.parent
    own = sum(path.stat().st_size for path in request.out.rglob("*") if path.is_file())
    free, wanted = shutil.disk_usage(place).free + own, disk_bytes(request.settings)
    if free < wanted:
        raise SetupError(
            f"{request.out}: the run needs {wanted / GB:,.1f} GB, {free / GB:,.1f} GB are free: make room, "
            f"or keep fewer checkpoints ([saving] keep)"
        )
