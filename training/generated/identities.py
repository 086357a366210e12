"""Polynomial identities, factorisations, and functions given by a formula."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from training.generated.drafts import FUNCTIONS, Draft, mentioned, names, typed
from training.generated.terms import equation, fraction, nonzero, polynomial, total, value


def products_of_linear(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    x, y = names(rng, 2)
    a, b, c, d = rng.randint(1, 6), nonzero(rng, -7, 7), rng.randint(1, 6), nonzero(rng, -7, 7)
    if rng.random() < 0.5:
        left = f"({total([(a, x), (b, '')])}) * ({total([(c, x), (d, '')])})"
        return Draft(
            (typed([x], kind),), (), equation(rng, left, polynomial([a * c, a * d + b * c, b * d], x))
        )
    left = f"({total([(a, x), (b, y)])}) * ({total([(c, x), (d, y)])})"
    right = total([(a * c, f"{x} ^ 2"), (a * d + b * c, f"{x} * {y}"), (b * d, f"{y} ^ 2")])
    return Draft((typed([x, y], kind),), (), equation(rng, left, right))


def expansions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℕ"])
    x, y, z = names(rng, 3)
    a, b = rng.randint(1, 5), rng.randint(1, 5)
    forms = [
        ([x], f"({total([(a, x), (b, '')])}) ^ 3", polynomial([a**3, 3 * a * a * b, 3 * a * b * b, b**3], x)),
        ([x, y], f"({x} + {y}) ^ 2", f"{x} ^ 2 + 2 * {x} * {y} + {y} ^ 2"),
        (
            [x, y, z],
            f"({x} + {y} + {z}) ^ 2",
            f"{x} ^ 2 + {y} ^ 2 + {z} ^ 2 + 2 * ({x} * {y} + {y} * {z} + {z} * {x})",
        ),
        (
            [x, y],
            f"{a} * ({x} + {b} * {y}) + {b} * ({a} * {x} + {y})",
            total([(a + a * b, x), (a * b + b, y)]),
        ),
        ([x, y], f"({x} + {a}) * ({y} + {b})", total([(1, f"{x} * {y}"), (b, x), (a, y), (a * b, "")])),
        ([x], f"({x} + {a}) ^ 4", polynomial([1, 4 * a, 6 * a * a, 4 * a**3, a**4], x)),
        ([x], f"{x} * ({x} + {a}) + {b} * ({x} + {a})", f"({x} + {a}) * ({x} + {b})"),
    ]
    variables, left, right = rng.choice(forms)
    return Draft((typed(variables, kind),), (), equation(rng, left, right))


def factorisations(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ"])
    x, y, u, v = names(rng, 4)
    k, m = rng.randint(1, 7), nonzero(rng, -6, 6)
    forms = [
        (
            [x, y],
            f"{k * k} * {x} ^ 2 - {m * m} * {y} ^ 2",
            f"({k} * {x} - {abs(m)} * {y}) * ({k} * {x} + {abs(m)} * {y})",
        ),
        ([x], f"{x} ^ 3 - {k**3}", f"({x} - {k}) * ({polynomial([1, k, k * k], x)})"),
        ([x, y], f"{x} ^ 3 + {y} ^ 3", f"({x} + {y}) * ({x} ^ 2 - {x} * {y} + {y} ^ 2)"),
        ([x], f"{x} ^ 4 - {k**4}", f"({x} - {k}) * ({x} + {k}) * ({x} ^ 2 + {k * k})"),
        ([x], polynomial([1, 2 * m, m * m], x), f"({total([(1, x), (m, '')])}) ^ 2"),
        (
            [x, y, u, v],
            f"({x} ^ 2 + {y} ^ 2) * ({u} ^ 2 + {v} ^ 2)",
            f"({x} * {u} - {y} * {v}) ^ 2 + ({x} * {v} + {y} * {u}) ^ 2",
        ),
        (
            [x],
            f"{x} ^ 4 + {4 * k**4}",
            f"({polynomial([1, 2 * k, 2 * k * k], x)}) * ({polynomial([1, -2 * k, 2 * k * k], x)})",
        ),
        ([x, y], f"({x} + {y}) ^ 2 - ({x} - {y}) ^ 2", f"4 * {x} * {y}"),
        ([x, y], f"{x} ^ 5 - {x} * {y} ^ 4", f"{x} * ({x} - {y}) * ({x} + {y}) * ({x} ^ 2 + {y} ^ 2)"),
    ]
    variables, left, right = rng.choice(forms)
    return Draft((typed(variables, kind),), (), equation(rng, left, right))


def conditional_identities(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    a, b, c, d = names(rng, 4)
    k, m = rng.randint(1, 9), rng.randint(1, 9)
    forms = [
        ([a, b, c], [f"{a} + {b} + {c} = 0"], f"{a} ^ 3 + {b} ^ 3 + {c} ^ 3 = 3 * {a} * {b} * {c}"),
        (
            [a, b, c],
            [f"{a} + {b} + {c} = 0"],
            f"{a} ^ 2 + {b} ^ 2 + {c} ^ 2 = -2 * ({a} * {b} + {b} * {c} + {c} * {a})",
        ),
        ([a, b], [f"{a} + {b} = {k}"], f"{a} ^ 2 - {b} ^ 2 = {k} * ({a} - {b})"),
        ([a, b, c], [f"{a} = {b} + {k}", f"{c} = {b} - {k}"], f"{a} * {c} = {b} ^ 2 - {k * k}"),
        ([a, b, c, d], [f"{a} * {d} = {b} * {c}"], f"({a} + {b}) * {d} = ({c} + {d}) * {b}"),
        ([a, b], [f"{a} ^ 2 = {a} + {k}"], f"{a} ^ 3 = {k + 1} * {a} + {k}"),
        ([a, b], [f"{a} - {b} = {k}", f"{a} * {b} = {m}"], f"{a} ^ 2 + {b} ^ 2 = {k * k + 2 * m}"),
        ([a, b], [f"{a} ^ 2 + {k} * {b} = {b} ^ 2 + {k} * {a}", f"{a} ≠ {b}"], f"{a} + {b} = {k}"),
        ([a, b, c], [f"{a} = {k} * {c}", f"{b} = {m} * {c}"], f"{m} * {a} = {k} * {b}"),
        ([a, b], [f"{a} * {b} = {a} + {b}"], f"({a} - 1) * ({b} - 1) = 1"),
        ([a, b, c], [f"{a} * {b} = {k}", f"{b} * {c} = {m}"], f"{m} * {a} * {b} = {k} * {b} * {c}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    used = mentioned(variables, *hypotheses, goal)
    return Draft((typed(used, kind),), tuple(hypotheses), goal)


def rational_expressions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℝ", "ℝ"])
    x, y = names(rng, 2)
    a, b, k = rng.randint(1, 9), rng.randint(1, 9), rng.randint(2, 6)
    forms = [
        ([x], [f"{x} ≠ 0"], f"({a} * {x} ^ 2 + {b} * {x}) / {x} = {total([(a, x), (b, '')])}"),
        ([x], [f"{x} ≠ {a}"], f"({x} ^ 2 - {a * a}) / ({x} - {a}) = {x} + {a}"),
        ([x, y], [f"{x} ≠ 0", f"{y} ≠ 0"], f"1 / {x} + 1 / {y} = ({x} + {y}) / ({x} * {y})"),
        ([x], [f"{x} ≠ 0"], f"{a} / {x} + {b} / {x} = {a + b} / {x}"),
        ([x], [f"{x} ≠ 0"], f"({k} * {x}) ^ 3 / {x} ^ 2 = {k**3} * {x}"),
        ([x], [f"{x} ≠ 0", f"{a} / {x} = {b}"], f"{x} = {fraction(Fraction(a, b))}"),
        ([x, y], [f"{y} ≠ 0", f"{x} = {k} * {y}"], f"{x} / {y} = {k}"),
        ([x, y], [f"{x} ≠ 0", f"{y} ≠ 0", f"{x} / {y} = {k}"], f"{y} / {x} = 1 / {k}"),
        ([x], [f"{x} ≠ 0", f"{x} + 1 / {x} = {k}"], f"{x} ^ 2 + 1 / {x} ^ 2 = {k * k - 2}"),
        ([x], [f"{x} ≠ -{a}"], f"({x} + {a}) / ({x} + {a}) = 1"),
        ([x, y], [f"{x} ≠ {y}"], f"({x} ^ 2 - {y} ^ 2) / ({x} - {y}) = {x} + {y}"),
        ([x], [f"{x} ≠ 0"], f"{k} * (1 / {x}) * ({a} * {x}) = {a * k}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def coefficients(rng: random.Random) -> Draft:
    """Coefficients of a polynomial that is known everywhere."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    a, b, c = rng.choice([("a", "b", "c"), ("p", "q", "r"), ("A", "B", "C"), ("m", "n", "k")])
    x = rng.choice(["x", "y", "t", "z"])
    r, s = rng.randint(-6, 8), nonzero(rng, -6, 8)
    k = rng.randint(1, 5)
    left = polynomial([k, k * (r + s), k * r * s], x)
    forms = [
        ([a, b], f"∀ {x}, {a} * {x} + {b} = {total([(r, x), (s, '')])}", f"{a} = {r} ∧ {b} = {s}"),
        (
            [a, b, c],
            f"∀ {x}, {a} * {x} ^ 2 + {b} * {x} + {c} = {left}",
            f"{a} + {b} + {c} = {k * (1 + r + s + r * s)}",
        ),
        (
            [a],
            f"∀ {x}, ({total([(1, x), (s, '')])}) * ({x} + {a}) = {polynomial([1, r + s, r * s], x)}",
            f"{a} = {r}",
        ),
        ([a, b, c], f"∀ {x}, {left} = {a} * {x} ^ 2 + {b} * {x} + {c}", f"{c} = {k * r * s}"),
        (
            [a, b],
            f"∀ {x}, ({x} + {a}) ^ 2 + {b} = {polynomial([1, 2 * s, r], x)}",
            f"{a} = {s} ∧ {b} = {r - s * s}",
        ),
    ]
    variables, hypothesis, goal = rng.choice(forms)
    hypothesis = hypothesis.replace(f"∀ {x},", f"∀ {x} : {kind},")
    return Draft((typed(variables, kind),), (hypothesis,), goal)


