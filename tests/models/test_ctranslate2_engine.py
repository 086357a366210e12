"""The CTranslate2 engine with a model that our own converter has made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import engine_scenarios as scenarios
import pytest
import pytest_asyncio
from reference import Reference

from prover.errors import ModelError
from prover.policy.engine import EngineSettings, Sampling
from prover.policy.engines.ctranslate2 import CTranslate2Engine, open_engine
from prover.policy.engines.ctranslate2_convert import convert

SETTINGS = EngineSettings(dtype="float32", context=512)


@pytest.fixture(scope="module")
def converted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("converted") / "model"
    convert(folder, output)
    return output


@pytest_asyncio.fixture(scope="module")
async def engine(converted: Path) -> AsyncIterator[CTranslate2Engine]:
    engine = await open_engine(str(converted), SETTINGS)
    yield engine
    await engine.close()


@pytest.mark.parametrize("temperature", [1.0, 0.6])
async def test_completions_come_with_the_models_own_logprob(
    engine: CTranslate2Engine, reference: Reference, temperature: float
) -> None:
    sampling = Sampling(n=8, temperature=temperature, top_p=0.95, max_tokens=12)
    await scenarios.completions_come_with_the_models_own_logprob(engine, reference, sampling)


async def test_a_stop_string_is_cut_off(engine: CTranslate2Engine, reference: Reference) -> None:
    await scenarios.a_stop_string_is_cut_off(engine, reference)


async def test_a_seed_gives_the_same_texts_twice(engine: CTranslate2Engine) -> None:
    await scenarios.a_seed_gives_the_same_texts_twice(engine)


async def test_beams_are_those_of_transformers(engine: CTranslate2Engine, reference: Reference) -> None:
    await scenarios.beams_are_those_of_transformers(engine, reference)


async def test_without_a_length_penalty_the_sum_counts(
    engine: CTranslate2Engine, reference: Reference
) -> None:
    await scenarios.without_a_length_penalty_the_sum_counts(engine, reference)


async def test_a_stop_string_ends_a_beam(engine: CTranslate2Engine) -> None:
    await scenarios.a_stop_string_ends_a_beam(engine)


async def test_a_prompt_that_is_too_long_is_refused(engine: CTranslate2Engine) -> None:
    await scenarios.a_prompt_that_is_too_long_is_refused(engine)


async def test_characters_that_the_tokenizer_lacks_are_no_fault(engine: CTranslate2Engine) -> None:
    await scenarios.characters_that_the_tokenizer_lacks_are_no_fault(engine)


async def test_requests_that_wait_when_the_engine_is_closed_end_in_an_error(converted: Path) -> None:
    engine = await open_engine(str(converted), SETTINGS)
    requests = [asyncio.ensure_future(engine.complete("b", Sampling(n=8, max_tokens=480))) for _ in range(20)]
    await asyncio.sleep(0.05)
    await engine.close()
    answers = await asyncio.gather(*requests, return_exceptions=True)
    assert any(isinstance(answer, ModelError) for answer in answers)
    assert all(isinstance(answer, ModelError | list) for answer in answers)
    with pytest.raises(ModelError, match="closed"):
        await engine.complete("b", Sampling())


async def test_a_cancelled_request_is_not_worked_on_any_more(engine: CTranslate2Engine) -> None:
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


async def test_a_folder_that_is_not_there_is_an_error_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        await open_engine(str(tmp_path / "none"), SETTINGS)
    assert str(tmp_path / "none") in str(error.value)
    assert "\n" not in str(error.value)
