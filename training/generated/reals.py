"""Absolute values, floors, roots, powers, logarithms, sines, complex numbers and residue classes."""

from __future__ import annotations

import random
from fractions import Fraction

from training.generated.drafts import NATURALS, Draft, names, typed
from training.generated.terms import at_most, equation, fraction, nonzero, total


def absolute_values(rng: random.Random) -> Draft:
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    x, y = names(rng, 2)
    c, r = nonzero(rng, -9, 9), rng.randint(1, 9)
    inner = total([(1, x), (-c, "")])
    forms = [
        ([x], [f"|{inner}| = {r}"], f"{x} = {c + r} ∨ {x} = {c - r}"),
        ([x], [f"|{inner}| < {r}"], f"{c - r} < {x} ∧ {x} < {c + r}"),
        ([x], [f"|{inner}| ≤ {r}"], f"{x} ≤ {c + r}"),
        ([x], [f"{c} < {x}"], f"|{inner}| = {inner}"),
        ([x], [f"{x} < {c}"], f"|{inner}| = {total([(c, ''), (-1, x)])}"),
        ([x, y], [], f"|{x} * {y}| = |{x}| * |{y}|"),
        ([x, y], [], f"|{x} + {y}| ≤ |{x}| + |{y}|"),
        ([x, y], [], f"|{x} - {y}| = |{y} - {x}|"),
        ([x], [], f"|{x}| ^ 2 = {x} ^ 2"),
        ([x], [f"|{x}| = 0"], f"{x} = 0"),
        ([x, y], [f"|{x}| ≤ {r}", f"|{y}| ≤ {abs(c)}"], f"|{x} + {y}| ≤ {r + abs(c)}"),
        ([x], [f"|{x} - {r}| ≤ 0"], f"{x} = {r}"),
        ([x], [], f"{x} ≤ |{x}| ∧ -{x} ≤ |{x}|"),
        ([x], [f"|{r + 1} * {x}| = {(r + 1) * abs(c)}", f"0 ≤ {x}"], f"{x} = {abs(c)}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def floors(rng: random.Random) -> Draft:
    kind = rng.choice(["ℚ", "ℝ", "ℝ"])
    (x,) = names(rng, 1)
    n, d = rng.randint(-30, 90), rng.randint(2, 12)
    k = rng.randint(-5, 9)
    number = f"(({n} : {kind}) / {d})" if n >= 0 else f"((-{-n} : {kind}) / {d})"
    down, up = n // d, -(-n // d)
    low, high = rng.choice([("⌊", "⌋"), ("Int.floor ", "")])
    forms: list[tuple[list[str], list[str], str]] = [
        ([], [], f"{low}{number}{high} = {down}"),
        ([], [], f"⌈{number}⌉ = {up}"),
        ([], [], f"⌊{number}⌋ + ⌈{number}⌉ = {down + up}"),
        ([x], [f"⌊{x}⌋ = {k}"], f"{x} < {k + 1}"),
        ([x], [f"⌊{x}⌋ = {k}"], f"{k} ≤ {x}"),
        ([x], [f"{k} ≤ {x}", f"{x} < {k + 1}"], f"⌊{x}⌋ = {k}"),
        ([x], [], f"(⌊{x}⌋ : {kind}) ≤ {x}"),
        ([x], [f"⌈{x}⌉ = {k}"], f"{x} ≤ {k}"),
        (
            [x],
            [f"{fraction(Fraction(4 * k + 1, 4))} < {x}", f"{x} < {fraction(Fraction(4 * k + 3, 4))}"],
            f"⌊{x}⌋ = {k}",
        ),
        ([x], [f"{x} = {fraction(Fraction(n, d))}"], f"⌊{x}⌋ = {down}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    # Only the prelude for ℝ has the lemmas that floors of variables need.
    return Draft(
        (typed(variables, "ℝ"),) if variables else (),
        tuple(hypotheses),
        goal.replace("ℚ", "ℝ") if variables else goal,
    )


def square_roots(rng: random.Random) -> Draft:
    x, y = names(rng, 2)
    k, m = rng.randint(2, 30), rng.randint(1, 12)
    root = "Real.sqrt"
    forms: list[tuple[list[str], list[str], str]] = [
        ([], [], f"{root} {k * k} = {k}"),
        ([], [], f"{root} {k * k} + {m} = {k + m}"),
        ([], [], f"{root} ({m} ^ 2 * {k}) = {m} * {root} {k}"),
        ([], [], f"{root} {k} * {root} {k} = {k}"),
        ([], [], f"({root} {k} + {m}) * ({root} {k} - {m}) = {k - m * m}"),
        ([], [], f"({root} {k} + {root} {m}) * ({root} {k} - {root} {m}) = {k - m}"),
        ([x], [f"0 ≤ {x}", f"{root} {x} = {k}"], f"{x} = {k * k}"),
        ([x], [f"0 ≤ {x}"], f"{root} {x} ^ 2 = {x}"),
        ([x], [f"0 ≤ {x}", f"{x} ^ 2 = {k * k}"], f"{root} ({x} ^ 2) = {k}"),
        ([x, y], [f"0 ≤ {x}", f"0 ≤ {y}"], f"{root} ({x} * {y}) = {root} {x} * {root} {y}"),
        ([x], [f"{x} = {k * k}"], f"{root} {x} - {m} = {k - m}"),
        ([x], [f"0 ≤ {x}", f"{root} ({x} + {m}) = {k}"], f"{x} = {k * k - m}"),
        ([], [], f"{root} {k * k - 1} < {k}"),
        ([], [], f"{m} < {root} {m * m + k}"),
        ([x], [f"0 ≤ {x}"], f"{root} ({x} ^ 2) = {x}"),
        ([x, y], [f"0 ≤ {x}", f"{x} ≤ {y}"], f"{root} {x} ≤ {root} {y}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℝ"),) if variables else (), tuple(hypotheses), goal)


def logarithms(rng: random.Random) -> Draft:
    x, y = names(rng, 2)
    b, n, m = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 9)
    positive = [f"0 < {x}", f"0 < {y}"]
    forms: list[tuple[list[str], list[str], str]] = [
        ([], [], f"Real.log ({b} ^ {n}) = {n} * Real.log {b}"),
        ([], [], f"Real.log {b * m} = Real.log {b} + Real.log {m}"),
        ([], [], f"Real.logb {b} {b**n} = {n}"),
        ([x, y], positive, f"Real.log ({x} * {y}) = Real.log {x} + Real.log {y}"),
        ([x], positive[:1], f"Real.exp (Real.log {x}) = {x}"),
        ([x], [], f"Real.log (Real.exp {x}) = {x}"),
        ([x, y], [], f"Real.exp ({x} + {y}) = Real.exp {x} * Real.exp {y}"),
        ([x], [], f"0 < Real.exp {x} + {b}"),
        ([x, y], [*positive, f"Real.log {x} = Real.log {y}"], f"{x} = {y}"),
        (
            [x, y],
            [*positive, f"Real.log {x} = {b}", f"Real.log {y} = {m}"],
            f"Real.log ({x} * {y}) = {b + m}",
        ),
        ([x], [], f"Real.exp {x} * Real.exp (-{x}) = 1"),
        ([x], [f"1 < {x}"], f"0 < Real.log {x}"),
        ([x, y], [*positive, f"{x} < {y}"], f"Real.log {x} < Real.log {y}"),
        ([x], [*positive[:1], f"Real.log {x} = {b}"], f"Real.log ({x} ^ {n}) = {b * n}"),
        ([x, y], [f"Real.exp {x} = Real.exp {y}"], f"{x} = {y}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℝ"),) if variables else (), tuple(hypotheses), goal)


def sines_and_cosines(rng: random.Random) -> Draft:
    x, y = rng.choice([("x", "y"), ("a", "b"), ("t", "s"), ("θ", "α")])
    k, c = rng.randint(1, 9), rng.randint(1, 9)
    sin, cos = f"Real.sin {x}", f"Real.cos {x}"
    forms = [
        ([x], [], f"{sin} ^ 2 + {cos} ^ 2 = 1"),
        ([x], [], f"{k} * {sin} ^ 2 + {k} * {cos} ^ 2 = {k}"),
        ([x], [], f"1 - {sin} ^ 2 = {cos} ^ 2"),
        ([x], [f"{sin} = 0"], f"{cos} ^ 2 = 1"),
        ([x], [], f"({sin} + {cos}) ^ 2 = 1 + 2 * {sin} * {cos}"),
        ([x], [], f"Real.sin (2 * {x}) = 2 * {sin} * {cos}"),
        ([x], [], f"Real.cos (2 * {x}) = 1 - 2 * {sin} ^ 2"),
        ([x, y], [], f"Real.sin ({x} + {y}) = {sin} * Real.cos {y} + {cos} * Real.sin {y}"),
        ([x], [], f"{sin} ≤ {k} ∧ {cos} ≤ {c}"),
        ([x], [], f"{k} * {sin} + {c} * {cos} ≤ {k + c}"),
        ([x], [f"{cos} = 3 / 5"], f"{sin} ^ 2 = 16 / 25"),
        ([x], [], f"{sin} ^ 4 - {cos} ^ 4 = {sin} ^ 2 - {cos} ^ 2"),
        ([x], [], f"Real.sin (-{x}) + {sin} = 0"),
        ([x], [f"{x} = 0"], f"{sin} + {k} * {cos} = {k}"),
        ([x], [], f"{sin} * {cos} ≤ 1 / 2"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℝ"),), tuple(hypotheses), goal)


def complex_numbers(rng: random.Random) -> Draft:
    z, w = rng.choice([("z", "w"), ("x", "y"), ("a", "b"), ("u", "v")])
    a, b, c, d = (nonzero(rng, -7, 9) for _ in range(4))

    def number(re: int, im: int) -> str:
        return total([(re, ""), (im, "Complex.I")])

    product = number(a * c - b * d, a * d + b * c)
    forms = [
        ([], [], f"({number(a, b)}) * ({number(c, d)}) = {product}"),
        ([], [], f"({number(a, b)}) + ({number(c, d)}) = {number(a + c, b + d)}"),
        ([], [], f"Complex.I ^ {abs(a) + 2} = {['1', 'Complex.I', '-1', '-Complex.I'][(abs(a) + 2) % 4]}"),
        ([z, w], [f"{z} = {number(a, b)}", f"{w} = {number(c, d)}"], f"{z} * {w} = {product}"),
        ([z, w], [f"{z} = {number(a, b)}", f"{w} = {number(c, d)}"], f"{z} - {w} = {number(a - c, b - d)}"),
        ([z], [], f"({z} + {abs(a)} * Complex.I) * ({z} - {abs(a)} * Complex.I) = {z} ^ 2 + {a * a}"),
        ([z, w], [f"{z} + {w} = {a}", f"{z} - {w} = {number(0, 2 * b)}"], f"2 * {z} = {number(a, 2 * b)}"),
        ([z], [f"{abs(c) + 1} * {z} + {number(a, b)} = {number(a, b + abs(c) + 1)}"], f"{z} = Complex.I"),
        ([z], [], f"{abs(a)} * ({z} + {abs(b)}) - {abs(a)} * {z} = {abs(a * b)}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℂ"),) if variables else (), tuple(hypotheses), goal)


def residue_classes(rng: random.Random) -> Draft:
    """Equations in `ZMod p`."""
    x, y = names(rng, 2)
    p = rng.choice([3, 5, 7, 11, 13])
    a, b, s, t = rng.randint(1, p - 1), rng.randint(1, p - 1), rng.randrange(p), rng.randrange(p)
    roots = [r for r in range(p) if r * r % p == s * s % p]
    missing = [r for r in range(p) if all(v * v % p != r for v in range(p))]
    forms = [
        ([x], [f"{a} * {x} = {a * s % p}"], f"{x} = {s}"),
        ([x, y], [f"{x} = {s}", f"{y} = {t}"], f"{a} * {x} + {b} * {y} = {(a * s + b * t) % p}"),
        ([x], [f"{x} ^ 2 = {s * s % p}"], " ∨ ".join(f"{x} = {r}" for r in roots)),
        ([x], [], f"{x} ^ {p} = {x}"),
        ([x], [f"{x} ≠ 0"], f"{x} ^ {p - 1} = 1"),
        ([x], [], f"{p} * {x} = 0"),
        ([x], [], f"{x} ^ 2 ≠ {missing[0]}" if missing else f"{x} + {p} = {x}"),
        ([], [], f"({a} : ZMod {p}) * {b} + {s} = {(a * b + s) % p}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, f"ZMod {p}"),) if variables else (), tuple(hypotheses), goal)


def integer_absolute_values(rng: random.Random) -> Draft:
    """`Int.natAbs`, `Int.toNat` and casts between ℕ and ℤ."""
    a, b, n = rng.choice([("a", "b", "n"), ("x", "y", "m"), ("z", "w", "k")])
    k, m = rng.randint(1, 15), rng.randint(1, 9)
    forms = [
        ([a], [f"{a}.natAbs = {k}"], f"{a} = {k} ∨ {a} = -{k}"),
        ([a, b], [], f"({a} - {b}).natAbs = ({b} - {a}).natAbs"),
        ([a], [f"{k} ≤ {a}"], f"{a}.toNat = {a}.natAbs"),
        ([a], [f"0 ≤ {a}"], f"({a}.toNat : ℤ) = {a}"),
        ([a], [f"{a} < 0"], f"{a}.toNat = 0"),
        ([a], [f"{a}.toNat = {k}"], f"{a} = {k}"),
        ([n], [f"({n} : ℤ) = {k}"], f"{n} = {k}"),
        ([n], [f"({n} : ℤ) < {k}"], f"{n} < {k + m}"),
        ([n], [], f"(({n} + {k} : ℕ) : ℤ) - {k} = {n}"),
        ([a], [], f"(-{a}).natAbs = {a}.natAbs"),
        ([a, b], [f"{a}.natAbs = {b}.natAbs"], f"{a} = {b} ∨ {a} = -{b}"),
        ([a, n], [f"{a} = {n}", f"{k} < {a}"], f"{k} < {n}"),
        ([a], [f"{a}.natAbs < {k}"], f"-{k} < {a} ∧ {a} < {k}"),
        ([n], [f"{k} ≤ {n}"], f"(({n} - {k} : ℕ) : ℤ) = ({n} : ℤ) - {k}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    integers = [v for v in variables if v != n]
    binders = ([typed(integers, "ℤ")] if integers else []) + ([typed([n], "ℕ")] if n in variables else [])
    return Draft(tuple(binders), tuple(hypotheses), goal)


def bounded_unknowns(rng: random.Random) -> Draft:
    """An unknown natural number between bounds, with an equation that leaves one."""
    (n,) = names(rng, 1, NATURALS)
    s, k = rng.randint(2, 12), rng.randint(2, 7)
    forms = [
        ((f"{n} ^ 2 = {s * s}",), f"{n} = {s}"),
        ((f"{n} ^ 3 = {s**3}",), f"{n} = {s}"),
        ((f"{n} ^ 2 + {k} * {n} = {s * s + k * s}",), f"{n} = {s}"),
        ((f"{n} * ({n} + {k}) = {s * (s + k)}",), f"{n} = {s}"),
        ((f"{k} ^ {n} = {k ** (s % 6)}",), f"{n} = {s % 6}"),
        ((at_most(rng, f"{k} * {n}", str(k * s)), at_most(rng, str(s), n)), f"{n} = {s}"),
        ((f"{s * s} < {n} ^ 2", f"{n} < {s + 2}"), f"{n} = {s + 1}"),
        ((f"{n} ^ 2 < {(s + 1) ** 2}", equation(rng, f"{n} % {s + 1}", str(s))), f"{n} = {s}"),
        ((f"{n} ∣ {s * k}", f"{s * k} < 2 * {n}"), f"{n} = {s * k}"),
        ((f"{n} ! = {[1, 1, 2, 6, 24, 120][s % 4 + 2]}",), f"{n} = {s % 4 + 2}"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((typed([n], "ℕ"),), hypotheses, goal)


FAMILIES = (
    absolute_values,
    floors,
    square_roots,
    logarithms,
    sines_and_cosines,
    complex_numbers,
    residue_classes,
    integer_absolute_values,
    bounded_unknowns,
)
