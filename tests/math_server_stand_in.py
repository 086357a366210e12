"""A stand-in for a model server: for each question it has texts as a model might write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misbehaving_server import Exchange, MisbehavingServer


class MathServerStandIn(MisbehavingServer):
    """Answers a prompt by the last key of `texts` that stands in it: the few-shot examples come before.

    A greedy request gets the key's first text; samples begin at the request's seed, in a circle.
    `fail_after`: so many requests are answered, then the connection is cut.
    """

    def __init__(self, texts: Mapping[str, Sequence[str]], fail_after: int | None = None) -> None:
        super().__init__(then=self.answer)
        self.texts, self.fail_after = texts, fail_after

    async def answer(self, exchange: Exchange) -> None:
        if self.fail_after is not None and len(self.requests) > self.fail_after:
            exchange.writer.transport.abort()
            return
        body = exchange.body
        chat = "messages" in body
        prompt = body["messages"][-1]["content"] if chat else body["prompt"]
        key = max(self.texts, key=prompt.rfind)
        known, count, seed = self.texts[key], int(body.get("n") or 1), int(body.get("seed") or 0)
        texts = [known[(seed + place) % len(known)] for place in range(count)]
        choices = [
            self._choice(_until(text, body.get("stop") or []), chat, place)
            for place, text in enumerate(texts)
        ]
        tokens = sum(len(text.split()) for text in texts)
        await exchange.reply(
            {"choices": choices, "usage": {"prompt_tokens": len(prompt.split()), "completion_tokens": tokens}}
        )

    @staticmethod
    def _choice(text: str, chat: bool, place: int) -> dict[str, Any]:
        said = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        return said | {"index": place, "finish_reason": "stop", "logprobs": None}


def _until(text: str, stops: Sequence[str]) -> str:
    ends = [place for stop in stops if (place := text.find(stop)) >= 0]
    return text[: min(ends, default=len(text))]
