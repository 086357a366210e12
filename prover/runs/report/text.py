"""Text of a run made fit to be shown: what hides or turns other text is made visible."""

from __future__ import annotations

import re

_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def harmless(text: str) -> str:
    """Control characters, and those that turn the direction of text or have no width, as `⟨U+202E⟩`."""
    return _DECEIVING.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text.replace("\r\n", "\n"))
