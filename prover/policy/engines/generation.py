"""Generation with a transformers model: one batch of requests, each with its own sampling, seed and end.

Every prompt is read once, however many completions it has; rows leave the batch as soon as they end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from prover.policy.engine import Completion, Sampling
from prover.policy.engines.beams import BeamSearch
from prover.policy.engines.tokens import TextEnd


@dataclass(eq=False)
class Request:
    """A prompt's tokens, how it is continued, and whom to tell, with the number of tokens generated for it.

    `sampling.max_tokens` fits the context.
    """

    ids: list[int]
    sampling: Sampling
    end: TextEnd
    finish: Callable[[list[Completion], int], None]
    cancelled: Callable[[], bool]


@dataclass(eq=False)
class _Text:
    """One completion as it grows."""

    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0


class _Samples:
    """The completions of a request that are drawn independently of one another."""

    def __init__(self, request: Request, device: Any) -> None:
        import torch

        self.request = request
        n = request.sampling.n if request.sampling.temperature > 0 else 1
        self._live = [_Text() for _ in range(n)]
        self._done: list[Completion] = []
        self.rows, self.generated = n, 0
        seed = request.sampling.seed
        self._generator = None if seed is None else torch.Generator(device).manual_seed(seed)

    def draw(self, logprobs: Any) -> tuple[list[int], list[int]]:
        """The rows that go on, numbered from 0, and their new tokens, from log-probabilities (row, token)."""
        chosen = self._choose(logprobs)
        gains = logprobs.gather(1, chosen[:, None])[:, 0].tolist()
        going, parents, tokens = [], [], chosen.tolist()
        for row, (text, token, gain) in enumerate(zip(self._live, tokens, gains, strict=True)):
            text.tokens.append(token)
            text.logprob += gain
            if not self._finished(text):
                going.append(text)
                parents.append(row)
        self._live, self.rows = going, len(going)
        return parents, [tokens[row] for row in parents]

    def result(self) -> list[Completion]:
        return self._done

    def _choose(self, logprobs: Any) -> Any:
        """One token a row: at temperature 0 the likeliest, else one drawn by a race of exponentials."""
        import torch

        sampling = self.request.sampling
        if sampling.temperature == 0:
            return logprobs.argmax(-1)
        probabilities = (logprobs / sampling.temperature).softmax(-1)
        if sampling.top_p < 1:
            ordered, order = probabilities.sort(-1, descending=True)
            ordered[ordered.cumsum(-1) - ordered >= sampling.top_p] = 0
            probabilities = torch.zeros_like(probabilities).scatter(-1, order, ordered)
        race = torch.empty_like(probabilities).exponential_(generator=self._generator)
        return (probabilities / race).argmax(-1)

    def _finished(self, text: _Text) -> bool:
        ended = self.request.end.text(text.tokens)
        cut_off = ended is None and len(text.tokens) >= self.request.sampling.max_tokens
        if cut_off:
            ended = self.request.end.decode(text.tokens)
        if ended is not None:
            self._done.append(Completion(ended, len(text.tokens), text.logprob, cut_off))
        return ended is not None


class _Beams:
    """The completions of a request for the best beams."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._search = BeamSearch(request.sampling, request.end)
        self.rows, self.generated = 1, 0

    def draw(self, logprobs: Any) -> tuple[list[int], list[int]]:
        values, tokens = logprobs.topk(min(self._search.choices, logprobs.shape[1]))
        rows = zip(tokens.tolist(), values.tolist(), strict=True)
        self._search.step([dict(zip(*row, strict=True)) for row in rows])
        live = [] if self._search.over else self._search.live
        self.rows = len(live)
        return [beam.parent for beam in live], [beam.tokens[-1] for beam in live]

    def result(self) -> list[Completion]:
        return self._search.result()


