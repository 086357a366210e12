"""Policies by name: what is filled in, what is missing and how it is installed."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

from prover.errors import InputError, SetupError
from prover.policy.engine import Completion, Prompt, Sampling, Usage
from prover.policy.mixed import MixedPolicy
from prover.policy.model import ModelPolicy
from prover.policy.portfolio import PortfolioPolicy
from prover.policy.preset import load_preset
from prover.policy.recording import Recorder
from prover.policy.registry import ENGINES, PolicyChoice, model_policies, open_policy


def names(**choice: object) -> tuple[str, ...]:
    return PolicyChoice(**choice).complete().names  # type: ignore[arg-type]


def test_nothing_said_is_the_portfolio() -> None:
    assert names() == ("portfolio",)


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
    recorded = Recorder(MixedPolicy([PortfolioPolicy(), model]), tmp_path / "r.jsonl")
    assert model_policies(recorded) == [model]
    await recorded.close()
