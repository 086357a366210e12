"""From a Hugging Face folder to CTranslate2 without torch: the same numbers, and plain words for damage."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.tiny_llama import make_tiny_llama
from prover.errors import InputError, ModelError
from prover.policy.engine import EngineSettings, Sampling
from prover.policy.engines.ctranslate2 import open_engine
from prover.policy.engines.ctranslate2_convert import convert, converted
from prover.policy.registry import PolicyChoice, open_policy
from prover.types import Goal, State, Statement

SHAPES: dict[str, dict[str, object]] = {
    "grouped queries": {"num_key_value_heads": 2},
    "a head each": {"num_key_value_heads": 4},
    "one key-value head": {"num_key_value_heads": 1},
    "narrow heads": {"head_dim": 16},
    "tied embeddings": {"tie_word_embeddings": True},
    "another base and epsilon": {"rope_theta": 500.0, "rms_norm_eps": 1e-2},
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_llama(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A folder that a test may damage."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def save_llama(folder: Path, tokenizer: Path, dtype: str, **sizes: Any) -> Any:
    """A random Llama in `folder`, of which `dtype` is how it is stored; returns it as read back."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=512, hidden_size=128, intermediate_size=192, num_hidden_layers=3, num_attention_heads=4,
        eos_token_id=1, bos_token_id=0, initializer_range=0.1, **sizes,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).to(getattr(torch, dtype)).save_pretrained(folder)
    shutil.copyfile(tokenizer / "tokenizer.json", folder / "tokenizer.json")
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def differences(reference: Any, folder: Path, prompts: list[list[int]]) -> float:
    """The largest difference of any logit."""
    import ctranslate2
    import torch

    generator = ctranslate2.Generator(str(folder), intra_threads=1, compute_type="float32")
    tokens = json.loads((folder / "vocabulary.json").read_text())
    worst = 0.0
    for ids in prompts:
        ours = np.array(generator.forward_batch([[tokens[i] for i in ids]]))[0]
        with torch.no_grad():
            theirs = reference(torch.tensor([ids])).logits[0].numpy()
        worst = max(worst, float(np.abs(ours - theirs).max()))
    return worst


PROMPTS = [np.random.default_rng(n).integers(0, 400, n).tolist() for n in (2, 17, 200)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_logits_are_those_of_transformers(shape: str, tiny: Path, tmp_path: Path) -> None:
    model = save_llama(tmp_path / "hf", tiny, "float32", **SHAPES[shape])
    convert(tmp_path / "hf", tmp_path / "out")
    assert differences(model, tmp_path / "out", PROMPTS) < 1e-3


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_weights_of_half_precision_are_read_as_they_are(dtype: str, tiny: Path, tmp_path: Path) -> None:
    model = save_llama(tmp_path / "hf", tiny, dtype)
    convert(tmp_path / "hf", tmp_path / "out")
    assert differences(model, tmp_path / "out", PROMPTS) < 1e-3


def test_the_conversion_is_that_of_ctranslate2_itself(tiny: Path, tmp_path: Path) -> None:
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(tiny)).convert(str(tmp_path / "theirs"))
    convert(tiny, tmp_path / "ours")
    for name in ("model.bin", "vocabulary.json"):
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()


