"""The vLLM engine on the real vLLM (its CPU build, where there is no GPU), with a tiny model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import engine_scenarios as scenarios
import psutil
import pytest
import pytest_asyncio
from reference import Reference
from rich.console import Console

from prover.errors import ModelError
from prover.evaluate.questions import Question
from prover.evaluate.run import Request, Settings, answer_all
from prover.evaluate.scores import score
from prover.evaluate.store import AnswerStore
from prover.evaluate.task import load_task
from prover.policy.engine import EngineSettings, Sampling
from prover.policy.engines.vllm import VllmEngine, open_engine

SETTINGS = EngineSettings(dtype="float32", kv_cache_gib=0.25, max_sequences=32)


@pytest_asyncio.fixture(scope="module")
async def engine(folder: Path) -> AsyncIterator[VllmEngine]:
    """Started once; the tests at the end of this file end it."""
    longest, last = 0.0, time.monotonic()

    async def watch() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.05)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    watching = asyncio.ensure_future(watch())
    began = time.monotonic()
    engine = await open_engine(str(folder), SETTINGS)
    watching.cancel()
    # The event loop went on meanwhile.
    assert longest < (time.monotonic() - began) / 2
    yield engine
    await engine.close()


@pytest.mark.parametrize("temperature", [1.0, 0.6])
async def test_completions_come_with_the_models_own_logprob(
    engine: VllmEngine, reference: Reference, temperature: float
) -> None:
    sampling = Sampling(n=8, temperature=temperature, top_p=0.95, max_tokens=12)
    await scenarios.completions_come_with_the_models_own_logprob(engine, reference, sampling)


async def test_the_likelihood_of_a_given_text_is_the_models_own(
    engine: VllmEngine, reference: Reference
) -> None:
    await scenarios.the_likelihood_of_a_given_text_is_the_models_own(engine, reference)


async def test_a_stop_string_is_cut_off(engine: VllmEngine, reference: Reference) -> None:
    await scenarios.a_stop_string_is_cut_off(engine, reference)


async def test_a_seed_gives_the_same_texts_twice(engine: VllmEngine) -> None:
    await scenarios.a_seed_gives_the_same_texts_twice(engine)


async def test_beams_are_those_of_transformers(engine: VllmEngine, reference: Reference) -> None:
    await scenarios.beams_are_those_of_transformers(engine, reference)


async def test_a_stop_string_ends_a_beam(engine: VllmEngine) -> None:
    await scenarios.a_stop_string_ends_a_beam(engine)


async def test_a_prompt_that_is_too_long_is_refused(engine: VllmEngine) -> None:
    await scenarios.a_prompt_that_is_too_long_is_refused(engine)


async def test_characters_that_the_tokenizer_lacks_are_no_fault(engine: VllmEngine) -> None:
    await scenarios.characters_that_the_tokenizer_lacks_are_no_fault(engine)


async def test_a_conversation_is_put_into_the_models_template(
    engine: VllmEngine, reference: Reference
) -> None:
    await scenarios.a_conversation_is_put_into_the_models_template(engine, reference)


async def test_a_greedy_request_for_several_completions_gives_the_one_there_is(engine: VllmEngine) -> None:
    assert len(await engine.complete("a", Sampling(n=4, temperature=0, max_tokens=4))) == 1


async def test_a_prompt_that_was_seen_before_is_found_in_the_prefix_cache(engine: VllmEngine) -> None:
    prompt = "abc " * 80
    counts = []
    for _ in range(2):
        before = engine.usage.cached_tokens or 0
        await engine.complete(prompt, Sampling(n=4, max_tokens=4))
        counts.append((engine.usage.cached_tokens or 0) - before)
    assert counts[0] == 0
    assert len(prompt) / 2 < counts[1] <= len(prompt)


async def test_questions_in_words_are_answered_by_it(engine: VllmEngine, tmp_path: Path) -> None:
    class Lent:
        """The engine, which the run must not close."""

        usage, complete = engine.usage, staticmethod(engine.complete)

        async def close(self) -> None:
            pass

    async def lend() -> Lent:
        return Lent()

    task = load_task("sat")
    settings = Settings(task, 0, Sampling(temperature=0.6, max_tokens=8, stop=task.stop), samples=20)
    questions = [Question(str(number), f"Is it {number}?", "A") for number in range(3)]
    with AnswerStore(tmp_path) as store:
        store.create(questions)
        wanted = Request({}, lambda: iter(questions), settings, lend)
        await answer_all(store, wanted, Console(quiet=True))
        whole, _ = score(store, 20)
    assert (whole.asked, whole.truncated > 0) == (3, True)
    assert whole.tokens <= 3 * 20 * 8 and whole.majority is not None


async def test_a_cancelled_request_ends_in_the_engine_too(engine: VllmEngine) -> None:
    request = asyncio.ensure_future(engine.complete("b", Sampling(n=8, max_tokens=400)))
    while not engine.unfinished:
        await asyncio.sleep(0.001)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert engine.unfinished == 0
    assert await engine.complete("b", Sampling(max_tokens=4))


async def test_closing_ends_its_processes_and_the_requests_that_wait(engine: VllmEngine) -> None:
    processes = engine_processes()
    assert processes
    request = asyncio.ensure_future(engine.complete("b", Sampling(n=8, max_tokens=400)))
    while not engine.unfinished:
        await asyncio.sleep(0.001)
    await engine.close()
    with pytest.raises(ModelError, match="closed"):
        await request
    with pytest.raises(ModelError, match="closed"):
        await engine.complete("b", Sampling())
    assert not psutil.wait_procs(processes, timeout=10)[1]


async def test_an_engine_whose_process_is_killed_says_so_and_nothing_hangs(folder: Path) -> None:
    engine = await open_engine(str(folder), SETTINGS)
    processes = engine_processes()
    try:
        request = asyncio.ensure_future(engine.complete("b", Sampling(n=8, max_tokens=400)))
        while not engine.unfinished:
            await asyncio.sleep(0.001)
        next(process for process in processes if "EngineCor" in process.name()).kill()
        async with asyncio.timeout(30):
            for answer in (request, engine.complete("b", Sampling(n=4)), engine.complete("c", Sampling())):
                with pytest.raises(ModelError, match="killed.*memory"):
                    await answer
    finally:
        await engine.close()
    assert not psutil.wait_procs(processes, timeout=10)[1]


async def test_a_folder_that_is_not_there_is_an_error_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as error:
        await open_engine(str(tmp_path / "none"), SETTINGS)
    assert str(tmp_path / "none") in str(error.value)
    assert "\n" not in str(error.value)


def engine_processes() -> list[psutil.Process]:
    """The engine's; Python's own helper for shared resources stays until this process ends."""
    return [p for p in psutil.Process().children(recursive=True) if p.name().startswith("VLLM")]
