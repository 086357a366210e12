"""Propositions and predicates; what is claimed is checked by truth tables before it is written down."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from training.generated.drafts import Draft, mentioned, names, typed
from training.generated.terms import total

Tree = tuple[Any, ...]
"""A formula: `("p",)`, `("¬", f)`, `("∧", f, g)`."""

_WEIGHTS = {"∧": 4, "∨": 4, "→": 4, "↔": 1}


def formula(rng: random.Random, atoms: Sequence[str], depth: int, operations: str = "∧∨→↔") -> Tree:
    """A random formula without `f ∧ f` and the like."""
    if depth == 0 or rng.random() < 0.15:
        return (rng.choice(list(atoms)),)
    if rng.random() < 0.2:
        return ("¬", formula(rng, atoms, depth - 1, operations))
    operation = rng.choices(operations, [_WEIGHTS[sign] for sign in operations])[0]
    left = right = formula(rng, atoms, depth - 1, operations)
    while right == left:
        right = formula(rng, atoms, depth - 1, operations)
    return (operation, left, right)


def show(tree: Tree, top: bool = True) -> str:
    """With parentheses around everything but atoms and the whole."""
    if len(tree) == 1:
        return str(tree[0])
    if len(tree) == 2:
        return f"¬{show(tree[1], False)}"
    text = f"{show(tree[1], False)} {tree[0]} {show(tree[2], False)}"
    return text if top else f"({text})"


def table(tree: Tree, columns: Mapping[str, int], full: int) -> int:
    """The worlds in which it holds, as bits; `columns` has those of the atoms, `full` is all of them."""
    if len(tree) == 1:
        return columns[tree[0]]
    left = table(tree[1], columns, full)
    if len(tree) == 2:
        return full & ~left
    right = table(tree[2], columns, full)
    if tree[0] == "∧":
        return left & right
    if tree[0] == "∨":
        return left | right
    return (full & ~left | right) if tree[0] == "→" else full & ~(left ^ right)


def columns_of(atoms: Sequence[str]) -> tuple[dict[str, int], int]:
    """Each atom's worlds among all valuations, and all of them."""
    count = 1 << len(atoms)
    columns = {atom: sum(1 << w for w in range(count) if w >> i & 1) for i, atom in enumerate(atoms)}
    return columns, (1 << count) - 1


def follows(premises: Sequence[Tree], goal: Tree, atoms: Sequence[str]) -> bool:
    """Whether the premises force the goal, and are not contradictory."""
    columns, full = columns_of(atoms)
    models = full
    for premise in premises:
        models &= table(premise, columns, full)
    return bool(models) and not models & ~table(goal, columns, full)


def atoms_of(tree: Tree) -> set[str]:
    """The atoms that occur."""
    if len(tree) == 1:
        return {tree[0]}
    return set().union(*(atoms_of(part) for part in tree[1:]))


def tautologies(rng: random.Random) -> Draft:
    atoms = rng.choice([["p", "q"], ["p", "q", "r"], ["P", "Q", "R"], ["a", "b", "c"], ["A", "B"]])
    while True:
        tree = formula(rng, atoms, 3)
        if len(atoms_of(tree)) == len(atoms) and follows([], tree, atoms) and 12 < len(show(tree)) < 60:
            return Draft((typed(atoms, "Prop"),), (), show(tree))


def propositional_entailment(rng: random.Random) -> Draft:
    """A goal that needs all the hypotheses given."""
    atoms = rng.choice([["p", "q", "r"], ["P", "Q", "R"], ["p", "q", "r", "s"], ["a", "b", "c", "d"]])
    while True:
        premises = [formula(rng, atoms, rng.choice([1, 2])) for _ in range(rng.choice([2, 2, 3]))]
        goal = formula(rng, atoms, rng.choice([0, 1, 2]))
        if not follows(premises, goal, atoms) or set().union(*map(atoms_of, [*premises, goal])) != set(atoms):
            continue
        fewer = (premises[:i] + premises[i + 1 :] for i in range(len(premises)))
        if not any(follows(rest, goal, atoms) for rest in fewer):
            return Draft((typed(atoms, "Prop"),), tuple(map(show, premises)), show(goal))