class _Decoder:
    """A decoder-only model's forward passes over rows of one batch, prompts padded on the left."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def read(self, prompts: Sequence[list[int]], room: int) -> Any:
        """Logits (prompt, token) after each prompt."""
        import torch

        longest = max(map(len, prompts))
        ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts], device=self._model.device)
        padding = torch.tensor([longest - len(p) for p in prompts], device=self._model.device)
        places = torch.arange(longest + room, device=self._model.device)
        self._mask = (places >= padding[:, None]).long()
        self._next = longest - padding
        self._seen = longest
        self._cache: Any = None
        return self._forward(ids, (places[:longest] - padding[:, None]).clamp(min=0))

    def go_on(self, rows: list[int], tokens: list[int]) -> Any:
        """Logits (row, token) after one more token, each row the continuation of the given earlier one."""
        import torch

        if rows != list(range(len(self._mask))):
            index = torch.tensor(rows, device=self._model.device)
            self._cache.batch_select_indices(index)
            self._mask, self._next = self._mask[index], self._next[index]
        self._seen += 1
        logits = self._forward(torch.tensor(tokens, device=self._model.device)[:, None], self._next[:, None])
        self._next = self._next + 1
        return logits

    def _forward(self, ids: Any, positions: Any) -> Any:
        output = self._model(
            input_ids=ids,
            attention_mask=self._mask[:, : self._seen],
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._cache = output.past_key_values
        return output.logits[:, -1]


class _EncoderDecoder:
    """The same for a model such as T5, whose encoder reads the prompt."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def read(self, prompts: Sequence[list[int]], room: int) -> Any:
        import torch

        longest = max(map(len, prompts))
        ids = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=self._model.device)
        lengths = torch.tensor([len(p) for p in prompts], device=self._model.device)
        self._mask = (torch.arange(longest, device=self._model.device) < lengths[:, None]).long()
        encoder = self._model.get_encoder()
        self._read = encoder(input_ids=ids, attention_mask=self._mask).last_hidden_state
        self._cache: Any = None
        return self._forward([self._model.generation_config.decoder_start_token_id or 0] * len(prompts))

    def go_on(self, rows: list[int], tokens: list[int]) -> Any:
        import torch

        if rows != list(range(len(self._mask))):
            index = torch.tensor(rows, device=self._model.device)
            self._cache.batch_select_indices(index)
            self._mask, self._read = self._mask[index], self._read[index]
        return self._forward(tokens)

    def _forward(self, tokens: list[int]) -> Any:
        import torch

        output = self._model(
            encoder_outputs=(self._read,),
            attention_mask=self._mask,
            decoder_input_ids=torch.tensor(tokens, device=self._model.device)[:, None],
            past_key_values=self._cache,
            use_cache=True,
        )
        self._cache = output.past_key_values
        return output.logits[:, -1]


def generate(model: Any, requests: Sequence[Request], stopped: Callable[[], bool]) -> None:
    """Answers every request as soon as it is finished.

    Requests that have been cancelled leave the batch; when `stopped` says so, all do.
    """
    import torch

    forward = _EncoderDecoder(model) if model.config.is_encoder_decoder else _Decoder(model)
    groups = [_Beams(r) if r.sampling.beams else _Samples(r, model.device) for r in requests]
    with torch.inference_mode():
        logits = forward.read([r.ids for r in requests], max(r.sampling.max_tokens for r in requests))
        prompts = [place for place, group in enumerate(groups) for _ in range(group.rows)]
        parents, tokens = _draw(groups, logits[prompts].float().log_softmax(-1))
        parents = [prompts[parent] for parent in parents]
        while tokens and not stopped():
            logits = forward.go_on(parents, tokens)
            parents, tokens = _draw(groups, logits.float().log_softmax(-1))


def _draw(groups: Sequence[_Samples | _Beams], logprobs: Any) -> tuple[list[int], list[int]]:
    """For every row that goes on, the row it continues and its new token; what is finished is answered."""
    parents, tokens, first = list[int](), list[int](), 0
    for group in groups:
        count = group.rows
        group.generated += count
        if not count or group.request.cancelled():
            group.rows = 0
        else:
            going, new = group.draw(logprobs[first : first + count])
            parents += [first + row for row in going]
            tokens += new
            if not group.rows:
                group.request.finish(group.result(), group.generated)
        first += count
    return parents, tokens
