"""Renames what a state's context names, in state and tactic alike: the same step under other names.

What a variable is called does not matter to a proof: a model that sees a step under several names learns so.
"""

from __future__ import annotations

import random
import re

_CONTEXT_LINE = re.compile(r"^((?:[^\W\d][\w'!?✝]*[ ])+): ", re.MULTILINE)
_NAME = re.compile(r"(?<![\w.✝'])[^\W\d][\w'!?]*✝?")
_POOLS = (
    (re.compile(r"h[\w']*\Z"), "h h' h₀ h₁ h₂ h₃ h1 h2 h3 h_1 hx hn ha hb hab hp hq H this".split()),
    (re.compile(r"[α-ω]\Z"), "α β γ δ ε σ ι".split()),
    (re.compile(r"(?:f|g|F|G)\Z"), "f g F G u s φ".split()),
    (re.compile(r"[ijklmn]\Z"), "i j k l m n a b c d p q x y z t".split()),
    (re.compile(r"(?:[xyl]s|l[₁₂₃]?|as|bs)\Z"), "xs ys zs l l₁ l₂ as bs".split()),
    (re.compile(r"[a-z]\Z"), "a b c d i j k m n p q r s t u v w x y z".split()),
)
"""What may be called what: a name of the first pool that it matches becomes another one of that pool."""


def renamed(goal: str, tactic: str, draw: random.Random) -> tuple[str, str]:
    """`goal` and `tactic` with names of the context replaced at random, consistently and without clashes.

    Names that Lean marks as inaccessible (`x✝`) stay, and so does what fits no pool.
    """
    taken = set(_NAME.findall(goal)) | set(_NAME.findall(tactic))
    new: dict[str, str] = {}
    for name in dict.fromkeys(n for line in _CONTEXT_LINE.findall(goal) for n in line.split()):
        pool = next((pool for pattern, pool in _POOLS if pattern.match(name)), [])
        free = [other for other in pool if other not in taken]
        if free:
            new[name] = draw.choice(free)
            taken.add(new[name])
    return _replaced(goal, new), _replaced(tactic, new)


def _replaced(text: str, new: dict[str, str]) -> str:
    return _NAME.sub(lambda word: new.get(word[0], word[0]), text)
