"""Numerals, fractions, powers, linear and quadratic equations, systems: the solution is chosen first."""

from __future__ import annotations

import random
from fractions import Fraction

from training.generated.drafts import LETTERS, NATURALS, Draft, mentioned, names, typed
from training.generated.terms import at_most, equation, fraction, grouped, nonzero, polynomial, total, value


def closed_numerals(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    a, b, c, d = (rng.randint(2, rng.choice([9, 40, 300])) for _ in range(4))
    forms = [
        (f"({a} : {kind}) * {b} + {c}", a * b + c),
        (f"({a} + {b} : {kind}) * {c} + {d}", (a + b) * c + d),
        (f"(({a} : {kind}) + {b}) * ({c} + {d})", (a + b) * (c + d)),
        (f"({a} : {kind}) ^ 2 + {b} * {c}", a * a + b * c),
        (f"({a * b + c} : {kind}) - {a} * {b}", c),
        (f"({a} : {kind}) * ({b} + {c} * {d})", a * (b + c * d)),
        (f"({a + b} : {kind}) ^ 2 - {a} ^ 2", (a + b) ** 2 - a**2),
    ]
    if kind != "ℕ":
        forms += [
            (f"({a} : {kind}) - {b} * {c}", a - b * c),
            (f"-({a} : {kind}) * (-{b} - {c})", a * (b + c)),
            (f"({a} - {b} : {kind}) * ({c} - {d})", (a - b) * (c - d)),
            (f"({a} - {b} : {kind}) ^ 3", (a - b) ** 3),
        ]
    left, right = rng.choice(forms)
    wrong = right + rng.choice([-10, -1, 1, 2, 10])
    if rng.random() < 0.15 and wrong >= 0:
        return Draft((), (), f"{left} ≠ {wrong}")
    if rng.random() < 0.15:
        return Draft((), (), f"{left} < {right + rng.randint(1, 9)}")
    return Draft((), (), equation(rng, left, str(right), 0.1))


def closed_fractions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℚ", "ℝ"])
    p, q, r = (Fraction(rng.randint(1, 9), rng.randint(2, 12)) for _ in range(3))
    s, t, u = (fraction(number) for number in (p, q, r))
    first = f"({p.numerator} : {kind}) / {p.denominator}"
    forms = [
        (f"{first} + {t}", p + q),
        (f"{first} - {t}", p - q),
        (f"({first} + {t}) * ({u})", (p + q) * r),
        (f"({first} + {t}) * ({s} - {t})", p * p - q * q),
        (f"({first}) / ({t})", p / q),
        (f"1 / ({first} + {t})", 1 / (p + q)),
        (f"{first} + {t} + {u}", p + q + r),
        (f"({first}) ^ 2 + ({t}) ^ 2", p * p + q * q),
        (f"({first} - {t}) / ({u})", (p - q) / r),
        (f"({first})⁻¹ + ({t})⁻¹", 1 / p + 1 / q),
    ]
    left, right = rng.choice(forms)
    if rng.random() < 0.2:
        bound = Fraction(round(right * 4) + rng.choice([2, 3, 4]), 4)
        return Draft((), (), f"{left} < {fraction(bound)}")
    return Draft((), (), f"{left} = {fraction(right)}")


def numeral_powers(rng: random.Random) -> Draft:
    a, b = rng.sample(range(2, 13), 2)
    m, n = rng.randint(2, 9), rng.randint(2, 9)
    if rng.random() < 0.5:
        left, right = sorted([(a**m, f"{a} ^ {m}"), (b**n, f"{b} ^ {n}")])
        if left[0] < right[0]:
            return Draft((), (), at_most(rng, f"({left[1]} : ℕ)", right[1], strict=rng.random() < 0.7))
    forms = [
        (f"{a} ^ {m} * {a} ^ {n}", f"{a} ^ {m + n}"),
        (f"({a} ^ {m}) ^ {n % 3 + 2}", f"{a} ^ {m * (n % 3 + 2)}"),
        (f"{a * b} ^ {m}", f"{a} ^ {m} * {b} ^ {m}"),
        (f"{a} ^ {m + n} / {a} ^ {n}", str(a**m)),
        (f"{a} ^ {m} + {b} ^ {n}", str(a**m + b**n)),
        (f"{a} ^ {m % 4} * {b} ^ {n % 4}", str(a ** (m % 4) * b ** (n % 4))),
    ]
    left_text, right_text = rng.choice(forms)
    return Draft((), (), equation(rng, f"({left_text} : ℕ)", right_text, 0.0))


def linear_equation(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ", "ℝ"])
    (x,) = names(rng, 1)
    low = 0 if kind == "ℕ" else -12
    field = kind in "ℚℝ" and rng.random() < 0.5
    s = Fraction(rng.randint(low, 40), rng.choice([2, 3, 4, 5, 7]) if field else 1)
    scale = s.denominator
    a, b, c, d = (rng.randint(1, 15) for _ in range(4))
    sign = 1 if kind == "ℕ" else rng.choice([1, -1])
    forms = [
        (total([(a * scale, x), (sign * b, "")]), fraction(a * scale * s + sign * b)),
        (f"{a * scale} * ({total([(1, x), (sign * b, '')])})", fraction(a * scale * (s + sign * b))),
        (
            total([((a + c) * scale, x), (b, "")]),
            total([(c * scale, x), (int(b + a * scale * s), "")]),
        ),
        (f"{a * scale} * {x} + {b} * ({x} + {d})", fraction(a * scale * s + b * (s + d))),
    ]
    if kind in "ℚℝ":
        forms += [
            (f"{x} / {a + 1} + {b}", fraction(s / (a + 1) + b)),
            (f"({x} - {b}) / {a + 1}", fraction((s - b) / (a + 1))),
            (f"{x} * (1 / {a + 1} + 1 / {b + 1})", fraction(s * (Fraction(1, a + 1) + Fraction(1, b + 1)))),
            (f"{fraction(Fraction(a, b + a))} * {x} - {c}", fraction(Fraction(a, b + a) * s - c)),
        ]
    left, right = rng.choice(forms)
    goal = f"{x} = {fraction(s)}"
    if rng.random() < 0.25:
        goal = f"{total([(d * scale, x), (c, '')])} = {fraction(d * scale * s + c)}"
    return Draft((typed([x], kind),), (equation(rng, left, right),), goal)


def two_equations(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℤ", "ℚ", "ℝ", "ℝ"])
    x, y = names(rng, 2)
    low = 0 if kind == "ℕ" else -9
    v, w = rng.randint(low, 15), rng.randint(low, 15)
    bounds = (1, 9) if kind == "ℕ" else (-7, 9)
    while True:
        a, b, c, d = (nonzero(rng, *bounds) for _ in range(4))
        if a * d - b * c:
            break
    hypotheses = (
        equation(rng, total([(a, x), (b, y)]), str(a * v + b * w)),
        equation(rng, total([(c, x), (d, y)]), str(c * v + d * w)),
    )
    if rng.random() < 0.25:
        difference = total([(1, y), (v - w, "")] if kind != "ℕ" or v >= w else [(1, y)])
        hypotheses = (hypotheses[0], f"{x} = {difference}" if kind != "ℕ" or v >= w else hypotheses[1])
        if a + b == 0:
            return two_equations(rng)
    goal = rng.choice(
        [f"{x} = {v}", f"{y} = {w}", f"{x} = {v} ∧ {y} = {w}", f"{x} + {y} = {v + w}", f"{x} * {y} = {v * w}"]
    )
    return Draft((typed([x, y], kind),), hypotheses, goal)


def three_equations(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    variables = names(rng, 3)
    values = [rng.randint(-8, 12) for _ in range(3)]
    while True:
        m = [[rng.randint(-3, 4) for _ in range(3)] for _ in range(3)]
        if rng.random() < 0.4:
            m = [[1, 1, 0], [0, 1, 1], [1, 0, 1]] if rng.random() < 0.5 else [[1, 1, 1], m[1], m[2]]
        minors = [m[1][i] * m[2][j] - m[1][j] * m[2][i] for i, j in ((1, 2), (0, 2), (0, 1))]
        determinant = m[0][0] * minors[0] - m[0][1] * minors[1] + m[0][2] * minors[2]
        if determinant and all(any(row) for row in m):
            break
    hypotheses = tuple(
        equation(
            rng,
            total(zip(row, variables, strict=True)),
            str(sum(a * b for a, b in zip(row, values, strict=True))),
        )
        for row in m
    )
    goals = [f"{x} = {v}" for x, v in zip(variables, values, strict=True)]
    goals += [" ∧ ".join(goals), f"{' + '.join(variables)} = {sum(values)}"]
    return Draft((typed(variables, kind),), hypotheses, rng.choice(goals))


def given_values(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    x, y = names(rng, 2)
    low = 0 if kind == "ℕ" else -6
    v, w = rng.randint(low, 12), rng.randint(low, 12)
    a, b, c = rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 9)
    forms = [
        (f"{a} * {x} ^ 2 + {b} * {y}", a * v * v + b * w),
        (f"({x} + {a}) * ({y} + {b}) + {c}", (v + a) * (w + b) + c),
        (f"{x} ^ 3 + {a} * {x} * {y} + {b}", v**3 + a * v * w + b),
        (f"({x} + {y}) ^ 2 + {c}", (v + w) ** 2 + c),
        (f"{a} * ({x} + {b} * {y})", a * (v + b * w)),
    ]
    if kind != "ℕ":
        forms += [
            (f"{a} * {x} - {b} * {y} ^ 2", a * v - b * w * w),
            (f"({x} - {y}) * ({x} + {a} * {y})", (v - w) * (v + a * w)),
        ]
    left, right = rng.choice(forms)
    hypotheses = [equation(rng, x, str(v)), equation(rng, y, str(w))]
    if rng.random() < 0.3:
        hypotheses[1] = f"{y} = {total([(a, x), (w - a * v, '')])}" if kind != "ℕ" else f"{x} + {y} = {v + w}"
    return Draft((typed([x, y], kind),), tuple(hypotheses), f"{left} = {right}")


def proportions(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℝ"])
    (x,) = names(rng, 1)
    a, b = rng.sample(range(2, 16), 2)
    c = rng.randint(2, 15)
    forms = [
        (f"{x} / {a} = {fraction(Fraction(b, c))}", Fraction(a * b, c)),
        (f"{a} / {b} = {x} / {c}", Fraction(a * c, b)),
        (f"{fraction(Fraction(a, b))} * {x} = {c}", Fraction(c * b, a)),
        (f"{x} - {fraction(Fraction(1, a))} * {x} = {c}", Fraction(c * a, a - 1)),
        (f"{x} + {b} / 100 * {x} = {c}", Fraction(c * 100, 100 + b)),
        (f"({x} + {a}) / {b} = {c}", Fraction(b * c - a)),
        (f"{x} / {a} + {x} / {b} = {c}", Fraction(c * a * b, a + b)),
    ]
    hypothesis, solution = rng.choice(forms)
    if rng.random() < 0.25:
        y = rng.choice([name for name in LETTERS if name != x])
        k = rng.randint(2, 5)
        return Draft(
            (typed([x, y], kind),), (hypothesis, f"{y} = {k} * {x}"), f"{y} = {fraction(k * solution)}"
        )
    return Draft((typed([x], kind),), (hypothesis,), f"{x} = {fraction(solution)}")


def ratio_puzzles(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℕ", "ℤ", "ℝ"])
    x, y = names(rng, 2, NATURALS)
    k, w, shift = rng.randint(2, 9), rng.randint(1, 30), rng.randint(1, 9)
    v = k * w
    hypotheses = rng.choice(
        [
            [f"{x} + {y} = {v + w}", f"{x} = {k} * {y}"],
            [f"{x} = {k} * {y}", f"{x} = {y} + {v - w}"],
            [f"{x} + {shift} = {k} * {y} + {shift}", f"{x} + {y} = {v + w}"],
            [f"{k} * {y} = {x}", f"{x} + {shift * 2} = {v + 2 * shift}"],
        ]
    )
    goals = [f"{x} - {y} = {v - w}", f"{y} = {w}", f"{x} = {v}", f"{x} + {shift} = {v + shift}"]
    if kind == "ℕ":
        goals += [f"{x} * {y} = {v * w}", f"{y} ∣ {x} ∧ {y} = {w}"]
    return Draft((typed([x, y], kind),), tuple(hypotheses), rng.choice(goals))


def quadratic_roots(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    (x,) = names(rng, 1)
    r, s = sorted(rng.sample(range(-9, 12), 2))
    a = rng.choice([1, 1, 2, 3])
    coefficients = [a, -a * (r + s), a * r * s]
    hypothesis = equation(rng, polynomial(coefficients, x), "0", 0.1)
    if rng.random() < 0.3:
        moved = polynomial([a, 0, a * r * s], x), total([(a * (r + s), x)])
        hypothesis = equation(rng, *moved)
    if rng.random() < 0.5:
        middle = rng.randint(r, s - 1) if s - r > 1 else r
        return Draft(
            (typed([x], kind),), (hypothesis, at_most(rng, str(middle), x, strict=True)), f"{x} = {s}"
        )
    if rng.random() < 0.3:
        return Draft((typed([x], kind),), (f"{x} = {r} ∨ {x} = {s}",), hypothesis)
    return Draft((typed([x], kind),), (hypothesis,), f"{x} = {r} ∨ {x} = {s}")


def symmetric_values(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    x, y = names(rng, 2)
    s, p = rng.randint(-9, 12), rng.randint(-15, 20)
    forms = [
        (f"{x} ^ 2 + {y} ^ 2", s * s - 2 * p),
        (f"({x} - {y}) ^ 2", s * s - 4 * p),
        (f"{x} ^ 3 + {y} ^ 3", s**3 - 3 * s * p),
        (f"{x} ^ 2 * {y} + {x} * {y} ^ 2", s * p),
        (f"({x} + 1) * ({y} + 1)", p + s + 1),
        (f"{x} ^ 2 + {x} * {y} + {y} ^ 2", s * s - p),
        (f"{x} ^ 4 + {y} ^ 4", (s * s - 2 * p) ** 2 - 2 * p * p),
    ]
    left, right = rng.choice(forms)
    hypotheses = [equation(rng, f"{x} + {y}", str(s)), equation(rng, f"{x} * {y}", str(p))]
    if rng.random() < 0.3:
        hypotheses[1] = f"{x} ^ 2 + {y} ^ 2 = {s * s - 2 * p}"
        return Draft((typed([x, y], kind),), tuple(hypotheses), f"{x} * {y} = {p}")
    return Draft((typed([x, y], kind),), tuple(hypotheses), f"{left} = {right}")


def small_products(rng: random.Random) -> Draft:
    """Positive integers with a given product and a second condition that leaves one pair."""
    x, y = names(rng, 2, NATURALS)
    while True:
        v, w = rng.randint(2, 12), rng.randint(2, 12)
        p, c = v * w, rng.randint(1, 3)
        pairs = [(d, p // d) for d in range(1, p + 1) if p % d == 0]
        conditions = [
            (f"{x} < {y}", {(a, b) for a, b in pairs if a < b}),
            (f"{x} + {y} = {v + w}", {(v, w), (w, v)}),
            (f"{x} = {total([(1, y), (v - w, '')])}", {(v, w)}),
            (f"{c} < {x}", {(a, b) for a, b in pairs if c < a}),
            (f"{x} ≤ {y}", {(a, b) for a, b in pairs if a <= b}),
        ]
        (first, fits), (second, others) = rng.sample(conditions, 2)
        if fits & others == {(v, w)} and "-" not in first + second:
            break
    goal = rng.choice([f"{x} = {v}", f"{y} = {w}", f"{x} = {v} ∧ {y} = {w}"])
    return Draft((typed([x, y], "ℕ"),), (f"{x} * {y} = {p}", first, second), goal)


def _digit_clues(a: str, b: str, v: int, w: int, k: int) -> list[tuple[str, set[tuple[int, int]]]]:
    """Equations between digits `a`, `b` that `v`, `w` solve, each with all its solutions."""
    d, e = 10 * v + w - k * (v + w), 9 * (v - w)
    pairs = [(p, q) for p in range(1, 10) for q in range(10)]
    number, turned = f"10 * {a} + {b}", f"10 * {b} + {a}"
    return [
        (
            f"{number} = {total([(k, f'({a} + {b})'), (d, '')])}",
            {(p, q) for p, q in pairs if 10 * p + q == k * (p + q) + d},
        ),
        (
            f"{number} = {total([(1, f'({turned})'), (e, '')])}",
            {(p, q) for p, q in pairs if 9 * (p - q) == e},
        ),
        (f"{a} + {b} = {v + w}", {(p, q) for p, q in pairs if p + q == v + w}),
        (f"{a} * {b} = {v * w}", {(p, q) for p, q in pairs if p * q == v * w}),
    ]


def digit_puzzles(rng: random.Random) -> Draft:
    """A two-digit number that two equations between its digits determine."""
    a, b = names(rng, 2, NATURALS)
    while True:
        v, w = rng.randint(1, 9), rng.randint(0, 9)
        (first, fits), (second, others) = rng.sample(_digit_clues(a, b, v, w, rng.randint(2, 7)), 2)
        if fits & others == {(v, w)} and " - " not in first + second:
            break
    goal = rng.choice([f"10 * {a} + {b} = {10 * v + w}", f"{a} = {v} ∧ {b} = {w}", f"{b} = {w}"])
    bounds = rng.choice([(f"1 ≤ {a} ∧ {a} ≤ 9", f"{b} ≤ 9"), (f"0 < {a} ∧ {a} < 10", f"{b} < 10")])
    return Draft((typed([a, b], "ℕ"),), (*bounds, first, second), goal)


def truncated_subtraction(rng: random.Random) -> Draft:
    a, b, c = names(rng, 3, NATURALS)
    k, m = rng.randint(1, 20), rng.randint(1, 20)
    forms = [
        ((f"{a} ≤ {b}",), f"{b} - {a} + {a} + {k} = {b} + {k}"),
        ((f"{a} + {k} ≤ {b}",), f"{k} ≤ {b} - {a}"),
        ((f"{a} = {b} + {k}",), f"{a} - {b} = {k}"),
        ((f"{a} - {b} = {k}",), f"{a} = {b} + {k}"),
        ((f"{k} < {a}", f"{a} - {k} = {m}"), f"{a} = {k + m}"),
        ((f"{a} ≤ {b}", f"{b} ≤ {c}"), f"{c} - {b} + ({b} - {a}) = {c} - {a}"),
        ((f"{a} < {b}",), f"{b} - {a} ≠ 0 ∧ {a} - {b} = 0"),
        ((), f"{a} - ({a} - {b}) ≤ {b} + {k}"),
        ((), f"{a} + {k} - ({b} + {k}) = {a} - {b}"),
        ((f"{a} ≤ {b}",), f"{m} * {b} - {m} * {a} = {m} * ({b} - {a})"),
        ((), f"({a} - {b}) - {c} = {a} - ({b} + {c})"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((typed(mentioned((a, b, c), *hypotheses, goal), "ℕ"),), hypotheses, goal)


def polynomial_values(rng: random.Random) -> Draft:
    """The value of a polynomial that a shifted unknown hides: from `x - 2 = 3` to `x ^ 2 + 1 = 26`."""
    kind = rng.choice(["ℤ", "ℚ", "ℝ"])
    (x,) = names(rng, 1)
    s = rng.randint(-8, 12)
    shift, k = nonzero(rng, -9, 9), rng.randint(2, 6)
    hypothesis = rng.choice(
        [
            f"{total([(1, x), (shift, '')])} = {s + shift}",
            f"{k} * {x} = {k * s}",
            f"{total([(k, x), (shift, '')])} = {k * s + shift}",
            f"{k} * {grouped(total([(1, x), (shift, '')]))} = {k * (s + shift)}",
        ]
    )
    coefficients = [rng.randint(1, 3), *(rng.randint(-5, 9) for _ in range(rng.choice([1, 2, 2, 3])))]
    return Draft(
        (typed([x], kind),),
        (hypothesis,),
        equation(rng, polynomial(coefficients, x), str(value(coefficients, s)), 0.1),
    )


FAMILIES = (
    closed_numerals,
    closed_fractions,
    numeral_powers,
    linear_equation,
    two_equations,
    three_equations,
    given_values,
    proportions,
    ratio_puzzles,
    quadratic_roots,
    symmetric_values,
    small_products,
    digit_puzzles,
    truncated_subtraction,
    polynomial_values,
)
