"""The OpenAI protocol's bodies: from a prompt to a request, from a reply to completions or an error."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from prover.errors import ContextLengthError, ModelError
from prover.policy.engine import Completion, Prompt, Sampling, as_text

DROPPABLE = ("logprobs", "top_logprobs", "seed", "n", "stop", "max_tokens")
"""Parameters that not every server knows. A request can do without, or with another name of it."""

_CHARS_PER_TOKEN = 3
"""An estimate, for servers that count no tokens: mathematics has short ones."""

_MOST_TOKENS = 2**31
_LARGEST_LOGPROB = 1e6
_ROUNDING = 1e-3
_MESSAGE_CHARS = 300

_CONTEXT_CODES = ("context_length_exceeded", "exceed_context_size_error")
_CONTEXT_TEXT = re.compile(
    r"maximum (?:context|model) length|exceeds? the (?:available )?(?:context|model)"
    r"|context (?:size|window|length).{0,40}exceed|exceed.{0,40}context|prompt is too long",
    re.IGNORECASE | re.DOTALL,
)
_LIMIT = re.compile(
    r"maximum (?:context|model) length (?:is |of |\()(\d+)|context size \((\d+)", re.IGNORECASE
)
_LENGTH = re.compile(
    r"(\d+) input tokens|(\d+) in the (?:messages|prompt)|resulted in (\d+) tokens"
    r"|length \(?(\d+)\) (?:plus|is|exceeds)|request \((\d+) tokens\)",
    re.IGNORECASE,
)
_CHARACTERS = re.compile(r"contains (\d+) characters \(more than (\d+) characters", re.IGNORECASE)


class BadReply(Exception):
    """A reply that is not what the protocol says; the text says how."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request gave: its completions, and token counts where the server tells them."""

    completions: tuple[Completion, ...]
    prompt_tokens: int
    generated_tokens: int
    cached_tokens: int | None


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error as the server words it: `message` is clean and short, `fields` are its members."""

    status: int
    message: str
    raw: str
    fields: Mapping[str, Any]

    def rejected(self) -> list[str]:
        """Those of `DROPPABLE` that the server does not take, by its own words."""
        if self.status not in (400, 422, 501):
            return []
        if (named := self.fields.get("param")) in DROPPABLE:
            return [str(named)]
        return [name for name in DROPPABLE if _is_named(name, self.message)] or [
            name for name in DROPPABLE if f'"{name}"' in self.raw
        ]

    def context_length(self) -> ContextLengthError | None:
        """The error to raise where the server says that the prompt is too long."""
        kinds = {str(self.fields.get("code")), str(self.fields.get("type"))}
        if not kinds.intersection(_CONTEXT_CODES) and not _CONTEXT_TEXT.search(self.message):
            return None
        text = f"the prompt is longer than the model takes: {self.message}"
        return ContextLengthError(text, self._excess())

    def _excess(self) -> float | None:
        length, limit = _count(self.fields.get("n_prompt_tokens")), _count(self.fields.get("n_ctx"))
        if characters := _CHARACTERS.search(self.message):
            length, limit = (int(number[:12]) for number in characters.groups())
        length = length or _first_number(_LENGTH, self.message)
        limit = limit or _first_number(_LIMIT, self.message)
        return length / limit if length and limit else None


def _is_named(name: str, message: str) -> bool:
    """Whether an error names the parameter: in quotes, or in plain words where it is no word itself."""
    if any(f"{quote}{name}{quote}" in message for quote in "'\"`"):
        return True
    return name not in ("n", "stop") and re.search(rf"\b{name}\b", message) is not None


def _first_number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return next((int(group[:12]) for group in found.groups() if group), None) if found else None


def request_body(
    model: str, prompt: Prompt, sampling: Sampling, without: frozenset[str] | set[str] = frozenset()
) -> dict[str, Any]:
    """The body of a request for `sampling.n` completions, less what the server does not take (`without`)."""
    chat = not isinstance(prompt, str)
    body: dict[str, Any] = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "n": sampling.n,
        "logprobs": True if chat else 1,
    }
    if isinstance(prompt, str):
        body["prompt"] = _valid_unicode(prompt)
    else:
        body["messages"] = [{"role": turn.role, "content": _valid_unicode(turn.content)} for turn in prompt]
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if sampling.beams:
        body["use_beam_search"] = True
        body["length_penalty"] = sampling.length_penalty
    if "max_tokens" in without:
        body["max_completion_tokens"] = sampling.max_tokens
    return {name: value for name, value in body.items() if name not in without}


def read_json(body: bytes) -> Any:
    """What a body says. Bytes that are not UTF-8 are replaced; raises `BadReply` where it is not JSON.

    The standard library's reader takes over what the strict one refuses: NaN, halves of surrogate pairs.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise BadReply(f"not JSON: {clean(body[:80].decode('utf-8', 'replace'))!r}") from None


