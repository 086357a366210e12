"""Presets: how one model is prompted, sampled and searched with, each a TOML file in `presets/`."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from prover.errors import InputError
from prover.policy.engine import EngineSettings, Sampling

FOLDER = Path(__file__).parent / "presets"

Strategy = Literal["best-first", "whole-proof", "both", "sketch"]
STRATEGIES: tuple[Strategy, ...] = ("best-first", "whole-proof", "both")
"""How a search may go. The presets of `prover sketch` have the strategy "sketch", and no search has it."""

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")

PLACEHOLDERS = frozenset(
    "state goals header premises statement name examples proof indented_proof errors".split()
)
"""What a prompt's texts may have in double braces; `prompts` says what each stands for."""

EXAMPLE_PLACEHOLDERS = frozenset({"state", "tactic"})

LANGUAGES = ("lean", "isabelle")
CHOICES = ("topic", "chance", "numbertheory")
"""What models are asked to write, and how the examples of a sketch's prompt are chosen."""

INFORMAL = frozenset({"informal_statement", "informal_proof"})
"""What a preset for sketches may have besides: the problem and its proof in words."""

SKETCH_EXAMPLE_PLACEHOLDERS = INFORMAL | {"statement", "sketch"}

_VALUES: dict[type, str] = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example of a few-shot prompt."""

    state: str
    tactic: str


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """Texts with placeholders in double braces, filled in by `prompts`.

    kind: a text to be continued, or a conversation. step: the prompt for one tactic, proof: for a whole
    proof (of a preset for sketches: for a sketch), repair: for another one after a failure, draft: for a
    proof in words; each where the model can do that. example: how one of `examples` is shown, and
    `{{examples}}` stands for all of them; draft_example: the same for a draft. system: a conversation's
    first turn. answer: how a failed proof is shown as the model's own turn. code: the language that stands
    on the fence around a line with an error.
    """

    kind: Literal["completion", "chat"] = "completion"
    system: str = ""
    step: str = ""
    proof: str = ""
    repair: str = ""
    draft: str = ""
    answer: str = "```lean4\n{{statement}} := by\n{{indented_proof}}\n```"
    example: str = ""
    draft_example: str = ""
    code: str = "lean4"
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchDefaults:
    """What a preset asks of the search, where the user does not say otherwise.

    merge: states that read the same are one. split: independent goals are searched apart. concurrency: states
    of one theorem expanded at a time, 0 to adapt. rounds: of repair, for whole proofs. first_s: 0 gives a
    tactic all its time at once. See `SearchSettings` for the others; `budget` is in the form that `--budget`
    takes.
    """

    score: str = "normalized"
    alpha: float = 0.5
    budget: str = ""
    merge: bool = True
    split: bool = True
    concurrency: int = 0
    rounds: int = 2
    first_s: float = 0.5


@dataclass(frozen=True, slots=True)
class SketchDefaults:
    """How a preset for sketches goes about it.

    shots: worked examples in a prompt. choose: how they are
    chosen, see `prover.sketch.examples`. draws: prompts, each with its own choice of examples where that is
    by chance; each is sampled as `samplings` says, for each draft anew. repairs: sketches of a round that go
    back to the model. hole: the budget of one hole, in the form that `--budget` takes. between: what stands
    between two examples.
    """

    shots: int = 3
    choose: str = CHOICES[0]
    draws: int = 1
    repairs: int = 2
    hole: str = "lean_s=10"
    between: str = "\n\n"


@dataclass(frozen=True, slots=True)
class Preset:
    """One model's settings. `samplings` are all drawn for each prompt, their completions are put together.

    drafting: how proofs in words are drawn, of a preset for sketches that asks for some.

    language: what the model is asked to write.

    calibration: what log-probabilities are multiplied by; below 1 for a model that is too sure of itself (one
    over the temperature of Guo et al., arXiv 1706.04599, §4.2).
    """

    name: str
    description: str
    source: str
    model: str = ""
    strategy: Strategy = "best-first"
    language: str = LANGUAGES[0]
    calibration: float = 1.0
    prompt: PromptFormat = field(default_factory=PromptFormat)
    samplings: tuple[Sampling, ...] = (Sampling(),)
    search: SearchDefaults = field(default_factory=SearchDefaults)
    sketch: SketchDefaults = field(default_factory=SketchDefaults)
    drafting: Sampling = Sampling(n=1, temperature=0.6, max_tokens=1024)
    engine: EngineSettings = field(default_factory=EngineSettings)


def preset_names() -> list[str]:
    """The presets that ship, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_preset(name: str) -> Preset:
    """A preset that ships, by name, or one of the user's own, by the path of its file.

    Raises `InputError` that names the nearest ones, or the place of what cannot be read.
    """
    path = Path(name) if _is_own(name) else FOLDER / f"{name}.toml"
    if not path.is_file():
        near = difflib.get_close_matches(name, preset_names(), n=3, cutoff=0.4) or preset_names()
        raise InputError(f"no preset {name!r}; there are: {', '.join(near)}, or the path of a .toml file")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    return _preset(path, values)


