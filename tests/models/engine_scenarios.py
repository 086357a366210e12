"""What every engine in this process must do, whichever runtime it is; each takes an open engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from prover.errors import ContextLengthError
from prover.policy.engine import ChatMessage, Engine, Sampling, Scorer

if TYPE_CHECKING:
    from reference import Reference

PROMPT = "h : 0 < n |- n + 0 = n; simp"


async def completions_come_with_the_models_own_logprob(
    engine: Engine, reference: Reference, sampling: Sampling
) -> None:
    before = engine.usage.generated_tokens
    completions = await engine.complete(PROMPT, sampling)
    assert len(completions) == sampling.n
    assert engine.usage.generated_tokens - before == sum(c.tokens for c in completions)
    known = [(c, tokens) for c in completions if (tokens := reference.tokens(c)) is not None]
    assert len(known) > len(completions) / 2
    for completion, tokens in known:
        assert completion.logprob == pytest.approx(reference.logprob(PROMPT, tokens), abs=2e-3)
    assert len({c.text for c in completions}) > sampling.n / 2


async def the_likelihood_of_a_given_text_is_the_models_own(engine: Engine, reference: Reference) -> None:
    assert isinstance(engine, Scorer)
    (greedy,) = await engine.complete(PROMPT, Sampling(temperature=0, max_tokens=8))
    for text, likeliest in ((greedy.text, True), (" rfl", False)):
        tokens = reference.tokenizer.encode(text, add_special_tokens=False)
        found = await engine.score(PROMPT, text)
        assert found == (pytest.approx(reference.logprob(PROMPT, tokens), abs=2e-3), likeliest)
    with pytest.raises(ContextLengthError):
        await engine.score("x" * 600, "y")


async def a_stop_string_is_cut_off(engine: Engine, reference: Reference) -> None:
    (whole,) = await engine.complete(PROMPT, Sampling(temperature=0, max_tokens=24))
    stop = whole.text[9:11]
    end = whole.text.index(stop)
    (cut,) = await engine.complete(PROMPT, Sampling(temperature=0, max_tokens=24, stop=(stop, "no such")))
    assert (cut.text, cut.truncated) == (whole.text[:end], False)
    tokens = reference.tokenizer.encode(whole.text[: end + 2], add_special_tokens=False)
    assert cut.tokens == len(tokens)
    assert cut.logprob == pytest.approx(reference.logprob(PROMPT, tokens), abs=2e-3)


async def a_seed_gives_the_same_texts_twice(engine: Engine) -> None:
    sampling = Sampling(n=4, max_tokens=12, seed=7)
    first = await engine.complete(PROMPT, sampling)
    second, _ = await asyncio.gather(engine.complete(PROMPT, sampling), engine.complete("x", Sampling(n=3)))
    other = await engine.complete(PROMPT, Sampling(n=4, max_tokens=12, seed=8))
    assert sorted(c.text for c in first) == sorted(c.text for c in second)
    assert sorted(c.text for c in first) != sorted(c.text for c in other)
    assert len({c.text for c in first}) == 4


async def beams_are_those_of_transformers(engine: Engine, reference: Reference) -> None:
    beams = await engine.complete(PROMPT, Sampling(n=4, temperature=0, max_tokens=8, beams=True))
    expected = reference.beams(PROMPT, 4, 8)
    assert {beam.text for beam in beams} == set(expected)
    for beam in beams:
        assert beam.logprob == pytest.approx(expected[beam.text], abs=2e-3)
    assert [b.logprob / b.tokens for b in beams if b.logprob is not None] == sorted(
        (b.logprob / b.tokens for b in beams if b.logprob is not None), reverse=True
    )


async def without_a_length_penalty_the_sum_counts(engine: Engine, reference: Reference) -> None:
    sampling = Sampling(n=4, temperature=0, max_tokens=8, beams=True, length_penalty=0.0)
    beams = await engine.complete(PROMPT, sampling)
    expected = reference.beams(PROMPT, 4, 8, length_penalty=0.0)
    assert {beam.text for beam in beams} == set(expected)
    assert [beam.logprob for beam in beams] == pytest.approx(
        sorted(expected.values(), reverse=True), abs=2e-3
    )


async def a_stop_string_ends_a_beam(engine: Engine) -> None:
    plain = await engine.complete(PROMPT, Sampling(n=4, temperature=0, max_tokens=8, beams=True))
    stop = plain[0].text[2:4]
    beams = await engine.complete(
        PROMPT, Sampling(n=4, temperature=0, max_tokens=8, stop=(stop,), beams=True)
    )
    assert all(stop not in beam.text for beam in beams)
    (ended,) = [beam for beam in beams if beam.text == plain[0].text[:2]]
    assert (ended.tokens, ended.truncated) == (4, False)


async def a_prompt_that_is_too_long_is_refused(engine: Engine) -> None:
    """The tiny models take 512 tokens, a character each."""
    with pytest.raises(ContextLengthError) as refusal:
        await engine.complete("x" * 1023, Sampling(max_tokens=64))
    assert refusal.value.excess == pytest.approx(1024 / (512 - 32))
    # Where there is room for a short answer, the answer is shortened.
    (short,) = await engine.complete("x" * 463, Sampling(temperature=0, max_tokens=256))
    assert 0 < short.tokens <= 48


async def characters_that_the_tokenizer_lacks_are_no_fault(engine: Engine) -> None:
    completions = await engine.complete("x : ℝ ⊢ 0 ≤ x ^ 2 \ud835", Sampling(n=2, max_tokens=4))
    assert len(completions) == 2


async def a_conversation_is_put_into_the_models_template(engine: Engine, reference: Reference) -> None:
    sampling = Sampling(temperature=0, max_tokens=8)
    (answer,) = await engine.complete((ChatMessage("system", "short"), ChatMessage("user", "a?")), sampling)
    text = "[system] short\n[user] a?\n[assistant] "
    assert [answer] == await engine.complete(text, sampling)
