"""What could be tried on a goal, widely: the moves from which a model finds out which ones work.

The portfolio knows what competitions ask; these know what a library asks: unfold, compute, take apart, use
induction, use what is assumed. Most fail on most goals, and fail fast.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from prover.policy.portfolio import candidates
from prover.policy.portfolio.view import View, mentions, top_level
from prover.types import State

CLOSERS = (
    "rfl|simp|omega|grind|simp_all|assumption|trivial|decide|contradiction|norm_num|ring|linarith|nlinarith"
    "|positivity|(intros; rfl)|constructor <;> simp_all|ext <;> simp|(funext; simp)|split <;> simp_all"
    "|split <;> rfl|(subst_vars; rfl)|simp [*]|exact Iff.rfl|exact fun h => h|grind (splits := 20)"
).split("|")
"""What may close a goal as it stands. Some are not known in every prelude: then they fail at once."""

MOVES = (
    "intros|intro h|intro x|constructor|ext x|funext x|split|left|right|apply Iff.intro|refine ⟨?_, ?_⟩"
    "|exfalso|simp|simp_all|subst_vars|norm_num|ring_nf|push_cast|by_contra h|injections|apply propext|congr"
    "|rintro ⟨⟩|refine ⟨_, rfl⟩|(intro h; cases h)|(intros; simp_all)|(intros; omega)|(intros; grind)"
    "|rintro x rfl"
).split("|")
"""What may change a goal for the better."""

CHAINS = (
    "(intro x hx; grind)|(intro x hx; simp_all)|(intro x y h; grind)|(intro x y h; simp_all)"
    "|(intro x y h; omega)|(intro x y h; nlinarith)|(ext x; grind)|(ext x; simp; grind)|(ext x; simp; omega)"
    "|constructor <;> grind|(intros; norm_num)|(norm_num; grind)"
    "|(intro n; induction n <;> grind)|(intro n; induction n <;> simp_all)"
    "|(intro n; induction n <;> simp_all <;> omega)|(intro n; induction n <;> simp_all <;> grind)"
    "|(intros; nlinarith)|simp [pow_succ, Int.mul_emod, Int.add_emod, *]"
    "|simp [pow_succ, Nat.mul_mod, Nat.add_mod, *]"
    "|(rw [Int.floor_eq_iff]; norm_num)|(rw [Int.floor_eq_iff]; constructor <;> norm_num <;> linarith)"
    "|(unfold Monotone at *; grind)|(intro a b h; simp_all [Monotone])|(simp [Set.subset_def]; grind)"
).split("|")
"""Several steps that often go together, where the first alone would be one of too many states."""

_ON_PAIRS = (
    "nlinarith [sq_nonneg ({x} - {y})]",
    "nlinarith [sq_nonneg ({x} - {y}), sq_nonneg ({x} + {y})]",
    "nlinarith [sq_nonneg ({x} - {y}), mul_self_nonneg {x}, mul_self_nonneg {y}]",
    "(field_simp; nlinarith [sq_nonneg ({x} - {y})])",
    "(rw [div_le_div_iff₀ (by positivity) (by positivity)]; nlinarith [sq_nonneg ({x} - {y})])",
)
"""On two numbers."""

_ON_DATA = (
    "cases {x}",
    "cases {x} <;> rfl",
    "cases {x} <;> simp",
    "cases {x} <;> simp_all",
    "cases {x} <;> grind",
    "induction {x} <;> simp_all",
    "induction {x} <;> simp",
    "induction {x} <;> grind",
    "induction {x} <;> simp_all <;> omega",
    "rcases {x} with ⟨⟩ <;> rfl",
)
"""On a variable that is no number."""

_ON_NUMBERS = (
    "induction {x} <;> simp_all",
    "induction {x} with\n| zero => simp\n| succ n ih => simp_all",
    "induction {x} with\n| zero => simp\n| succ n ih => omega",
    "induction {x} with\n| zero => rfl\n| succ n ih => grind",
    "cases {x} <;> simp",
    "cases {x} <;> grind",
    "cases {x} <;> omega",
    "interval_cases {x} <;> simp_all",
    "interval_cases {x} <;> grind",
    "(revert {x}; decide)",
    "induction {x} <;> simp_all <;> grind",
    "(rcases (show {x} % 2 = 0 ∨ {x} % 2 = 1 by omega) with h | h <;> grind)",
)

_ON_FACTS = (
    "exact {h}",
    "exact {h}.symm",
    "exact {h} _",
    "exact {h} _ _",
    "apply {h}",
    "rw [{h}]",
    "rw [← {h}]",
    "simp [{h}]",
    "simp at {h}",
    "simp at {h} ⊢",
    "simp [{h}] at *",
    "cases {h}",
    "cases {h} <;> simp_all",
    "cases {h} <;> grind",
    "rcases {h} with ⟨h1, h2⟩",
    "rcases {h} with h1 | h1",
    "obtain ⟨x, hx⟩ := {h}",
    "subst {h}",
    "induction {h} <;> simp_all",
    "norm_num at {h}",
    "exact absurd {h} (by simp)",
    "nlinarith [{h}]",
    "(rcases {h} with h1 | h1 <;> grind)",
    "(obtain ⟨x, hx⟩ := {h}; grind)",
    "(have := Nat.le_of_dvd (by omega) {h}; interval_cases {x} <;> simp_all)",
)
"""On a hypothesis that states something."""

_ENDS = ("omega", "grind", "linarith")

_ON_CONSTANTS = (
    "simp [{c}]",
    "simp only [{c}]",
    "unfold {c}",
    "(unfold {c}; simp)",
    "rw [{c}]",
    "grind [{c}]",
    "simp_all [{c}]",
    "(unfold {c}; rfl)",
    "(unfold {c}; split <;> simp_all)",
    "(delta {c}; rfl)",
    "simp [{c}] <;> omega",
)
"""On a defined thing that the goal speaks of."""

_CONSTANT = re.compile(r"(?<![\w.✝])[A-Z]\w*(?:\.[a-zA-Z_][\w'!?]*)+|(?<=[\w)\]])\.([a-z][\w'!?]*)")
_SAYS = re.compile(r"[=≠<>≤≥∣∧∨∃∀¬↔∈∉⊆≡]|\bPrime\b|\.(?:IsPrefix|Perm|Nodup|Pairwise|Sublist|Subset)\b")
_NO_DATA = ("Type", "Sort", "Inhabited", "DecidableEq", "BEq", "Decidable", "LawfulBEq", "Std.", "LE ", "LT ")
_MOST = 4
"""Variables, facts and constants that are tried, each."""


def ideas(state: State) -> Iterator[str]:
    """Tactics for the state's first goal, those of the portfolio among them; none is there twice."""
    if not state.goals:
        return
    seen: set[str] = set()
    for tactic in _ideas(state):
        if tactic not in seen:
            seen.add(tactic)
            yield tactic