def test_torch_is_not_needed(tiny: Path, tmp_path: Path) -> None:
    """In a process where neither torch nor transformers can be imported."""
    script = (
        "import sys; sys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from pathlib import Path\n"
        "from prover.policy.engines.ctranslate2_convert import convert\n"
        "import asyncio\n"
        "from prover.policy.engine import EngineSettings, Sampling\n"
        "from prover.policy.engines.ctranslate2 import open_engine\n"
        "async def main(folder):\n"
        "    engine = await open_engine(folder, EngineSettings())\n"
        "    print(len(await engine.complete('⊢ 1 = 1', Sampling(n=3, max_tokens=4))))\n"
        "    await engine.close()\n"
        "asyncio.run(main(sys.argv[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tiny)], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() == "3", done.stderr


async def test_a_folder_is_converted_once_and_again_when_the_cache_is_damaged(
    copy: Path, cache: Path
) -> None:
    sampling, settings = Sampling(temperature=0, max_tokens=8), EngineSettings(dtype="float32")

    async def answer() -> str:
        engine = await open_engine(str(copy), settings)
        (completion,) = await engine.complete("n : ℕ ⊢ n = n", sampling)
        await engine.close()
        return completion.text

    first = await answer()
    (made,) = (cache / "ctranslate2").iterdir()
    before = (made / "model.bin").stat().st_mtime_ns
    assert await answer() == first and (made / "model.bin").stat().st_mtime_ns == before
    (made / "model.bin").write_bytes((made / "model.bin").read_bytes()[:-100])
    assert await answer() == first
    (made / "tokenizer.json").unlink()
    assert await answer() == first
    assert [path.name for path in (cache / "ctranslate2").iterdir()] == [made.name]


def test_another_model_of_the_same_name_is_converted_anew(copy: Path, tiny: Path) -> None:
    first = converted(copy)
    shutil.rmtree(copy)
    make_tiny_llama(copy, seed=1)
    assert converted(copy) != first and converted(tiny) == first


def test_a_cache_that_cannot_be_written_is_said(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PROVER_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="PROVER_CACHE"):
        converted(copy)


# Damage.


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def set_config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def change_weights(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        from safetensors.numpy import load_file, save_file

        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors")

    return damage


def keep_rows(weights: dict[str, Any], rows: int) -> None:
    """A vocabulary of so many tokens."""
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        weights[name] = weights[name][:rows].copy()


NORM = "model.norm.weight"

DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "weights cut off": (lambda f: cut(f / "model.safetensors"), "model.safetensors is damaged"),
    "empty weights": (lambda f: (f / "model.safetensors").write_bytes(b""), "model.safetensors is damaged"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "has neither model.bin nor"),
    "a missing tensor": (change_weights(lambda w: w.pop(NORM)), f"{NORM} is missing"),
    "a tensor too many": (change_weights(lambda w: w.update(extra=w[NORM].copy())), "extra is no part"),
    "a wrong shape": (change_weights(lambda w: w.update({NORM: w[NORM][:-1].copy()})), "is 127, and config"),
    "no numbers": (change_weights(lambda w: w[NORM].fill(np.nan)), "no numbers"),
    "integers": (change_weights(lambda w: w.update({NORM: w[NORM].astype(np.int32)})), "of the kind I32"),
    "tokenizer cut off": (lambda f: cut(f / "tokenizer.json"), "tokenizer.json cannot be read"),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), "tokenizer.json cannot be read"),
    "fewer rows than tokens": (change_weights(lambda w: keep_rows(w, 300)), "config.json asks for"),
    "another vocabulary in the configuration": (set_config(vocab_size=300), "config.json asks for 300"),
    "a configuration that is cut off": (lambda f: cut(f / "config.json"), "config.json is damaged"),
    "a size that is none": (set_config(hidden_size="big"), "hidden_size is 'big'"),
    "another architecture": (set_config(model_type="gpt2"), "'gpt2'"),
    "stretched positions": (set_config(rope_parameters={"rope_type": "yarn", "factor": 4.0}), "'yarn'"),
    "no end token": (set_config(eos_token_id=None), "eos_token_id"),
    "an end token that is none": (set_config(eos_token_id=4000), "eos_token_id is 4000"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_model_is_an_error_in_plain_words(damage: str, copy: Path) -> None:
    spoil, says = DAMAGE[damage]
    if damage == "a configuration that is cut off":
        (copy / "config.json").write_text((copy / "config.json").read_text()[:100])
    else:
        spoil(copy)
    with pytest.raises(ModelError) as caught:
        await open_engine(str(copy), EngineSettings())
    assert says in str(caught.value) and str(copy) in str(caught.value)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 3


def test_a_tokenizer_with_more_tokens_than_the_model_does_not_fit(copy: Path, tmp_path: Path) -> None:
    set_config(vocab_size=300)(copy)
    change_weights(lambda weights: keep_rows(weights, 300))(copy)
    with pytest.raises(ModelError, match=r"tokenizer\.json does not go with the model: .* has 300"):
        convert(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# The command.


def export(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prover", "export-model", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


async def test_an_exported_model_is_a_quarter_the_size_in_int8_and_answers(
    tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "int8"
    done = export(str(tiny), str(out), "--quantization", "int8")
    assert done.returncode == 0, done.stderr
    convert(tiny, tmp_path / "float32")
    large, small = ((tmp_path / name / "model.bin").stat().st_size for name in ("float32", "int8"))
    assert small < 0.3 * large
    engine = await open_engine(str(out), EngineSettings())
    assert len(await engine.complete("⊢ 1 = 1", Sampling(n=4, max_tokens=4))) == 4
    await engine.close()


def test_the_commands_errors_are_one_line_and_an_exit_code(copy: Path, tmp_path: Path) -> None:
    cut(copy / "model.safetensors")
    for arguments, code, says in (
        ((str(tmp_path / "none"), str(tmp_path / "out")), 2, "there is no folder"),
        ((str(copy), str(tmp_path)), 2, "is there already"),
        ((str(copy), str(tmp_path / "out"), "--quantization", "int3"), 2, "known: float32"),
        ((str(copy), str(tmp_path / "out")), 3, "is damaged"),
    ):
        done = export(*arguments)
        assert done.returncode == code and "Traceback" not in done.stderr
        assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_quantization_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="known: float32, int8"):
        convert(tiny, tmp_path / "out", "int3")


# The model that ships.


async def test_the_small_model_proposes_tactics_for_a_state() -> None:
    policy = await open_policy(PolicyChoice(("small",)).complete())
    goal = Goal("n : Nat\n⊢ n + 0 = n")
    (candidates,) = await policy.propose([State(Statement("t", "theorem t : True"), (), (goal,))])
    await policy.close()
    tactics = {one.tactic for one in candidates if one.tactic}
    assert len(candidates) >= 8 and tactics & {"simp", "rfl", "omega", "grind"}