def propositional_equivalence(rng: random.Random) -> Draft:
    atoms = rng.choice([["p", "q"], ["P", "Q"], ["p", "q", "r"], ["a", "b", "c"]])
    while True:
        left, right = formula(rng, atoms, 2), formula(rng, atoms, 2)
        same = follows([], ("↔", left, right), atoms)
        if same and left != right and len(atoms_of(left) | atoms_of(right)) == len(atoms):
            return Draft((typed(atoms, "Prop"),), (), f"{show(left, False)} ↔ {show(right, False)}")


def boolean_identities(rng: random.Random) -> Draft:
    atoms = rng.choice([["a", "b"], ["x", "y"], ["a", "b", "c"], ["p", "q"]])

    def boolean(tree: Tree, top: bool = False) -> str:
        if len(tree) == 1:
            return str(tree[0])
        if len(tree) == 2:
            return f"!{boolean(tree[1])}"
        text = f"{boolean(tree[1])} {'&&' if tree[0] == '∧' else '||'} {boolean(tree[2])}"
        return text if top else f"({text})"

    while True:
        left, right = formula(rng, atoms, 2, "∧∨"), formula(rng, atoms, 2, "∧∨")
        if left == right:
            continue
        if len(atoms_of(left) | atoms_of(right)) == len(atoms) and follows([], ("↔", left, right), atoms):
            return Draft((typed(atoms, "Bool"),), (), f"({boolean(left, True)}) = ({boolean(right, True)})")


def _monadic(rng: random.Random, predicates: Sequence[str], x: str) -> tuple[str, str, Tree]:
    """A quantifier, its statement as text, and what it says of one element."""
    size = rng.choice([0, 1, 1, 2])
    body = formula(rng, predicates, size)
    quantifier = rng.choice("∀∃")
    if size == 1 and quantifier == "∀" and rng.random() < 0.5:
        body = ("→", (rng.choice(predicates),), (rng.choice(predicates),))
    shown = show(tuple_with(body, x))
    return quantifier, f"{quantifier} {x}, {shown}", body


def tuple_with(tree: Tree, x: str) -> Tree:
    """The atoms applied to a variable."""
    if len(tree) == 1:
        return (f"{tree[0]} {x}",)
    return (tree[0], *(tuple_with(part, x) for part in tree[1:]))


def syllogisms(rng: random.Random) -> Draft:
    """Statements about all or some elements, tried on every non-empty choice of kinds of elements.

    A kind is a valuation of the predicates. Nothing else of a domain can be seen by such statements.
    """
    predicates = rng.choice([["P", "Q"], ["p", "q"], ["P", "Q", "R"], ["A", "B", "C"]])
    x, y = rng.choice([("x", "y"), ("a", "b"), ("n", "m")])
    kind = rng.choice(["α", "ℕ", "α"])
    columns, full = columns_of(predicates)
    domains = range(1, full + 1)

    def true_in(claim: tuple[str, str, Tree]) -> set[int]:
        holds = table(claim[2], columns, full)
        return {d for d in domains if (not d & ~holds if claim[0] == "∀" else d & holds)}

    while True:
        premises = [_monadic(rng, predicates, x) for _ in range(rng.choice([1, 2, 2]))]
        goal = _monadic(rng, predicates, rng.choice([x, y]))
        used = set().union(*(atoms_of(claim[2]) for claim in [*premises, goal]))
        wanted, given = true_in(goal), [true_in(claim) for claim in premises]
        models = set.intersection(*given)
        if (
            used != set(predicates)
            or not models
            or not models <= wanted
            or any(g <= wanted for g in given[1:])
        ):
            continue
        if premises[0][2] == goal[2] or len(wanted) == full or (len(given) == 2 and given[0] <= wanted):
            continue
        binders = [f"{' '.join(predicates)} : {kind} → Prop"]
        if kind == "α":
            inhabited = goal[0] == "∃" and all(claim[0] == "∀" for claim in premises)
            binders = ["α : Type", *(["[Inhabited α]"] if inhabited else []), *binders]
        return Draft(tuple(binders), tuple(claim[1] for claim in premises), goal[1])


