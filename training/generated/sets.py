"""Sets, intervals, finite sets of numbers and maps between sets; claims about elements are tried by cases."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from training.generated.drafts import Draft, mentioned, names, typed
from training.generated.logic import Tree, atoms_of, follows, formula
from training.generated.terms import at_most

_SETS = [("A", "B", "C"), ("s", "t", "u"), ("S", "T", "U"), ("X", "Y", "Z")]


def _as_set(tree: Tree, top: bool = True) -> str:
    """A formula in ∧ ∨ ¬ as an expression in ∩ ∪ ᶜ."""
    if len(tree) == 1:
        return str(tree[0])
    if len(tree) == 2:
        return f"{_as_set(tree[1], False)}ᶜ"
    if tree[0] == "∧" and len(tree[2]) == 2:
        text = f"{_as_set(tree[1], False)} \\ {_as_set(tree[2][1], False)}"
    else:
        text = f"{_as_set(tree[1], False)} {'∩' if tree[0] == '∧' else '∪'} {_as_set(tree[2], False)}"
    return text if top else f"({text})"


def _expression(rng: random.Random, sets: Sequence[str], depth: int) -> Tree:
    return formula(rng, sets, depth, "∧∨")


def set_identities(rng: random.Random) -> Draft:
    sets = rng.choice(_SETS)
    kind = rng.choice(["α", "α", "ℕ", "ℤ"])
    while True:
        left, right = _expression(rng, sets, 2), _expression(rng, sets, 2)
        used = sorted(atoms_of(left) | atoms_of(right))
        relation = rng.choice(["↔", "↔", "→"])
        if left == right or len(used) < 2 or len(left) == 1 or not follows([], (relation, left, right), used):
            continue
        goal = f"{_as_set(left)} {'=' if relation == '↔' else '⊆'} {_as_set(right)}"
        binder = typed(used, f"Set {kind}")
        return Draft(("α : Type", binder) if kind == "α" else (binder,), (), goal)


def set_inclusions(rng: random.Random) -> Draft:
    """An inclusion that follows from other inclusions."""
    sets = rng.choice(_SETS)
    kind = rng.choice(["α", "α", "ℕ"])
    while True:
        pairs = [
            (_expression(rng, sets, rng.choice([0, 1])), _expression(rng, sets, rng.choice([0, 1])))
            for _ in range(rng.choice([1, 2]))
        ]
        goal = (_expression(rng, sets, 1), _expression(rng, sets, rng.choice([0, 1])))
        premises = [("→", *pair) for pair in pairs]
        target = ("→", *goal)
        everything = [*premises, target]
        used = sorted(set().union(*map(atoms_of, everything)))
        if any(follows([], premise, used) for premise in everything) or not follows(premises, target, used):
            continue
        if (
            len(premises) == 2
            and any(follows([premise], target, used) for premise in premises)
            or target in premises
        ):
            continue
        hypotheses = tuple(f"{_as_set(a)} ⊆ {_as_set(b)}" for a, b in pairs)
        binder = typed(used, f"Set {kind}")
        shown = f"{_as_set(goal[0])} ⊆ {_as_set(goal[1])}"
        return Draft(("α : Type", binder) if kind == "α" else (binder,), hypotheses, shown)


def set_members(rng: random.Random) -> Draft:
    a, b, c = rng.choice(_SETS)
    x, y = rng.choice([("x", "y"), ("a", "b"), ("p", "q")])
    forms = [
        ((f"{x} ∈ {a}", f"{a} ⊆ {b}"), f"{x} ∈ {b}"),
        ((f"{x} ∈ {a} ∪ {b}", f"{x} ∉ {a}"), f"{x} ∈ {b}"),
        ((f"{x} ∈ {a} ∩ {b}",), f"{x} ∈ {b} ∩ {a}"),
        ((f"{x} ∈ {a} \\ {b}",), f"{x} ∉ {b}"),
        ((), f"{x} ∈ {a} \\ {b} ↔ {x} ∈ {a} ∧ {x} ∉ {b}"),
        ((f"{x} ∈ {a}", f"{y} ∈ {b}", f"{a} ∩ {b} = ∅"), f"{x} ≠ {y}"),
        ((f"{a} ⊆ {b}", f"{x} ∉ {b}"), f"{x} ∉ {a}"),
        ((f"{a} ∪ {b} = {c}", f"{x} ∈ {b}"), f"{x} ∈ {c}"),
        ((f"{a} ⊆ {b}", f"{b} ⊆ {c}", f"{x} ∈ {a}"), f"{x} ∈ {b} ∩ {c}"),
        ((f"{a} ⊆ {b}", f"{b} ⊆ {a}"), f"{a} = {b}"),
        ((f"{x} ∈ {a}",), f"∃ {y}, {y} ∈ {a} ∪ {b}"),
        ((f"∀ {y}, {y} ∉ {a}",), f"{a} = ∅"),
        ((f"{x} ∈ {a}",), f"{{{x}}} ⊆ {a}"),
        ((f"{x} ∈ {a}", f"{y} ∈ {a}"), f"{{{x}, {y}}} ⊆ {a} ∪ {b}"),
    ]
    hypotheses, goal = rng.choice(forms)
    bound = "∃" in goal or any("∀" in hypothesis for hypothesis in hypotheses)
    sets = mentioned((a, b, c), *hypotheses, goal)
    elements = mentioned((x,) if bound else (x, y), *hypotheses, goal)
    binders = ["α : Type", typed(sets, "Set α")] + ([typed(elements, "α")] if elements else [])
    return Draft(tuple(binders), hypotheses, goal)


def intervals(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℝ", "ℝ", "ℚ"])
    (x,) = names(rng, 1)
    low, high = sorted(rng.sample(range(-9, 20), 2))
    k, m = rng.randint(0, 5), rng.randint(1, 4)
    forms = [
        ((f"{x} ∈ Set.Icc {_n(low)} {_n(high)}",), f"{x} ∈ Set.Ioo {_n(low - k - 1, kind)} {high + m}"),
        ((f"{x} ∈ Set.Ioo {_n(low)} {_n(high)}",), f"{low} < {x} ∧ {x} ≤ {high + k}"),
        ((at_most(rng, str(low), x), at_most(rng, x, str(high))), f"{x} ∈ Set.Icc {_n(low)} {_n(high)}"),
        ((f"{x} ∈ Set.Ico {_n(low)} {_n(high)}",), f"{x} + {m} ∈ Set.Ico {_n(low + m, kind)} {_n(high + m)}"),
        ((), f"Set.Ioo {_n(low, kind)} {_n(high)} ⊆ Set.Icc {_n(low - k)} {_n(high + m)}"),
        (
            (),
            f"Set.Icc {_n(low, kind)} {_n(high)} ∩ Set.Ici {_n(low + 1)} = Set.Icc {_n(low + 1)} {_n(high)}",
        ),
        (
            (f"{x} ∈ Set.Icc {_n(low)} {_n(high)}", f"{x} ∉ Set.Icc {_n(low)} {_n(high - 1)}"),
            f"{high - 1} < {x}",
        ),
        (
            (f"{m + 1} * {x} ∈ Set.Icc {_n((m + 1) * low)} {_n((m + 1) * high)}",),
            f"{x} ∈ Set.Icc {_n(low)} {_n(high)}",
        ),
        ((f"{x} ∈ Set.Ioi {_n(low)}", f"{x} ∈ Set.Iio {_n(high)}"), f"{x} ∈ Set.Ioo {_n(low)} {_n(high)}"),
    ]
    hypotheses, goal = rng.choice(forms)
    if not hypotheses:
        return Draft((), (), goal)
    return Draft((typed([x], kind),), hypotheses, goal)


def _n(number: int, kind: str = "") -> str:
    """A numeral as an argument, with its type where nothing else tells it."""
    if kind:
        return f"({number} : {kind})"
    return f"({number})" if number < 0 else str(number)


def images(rng: random.Random) -> Draft:
    f, (a, b) = rng.choice("fgh"), rng.choice([("A", "B"), ("s", "t"), ("S", "T")])
    forms = [
        (0, (), f"{f} '' ({a} ∪ {b}) = {f} '' {a} ∪ {f} '' {b}"),
        (1, (), f"{f} ⁻¹' ({a} ∩ {b}) = {f} ⁻¹' {a} ∩ {f} ⁻¹' {b}"),
        (1, (), f"{f} ⁻¹' ({a} ∪ {b}) = {f} ⁻¹' {a} ∪ {f} ⁻¹' {b}"),
        (1, (), f"{f} ⁻¹' {a}ᶜ = ({f} ⁻¹' {a})ᶜ"),
        (0, (), f"{f} '' ({a} ∩ {b}) ⊆ {f} '' {a} ∩ {f} '' {b}"),
        (0, (f"{a} ⊆ {b}",), f"{f} '' {a} ⊆ {f} '' {b}"),
        (1, (f"{a} ⊆ {b}",), f"{f} ⁻¹' {a} ⊆ {f} ⁻¹' {b}"),
        (1, (), f"{f} '' ({f} ⁻¹' {a}) ⊆ {a}"),
        (0, (), f"{a} ⊆ {f} ⁻¹' ({f} '' {a})"),
        (0, (f"{f} '' {a} ⊆ {f} '' {b}", f"∀ x y, {f} x = {f} y → x = y"), f"{a} ⊆ {b}"),
        (0, (f"x ∈ {a}",), f"{f} x ∈ {f} '' ({a} ∪ {b})"),
        (1, (), f"{f} ⁻¹' ({a} \\ {b}) = {f} ⁻¹' {a} \\ {f} ⁻¹' {b}"),
        (0, (), f"{f} '' {a} ⊆ Set.range {f}"),
        (0, (f"x ∈ {a}", f"{f} '' {a} = {f} '' {b}"), f"∃ y ∈ {b}, {f} y = {f} x"),
    ]
    side, hypotheses, goal = rng.choice(forms)
    one, two = rng.choice([("α", "β"), ("X", "Y"), ("α", "α")])
    used = " ".join(mentioned((a, b), *hypotheses, goal))
    binders = [f"{one} {two} : Type" if one != two else f"{one} : Type", f"{f} : {one} → {two}"]
    binders.append(f"{used} : Set {two if side == 1 else one}")
    if "∀ x" not in " ".join(hypotheses) and mentioned(("x",), *hypotheses):
        binders.append(f"x : {one}")
    return Draft(tuple(binders), hypotheses, goal)


def counted_conditions(rng: random.Random) -> Draft:
    """How many numbers below a bound have a property, and their sum."""
    x, n = rng.choice(["x", "n", "k", "a"]), rng.randint(8, 60)
    m, c = rng.randint(2, 9), rng.randint(1, 30)
    r = rng.randrange(m)
    conditions: list[tuple[str, Callable[[int], bool]]] = [
        (f"{x} % {m} = {r}", lambda v: v % m == r),
        (f"{m} ∣ {x}", lambda v: v % m == 0),
        (f"{x} ^ 2 < {c}", lambda v: v * v < c),
        (f"{x} % 2 = 1 ∧ {c} < {x}", lambda v: v % 2 == 1 and c < v),
        (f"{m} ∣ {x} ∨ 5 ∣ {x}", lambda v: v % m == 0 or v % 5 == 0),
        (f"Even {x}", lambda v: v % 2 == 0),
        (f"{x} ∣ {c}", lambda v: v > 0 and c % v == 0),
    ]
    text, test = rng.choice(conditions)
    place, values = rng.choice([(f"Finset.range {n}", range(n)), (f"Finset.Icc 1 {n}", range(1, n + 1))])
    found = [v for v in values if test(v)]
    chosen = f"Finset.filter (fun {x} => {text}) ({place})"
    return Draft(
        (),
        (),
        rng.choice(
            [
                f"Finset.card ({chosen}) = {len(found)}",
                f"({chosen}).card = {len(found)}",
                f"∑ i ∈ {chosen}, i = {sum(found)}",
            ]
        ),
    )


def sets_by_condition(rng: random.Random) -> Draft:
    """A finite set known by the condition on its members."""
    s, n = rng.choice(["S", "A", "s", "T"]), rng.choice(["n", "x", "k"])
    m, c, low = rng.randint(2, 9), rng.randint(5, 40), rng.randint(0, 4)
    conditions = [
        (f"{n} < {c} ∧ {n} % {m} = {c % m}", [v for v in range(c) if v % m == c % m]),
        (f"{low} < {n} ∧ {n} ≤ {c}", list(range(low + 1, c + 1))),
        (f"{n} ∣ {c}", [v for v in range(1, c + 1) if c % v == 0]),
        (f"{n} ^ 2 < {c}", [v for v in range(c) if v * v < c]),
        (f"0 < {n} ∧ {m} * {n} < {c}", [v for v in range(1, c) if m * v < c]),
    ]
    text, found = rng.choice(conditions)
    goals = [f"{s}.card = {len(found)}", f"∑ k ∈ {s}, k = {sum(found)}"]
    if found:
        goals += [f"{found[-1]} ∈ {s}", f"∀ k ∈ {s}, k ≤ {found[-1]}"]
    return Draft((f"{s} : Finset ℕ",), (f"∀ {n}, {n} ∈ {s} ↔ {text}",), rng.choice(goals))


def finite_set_facts(rng: random.Random) -> Draft:
    numbers = sorted(rng.sample(range(1, 15), 4))
    a, b = numbers[:3], [numbers[1], numbers[3]]
    k, n = rng.randint(2, 9), rng.randint(2, 12)

    def shown(values: list[int]) -> str:
        return "{" + ", ".join(map(str, values)) + "}"

    s, t, x = rng.choice([("A", "B", "x"), ("s", "t", "a"), ("S", "T", "x")])
    sets = typed([s, t], "Finset ℕ")
    one = typed([s], "Finset ℕ")
    forms: list[tuple[tuple[str, ...], tuple[str, ...], str]] = [
        ((), (), f"({shown(a)} ∩ {shown(b)} : Finset ℕ) = {shown([v for v in a if v in b])}"),
        ((), (), f"({shown(a)} ∪ {shown(b)} : Finset ℕ).card = {len(set(a + b))}"),
        ((), (), f"Finset.image (fun x => {k} * x) (Finset.range 4) = {shown([k * i for i in range(4)])}"),
        ((), (), f"∑ i ∈ ({shown(a)} : Finset ℕ), i ^ 2 = {sum(v * v for v in a)}"),
        ((), (), f"(Nat.divisors {n * k}).card = {sum(n * k % d == 0 for d in range(1, n * k + 1))}"),
        ((), (), f"∑ d ∈ Nat.divisors {n * k}, d = {sum(d for d in range(1, n * k + 1) if n * k % d == 0)}"),
        ((sets,), (f"{s} ⊆ {t}",), f"{s} ∪ {t} = {t}"),
        ((sets,), (), f"{s} ∩ {t} ⊆ {s}"),
        ((sets,), (), f"{s} \\ {t} ∪ {s} ∩ {t} = {s}"),
        ((sets, typed([x], "ℕ")), (f"{x} ∈ {s} ∪ {t}", f"{x} ∉ {t}"), f"{x} ∈ {s}"),
        ((one,), (), f"{s}.filter (fun n => n < {k}) ⊆ {s}"),
        ((typed([x], "ℕ"),), (f"{x} ∈ Finset.range {k}",), f"{x} < {k + n}"),
        ((typed([x], "ℕ"),), (f"{x} ∈ ({shown(a)} : Finset ℕ)",), f"{x} ≤ {max(a)}"),
        ((sets,), (f"{s} ⊆ {t}", f"{t} ⊆ {s}"), f"{s} = {t}"),
        ((one, typed([x], "ℕ")), (f"{x} ∉ {s}",), f"(insert {x} {s}).card = {s}.card + 1"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft(variables, hypotheses, goal)


def solution_sets(rng: random.Random) -> Draft:
    """`{x | equation} = {solutions}`."""
    kind = rng.choice(["ℤ", "ℝ", "ℚ"])
    (x,) = names(rng, 1)
    r, s = sorted(rng.sample(range(-7, 10), 2))
    a, b = rng.randint(1, 6), rng.randint(-9, 9)
    forms = [
        (f"{x} ^ 2 = {(s - r) ** 2}", f"{{{s - r}, -{s - r}}}"),
        (f"{a} * {x} + {abs(b)} = {a * r + abs(b)}", f"{{{r}}}"),
        (f"({x} - {abs(r) + 1}) * ({x} - {abs(s) + 20}) = 0", f"{{{abs(r) + 1}, {abs(s) + 20}}}"),
        (f"{x} ^ 2 + {a} = {a}", "{0}"),
        (f"{x} ^ 2 + {a} < 0", "∅"),
        (f"{r} ≤ {x} ∧ {x} ≤ {s}", f"Set.Icc {_n(r)} {_n(s)}"),
        (f"{x} + {a} < {a + s}", f"Set.Iio {_n(s)}"),
    ]
    condition, found = rng.choice(forms)
    return Draft((), (), f"{{{x} : {kind} | {condition}}} = {found}")


FAMILIES = (
    set_identities,
    set_inclusions,
    set_members,
    intervals,
    images,
    counted_conditions,
    sets_by_condition,
    finite_set_facts,
    solution_sets,
)
