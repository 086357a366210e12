"""Inequalities: sums of squares, chains of hypotheses, means, bounds on natural numbers."""

from __future__ import annotations

import math
import random
from fractions import Fraction

from training.generated.drafts import NATURALS, Draft, names, typed
from training.generated.terms import at_most, fraction, nonzero, polynomial, power, split_sides, total


def two_squares(rng: random.Random) -> Draft:
    """`(k a - l b) ^ 2 + slack ≥ 0`, multiplied out and rearranged."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ", "ℕ"])
    a, b = names(rng, 2)
    k, m = rng.randint(1, 5), rng.choice([1, 1, 2, 3])
    sign = -1 if kind == "ℕ" else rng.choice([-1, -1, 1])
    parts = [(k * k, f"{a} ^ 2"), (2 * sign * k * m, f"{a} * {b}"), (m * m, f"{b} ^ 2")]
    if rng.random() < 0.3:
        parts.append((rng.randint(1, 9), ""))
    strict = len(parts) == 4 and rng.random() < 0.5
    larger, smaller = split_sides(rng, parts, tidy=kind == "ℕ" or rng.random() < 0.6)
    return Draft((typed([a, b], kind),), (), at_most(rng, smaller, larger, strict))


def three_squares(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    a, b, c = names(rng, 3)
    k = rng.randint(1, 4)
    squares, products = f"{a} ^ 2 + {b} ^ 2 + {c} ^ 2", f"{a} * {b} + {b} * {c} + {c} * {a}"
    forms = [
        (products, squares),
        (f"3 * ({products})", f"({a} + {b} + {c}) ^ 2"),
        (f"({a} + {b} + {c}) ^ 2", f"3 * ({squares})"),
        (f"{2 * k} * ({a} + {b} + {c})", f"{squares} + {3 * k * k}"),
        (
            f"{2 * k} * {a} * {b} + {2 * k} * {b} * {c}",
            f"{k * k} * {a} ^ 2 + 2 * {b} ^ 2 + {k * k} * {c} ^ 2",
        ),
        (f"{a} * {b} - {c} * {a}", f"{a} ^ 2 + {b} ^ 2 + {c} ^ 2"),
        ("0", f"({a} - {k} * {b}) ^ 2 + ({b} - {c}) ^ 2"),
        (f"-({products})", f"{squares}"),
    ]
    smaller, larger = rng.choice(forms)
    return Draft((typed([a, b, c], kind),), (), at_most(rng, smaller, larger))


def quadratic_minimum(rng: random.Random) -> Draft:
    """`a (x - s) ^ 2 + m` multiplied out is at least `m`."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    (x,) = names(rng, 1)
    a, s, m, less = rng.randint(1, 4), nonzero(rng, -7, 7), rng.randint(-10, 20), rng.choice([0, 0, 1, 5])
    left = polynomial([a, -2 * a * s, a * s * s + m], x)
    if rng.random() < 0.4:
        larger, smaller = split_sides(
            rng, [(a, f"{x} ^ 2"), (-2 * a * s, x), (a * s * s + less, "")], tidy=True
        )
        return Draft((typed([x], kind),), (), at_most(rng, smaller, larger, less > 0))
    if rng.random() < 0.2:
        return Draft((typed([x], kind),), (f"{left} = {m}",), f"{x} = {s}")
    return Draft((typed([x], kind),), (), at_most(rng, str(m - less), left, less > 0))


def linear_consequences(rng: random.Random) -> Draft:
    """A positive combination of two or three linear hypotheses, weakened a little."""
    kind = rng.choice(["ℕ", "ℤ", "ℤ", "ℚ", "ℝ"])
    variables = names(rng, rng.choice([2, 2, 3]))
    goal = [0] * (len(variables) + 1)
    hypotheses, strict = [], False
    for _ in range(rng.choice([2, 2, 3])):
        row = [rng.randint(-3, 4) for _ in variables] + [rng.randint(-9, 9)]
        if not any(row[:-1]):
            row[0] = 1
        sharp = rng.random() < 0.4
        strict = strict or sharp
        parts = list(zip(row, [*variables, ""], strict=True))
        larger, smaller = split_sides(rng, parts, tidy=kind == "ℕ" or rng.random() < 0.5)
        hypotheses.append(at_most(rng, smaller, larger, sharp))
        weight = rng.randint(1, 3)
        goal = [g + weight * c for g, c in zip(goal, row, strict=True)]
    goal[-1] += rng.choice([0, 0, 1, 3])
    if not any(goal[:-1]):
        return linear_consequences(rng)
    parts = list(zip(goal, [*variables, ""], strict=True))
    larger, smaller = split_sides(rng, parts, tidy=kind == "ℕ" or rng.random() < 0.6)
    return Draft((typed(variables, kind),), tuple(hypotheses), at_most(rng, smaller, larger, strict))


