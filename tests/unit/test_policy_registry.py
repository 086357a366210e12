"""Policies by name: what is filled in, what is missing and how it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

from prover.errors import InputError, ModelError, SetupError
from prover.models import small_model
from prover.policy import registry
from prover.policy.engine import Completion, Prompt, Sampling, Usage
from prover.policy.mixed import MixedPolicy
from prover.policy.model import ModelPolicy
from prover.policy.portfolio import PortfolioPolicy
from prover.policy.preset import load_preset
from prover.policy.recording import Recorder, Recording
from prover.policy.registry import DEFAULT_POLICIES, ENGINES, PolicyChoice, model_policies, open_policy


def names(**choice: object) -> tuple[str, ...]:
    return PolicyChoice(**choice).complete().names  # type: ignore[arg-type]


def test_nothing_said_is_the_default() -> None:
    assert names() == DEFAULT_POLICIES


def test_the_small_model_brings_its_own_preset() -> None:
    assert PolicyChoice(("portfolio", "small")).complete().preset == "prover-small"
    assert PolicyChoice(("small", "transformers"), model="m").complete().preset == "llemma-7b-plus"
    assert PolicyChoice(("small",)).complete().uses_model


def test_another_model_goes_with_a_runtime_not_with_the_small_model() -> None:
    with pytest.raises(InputError, match="--model and --preset go with"):
        PolicyChoice(("small",), model="folder").complete()


@pytest.mark.parametrize("damage", ["missing", "cut off"])
async def test_a_small_model_that_does_not_run_names_the_way_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    if damage == "cut off":
        for name in ("config.json", "tokenizer.json"):
            (tmp_path / name).write_text("{}")
        (tmp_path / "model.safetensors").write_bytes(b"\0" * 3)
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "small_model", lambda: small_model(tmp_path))
    with pytest.raises(ModelError, match="--policy portfolio") as caught:
        await open_policy(PolicyChoice(("portfolio", "small")).complete())
    assert caught.value.exit_code == 3 and str(tmp_path) in str(caught.value)
    await (await open_policy(PolicyChoice(("portfolio",)).complete())).close()


def test_a_server_is_asked_for_chat_answers() -> None:
    choice = PolicyChoice(server="http://localhost:1").complete()
    assert (choice.names, choice.preset) == (("openai",), "chat")


def test_a_recording_is_replayed(tmp_path: Path) -> None:
    assert names(recording=tmp_path / "r.jsonl") == ("replay",)


@pytest.mark.parametrize(
    ("installed", "chosen"), [({"vllm", "transformers"}, "vllm"), ({"transformers"}, "transformers")]
)
def test_a_model_runs_on_the_best_runtime_there_is(
    monkeypatch: pytest.MonkeyPatch, installed: set[str], chosen: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in installed else None)
    assert names(preset="llemma-7b") == (chosen,)


def test_a_model_without_any_runtime_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match=r"pip install 'prover\[vllm\]'.*'prover\[transformers\]'"):
        names(model="folder")


@pytest.mark.parametrize("name", ["vllm", "transformers"])
async def test_a_policy_without_its_package_says_which_extra(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def missing(module: str) -> object:
        raise ModuleNotFoundError(f"No module named {module!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SetupError) as caught:
        await open_policy(PolicyChoice((name,), model="a-model").complete())
    assert ENGINES[name] in str(caught.value) and caught.value.exit_code == 3


async def test_when_one_of_several_cannot_be_opened_the_others_are_closed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = []

    async def close(self: PortfolioPolicy) -> None:
        closed.append(self)

    monkeypatch.setattr(PortfolioPolicy, "close", close)
    choice = PolicyChoice(("portfolio", "transformers"), model=str(tmp_path / "absent")).complete()
    with pytest.raises(InputError, match="there is no folder"):
        await open_policy(choice)
    assert len(closed) == 1


async def test_the_models_in_a_mixed_and_recorded_policy_are_found(tmp_path: Path) -> None:
    class Idle:
        usage = Usage()

        async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
            return []

        async def close(self) -> None:
            pass

    model = ModelPolicy(Idle(), load_preset("chat"))
    recorded = Recorder(MixedPolicy([PortfolioPolicy(), model]), Recording(tmp_path / "r.jsonl"))
    assert model_policies(recorded) == [model]
    await recorded.close()
