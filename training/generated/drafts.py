"""What a family returns, a draft of a theorem, and how it becomes text: names, binders, hypotheses."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LETTERS = "x y z a b c u v w p q r s t k m n d".split()
NATURALS = "n m k a b c x y p q i j s t d".split()
FUNCTIONS = "f g h p q F φ".split()
SEQUENCES = "u a s t f x b".split()

_STYLES = (
    (9, ("h₀", "h₁", "h₂", "h₃", "h₄", "h₅", "h₆", "h₇")),
    (3, ("h₁", "h₂", "h₃", "h₄", "h₅", "h₆", "h₇", "h₈")),
    (2, ("h", "h'", "h''", "h₁", "h₂", "h₃", "h₄", "h₅")),
    (2, ("h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8")),
    (1, ("hp", "hq", "hr", "hs", "ht", "hu", "hv", "hw")),
    (1, ("ha", "hb", "hc", "hd", "he", "hf", "hg", "hi")),
)
_WORD = re.compile(r"[^\W\d][\w'₀-₉]*")
_LOOSE = re.compile(r"[→↔∀∃∑∏λ]|fun |if ")


@dataclass(frozen=True, slots=True)
class Draft:
    """A theorem without names: binders as `x y : ℤ` (or with their own `{…}`, `[…]`), propositions."""

    variables: tuple[str, ...]
    hypotheses: tuple[str, ...]
    goal: str


Family = Callable[[random.Random], Draft]


def names(rng: random.Random, count: int, pool: Sequence[str] = LETTERS) -> list[str]:
    """So many different names; half the time the pool's first ones, as people choose them."""
    if rng.random() < 0.5 and count <= 3:
        start = rng.choice([0, 3]) if len(pool) >= 6 else 0
        return list(pool[start : start + count])
    return rng.sample(list(pool), count)


def typed(variables: Sequence[str], kind: str) -> str:
    """One binder for variables of one type."""
    return f"{' '.join(variables)} : {kind}"


def mentioned(candidates: Sequence[str], *texts: str) -> list[str]:
    """Those of the candidate names that occur in the texts."""
    words = set(_WORD.findall(" ".join(texts)))
    return [name for name in candidates if name in words]


def closed(text: str) -> str:
    """A proposition that may stand beside `∧` or before `→`."""
    return f"({text})" if _LOOSE.search(text) else text


def render(rng: random.Random, draft: Draft) -> str:
    """Everything that follows the theorem's name: binders, hypotheses in some order, and the goal."""
    hypotheses = list(draft.hypotheses)
    if rng.random() < 0.4:
        rng.shuffle(hypotheses)
    hypotheses = _joined(rng, hypotheses)
    binders = [_binder(variable) for variable in draft.variables]
    shape = rng.random()
    arrows = "".join(f"{closed(hypothesis)} → " for hypothesis in hypotheses) + draft.goal
    if binders and shape < 0.12:
        return f" : ∀ {_quantified(draft.variables, binders)}, {arrows}"
    if hypotheses and shape < 0.22:
        return "".join(f" {binder}" for binder in binders) + f" : {arrows}"
    labels = _labels(rng, len(hypotheses), draft)
    binders += [f"({label} : {text})" for label, text in zip(labels, hypotheses, strict=True)]
    return "".join(f" {binder}" for binder in binders) + f" : {draft.goal}"


def _quantified(variables: Sequence[str], binders: Sequence[str]) -> str:
    single = len(variables) == 1 and variables[0][0] not in "{["
    return variables[0] if single else " ".join(binders)


def _binder(variable: str) -> str:
    return variable if variable[0] in "{[" else f"({variable})"


def _joined(rng: random.Random, hypotheses: list[str]) -> list[str]:
    if len(hypotheses) < 2 or rng.random() > 0.15:
        return hypotheses
    first, second, *rest = hypotheses
    return [f"{closed(first)} ∧ {closed(second)}", *rest]


def _labels(rng: random.Random, count: int, draft: Draft) -> list[str]:
    """Names of one style that no variable has; a single hypothesis is often just `h`."""
    taken = {name for variable in draft.variables for name in variable.strip("{}[]").split(":")[0].split()}
    if count == 1 and rng.random() < 0.4 and "h" not in taken:
        return ["h"]
    styles = [(weight, style) for weight, style in _STYLES if not taken & set(style)]
    return list(rng.choices([style for _, style in styles], [weight for weight, _ in styles])[0][:count])