def _ideas(state: State) -> Iterator[str]:
    yield from CLOSERS
    yield from (candidate.tactic for candidate in candidates(state))
    yield from MOVES
    yield from CHAINS
    view = View(state.goals[0])
    for name in _variables(view)[:_MOST]:
        patterns = _ON_NUMBERS if name in view.variables else _ON_DATA
        yield from (pattern.replace("{x}", name) for pattern in patterns)
    numbers = [name for name in view.variables if mentions(view.text, name)][:_MOST]
    for x, y in itertools.combinations(numbers, 2):
        yield from (pattern.replace("{x}", x).replace("{y}", y) for pattern in _ON_PAIRS)
    facts = [h.name for h in view.usable if h.value is None and _states(h.type)]
    for name in facts[-_MOST:]:
        filled = (pattern.replace("{h}", name) for pattern in _ON_FACTS)
        yield from (pattern.replace("{x}", (numbers or ["x"])[0]) for pattern in filled)
    for name in _constants(view)[:_MOST]:
        yield from (pattern.replace("{c}", name) for pattern in _ON_CONSTANTS)
    disjuncts = top_level(view.target, "∨")
    if len(disjuncts) == 2 and not disjuncts[0].startswith(("∀", "∃")):
        yield f"by_cases h : {disjuncts[0]} <;> simp_all"
    if view.target.startswith("∃!"):
        yield from (f"(refine ⟨{k}, by norm_num, ?_⟩; intro y hy; {end})" for k in range(9) for end in _ENDS)
    if "if " in view.target:
        yield from ("split_ifs <;> simp_all", "split <;> omega", "split <;> grind")


def _variables(view: View) -> list[str]:
    """The data in the context that the target speaks of, last first; functions are none, nor types."""
    return [
        h.name
        for h in reversed(view.usable)
        if h.value is None
        and not _states(h.type)
        and "→" not in h.type
        and not h.type.startswith(_NO_DATA)
        and mentions(view.target, h.name)
    ]


def _states(kind: str) -> bool:
    """Whether a hypothesis of this type says something, as far as its text tells."""
    return bool(_SAYS.search(kind))


def _constants(view: View) -> list[str]:
    """Full names of what the target speaks of; a name behind a dot is tried under the types around."""
    owners = dict.fromkeys(re.findall(r"\b[A-Z]\w+", " ".join(h.type for h in view.usable)))
    owners |= {"Nat": None} if "ℕ" in view.goal.text else {}
    owners |= {"Int": None} if "ℤ" in view.goal.text else {}
    found: dict[str, None] = {}
    for match in _CONSTANT.finditer(view.target):
        names = [f"{owner}.{match[1]}" for owner in owners] if match[1] else [match[0]]
        found |= dict.fromkeys(names)
    return list(found)
