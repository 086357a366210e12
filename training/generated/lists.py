"""Lists: lengths, sums, membership, maps and filters of expressions in variables; and lists of numerals."""

from __future__ import annotations

import random

from training.generated.drafts import Draft, mentioned, typed
from training.generated.terms import total

_NAMES = [("xs", "ys", "zs"), ("l", "l'", "l₂"), ("l₁", "l₂", "l₃"), ("as", "bs", "cs"), ("s", "t", "u")]
_ELEMENTS = ["a", "x", "b", "y", "n"]


def _setting(rng: random.Random) -> tuple[str, str, str, str, str]:
    """Three lists, an element and its type."""
    one, two, three = rng.choice(_NAMES)
    return (
        one,
        two,
        three,
        rng.choice([e for e in _ELEMENTS if e not in (one, two, three)]),
        rng.choice(["α", "ℕ", "ℤ"]),
    )


def _draft(
    rng: random.Random,
    kind: str,
    lists: list[str],
    elements: list[str],
    hypotheses: tuple[str, ...],
    goal: str,
) -> Draft:
    binders = ["α : Type"] if kind == "α" else []
    for used, type_ in ((elements, kind), (lists, f"List {kind}")):
        if found := mentioned(used, *hypotheses, goal):
            binders.append(typed(found, type_))
    return Draft(tuple(binders), hypotheses, goal)


def _expression(rng: random.Random, lists: list[str], element: str, depth: int) -> tuple[str, dict[str, int]]:
    """A list expression and how often each variable's elements occur in it."""
    shape = rng.randrange(5) if depth else 0
    if shape == 0:
        if rng.random() < 0.2:
            return f"[{element}]", {element: 1}
        name = rng.choice(lists)
        return name, {name: 1}
    inner, counts = _expression(rng, lists, element, depth - 1)
    if shape == 1:
        return (f"{inner}.reverse" if inner.isidentifier() else f"({inner}).reverse"), counts
    if shape == 2:
        return f"({element} :: {inner})", {**counts, element: counts.get(element, 0) + 1}
    other, more = _expression(rng, lists, element, depth - 1)
    return f"({inner} ++ {other})", {k: counts.get(k, 0) + more.get(k, 0) for k in {**counts, **more}}


def list_lengths(rng: random.Random) -> Draft:
    one, two, three, a, kind = _setting(rng)
    text, counts = _expression(rng, [one, two], a, 3)
    if len(text) < 8:
        return list_lengths(rng)
    if rng.random() < 0.4:
        text = f"(({text}).map {rng.choice(['f', 'g'])})"
    parts = [(c, f"{name}.length" if name != a else "") for name, c in sorted(counts.items())]
    rng.shuffle(parts)
    function = next((word for word in "fg" if f".map {word})" in text), "")
    goal = f"{text}.length = {total(parts)}"
    draft = _draft(rng, kind, [one, two], [a], (), goal)
    if function:
        extra = f"{function} : {kind} → {rng.choice([kind, 'ℕ'])}"
        return Draft((*draft.variables, extra), (), goal)
    return draft


def list_membership(rng: random.Random) -> Draft:
    one, two, three, a, kind = _setting(rng)
    text, counts = _expression(rng, [one, two, three], "c", 3)
    if len(text) < 8:
        return list_membership(rng)
    options = [f"{a} = c" if name == "c" else f"{a} ∈ {name}" for name in sorted(counts)]
    rng.shuffle(options)
    if rng.random() < 0.3:
        given = rng.choice(options)
        return _draft(rng, kind, [one, two, three], [a, "c"], (given,), f"{a} ∈ {text}")
    if rng.random() < 0.2:
        claim = " ∧ ".join(option.replace("∈", "∉").replace("=", "≠") for option in options)
        return _draft(rng, kind, [one, two, three], [a, "c"], (f"{a} ∉ {text}",), claim)
    return _draft(rng, kind, [one, two, three], [a, "c"], (), f"{a} ∈ {text} ↔ {' ∨ '.join(options)}")


