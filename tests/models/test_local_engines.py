"""The engines of this process on real tiny models: CTranslate2 (converted by us) and transformers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import ModuleType

import engine_scenarios as scenarios
import pytest
import pytest_asyncio
from reference import Reference

from prover.errors import ModelError
from prover.policy.engine import Engine, EngineSettings, Sampling
from prover.policy.engines import ctranslate2, transformers
from prover.policy.engines.ctranslate2_convert import convert

CTRANSLATE2, TRANSFORMERS = EngineSettings(dtype="float32", context=512), EngineSettings(dtype="float32")

Opener = Callable[[], Awaitable[Engine]]


@pytest.fixture(scope="module", params=["ctranslate2", "transformers"])
def opener(request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Opens the engine with the tiny Llama."""
    if request.param == "transformers":
        return lambda: transformers.open_engine(str(folder), TRANSFORMERS)
    converted = tmp_path_factory.mktemp("converted") / "model"
    convert(folder, converted)
    return lambda: ctranslate2.open_engine(str(converted), CTRANSLATE2)


@pytest_asyncio.fixture(scope="module")
async def engine(opener: Opener) -> AsyncIterator[Engine]:
    engine = await opener()
    yield engine
    await engine.close()


@pytest.mark.parametrize("temperature", [1.0, 0.6])
async def test_completions_come_with_the_models_own_logprob(
    engine: Engine, reference: Reference, temperature: float
) -> None:
    sampling = Sampling(n=8, temperature=temperature, top_p=0.95, max_tokens=12)
    await scenarios.completions_come_with_the_models_own_logprob(engine, reference, sampling)


async def test_the_likelihood_of_a_given_text_is_the_models_own(engine: Engine, reference: Reference) -> None:
    await scenarios.the_likelihood_of_a_given_text_is_the_models_own(engine, reference)


async def test_a_stop_string_is_cut_off(engine: Engine, reference: Reference) -> None:
    await scenarios.a_stop_string_is_cut_off(engine, reference)


async def test_a_seed_gives_the_same_texts_twice(engine: Engine) -> None:
    await scenarios.a_seed_gives_the_same_texts_twice(engine)


async def test_beams_are_those_of_transformers(engine: Engine, reference: Reference) -> None:
    await scenarios.beams_are_those_of_transformers(engine, reference)


async def test_without_a_length_penalty_the_sum_counts(engine: Engine, reference: Reference) -> None:
    await scenarios.without_a_length_penalty_the_sum_counts(engine, reference)


async def test_a_stop_string_ends_a_beam(engine: Engine) -> None:
    await scenarios.a_stop_string_ends_a_beam(engine)


async def test_a_prompt_that_is_too_long_is_refused(engine: Engine) -> None:
    await scenarios.a_prompt_that_is_too_long_is_refused(engine)


async def test_characters_that_the_tokenizer_lacks_are_no_fault(engine: Engine) -> None:
    await scenarios.characters_that_the_tokenizer_lacks_are_no_fault(engine)


async def test_requests_that_wait_when_the_engine_is_closed_end_in_an_error(opener: Opener) -> None:
    engine = await opener()
    requests = [asyncio.ensure_future(engine.complete("b", Sampling(n=8, max_tokens=480))) for _ in range(20)]
    await asyncio.sleep(0.05)
    await engine.close()
    answers = await asyncio.gather(*requests, return_exceptions=True)
    assert any(isinstance(answer, ModelError) for answer in answers)
    assert all(isinstance(answer, ModelError | list) for answer in answers)
    with pytest.raises(ModelError, match="closed"):
        await engine.complete("b", Sampling())


async def test_a_cancelled_request_is_not_worked_on_any_more(engine: Engine) -> None:
    before = engine.usage.generated_tokens
    requests = [
        asyncio.ensure_future(engine.complete("b", Sampling(n=32, max_tokens=480))) for _ in range(50)
    ]
    await asyncio.sleep(0.05)
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    # All of them together would take minutes.
    async with asyncio.timeout(30):
        (answer,) = await engine.complete("b", Sampling(temperature=0, max_tokens=4))
    assert engine.usage.generated_tokens - before < 50 * 32 * 480 / 2
    assert answer.tokens <= 4


@pytest.mark.parametrize(
    ("runtime", "settings"), [(ctranslate2, CTRANSLATE2), (transformers, TRANSFORMERS)], ids=["ct2", "hf"]
)
async def test_a_folder_that_is_not_there_is_an_error_in_plain_words(
    runtime: ModuleType, settings: EngineSettings, tmp_path: Path
) -> None:
    with pytest.raises(ModelError) as error:
        await runtime.open_engine(str(tmp_path / "none"), settings)
    assert str(tmp_path / "none") in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_conversation_is_put_into_the_models_template(folder: Path, reference: Reference) -> None:
    engine = await transformers.open_engine(str(folder), TRANSFORMERS)
    await scenarios.a_conversation_is_put_into_the_models_template(engine, reference)
    await engine.close()


async def test_an_encoder_decoder_answers_as_its_own_beam_search_does(tmp_path: Path) -> None:
    import torch
    from transformers import ByT5Tokenizer, T5Config, T5ForConditionalGeneration

    torch.manual_seed(0)
    config = T5Config(
        vocab_size=384, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0
    )
    model = T5ForConditionalGeneration(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer = ByT5Tokenizer()
    tokenizer.save_pretrained(tmp_path)
    engine = await transformers.open_engine(str(tmp_path), TRANSFORMERS)
    (short, answers) = await asyncio.gather(
        engine.complete("⊢ p", Sampling(n=2, max_tokens=3)),
        engine.complete("n : ℕ ⊢ n = n", Sampling(n=3, temperature=0, max_tokens=6, beams=True)),
    )
    await engine.close()
    expected = model.generate(
        **tokenizer("n : ℕ ⊢ n = n", return_tensors="pt"),
        num_beams=3,
        num_return_sequences=3,
        max_new_tokens=6,
        do_sample=False,
    )
    assert {a.text for a in answers} == set(tokenizer.batch_decode(expected, skip_special_tokens=True))
    assert len(short) == 2