def whole_path(name: str) -> str:
    """The same preset's name where another folder is the current one."""
    return str(Path(name).absolute()) if _is_own(name) else name


def _is_own(name: str) -> bool:
    """Whether it is the path of a file of the user's."""
    return name.endswith(".toml")


def _preset(path: Path, values: Mapping[str, Any]) -> Preset:
    values = {"name": path.stem, **values}
    prompt = _table(values.pop("prompt", {}), f"{path}: [prompt]")
    examples = _fill_all(Example, prompt.pop("examples", []), f"{path}: [[prompt.examples]]")
    samplings = _fill_all(Sampling, values.pop("samplings", []), f"{path}: [[samplings]]")
    if "drafting" in values:
        values["drafting"] = _fill(Sampling, values["drafting"], f"{path}: [drafting]")
    preset = _fill(
        Preset,
        {
            **values,
            "prompt": _fill(PromptFormat, {**prompt, "examples": examples}, f"{path}: [prompt]"),
            "samplings": samplings or (Sampling(),),
            "search": _fill(SearchDefaults, values.get("search", {}), f"{path}: [search]"),
            "sketch": _fill(SketchDefaults, values.get("sketch", {}), f"{path}: [sketch]"),
            "engine": _fill(EngineSettings, values.get("engine", {}), f"{path}: [engine]"),
        },
        str(path),
    )
    if preset.strategy not in (*STRATEGIES, "sketch"):
        raise InputError(f"{path}: strategy is {preset.strategy!r}; known: {', '.join(STRATEGIES)}, sketch")
    _check_language(path, preset)
    _check_prompt(path, preset)
    if preset.sketch.choose not in CHOICES:
        raise InputError(f"{path}: [sketch]: choose is none of {', '.join(CHOICES)}")
    return preset


def _check_language(path: Path, preset: Preset) -> None:
    if preset.language not in LANGUAGES:
        raise InputError(f"{path}: language is none of {', '.join(LANGUAGES)}")
    if preset.language == "isabelle" and preset.strategy != "sketch" and preset.search.split:
        raise InputError(f"{path}: [search]: split = false is needed: goals are proved together there")


def _check_prompt(path: Path, preset: Preset) -> None:
    """Raises `InputError` for a prompt that its strategy lacks, and for placeholders that there are not."""
    form = preset.prompt
    if form.kind not in ("completion", "chat"):
        raise InputError(f"{path}: [prompt]: kind is {form.kind!r}; known: completion, chat")
    needed = "step" if preset.strategy == "best-first" else "proof"
    if not getattr(form, needed):
        raise InputError(f"{path}: [prompt]: the strategy {preset.strategy} needs the text `{needed}`")
    sketch = preset.strategy == "sketch"
    for name in ("system", "step", "proof", "repair", "draft", "answer", "example", "draft_example"):
        known = PLACEHOLDERS | (INFORMAL if sketch else frozenset())
        if name.endswith("example"):
            known = SKETCH_EXAMPLE_PLACEHOLDERS if sketch else EXAMPLE_PLACEHOLDERS
        if unknown := sorted(set(PLACEHOLDER.findall(getattr(form, name))) - known):
            raise InputError(
                f"{path}: [prompt]: {name} has {{{{{unknown[0]}}}}}; known: {', '.join(sorted(known))}"
            )


def _table(values: object, where: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise InputError(f"{where}: not a table")
    return dict(values)


def _fill_all(kind: type[T], tables: object, where: str) -> tuple[T, ...]:
    if not isinstance(tables, list):
        raise InputError(f"{where}: not a list of tables")
    return tuple(_fill(kind, one, where) for one in tables)


def _fill(kind: type[T], values: object, where: str) -> T:
    """An instance of the dataclass `kind`; what is unknown, missing or of a wrong type is told by place."""
    table, known = _table(values, where), get_type_hints(kind)
    if unknown := sorted(set(table) - set(known)):
        raise InputError(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    for name, value in fields.items():
        if wanted := _wanted(value, known[name]):
            raise InputError(f"{where}: {name} is {table[name]!r}; it must be {wanted}")
    try:
        return kind(**fields)
    except (TypeError, InputError) as error:
        raise InputError(f"{where}: {error}") from error


def _wanted(value: object, hint: Any) -> str:
    """What a field with this type hint takes, where `value` is nothing of the kind; else empty."""
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        fits = isinstance(value, tuple) and not any(_wanted(one, inner) for one in value)
        return "" if fits else f"a list, each item {_VALUES[inner]}"
    kinds = [one if isinstance(one, type) else type(one) for one in get_args(hint) or (hint,)]
    fits = type(value) in kinds or (type(value) is int and float in kinds)
    return "" if fits else _VALUES[kinds[0]]