def list_sums(rng: random.Random) -> Draft:
    one, two, _, a, _ = _setting(rng)
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    k, c = rng.randint(2, 9), rng.randint(1, 9)
    length = f"{one}.length" if kind == "ℕ" else f"({one}.length : ℤ)"
    forms = [
        ((), f"({one} ++ {two}).sum = {one}.sum + {two}.sum"),
        ((), f"({a} :: {one}).sum = {one}.sum + {a}"),
        ((), f"{one}.reverse.sum = {one}.sum"),
        ((), f"({one}.map (fun x => {k} * x)).sum = {k} * {one}.sum"),
        ((), f"({one}.map (fun x => x + {c})).sum = {one}.sum + {c} * {length}"),
        ((), f"({one} ++ [{a}, {c}]).sum = {one}.sum + {a} + {c}"),
        ((f"∀ x ∈ {one}, x = {k}",), f"{one}.sum = {k} * {length}"),
        ((f"{one}.sum = {k}", f"{two}.sum = {c}"), f"({one} ++ {two} ++ {one}).sum = {2 * k + c}"),
        ((), f"({one}.map (fun x => {k} * x + {c})).sum = {k} * {one}.sum + {c} * {length}"),
        ((f"∀ x ∈ {one}, {k} ∣ x",), f"{k} ∣ {one}.sum"),
        ((), f"(List.replicate {k} {a}).sum = {k} * {a}"),
    ]
    if kind == "ℕ":
        forms += [
            ((f"{a} ∈ {one}",), f"{a} ≤ {one}.sum"),
            ((f"∀ x ∈ {one}, x ≤ {k}",), f"{one}.sum ≤ {k} * {one}.length"),
            ((f"∀ x ∈ {one}, {c} ≤ x",), f"{c} * {one}.length ≤ {one}.sum"),
        ]
    hypotheses, goal = rng.choice(forms)
    return _draft(rng, kind, [one, two], [a], hypotheses, goal)


def list_laws(rng: random.Random) -> Draft:
    """Two ways to write a list: appended, reversed, mapped."""
    one, two, three, a, kind = _setting(rng)
    f, g = rng.choice([("f", "g"), ("g", "h"), ("p", "q")])
    forms = [
        f"({one} ++ {two}) ++ {three} = {one} ++ ({two} ++ {three})",
        f"({one} ++ {two}).reverse = {two}.reverse ++ {one}.reverse",
        f"({a} :: {one}).reverse = {one}.reverse ++ [{a}]",
        f"{one}.reverse.reverse = {one}",
        f"({one} ++ [{a}]).reverse = {a} :: {one}.reverse",
        f"({one} ++ {two} ++ {three}).reverse = {three}.reverse ++ ({two}.reverse ++ {one}.reverse)",
        f"{one} ++ ({a} :: {two}) = ({one} ++ [{a}]) ++ {two}",
        f"({one}.map {f}).map {g} = {one}.map (fun x => {g} ({f} x))",
        f"({one} ++ {two}).map {f} = {one}.map {f} ++ {two}.map {f}",
        f"({one}.map {f}).reverse = {one}.reverse.map {f}",
        f"{one}.map (fun x => x) = {one}",
        f"({a} :: {one} ++ {two}).map {f} = {f} {a} :: ({one}.map {f} ++ {two}.map {f})",
        f"({one}.reverse ++ {two}.reverse).reverse = {two} ++ {one}",
        f"[{a}] ++ {one} ++ [] = {a} :: {one}",
        f"(({one}.map {f}).map {g}).length = {one}.length",
    ]
    goal = rng.choice(forms)
    draft = _draft(rng, kind, [one, two, three], [a], (), goal)
    functions = mentioned((f, g), goal)
    if functions:
        return Draft((*draft.variables, typed(functions, f"{kind} → {kind}")), (), goal)
    return draft