def quantifier_swaps(rng: random.Random) -> Draft:
    p, q = rng.choice([("P", "Q"), ("p", "q"), ("R", "S"), ("f", "g")])
    x, y = rng.choice([("x", "y"), ("a", "b"), ("s", "t"), ("n", "m")])
    r = rng.choice(["r", "c", "A"])
    one, two, prop = f"{p} {q} : α → Prop", f"{p} : α → α → Prop", f"{r} : Prop"
    forms = [
        ((two,), (f"∃ {x}, ∀ {y}, {p} {x} {y}",), f"∀ {y}, ∃ {x}, {p} {x} {y}"),
        ((two,), (f"∃ {x}, ∃ {y}, {p} {x} {y}",), f"∃ {y}, ∃ {x}, {p} {x} {y}"),
        ((two,), (f"∀ {x} {y}, {p} {x} {y}",), f"∀ {x}, {p} {x} {x}"),
        ((two,), (f"∀ {x}, {p} {x} {x}",), f"∀ {x}, ∃ {y}, {p} {x} {y}"),
        ((two,), (f"¬ ∃ {x}, ∀ {y}, {p} {x} {y}",), f"∀ {x}, ∃ {y}, ¬ {p} {x} {y}"),
        ((one,), (), f"(∀ {x}, {p} {x} ∧ {q} {x}) ↔ (∀ {x}, {p} {x}) ∧ (∀ {x}, {q} {x})"),
        ((one,), (), f"(∃ {x}, {p} {x} ∨ {q} {x}) ↔ (∃ {x}, {p} {x}) ∨ (∃ {x}, {q} {x})"),
        ((one,), (f"∃ {x}, {p} {x} ∧ {q} {x}",), f"(∃ {x}, {p} {x}) ∧ (∃ {y}, {q} {y})"),
        ((one,), (f"(∀ {x}, {p} {x}) ∨ (∀ {x}, {q} {x})",), f"∀ {x}, {p} {x} ∨ {q} {x}"),
        ((one, prop), (), f"((∃ {x}, {p} {x}) → {r}) ↔ ∀ {x}, {p} {x} → {r}"),
        ((one, prop), (), f"(∃ {x}, {p} {x} ∧ {r}) ↔ (∃ {x}, {p} {x}) ∧ {r}"),
        ((one, prop), (f"∀ {x}, {r} → {p} {x}", r), f"∀ {y}, {p} {y}"),
        ((one,), (f"¬ ∀ {x}, {p} {x}",), f"∃ {x}, ¬ {p} {x}"),
        ((one,), (f"∀ {x}, ¬ {p} {x}",), f"¬ ∃ {x}, {p} {x} ∧ {q} {x}"),
        ((two,), (f"∀ {x} {y}, {p} {x} {y} → {p} {y} {x}",), f"∀ {x} {y}, {p} {x} {y} ↔ {p} {y} {x}"),
        ((one, prop), (), f"(∀ {x}, {p} {x} ∨ {r}) ↔ (∀ {x}, {p} {x}) ∨ {r}"),
    ]
    binders, hypotheses, goal = rng.choice(forms)
    if not mentioned((q,), *hypotheses, goal):
        binders = tuple(binder.replace(f"{p} {q} :", f"{p} :") for binder in binders)
    kind = rng.choice(["α", "α", "ℕ", "ℤ"])
    binders = tuple(binder.replace("α", kind) for binder in binders)
    return Draft((("α : Type", *binders) if kind == "α" else binders), hypotheses, goal)


