"""The model `prover` of lm-evaluation-harness: its requests, answered by any engine of ours.

from lm_eval import simple_evaluate
import prover.evaluate.harness.model
simple_evaluate(model="prover", model_args={"server": "http://localhost:8000"}, tasks=["gsm8k_cot"])
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Protocol, TypeVar

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.models.utils import normalize_gen_kwargs
from rich.console import Console

from prover.errors import ContextLengthError, InputError
from prover.evaluate.run import CountBar
from prover.policy.engine import Completion, Engine, Sampling, Scorer
from prover.policy.preset import load_preset
from prover.policy.registry import one_model, open_engine
from prover.policy.together import together

MAX_TOKENS = 1024
"""Of an answer, where the task does not say."""

_KNOWN = frozenset(["until", "do_sample", "temperature", "top_p", "max_gen_toks"])

T = TypeVar("T")


Likelihood = tuple[float, bool]


class Request(Protocol):
    """What the harness asks: `args` are the text to go on with, and options or a continuation."""

    args: tuple[Any, ...]


@register_model("prover")
class HarnessModel(LM):  # type: ignore[misc]
    """`lm_eval.api.model.LM` on an engine, opened at once, which works `in_flight` requests at a time.

    policy, preset, model, server: as the options of `prover eval`. An answer is handed to the harness's cache
    as soon as it is there. Prompts that are too long for the model are answered by nothing, and counted in
    `too_long`. What else the harness passes to every model (`batch_size`, `device`) is the engine's affair.
    Raises as `open_engine` does.
    """

    def __init__(
        self,
        policy: str = "",
        preset: str = "",
        model: str = "",
        server: str = "",
        in_flight: int = 64,
        max_tokens: int = MAX_TOKENS,
        quiet: bool = False,
        **others: object,
    ) -> None:
        super().__init__()
        if unknown := sorted(set(others) - {"batch_size", "max_batch_size", "device"}):
            raise InputError(f"the model prover has no argument {unknown[0]}")
        choice = one_model(policy, preset, model, server)
        self.too_long = 0
        self._in_flight, self._max_tokens = in_flight, max_tokens
        self._console = Console(stderr=True, highlight=False, quiet=quiet)
        self._runner = asyncio.Runner()
        try:
            opening = open_engine(choice.names[0], choice, load_preset(choice.preset))
            self.engine: Engine = self._runner.run(opening)
        except BaseException:
            self._runner.close()
            raise

    def generate_until(self, requests: Sequence[Request], disable_tqdm: bool = False) -> list[str]:
        """The answer to each request. Raises `ModelError`, and `InputError` for options that we lack."""
        asked = [(request.args[0], sampling_of(request.args[1], self._max_tokens)) for request in requests]

        async def answer(place: int) -> str:
            text = await self._answer(*asked[place])
            if asked[place][1].temperature == 0:
                self.cache_hook.add_partial("generate_until", requests[place].args, text)
            return text

        return self._all("asking", len(asked), answer)

    def loglikelihood(self, requests: Sequence[Request], disable_tqdm: bool = False) -> list[Likelihood]:
        """The log-probability of each continuation, and whether it is the greedy one.

        Raises `InputError` for an engine that tells none.
        """
        engine = self.engine
        if not isinstance(engine, Scorer):
            raise InputError(
                "this task compares log-probabilities of given texts, which this engine does not tell: "
                "--policy vllm, transformers or ctranslate2 with --model FOLDER, or a task that generates"
            )

        async def score(place: int) -> Likelihood:
            prompt, continuation = requests[place].args
            try:
                found = await engine.score(prompt, continuation)
            except ContextLengthError:
                self.too_long += 1
                found = -math.inf, False
            self.cache_hook.add_partial("loglikelihood", requests[place].args, found)
            return found

        return self._all("scoring", len(requests), score)

    def loglikelihood_rolling(self, requests: Sequence[Request], disable_tqdm: bool = False) -> NoReturn:
        raise InputError("this task asks for the perplexity of whole texts, which our engines do not tell")

    def close(self) -> None:
        """End the engine, and put the harness's cache on the disk."""
        if self.cache_hook.dbdict is not None:
            self.cache_hook.dbdict.close()
        self._runner.run(self.engine.close())
        self._runner.close()

    async def _answer(self, prompt: str, sampling: Sampling) -> str:
        try:
            found: list[Completion] = await self.engine.complete(prompt, sampling)
        except ContextLengthError:
            self.too_long += 1
            return ""
        return found[0].text if found else ""

    def _all(self, label: str, count: int, one: Callable[[int], Any]) -> list[Any]:
        """What `one` gives for 0 … count - 1, `in_flight` at a time, with progress."""
        results: list[Any] = [None] * count
        waiting = iter(range(count))

        async def worker(progress: CountBar) -> None:
            for place in waiting:
                results[place] = await one(place)
                progress.advance()

        async def work() -> None:
            with CountBar(self._console, label, count) as progress:
                await together([worker(progress) for _ in range(min(self._in_flight, count))])

        self._runner.run(work())
        return results


def sampling_of(options: dict[str, Any], max_tokens: int) -> Sampling:
    """How a task wants its answers drawn, in our words. Raises `InputError` for what engines do not know."""
    normal = normalize_gen_kwargs(options, max_tokens)
    if unknown := sorted(set(normal) - _KNOWN):
        raise InputError(f"the task asks for the sampling option {unknown[0]}, which our engines do not know")
    drawn = bool(normal.get("do_sample"))
    return Sampling(
        temperature=float(normal.get("temperature", 1.0)) if drawn else 0.0,
        top_p=float(normal.get("top_p", 1.0)) if drawn else 1.0,
        max_tokens=normal["max_gen_toks"],
        stop=tuple(stop for stop in normal["until"] if stop),
    )