def _formula(rng: random.Random, natural: bool, degree: int | None = None) -> list[int]:
    degree = degree or rng.choice([1, 1, 2, 2, 3])
    low = 0 if natural else -6
    return [rng.randint(1, 5), *(rng.randint(low, 8) for _ in range(degree))]


def function_values(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℤ", "ℚ", "ℝ", "ℝ"])
    f, x = rng.choice(FUNCTIONS), rng.choice(["x", "y", "t", "n", "z"])
    rule = _formula(rng, kind == "ℕ")
    low = 0 if kind == "ℕ" else -6
    v, w = rng.randint(low, 10), rng.randint(low, 10)
    left, right = (f"{f} {z}" if z >= 0 else f"{f} ({z})" for z in (v, w))
    results = [f"{left} = {value(rule, v)}", f"{left} + {right} = {value(rule, v) + value(rule, w)}"]
    results.append(f"{f} ({f} {abs(v) % 4}) = {value(rule, int(value(rule, abs(v) % 4)))}")
    if kind != "ℕ":
        results.append(f"{f} {abs(v)} - {f} {abs(w)} = {value(rule, abs(v)) - value(rule, abs(w))}")
    return Draft(
        (f"{f} : {kind} → {kind}",), (f"∀ {x}, {f} {x} = {polynomial(rule, x)}",), rng.choice(results)
    )


def compositions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℤ", "ℚ", "ℝ", "ℝ"])
    f, g = rng.sample(FUNCTIONS, 2)
    x = rng.choice(["x", "y", "t"])
    natural = kind == "ℕ"
    one, two = _formula(rng, natural, rng.choice([1, 2])), _formula(rng, natural, 1)
    v = rng.randint(0, 7)
    inner = int(value(two, v))
    hypotheses = (f"∀ {x}, {f} {x} = {polynomial(one, x)}", f"∀ {x}, {g} {x} = {polynomial(two, x)}")
    other = int(value(two, int(value(one, v))))
    goals = [
        f"{f} ({g} {v}) = {value(one, inner)}",
        f"{g} ({f} {v}) = {other}",
        f"{f} {v} + {g} {v} = {value(one, v) + inner}",
        f"{f} {v} * {g} {v} = {value(one, v) * inner}",
    ]
    if len(one) == 2:
        a, b = one[0] * two[0], one[0] * two[1] + one[1]
        goals += [f"∀ {x}, {f} ({g} {x}) = {polynomial([a, b], x)}"] * 2
    return Draft((f"{f} {g} : {kind} → {kind}",), hypotheses, rng.choice(goals))


def function_equations(rng: random.Random) -> Draft:
    """An argument from a value of the function."""
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ", "ℝ"])
    f, x, a = rng.choice(FUNCTIONS), rng.choice(["x", "y", "t"]), rng.choice(["a", "b", "c", "m"])
    k, m = rng.randint(1, 8), rng.randint(0, 9) if kind == "ℕ" else rng.randint(-9, 9)
    s = rng.randint(0, 12)
    rule = [k, m]
    hypothesis = f"∀ {x}, {f} {x} = {polynomial(rule, x)}"
    forms = [
        (f"{f} {a} = {value(rule, s)}", f"{a} = {s}"),
        (f"{f} ({f} {a}) = {value(rule, int(value(rule, s)))}", f"{a} = {s}"),
        (f"{f} ({a} + 1) = {value(rule, s + 1)}", f"{f} {a} = {value(rule, s)}"),
        (f"{f} {a} + {f} (2 * {a}) = {value(rule, s) + value(rule, 2 * s)}", f"{a} = {s}"),
    ]
    if k > 1:
        forms.append((f"{f} {a} = {total([(1, a), ((k - 1) * s + m, '')])}", f"{a} = {s}"))
    given, goal = rng.choice(forms)
    return Draft((f"{f} : {kind} → {kind}", typed([a], kind)), (hypothesis, given), goal)


def unknown_parameters(rng: random.Random) -> Draft:
    """A function with parameters, fixed by its values."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    f, x = rng.choice(FUNCTIONS[:4]), rng.choice(["x", "y", "t"])
    a, b = rng.choice([("a", "b"), ("m", "c"), ("k", "d"), ("A", "B")])
    p, q = nonzero(rng, -6, 8), rng.randint(-9, 9)
    u, v, w = rng.sample(range(7), 3)
    square = rng.random() < 0.3

    def at(z: int) -> int:
        return (p * z * z if square else p * z) + q

    rule = f"∀ {x}, {f} {x} = {a} * {x}{' ^ 2' if square else ''} + {b}"
    goals = [
        f"{f} {w} = {at(w)}",
        f"{a} = {p}",
        f"{a} + {b} = {p + q}",
        f"{a} = {p} ∧ {b} = {q}",
        f"{b} = {q}",
    ]
    return Draft(
        (f"{f} : {kind} → {kind}", typed([a, b], kind)),
        (rule, f"{f} {u} = {at(u)}", f"{f} {v} = {at(v)}"),
        rng.choice(goals),
    )


def functional_equations(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    f, (x, y) = rng.choice(FUNCTIONS), tuple(rng.choice(["xy", "ab", "st"]))
    k, c, n = rng.randint(2, 9), rng.randint(1, 9), rng.randint(2, 5)
    shift = f"∀ {x}, {f} ({x} + 1) = {f} {x} + {k}"
    double = f"∀ {x}, {f} (2 * {x}) = 2 * {f} {x}"
    additive = f"∀ {x} {y}, {f} ({x} + {y}) = {f} {x} + {f} {y}"
    product = f"∀ {x} {y}, {f} ({x} * {y}) = {f} {x} * {f} {y}"
    forms = [
        ((additive, f"{f} 1 = {k}"), f"{f} {n} = {n * k}"),
        ((additive,), f"{f} 0 = 0"),
        ((shift, f"{f} 0 = {c}"), f"{f} {n} = {c + n * k}"),
        ((product, f"{f} 2 = {k}"), f"{f} {2**n} = {k**n}"),
        ((double, f"{f} {c} = {k}"), f"{f} {4 * c} = {4 * k}"),
        ((f"∀ {x} {y}, {f} ({x} + {y}) = {f} {x} * {f} {y}", f"{f} 1 = {k}"), f"{f} {n} = {k**n}"),
        ((additive, f"{f} {c} = {k}"), f"{f} {2 * c} = {2 * k}"),
        ((f"∀ {x} {y}, {f} ({x} + {y}) = {x} + {f} {y}", f"{f} 0 = {c}"), f"{f} {n + k} = {n + k + c}"),
        ((f"∀ {x}, {f} ({f} {x}) = {x} + {2 * k}", f"{f} {c} = {c + k}"), f"{f} {c + k} = {c + 2 * k}"),
        ((additive, f"{f} 1 = {k}", f"{f} {x} = {c}"), f"{f} ({x} + 1) = {c + k}"),
    ]
    hypotheses, goal = rng.choice(forms)
    variables = [f"{f} : {kind} → {kind}"]
    if any(text.startswith(f"{f} {x} =") for text in hypotheses):
        variables.append(typed([x], kind))
        hypotheses = (f"∀ u v, {f} (u + v) = {f} u + {f} v", *hypotheses[1:])
    return Draft(tuple(variables), hypotheses, goal)


def binary_operations(rng: random.Random) -> Draft:
    """A function of two arguments given by a formula."""
    kind = rng.choice(["ℕ", "ℤ", "ℤ", "ℚ", "ℝ"])
    f, (x, y) = rng.choice(FUNCTIONS), tuple(rng.choice(["xy", "ab", "mn"]))
    a, b, c = rng.randint(1, 6), rng.randint(1, 6), rng.randint(1, 6)
    sign = 1 if kind == "ℕ" else rng.choice([1, -1])
    s, t, u = rng.randint(0, 9), rng.randint(0, 9), rng.randint(0, 5)
    rules: list[tuple[str, Callable[[int, int], int]]] = [
        (total([(a, f"{x} * {y}"), (sign * b, y)]), lambda p, q: a * p * q + sign * b * q),
        (total([(a, x), (sign * b, y)]), lambda p, q: a * p + sign * b * q),
        (
            total([(1, f"{x} ^ 2"), (sign * c, f"{x} * {y}"), (b, "")]),
            lambda p, q: p * p + sign * c * p * q + b,
        ),
    ]
    text, rule = rng.choice(rules)
    goals = [f"{f} {s} {t} = {rule(s, t)}"]
    inner = rule(t, u)
    if inner >= 0:
        goals += [f"{f} {s} ({f} {t} {u}) = {rule(s, inner)}", f"{f} ({f} {t} {u}) {s} = {rule(inner, s)}"]
    goals += [f"{f} {s} {t} + {f} {t} {s} = {rule(s, t) + rule(t, s)}"]
    return Draft(
        (f"{f} : {kind} → {kind} → {kind}",), (f"∀ {x} {y}, {f} {x} {y} = {text}",), rng.choice(goals)
    )


def inverse_functions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℝ", "ℤ"])
    f, g = rng.sample(FUNCTIONS, 2)
    x = rng.choice(["x", "y", "t"])
    k, m = (1 if kind == "ℤ" else rng.randint(2, 9)), nonzero(rng, -9, 9)
    s = rng.randint(0, 12)
    rule = f"∀ {x}, {f} {x} = {total([(k, x), (m, '')])}"
    back = (
        f"∀ {x}, {g} {x} = {total([(1, x), (-m, '')])}"
        if k == 1
        else f"∀ {x}, {g} {x} = ({total([(1, x), (-m, '')])}) / {k}"
    )
    forms = [
        ((rule, back), f"∀ {x}, {f} ({g} {x}) = {x}"),
        ((rule, back), f"∀ {x}, {g} ({f} {x}) = {x}"),
        (
            (rule, f"∀ {x}, {g} ({f} {x}) = {x}"),
            f"{g} {k * s + m if k * s + m >= 0 else f'({k * s + m})'} = {s}",
        ),
        (
            (rule, f"∀ {x}, {f} ({g} {x}) = {x}"),
            f"{g} {k * s + m if k * s + m >= 0 else f'({k * s + m})'} = {s}",
        ),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((f"{f} {g} : {kind} → {kind}",), hypotheses, goal)


FAMILIES = (
    products_of_linear,
    expansions,
    factorisations,
    conditional_identities,
    rational_expressions,
    coefficients,
    function_values,
    compositions,
    function_equations,
    unknown_parameters,
    functional_equations,
    binary_operations,
    inverse_functions,
)