def relations(rng: random.Random) -> Draft:
    r = rng.choice(["R", "r", "E", "S"])
    a, b, c, d = tuple(rng.choice(["abcd", "xyzw", "uvwt", "pqst"]))
    symmetric = f"∀ x y, {r} x y → {r} y x"
    transitive = f"∀ x y z, {r} x y → {r} y z → {r} x z"
    reflexive, irreflexive = f"∀ x, {r} x x", f"∀ x, ¬ {r} x x"
    euclidean = f"∀ x y z, {r} x y → {r} x z → {r} y z"
    forms = [
        ((symmetric, transitive, f"{r} {a} {b}", f"{r} {c} {b}"), f"{r} {a} {c}", 3),
        ((transitive, f"{r} {a} {b}", f"{r} {b} {c}", f"{r} {c} {d}"), f"{r} {a} {d}", 4),
        ((reflexive, euclidean, f"{r} {a} {b}"), f"{r} {b} {a}", 2),
        ((irreflexive, transitive, f"{r} {a} {b}"), f"¬ {r} {b} {a}", 2),
        ((symmetric, transitive, f"{r} {a} {b}"), f"{r} {a} {a}", 2),
        ((symmetric, f"¬ {r} {a} {b}"), f"¬ {r} {b} {a}", 2),
        ((irreflexive, f"{r} {a} {b}"), f"{a} ≠ {b}", 2),
        ((symmetric, transitive, f"{r} {a} {b}"), f"{r} {a} {c} ↔ {r} {b} {c}", 3),
        ((reflexive, f"{a} = {b}"), f"{r} {a} {b}", 2),
        ((euclidean, f"{r} {a} {b}", f"{r} {a} {c}"), f"{r} {b} {c} ∧ {r} {c} {b}", 3),
        ((transitive, irreflexive, f"{r} {a} {b}", f"{r} {b} {c}"), f"{a} ≠ {c}", 3),
    ]
    hypotheses, goal, count = rng.choice(forms)
    variables = [a, b, c, d][:count]
    return Draft(("α : Type", f"{r} : α → α → Prop", typed(variables, "α")), hypotheses, goal)


def equalities(rng: random.Random) -> Draft:
    """Rewriting along equations between terms with a function."""
    f, g = rng.choice([("f", "g"), ("g", "h"), ("F", "G"), ("φ", "ψ")])
    a, b, c = tuple(rng.choice(["abc", "xyz", "uvw", "rst"]))
    forms = [
        ((f"{a} = {b}", f"{f} {a} = {c}"), f"{f} {b} = {c}"),
        ((f"{f} {a} = {b}", f"{f} {b} = {a}"), f"{f} ({f} {a}) = {a}"),
        ((f"∀ x, {f} ({f} x) = x", f"{f} {a} = {f} {b}"), f"{a} = {b}"),
        ((f"∀ x, {f} ({g} x) = x", f"{g} {a} = {g} {b}"), f"{a} = {b}"),
        ((f"{f} {a} = {b}", f"{f} {b} = {c}", f"{f} {c} = {a}"), f"{f} ({f} ({f} {a})) = {a}"),
        ((f"∀ x, {f} x = {g} x", f"{g} {a} = {b}"), f"{f} {a} = {b}"),
        ((f"∀ x, {f} ({g} x) = {g} ({f} x)", f"{f} {a} = {a}"), f"{f} ({g} {a}) = {g} {a}"),
        ((f"∀ x, {f} ({f} x) = {f} x", f"{b} = {f} {a}"), f"{f} {b} = {b}"),
        ((f"{f} {a} ≠ {f} {b}",), f"{a} ≠ {b}"),
        ((f"∀ x y, {f} x = {f} y", f"{f} {a} = {c}"), f"{f} {b} = {c}"),
        ((f"∀ x, {f} x = {a}", f"∀ x, {g} x = {b}"), f"{f} ({g} {c}) = {a} ∧ {g} ({f} {c}) = {b}"),
        ((f"{a} = {b} ∨ {a} = {c}", f"{f} {b} = {f} {c}"), f"{f} {a} = {f} {b}"),
    ]
    hypotheses, goal = rng.choice(forms)
    kind = rng.choice(["α", "α", "ℕ", "ℤ"])
    binders = (f"{f} {g} : {kind} → {kind}", typed([a, b, c], kind))
    return Draft((("α : Type", *binders) if kind == "α" else binders), hypotheses, goal)


