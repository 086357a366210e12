"""Between texts and tokens, for runtimes in this process: prompts, the room for answers, where they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prover.errors import ContextLengthError, ModelError
from prover.policy.engine import Prompt

LEAST = 32
"""A completion may be cut down to this many tokens to make room for its prompt, not further."""


def prompt_tokens(tokenizer: Any, prompt: Prompt) -> list[int]:
    """The prompt as a Hugging Face tokenizer reads it; a conversation by the model's own chat template.

    Raises `ModelError` for a model that has no chat template, or one whose template refuses the conversation.
    """
    if isinstance(prompt, str):
        return list(tokenizer.encode(well_formed(prompt)))
    from jinja2 import TemplateError

    turns = [{"role": turn.role, "content": well_formed(turn.content)} for turn in prompt]
    try:
        return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
    except (TemplateError, ValueError) as error:
        raise ModelError(f"the model takes no such conversation: {error}") from error


def well_formed(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def completion_room(prompt: int, max_tokens: int, context: int) -> int:
    """The tokens that a completion may have after a prompt of `prompt` tokens: `max_tokens`, or what is left.

    Raises `ContextLengthError` where less than `LEAST` is left, and less than was asked for.
    """
    least = min(LEAST, max_tokens)
    if prompt + least > context:
        raise ContextLengthError(
            f"the prompt has {prompt} tokens; the model takes {context} together with its answer",
            prompt / max(1, context - least),
        )
    return min(max_tokens, context - prompt)


def scored_tokens(
    encode: Callable[[str], Sequence[int]], prompt: str, continuation: str, context: int
) -> tuple[list[int], int]:
    """The tokens of both texts as one, and how many of them are before the continuation: at least one.

    Raises `ContextLengthError` where they are more than the model takes.
    """
    ids = list(encode(well_formed(prompt + continuation)))
    before = len(encode(well_formed(prompt))) if prompt else 1
    if len(ids) > context:
        raise ContextLengthError(f"the text has {len(ids)} tokens; the model takes {context}")
    return ids, max(1, min(before, len(ids) - 1))


def end_tokens(tokenizer: Any, generation: Any = None) -> frozenset[int]:
    """The tokens that end a text: the tokenizer's, and those that the model's generation settings name."""
    more = generation if generation is not None else ()
    return frozenset({tokenizer.eos_token_id, *([more] if isinstance(more, int) else more)} - {None})


class TextEnd:
    """Tells whether a text that grows token by token has just ended, by an end token or a stop string."""

    def __init__(
        self, decode: Callable[[Sequence[int]], str], ends: frozenset[int], stop: Sequence[str]
    ) -> None:
        self.decode = decode
        self._ends = ends
        self._stop = stop
        # A new stop string reaches into the last token; a token has a byte or more, a character up to four.
        self._tail = max((len(one.encode()) for one in stop), default=0) + 4

    def text(self, tokens: Sequence[int]) -> str | None:
        """The text up to its end, if it has ended with the last token; None if it goes on."""
        if tokens[-1] in self._ends:
            return self.decode(tokens[:-1])
        if not self._stop or not any(one in self.decode(tokens[-self._tail :]) for one in self._stop):
            return None
        text = self.decode(tokens)
        places = [place for one in self._stop if (place := text.find(one)) >= 0]
        return text[: min(places)] if places else None