def order_chains(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    variables = names(rng, rng.choice([3, 4]))
    strict = [rng.random() < 0.5 for _ in variables[1:]]
    hypotheses = [at_most(rng, a, b, s) for a, b, s in zip(variables, variables[1:], strict, strict=False)]
    first, last = variables[0], variables[-1]
    k = rng.randint(1, 9)
    goals = [
        at_most(rng, first, last, any(strict)),
        at_most(rng, f"{first} + {k}", f"{last} + {k}", any(strict)),
        at_most(rng, f"{k + 1} * {first}", f"{k + 1} * {last}", any(strict)),
        at_most(
            rng, f"{first} + {variables[1]}", f"{last} + {variables[-2]}", any(strict) and len(variables) == 4
        ),
        f"¬ {last} < {first}",
    ]
    if len(variables) == 4:
        goals[3] = at_most(rng, f"{first} + {variables[1]}", f"{last} + {last}", any(strict))
    else:
        goals[3] = at_most(rng, f"{first} + {first}", f"{last} + {variables[1]}", any(strict))
    return Draft((typed(variables, kind),), tuple(hypotheses), rng.choice(goals))


def positive_products(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    a, b, c, d = names(rng, 4)
    k, m = rng.randint(1, 9), rng.randint(1, 9)
    forms = [
        ([a, b], [f"0 < {a}", f"0 < {b}"], f"0 < {k} * {a} * {b} + {m} * {a}"),
        ([a, b], [f"{a} < 0", f"{b} < 0"], f"0 < {a} * {b}"),
        ([a, b], [f"{k} ≤ {a}", f"{m} ≤ {b}"], f"{k * m} ≤ {a} * {b}"),
        ([a, b, c], [f"{a} ≤ {b}", f"0 ≤ {c}"], f"{a} * {c} ≤ {b} * {c}"),
        ([a, b, c, d], [f"0 < {a}", f"{a} < {b}", f"0 < {c}", f"{c} < {d}"], f"{a} * {c} < {b} * {d}"),
        ([a, b], [f"{k} < {a}", f"{m} < {b}"], f"0 < ({a} - {k}) * ({b} - {m})"),
        ([a, b], [f"{k} ≤ {a}", f"{m} ≤ {b}"], f"{m} * {a} + {k} * {b} ≤ {a} * {b} + {k * m}"),
        ([a, b], [f"0 < {a}", f"{a} < {b}"], f"{a} ^ 2 < {b} ^ 2"),
        ([a], [f"{k} < {a}"], f"{k} * {a} < {a} ^ 2"),
        ([a], [f"0 ≤ {a}", f"{a} ≤ 1"], f"{a} ^ 2 ≤ {a}"),
        ([a, b], [f"0 < {a} * {b}", f"0 < {a}"], f"0 < {b}"),
        ([a, b], [f"0 ≤ {a}", f"{a} ≤ {b}"], f"{a} ^ 3 ≤ {b} ^ 3"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def means(rng: random.Random) -> Draft:
    """Arithmetic, geometric and harmonic means of positive numbers, with and without fractions."""
    kind = rng.choice(["ℚ", "ℝ", "ℝ"])
    a, b, c = names(rng, 3)
    k = rng.randint(2, 6)
    pair, triple = [f"0 < {a}", f"0 < {b}"], [f"0 < {a}", f"0 < {b}", f"0 < {c}"]
    forms = [
        ([a, b], pair, f"4 * {a} * {b} ≤ ({a} + {b}) ^ 2"),
        ([a, b], pair, f"2 ≤ {a} / {b} + {b} / {a}"),
        ([a, b], pair, f"4 ≤ ({a} + {b}) * (1 / {a} + 1 / {b})"),
        ([a], pair[:1], f"{2 * k} ≤ {a} + {k * k} / {a}"),
        ([a, b], pair, f"2 * {a} * {b} / ({a} + {b}) ≤ ({a} + {b}) / 2"),
        ([a, b], [*pair, f"{a} * {b} = {k * k}"], f"{2 * k} ≤ {a} + {b}"),
        ([a, b], [*pair, f"{a} + {b} = {2 * k}"], f"{a} * {b} ≤ {k * k}"),
        ([a, b, c], triple, f"9 * {a} * {b} * {c} ≤ ({a} + {b} + {c}) * ({a} * {b} + {b} * {c} + {c} * {a})"),
        ([a, b, c], triple, f"8 * {a} * {b} * {c} ≤ ({a} + {b}) * ({b} + {c}) * ({c} + {a})"),
        ([a, b], pair, f"{a} ^ 2 * {b} + {a} * {b} ^ 2 ≤ {a} ^ 3 + {b} ^ 3"),
        ([a, b], pair, f"({a} + {b}) ^ 3 ≤ 4 * ({a} ^ 3 + {b} ^ 3)"),
        ([a, b], pair, f"{a} + {b} ≤ {a} ^ 2 / {b} + {b} ^ 2 / {a}"),
        ([a, b], pair, f"{2 * k} * {a} * {b} ≤ {k} * ({a} ^ 2 + {b} ^ 2)"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def natural_bounds(rng: random.Random) -> Draft:
    (n,) = names(rng, 1, NATURALS)
    k, a = rng.randint(2, 12), rng.randint(1, 6)
    slack = rng.randint(0, 2 * k)
    forms = [
        ((f"{n} ≤ {k}",), f"{n} ^ 2 ≤ {k * k + slack}"),
        ((f"{n} ^ 2 < {k * k + 1 + slack % 3}",), f"{n} ≤ {k if k > 1 else k + 1}"),
        ((f"{k} ≤ {n}",), f"{k * k} ≤ {n} ^ 2"),
        ((f"{k} < {n}",), f"{a * k} < {a} * {n} + {slack}"),
        ((f"{a + 1} * {n} < {(a + 1) * k}",), f"{n} < {k}"),
        ((), f"{n} ^ 2 ≠ {k * k + 1 + slack % (2 * k)}"),
        ((f"{k} < {n}", f"{n} < {k + 2}"), f"{n} = {k + 1}"),
        ((f"{n} * {n} = {k * k}",), f"{n} = {k}"),
        ((f"0 < {n}",), f"{n} ≤ {n} ^ {a % 3 + 2}"),
        ((f"{n} ^ 3 ≤ {k**3}",), f"{n} ≤ {k}"),
        ((f"{n} ≤ {k % 5 + 2}",), f"{n} ^ 2 ≤ {k % 5 + 2} * {n}"),
        ((f"{n} ≠ 0", f"{n} ≠ 1"), f"{n} + {a} < {n} * {n} + {a}"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((typed([n], "ℕ"),), hypotheses, goal)


def between_roots(rng: random.Random) -> Draft:
    """A quadratic is negative exactly between its roots."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    (x,) = names(rng, 1)
    r, s = sorted(rng.sample(range(-8, 12), 2))
    left = polynomial([1, -(r + s), r * s], x)
    factored = f"({total([(1, x), (-r, '')])}) * ({total([(1, x), (-s, '')])})"
    bounds = (at_most(rng, str(r), x), at_most(rng, x, str(s)))
    forms = [
        (bounds, f"{left} ≤ 0"),
        (bounds, f"{factored} ≤ 0"),
        ((f"{s} < {x}",), f"0 < {left}"),
        ((f"{x} < {r}",), f"0 < {left}"),
        ((f"{left} ≤ 0",), f"{r} ≤ {x} ∧ {x} ≤ {s}"),
        ((f"{factored} < 0",), f"{r} < {x} ∧ {x} < {s}"),
        ((f"0 < {left}",), f"{x} < {r} ∨ {s} < {x}"),
        ((f"{x} ^ 2 < {s * s + 1}",) if kind == "ℤ" and s > 0 else bounds, f"{x} ≤ {abs(s)}"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((typed([x], kind),), hypotheses, goal)


def reciprocals(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℝ"])
    a, b = names(rng, 2)
    k, m = rng.randint(2, 9), rng.randint(1, 9)
    forms = [
        ([a, b], [f"0 < {a}", f"{a} < {b}"], f"1 / {b} < 1 / {a}"),
        ([a], [f"{k} < {a}"], f"1 / {a} < 1 / {k}"),
        ([a], [f"0 < {a}"], f"{a} / ({a} + {m}) < 1"),
        ([a], [f"0 < {a}"], f"{a} / {k} < {a}"),
        ([a, b], [f"0 < {a}", f"0 < {b}"], f"0 < {a} / {b} + {m}"),
        ([a, b], [f"0 < {b}", f"{a} ≤ {m} * {b}"], f"{a} / {b} ≤ {m}"),
        ([a, b], [f"0 < {b}", f"{a} / {b} < {m}"], f"{a} < {m} * {b}"),
        ([a], [f"{m} ≤ {a}"], f"{m} / {a} ≤ 1"),
        ([a, b], [f"0 < {a}", f"{a} < {b}"], f"{a} / {b} < ({a} + {m}) / ({b} + {m})"),
        ([a], [f"1 < {a}"], f"1 / {a} < 1 ∧ 0 < 1 / {a}"),
        ([a], [f"1 / {a} = {fraction(Fraction(m, k))}", f"{a} ≠ 0"], f"{a} = {fraction(Fraction(k, m))}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def maxima(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℤ"])
    a, b, c = names(rng, 3)
    k = rng.randint(1, 20)
    forms = [
        ([a, b], [], f"max {a} {b} + min {a} {b} = {a} + {b}"),
        ([a, b], [f"{a} ≤ {b}"], f"max {a} {b} = {b} ∧ min {a} {b} = {a}"),
        ([a, b, c], [f"{a} ≤ {c}", f"{b} ≤ {c}"], f"max {a} {b} ≤ {c}"),
        ([a, b], [], f"min {a} {b} ≤ {a} ∧ {b} ≤ max {a} {b}"),
        ([a, b, c], [], f"max {a} (max {b} {c}) = max (max {a} {b}) {c}"),
        ([a, b], [], f"min ({a} + {k}) ({b} + {k}) = min {a} {b} + {k}"),
        ([a, b], [f"max {a} {b} < {k}"], f"{a} < {k} ∧ {b} < {k}"),
        ([a, b], [f"{k} ≤ min {a} {b}"], f"{2 * k} ≤ {a} + {b}"),
        ([a, b, c], [], f"min {a} (max {b} {c}) = max (min {a} {b}) (min {a} {c})"),
        ([a, b], [f"min {a} {b} = max {a} {b}"], f"{a} = {b}"),
        ([a, b], [], f"2 * min {a} {b} ≤ {a} + {b}"),
        ([a], [], f"max {a} {k} ≤ {k} ∨ max {a} {k} = {a}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def even_powers(rng: random.Random) -> Draft:
    """Sums of even powers: their sign, and what it means that they vanish."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    a, b, c = names(rng, 3)
    k, m = nonzero(rng, -9, 9), rng.randint(1, 9)
    shifted = f"({total([(1, a), (k, '')])}) ^ 2"
    forms = [
        ([a, b], [], f"0 ≤ {shifted} + {m} * {b} ^ 2"),
        ([a], [], f"0 < {a} ^ 4 + {m} * {a} ^ 2 + {m}"),
        ([a, b], [f"{a} ^ 2 + {b} ^ 2 = 0"], f"{a} = 0 ∧ {b} = 0"),
        ([a], [f"{shifted} = 0"], f"{a} = {-k}"),
        ([a, b], [f"{shifted} + ({b} - {m}) ^ 2 = 0"], f"{a} + {b} = {m - k}"),
        ([a, b, c], [f"{a} ^ 2 + {b} ^ 2 + {c} ^ 2 ≤ 0"], f"{a} * {b} = {c}"),
        ([a], [f"{a} ^ 2 = {m * m}", f"0 < {a}"], f"{a} = {m}"),
        ([a], [f"{a} ^ 2 = {m * m}"], f"{a} = {m} ∨ {a} = -{m}"),
        ([a], [f"{a} ≠ 0"], f"0 < {m} * {a} ^ 2"),
        ([a, b], [f"{a} ≠ {b}"], f"2 * {a} * {b} < {a} ^ 2 + {b} ^ 2"),
        ([a], [f"{a} ^ {2 * (m % 2) + 3} = 0"], f"{a} = 0"),
        ([a], [], f"{a} ^ 2 * ({a} ^ 2 + {m}) ≥ 0"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def weighted_quadratics(rng: random.Random) -> Draft:
    """A random sum of two or three squares of linear forms, multiplied out."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ"])
    variables = names(rng, rng.choice([2, 3]))
    form: dict[tuple[int, int], int] = {}
    size = len(variables)
    for _ in range(size):
        row = [rng.randint(-2, 2) for _ in range(size)]
        for i in range(size):
            for j in range(size):
                key = (min(i, j), max(i, j))
                form[key] = form.get(key, 0) + row[i] * row[j]
    parts = [
        (c, power(variables[i], 2) if i == j else f"{variables[i]} * {variables[j]}")
        for (i, j), c in sorted(form.items())
        if c
    ]
    if len(parts) < 3 or math.gcd(*(c for c, _ in parts)) > 1:
        return weighted_quadratics(rng)
    larger, smaller = split_sides(rng, parts, tidy=True)
    used = [v for v in variables if any(v in body for _, body in parts)]
    return Draft((typed(used, kind),), (), at_most(rng, smaller, larger))


FAMILIES = (
    two_squares,
    three_squares,
    quadratic_minimum,
    linear_consequences,
    order_chains,
    positive_products,
    means,
    natural_bounds,
    between_roots,
    reciprocals,
    maxima,
    even_powers,
    weighted_quadratics,
)