def witnesses(rng: random.Random) -> Draft:
    """Something that exists, with a solution at hand."""
    x, y, n = rng.choice([("x", "y", "n"), ("a", "b", "c"), ("k", "m", "n"), ("p", "q", "r")])
    s, t = rng.randint(1, 15), rng.randint(1, 15)
    a, b, c = rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 9)
    numbers = rng.choice(["ℕ", "ℤ", "ℚ"])
    forms = [
        ((), f"∃ {x} : {numbers}, {a} * {x} + {b} = {a * s + b}"),
        ((), f"∃ {x} {y} : ℤ, {total([(a, x), (-b, y)])} = {a * s - b * t}"),
        ((), f"∃ {x} {y} : ℕ, {x} * {y} = {s * t} ∧ {x} + {y} = {s + t}"),
        ((), f"∃ {x} : ℕ, {x} ^ 2 = {s * s}"),
        ((), f"∃ {x} : ℕ, {x} % {a} = {s % a} ∧ {x} % {b + a} = {s % (a + b)}"),
        ((typed([n], "ℕ"),), f"∃ {x}, {n} + {a} < {x}"),
        ((typed([n], "ℕ"),), f"∃ {x}, {x} > {n} ∧ {a} ∣ {x}"),
        ((), f"∃ {x} : {rng.choice(['ℚ', 'ℝ'])}, {a} * {x} = {s}"),
        ((typed([n], "ℤ"),), f"∃ {x} {y} : ℤ, {x} + {y} = {n} ∧ {x} - {y} = {n} + {2 * c}"),
        ((), f"∀ {x} : {rng.choice(['ℤ', 'ℚ'])}, ∃ {y}, {x} + {a} * {y} = {x} + {a * c}"),
        ((), f"∃ {x} : ℕ, {s} < {x} ∧ {x} < {s + a} ∧ {x} % 2 = {(s + 1) % 2}"),
        ((), f"∃ {x} {y} {n} : ℕ, {x} ^ 2 + {y} ^ 2 = {n} ^ 2 ∧ {n} = {5 * c}"),
        ((), f"¬ ∀ {x} : ℤ, {x} ^ 2 = {total([(s + t, x), (-s * t, '')])}"),
        ((), f"∃ {x} : ℕ, ∀ {y} : ℕ, {x} * {y} + {c} = {c}"),
    ]
    binders, goal = rng.choice(forms)
    return Draft(binders, (), goal)


def unique_existence(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ"])
    (x,) = names(rng, 1)
    a, s, b = rng.randint(1, 9), rng.randint(1, 20), rng.randint(1, 15)
    claim = f"{total([(a, x), (b, '')])} = {a * s + b}"
    if kind == "ℕ" and rng.random() < 0.4:
        m = rng.randint(3, 9)
        claim = f"{x} < {m} ∧ ({x} + {b}) % {m} = {(s + b) % m}"
    if rng.random() < 0.3 and kind != "ℕ":
        c = rng.choice([name for name in "ctdw" if name != x])
        return Draft((typed([c], kind),), (), f"∃! {x} : {kind}, {x} + {c} = {b}")
    return Draft((), (), f"∃! {x} : {kind}, {claim}")


def conditionals(rng: random.Random) -> Draft:
    """Terms with `if`."""
    (n,) = names(rng, 1, "n m x a k".split())
    a, b, c = rng.randint(1, 30), rng.randint(1, 30), rng.randint(1, 30)
    low, high = min(a, b), max(a, b)
    forms = [
        ((f"{n} < {c}",), f"(if {n} < {c} then {a} else {b}) = {a}"),
        ((f"{c} ≤ {n}",), f"(if {n} < {c} then {a} else {b}) = {b}"),
        ((), f"(if {n} = {c} then {a} else {b}) ≤ {high}"),
        ((), f"{low} ≤ (if {n} % 2 = 0 then {a} else {b})"),
        ((f"(if {n} < {c} then {n} else {c}) = {c + 1}",), f"{n} < {b}"),
        ((), f"(if {n} ≤ {c} then {n} else {c}) ≤ {n}"),
        ((f"(if {n} = {c} then {high + 1} else {low}) = {low}",), f"{n} ≠ {c}"),
        ((), f"(if {n} % {a + 1} = {n} then {n} else {n} % {a + 1}) = {n} % {a + 1}"),
        ((), f"(if 0 < {n} then {n} - 1 else 0) = {n} - 1"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((typed([n], "ℕ"),), hypotheses, goal)


FAMILIES = (
    tautologies,
    propositional_entailment,
    propositional_equivalence,
    boolean_identities,
    syllogisms,
    quantifier_swaps,
    relations,
    equalities,
    witnesses,
    unique_existence,
    conditionals,
)
