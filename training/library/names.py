"""Which theorems of Lean's library are worth learning from, and the flat names that their texts get."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROOT = ""
"""Stands for theorems without a namespace: `and_comm`, `if_pos`, `funext`."""

NAMESPACES: dict[str, str] = {
    ROOT: "propositional logic, quantifiers, equality, if-then-else",
    "Nat": "arithmetic, order, divisibility and recursion on ℕ",
    "Int": "arithmetic, order and divisibility on ℤ",
    "Rat": "the field ℚ",
    "Fin": "bounded numbers and modular arithmetic",
    "Bool": "truth tables",
    "List": "finite sequences: inductions, counts, sums",
    "Array": "finite sequences again, with indices",
    "Option": "case distinctions",
    "Prod": "pairs",
    "Sum": "case distinctions over two types",
    "Subtype": "elements with a property",
    "Function": "injective, surjective, inverse and composed functions",
    "Relation": "closures of relations",
    "Ordering": "results of comparisons",
    "And": "propositional logic",
    "Or": "propositional logic",
    "Not": "propositional logic",
    "Iff": "propositional logic",
    "Ne": "propositional logic",
    "Eq": "equality",
    "HEq": "equality across types",
    "Exists": "quantifiers",
    "Classical": "excluded middle and choice",
    "Decidable": "logic with decidable propositions",
    "Nonempty": "existence",
    "Subsingleton": "uniqueness",
    "Quotient": "equivalence classes",
    "Equivalence": "equivalence relations",
    "Std": "orders, from partial to linear, and operations that commute",
    "Lean.Grind": "rings, fields and modules, ordered or not",
}
"""The namespaces that are taken, and what each is good for. What is left out is of programs: machine words,
strings, hash maps, iterators, monads."""

_MODULES = {
    "Std": re.compile(r"Init\.(Core|Data\.Order)(\.|$)|Init\.Data\.Order"),
    "Lean.Grind": re.compile(
        r"Init\.Grind\.(Ring\.(Basic|Field)|Module\.Basic|Ordered\.(Module|Ring|Field|Order|Rat|Int))$"
    ),
}
"""Of these namespaces only what lies in such modules; the rest is the inside of tactics and iterators."""

_PROGRAM_MODULES = re.compile(
    r"\.(Attach|Range\.Polymorphic|Impl|Monadic|Control|ToArray|Iterators|Slice)(\.|$)"
)
"""Modules about proofs carried along by programs, ranges of loops, compiled code and monads."""

_AUXILIARY = re.compile(
    r"^(injEq|inj|sizeOf_spec|congr_simp|eq_def|eq_unfold|induct|induct_unfolding|fun_cases"
    r"|fun_cases_unfolding|mutual_induct|noConfusion|(congr_)?eq_\d+|.*hcongr.*|match_\d+|proof_\d+)$"
)
"""Last parts of names that Lean makes up itself."""

_INSIDE = frozenset(
    "Packages Linear SOM ToInt Internal Impl Attach loop go rec Expr OfScientific Stream".split()
)
"""Parts of names of implementations: those of tactics, of compiled code, of loops."""

_PROGRAMS = re.compile(
    r"TR\b|TR_|csimp|wfParam|attach|pmap|[a-z]M\b|[a-z]M_|M'|forIn|Impl\b|_unattach|[Uu]nsafe|iter\b|Iter|toByteArray|mapFinIdx|Subarray"
    r"|toArray|toVector|repr|toString|hash|_roo\b|_roc\b|_rco\b|_rcc\b|_rio\b|_rii\b|_rci\b|_ric\b|_roi\b|_rxx\b"
)
"""Names that speak of monadic loops, tail recursion and conversions between containers."""


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem of the library: its full name and the module that declares it."""

    name: str
    module: str


def namespace_of(name: str, namespaces: Iterable[str]) -> str | None:
    """The longest of `namespaces` that `name` lies in; None where it lies in none."""
    own = [space for space in namespaces if space and name.startswith(space + ".")]
    if own:
        return max(own, key=len)
    return ROOT if "." not in name and ROOT in set(namespaces) else None


def is_auxiliary(name: str) -> bool:
    """Whether Lean made this theorem for its own use, or it speaks of an implementation."""
    *spaces, last = name.split(".")
    return (
        bool(_AUXILIARY.match(last))
        or any(part in _INSIDE or part.startswith("_") for part in [*spaces, last])
        or bool(_PROGRAMS.search(last))
    )


def select(
    theorems: Iterable[Theorem], namespaces: Sequence[str], modules: Sequence[str] = ()
) -> tuple[list[Theorem], Counter[str]]:
    """Those worth extracting, and how many were left out, by reason.

    modules: only theorems of these modules, where any are given.
    """
    kept: list[Theorem] = []
    left_out: Counter[str] = Counter()
    for theorem in theorems:
        space = namespace_of(theorem.name, namespaces)
        wanted = _MODULES.get(space or "")
        if modules and theorem.module not in modules:
            left_out["another module"] += 1
        elif space is None or (wanted and not wanted.search(theorem.module)):
            left_out["another namespace"] += 1
        elif is_auxiliary(theorem.name) or _PROGRAM_MODULES.search(theorem.module):
            left_out["auxiliary"] += 1
        else:
            kept.append(theorem)
    return kept, left_out


def flat_names(names: Iterable[str]) -> dict[str, str]:
    """A fresh name for each: one identifier of letters, digits and `_`, no two alike.

    `Nat.add_comm` becomes `lib_Nat_add_comm`.
    """
    flat: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        stem = candidate = "lib_" + _plain(name)
        number = 2
        while candidate in used:
            candidate = f"{stem}_{number}"
            number += 1
        used.add(candidate)
        flat[name] = candidate
    return flat


def _plain(name: str) -> str:
    spelled = name.replace("'", "_prime").replace("?", "_opt").replace("!", "_bang")
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"\W", "_", ascii_only)
