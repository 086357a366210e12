"""A run's settings, as its TOML file has them. Three tables say what is computed, three how.

[model], [training] and [data] belong to a run: a checkpoint is refused where they differ. [machine], [saving]
and [watch] may be other ones after each resume.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from prover.errors import InputError

CONFIGS = Path(__file__).parent / "configs"


@dataclass(frozen=True, slots=True)
class Sizes:
    """A Llama's sizes. context: tokens that it is made for; tied: output and embedding share weights."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    key_value_heads: int
    head_size: int
    feed_forward: int
    context: int
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Training:
    """steps: of the optimizer. batch: sequences of `length` tokens in each, over all ranks.

    rate: the highest, after `warm_up` steps; then half a cosine down to `lowest` of it. clip: the gradient's
    longest norm. separate_documents: attention stays within a document, and no loss across its border.
    """

    steps: int
    batch: int
    length: int
    rate: float
    warm_up: int
    lowest: float = 1 / 30
    betas: tuple[float, float] = (0.9, 0.95)
    epsilon: float = 1e-8
    weight_decay: float = 0.1
    clip: float = 1.0
    seed: int = 0
    separate_documents: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """micro_batch: sequences at a time on a GPU. tensor_parallel: GPUs that share each layer.

    recompute: activation checkpointing. peak_tflops: of one GPU in `dtype`, without sparsity; utilisation is
    reckoned against it. gpus and expected_mfu are for `--dry-run` only.
    """

    micro_batch: int = 1
    tensor_parallel: int = 1
    recompute: bool = False
    compile: bool = False
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    peak_tflops: float = 989.0
    gpus: int = 1
    expected_mfu: float = 0.4


@dataclass(frozen=True, slots=True)
class Saving:
    """In steps: between checkpoints, evaluations and rows of `loss.csv`. keep: that many checkpoints."""

    every: int = 500
    keep: int = 2
    evaluate_every: int = 500
    evaluation_rows: int = 64
    log_every: int = 10


@dataclass(frozen=True, slots=True)
class Watch:
    """What to do when the loss is no number, or leaps: a step whose loss is more than `leap` nats above the
    mean of the last `window` ones, `patience` times running. `rewinds`: how often, before the run stops.
    """

    rule: Literal["stop", "rewind"] = "rewind"
    leap: float = 1.0
    window: int = 100
    patience: int = 5
    rewinds: int = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """All tables of a file. data: each source's weight in the mixture, by name."""

    model: Sizes
    training: Training
    data: dict[str, float] = field(default_factory=dict)
    machine: Machine = Machine()
    saving: Saving = Saving()
    watch: Watch = Watch()

    def identity(self) -> dict[str, Any]:
        """What a checkpoint must agree with."""
        return {"model": asdict(self.model), "training": asdict(self.training), "data": dict(self.data)}


def read_settings(name: str) -> Settings:
    """The file of that path, or one of `configs/` by its name. Raises `InputError` that names the entry."""
    path = Path(name) if name.endswith(".toml") else CONFIGS / f"{name}.toml"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        there = ", ".join(sorted(one.stem for one in CONFIGS.glob("*.toml")))
        raise InputError(f"there is no configuration {name}: a file's path, or one of {there}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    return settings_of(tables, str(path))


def settings_of(tables: Mapping[str, Any], place: str) -> Settings:
    kinds: dict[str, Any] = {
        "model": Sizes, "training": Training, "machine": Machine, "saving": Saving, "watch": Watch,
    }  # fmt: skip
    if unknown := set(tables) - set(kinds) - {"data"}:
        raise InputError(f"{place}: no table is called [{min(unknown)}]")
    read = {name: _table(kind, tables.get(name, {}), f"{place}: [{name}]") for name, kind in kinds.items()}
    data = tables.get("data", {})
    if bad := [name for name, weight in data.items() if not _fits(weight, float) or weight <= 0]:
        raise InputError(f"{place}: [data] {bad[0]} is {data[bad[0]]!r}, not a weight above 0")
    settings = Settings(**read, data={name: float(weight) for name, weight in data.items()})
    _check(settings, place)
    return settings


def _table(kind: Any, entries: Mapping[str, Any], place: str) -> Any:
    hints = get_type_hints(kind)
    if unknown := set(entries) - set(hints):
        raise InputError(f"{place} has no entry {min(unknown)!r}; there are {', '.join(hints)}")
    values = {}
    for name, value in entries.items():
        value = tuple(value) if isinstance(value, list) else value
        if not _fits(value, hints[name]):
            raise InputError(f"{place} {name} is {value!r}, not {_said(hints[name])}")
        values[name] = value
    try:
        return kind(**values)
    except TypeError:
        lacking = [one.name for one in fields(kind) if one.name not in values]
        raise InputError(f"{place} lacks {lacking[0]!r}") from None


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_fits, value, kinds))
    if hint is bool or isinstance(value, bool):
        return hint is bool and isinstance(value, bool)
    return isinstance(value, int | float if hint is float else hint)


def _said(hint: Any) -> str:
    return " or ".join(map(repr, get_args(hint))) if get_origin(hint) is Literal else str(hint)


def _check(settings: Settings, place: str) -> None:
    model, training, machine = settings.model, settings.training, settings.machine
    rules = {
        "[model] heads must be a multiple of key_value_heads": model.heads % model.key_value_heads == 0,
        "[model] head_size must be even": model.head_size % 2 == 0,
        "[training] length must be at most [model] context": 2 <= training.length <= model.context,
        "[training] warm_up must be below steps": 0 <= training.warm_up < training.steps,
        "[training] batch must be above 0": training.batch > 0,
        "[machine] tensor_parallel must divide key_value_heads":
            machine.tensor_parallel > 0 and model.key_value_heads % machine.tensor_parallel == 0,
        "[machine] tensor_parallel wants a model that is not tied":
            machine.tensor_parallel == 1 or not model.tied,
        "[machine] tensor_parallel must divide [training] length":
            training.length % max(1, machine.tensor_parallel) == 0,
        "[machine] micro_batch must be above 0": machine.micro_batch > 0,
        "[saving] its numbers must be above 0": min(asdict(settings.saving).values()) > 0,
    }  # fmt: skip
    if broken := [rule for rule, holds in rules.items() if not holds]:
        raise InputError(f"{place}: {broken[0]}")