def read_reply(body: bytes, prompt: Prompt, sampling: Sampling) -> Reply:
    """The completions of a successful reply. Raises `BadReply`, `ModelError` for an error in disguise."""
    value = read_json(body)
    if isinstance(value, dict) and value.get("error"):
        raise ModelError(f"the model server says: {read_error(200, body).message}")
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not choices:
        raise BadReply("it has no choices")
    usage = value.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    drafts = [_draft(choice, sampling) for choice in choices[: sampling.n]]
    generated = _count(usage.get("completion_tokens"))
    completions = _counted(drafts, generated)
    prompt_tokens = _count(usage.get("prompt_tokens"))
    return Reply(
        completions,
        _estimate(as_text(prompt)) if prompt_tokens is None else prompt_tokens,
        sum(completion.tokens for completion in completions) if generated is None else generated,
        _count(details.get("cached_tokens")) if isinstance(details, dict) else None,
    )


def read_error(status: int, body: bytes) -> ServerError:
    """The error of a reply, whatever its form."""
    raw = body[:65536].decode("utf-8", "replace")
    try:
        value = read_json(body)
    except BadReply:
        value = None
    fields = value if isinstance(value, dict) else {}
    if isinstance(fields.get("error"), dict):
        fields = fields["error"]
    said = (fields.get(key) for key in ("message", "error", "detail", "msg"))
    message = next((text for text in said if isinstance(text, str)), raw)
    return ServerError(status, clean(message) or f"status {status}", raw, fields)


def model_list(body: bytes) -> list[Mapping[str, Any]]:
    """The models that a server lists, each with its `id`. Raises `BadReply`."""
    value = read_json(body)
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, list):
        raise BadReply("it has no list of models")
    return [card for card in data if isinstance(card, dict) and isinstance(card.get("id"), str)]


def clean(text: str, most: int = _MESSAGE_CHARS) -> str:
    """A server's words in one line for a person to read: no control characters, `most` characters at most."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[: 8 * most]).split())
    return words if len(words) <= most else words[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A choice, before tokens are counted: `tokens` is None where the server tells no log-probabilities."""

    text: str
    tokens: int | None
    logprob: float | None
    truncated: bool


def _draft(choice: Any, sampling: Sampling) -> _Draft:
    if not isinstance(choice, dict):
        raise BadReply("a choice is not an object")
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else choice.get("text")
    if text is None and isinstance(message, dict):
        text = ""
    if not isinstance(text, str):
        raise BadReply("a choice has no text")
    pieces, logprobs = _token_logprobs(choice.get("logprobs"))
    cut = min((at for stop in sampling.stop if stop and (at := text.find(stop)) >= 0), default=None)
    if cut is not None:
        kept = _tokens_up_to(pieces, next(stop for stop in sampling.stop if text.startswith(stop, cut)), cut)
        pieces, logprobs, text = pieces[:kept], logprobs[:kept], text[:cut]
    truncated = cut is None and choice.get("finish_reason") == "length"
    return _Draft(_valid_unicode(text), len(logprobs) or None, _sum(logprobs), truncated)


def _token_logprobs(value: Any) -> tuple[list[str], list[Any]]:
    """The tokens' texts and log-probabilities, in the form of either endpoint; empty where there are none."""
    if not isinstance(value, dict):
        return [], []
    if isinstance(content := value.get("content"), list):
        tokens = [item if isinstance(item, dict) else {} for item in content]
        return [str(item.get("token", "")) for item in tokens], [item.get("logprob") for item in tokens]
    if isinstance(logprobs := value.get("token_logprobs"), list):
        pieces = value.get("tokens")
        return [str(piece) for piece in pieces] if isinstance(pieces, list) else [], logprobs
    return [], []


def _tokens_up_to(pieces: Sequence[str], stop: str, cut: int) -> int:
    """How many tokens were written when the stop text was complete: where a server would have stopped."""
    length = 0
    for index, piece in enumerate(pieces):
        length += len(piece)
        if length >= cut + len(stop):
            return index + 1
    return len(pieces)


def _sum(logprobs: Sequence[Any]) -> float | None:
    """None unless every one is the logarithm of a probability, but for rounding."""
    numbers = [x for x in logprobs if isinstance(x, int | float) and -_LARGEST_LOGPROB <= x <= _ROUNDING]
    return math.fsum(numbers) if numbers and len(numbers) == len(logprobs) else None


def _counted(drafts: Sequence[_Draft], generated: int | None) -> tuple[Completion, ...]:
    """Completions with their tokens: as listed, else a share of all that were generated, else estimated."""
    length = sum(len(draft.text) for draft in drafts) or 1
    return tuple(
        Completion(
            draft.text,
            draft.tokens or _share(draft.text, generated, length),
            draft.logprob,
            draft.truncated,
        )
        for draft in drafts
    )


def _share(text: str, generated: int | None, length: int) -> int:
    return _estimate(text) if generated is None else max(1, round(generated * len(text) / length))


def _estimate(text: str) -> int:
    return max(1, math.ceil(len(text) / _CHARS_PER_TOKEN))


def _count(value: Any) -> int | None:
    valid = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS
    return value if valid else None


def _valid_unicode(text: str) -> str:
    """The text with surrogate pairs joined and halves of them replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