def list_filters(rng: random.Random) -> Draft:
    one, two, _, a, _ = _setting(rng)
    kind = rng.choice(["ℕ", "ℤ"])
    k, c = rng.randint(1, 9), rng.randint(10, 20)
    test = rng.choice(
        [f"fun x => x < {k}", f"fun x => x % {k + 1} = 0", f"fun x => {k} ≤ x", f"fun x => x ≠ {k}"]
    )
    body = test.split("=> ")[1]
    forms = [
        ((), f"({one}.filter ({test})).length ≤ {one}.length"),
        ((), f"({one} ++ {two}).filter ({test}) = {one}.filter ({test}) ++ {two}.filter ({test})"),
        ((f"{a} ∈ {one}.filter ({test})",), body.replace("x", a)),
        ((f"{a} ∈ {one}.filter ({test})",), f"{a} ∈ {one}"),
        ((f"∀ x ∈ {one}, {body}",), f"{one}.filter ({test}) = {one}"),
        ((), f"{a} ∈ {one}.filter ({test}) ↔ {a} ∈ {one} ∧ {body.replace('x', a)}"),
        ((f"∀ x ∈ {one}, ¬ ({body})",), f"{one}.filter ({test}) = []"),
        ((), f"({one}.filter ({test})).filter ({test}) = {one}.filter ({test})"),
        ((f"{one}.length < {c}",), f"({one}.filter ({test})).length < {c}"),
    ]
    hypotheses, goal = rng.choice(forms)
    return _draft(rng, kind, [one, two], [a], hypotheses, goal)


def closed_lists(rng: random.Random) -> Draft:
    """Lists of numerals, evaluated."""
    numbers = [rng.randint(0, 20) for _ in range(rng.randint(3, 7))]
    k, m = rng.randint(1, 9), rng.randint(2, 5)
    shown = "[" + ", ".join(map(str, numbers)) + "]"

    def as_list(values: list[int]) -> str:
        return "[" + ", ".join(map(str, values)) + "]"

    forms = [
        f"({shown} : List ℕ).sum = {sum(numbers)}",
        f"({shown} : List ℕ).length = {len(numbers)}",
        f"({shown} : List ℕ).reverse = {as_list(numbers[::-1])}",
        f"({shown} : List ℕ).map (fun x => {m} * x + {k}) = {as_list([m * n + k for n in numbers])}",
        f"({shown} : List ℕ).filter (fun x => x % {m} = 0) = {as_list([n for n in numbers if n % m == 0])}",
        f"({shown} : List ℕ).take {m} = {as_list(numbers[:m])}",
        f"({shown} : List ℕ).drop {m} ++ [{k}] = {as_list([*numbers[m:], k])}",
        f"((List.range {k + m}).map (fun x => x ^ 2)).sum = {sum(n * n for n in range(k + m))}",
        f"{numbers[1]} ∈ ({shown} : List ℕ)",
        f"∀ x ∈ ({shown} : List ℕ), x ≤ {max(numbers) + k}",
        f"∃ x ∈ ({shown} : List ℕ), x = {numbers[-1]}",
        f"({shown} : List ℕ).count {numbers[0]} = {numbers.count(numbers[0])}",
    ]
    return Draft((), (), rng.choice(forms))


def taken_and_dropped(rng: random.Random) -> Draft:
    one, two, _, a, kind = _setting(rng)
    n = rng.choice([v for v in "nmk" if v not in (one, two, a)])
    k = rng.randint(1, 9)
    forms = [
        ((), f"{one}.take {n} ++ {one}.drop {n} = {one}"),
        ((), f"({one}.take {n}).length ≤ {n}"),
        ((f"{n} ≤ {one}.length",), f"({one}.take {n}).length = {n}"),
        ((), f"({one}.drop {n}).length = {one}.length - {n}"),
        ((), f"({one} ++ {two}).drop {one}.length = {two}"),
        ((), f"({one} ++ {two}).take {one}.length = {one}"),
        ((f"{one}.length = {k}",), f"{one}.take {k} = {one}"),
        ((f"{one}.length ≤ {n}",), f"{one}.drop {n} = []"),
        ((f"{a} ∈ {one}.take {n}",), f"{a} ∈ {one}"),
        ((f"{a} ∈ {one}.drop {k}",), f"{a} ∈ {one}"),
        ((), f"({a} :: {one}).drop 1 = {one}"),
        ((f"{one}.length = {k}", f"{two}.length = {k + 1}"), f"({one} ++ {two}).length = {2 * k + 1}"),
    ]
    hypotheses, goal = rng.choice(forms)
    draft = _draft(rng, kind, [one, two], [a], hypotheses, goal)
    if mentioned((n,), *hypotheses, goal):
        return Draft((*draft.variables, typed([n], "ℕ")), hypotheses, goal)
    return draft


FAMILIES = (
    list_lengths,
    list_membership,
    list_sums,
    list_laws,
    list_filters,
    closed_lists,
    taken_and_dropped,
)
