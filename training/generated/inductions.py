"""Sums, products, recursive sequences, powers against polynomials, divisibility of powers."""

from __future__ import annotations

import math
import random

from training.generated.drafts import SEQUENCES, Draft, mentioned, typed
from training.generated.terms import grouped, nonzero, total

_INDICES = ["i", "k", "j"]
_COUNTERS = ["n", "m", "k", "N"]


def _counter(rng: random.Random) -> tuple[str, str]:
    n = rng.choice(_COUNTERS)
    return n, rng.choice([i for i in _INDICES if i != n])


def sum_formulas(rng: random.Random) -> Draft:
    """Closed forms of sums, written without division."""
    n, i = _counter(rng)
    a, b = rng.randint(1, 9), rng.randint(0, 9)
    top, one = f"Finset.range ({n} + 1)", f"Finset.Icc 1 {n}"
    below = f"Finset.range {n}"
    term = total([(2 * a, i), (b, "")])
    forms = [
        (f"∑ {i} ∈ {top}, {grouped(term)}", f"({n} + 1) * {grouped(total([(a, n), (b, '')]))}"),
        (f"2 * ∑ {i} ∈ {top}, {total([(a, i)])}", f"{a} * {n} * ({n} + 1)" if a > 1 else f"{n} * ({n} + 1)"),
        (f"∑ {i} ∈ {below}, (2 * {i} + {2 * b + 1})", f"{n} ^ 2 + {2 * b} * {n}" if b else f"{n} ^ 2"),
        (f"6 * ∑ {i} ∈ {top}, {i} ^ 2", f"{n} * ({n} + 1) * (2 * {n} + 1)"),
        (f"4 * ∑ {i} ∈ {top}, {i} ^ 3", f"{n} ^ 2 * ({n} + 1) ^ 2"),
        (f"∑ {i} ∈ {below}, {i} + {n}", f"∑ {i} ∈ {top}, {i}"),
        (f"2 * ∑ {i} ∈ {one}, {i}", f"{n} * ({n} + 1)"),
        (f"∑ {i} ∈ {one}, {grouped(total([(2 * a, i), (b, '')]))}", f"{a} * {n} * ({n} + 1) + {b} * {n}"),
        (f"3 * ∑ {i} ∈ {below}, {i} * ({i} + 1) + {n}", f"{n} ^ 3"),
        (f"∑ {i} ∈ {below}, {a}", f"{a} * {n}"),
        (f"∑ {i} ∈ {below}, (3 * {i} ^ 2 + 3 * {i} + 1)", f"{n} ^ 3"),
    ]
    left, right = rng.choice(forms)
    return Draft((typed([n], "ℕ"),), (), f"{left} = {right}")


def geometric_sums(rng: random.Random) -> Draft:
    n, i = _counter(rng)
    r, a = rng.randint(2, 9), rng.randint(1, 5)
    scale = "" if a == 1 else f"{a} * "
    below = f"Finset.range {n}"
    forms = [
        f"{r - 1} * ∑ {i} ∈ {below}, {r} ^ {i} + 1 = {r} ^ {n}"
        if r > 2
        else f"∑ {i} ∈ {below}, 2 ^ {i} + 1 = 2 ^ {n}",
        f"∑ {i} ∈ {below}, {(r - 1) * a} * {r} ^ {i} + {a} = {scale}{r} ^ {n}",
        f"∑ {i} ∈ Finset.range ({n} + 1), {r - 1} * {r} ^ {i} + 1 = {r} ^ ({n} + 1)",
        f"∑ {i} ∈ {below}, {r} ^ {i} ≤ {r} ^ {n}",
        f"∑ {i} ∈ {below}, {scale}{r} ^ {i} < {a} * {r} ^ {n}",
        f"∏ {i} ∈ {below}, {r} = {r} ^ {n}",
        f"{r} * ∑ {i} ∈ {below}, {r} ^ {i} + 1 = ∑ {i} ∈ Finset.range ({n} + 1), {r} ^ {i}",
    ]
    return Draft((typed([n], "ℕ"),), (), rng.choice(forms))


def sums_of_numerals(rng: random.Random) -> Draft:
    n, i = rng.randint(3, 25), rng.choice(_INDICES)
    a, b, m = rng.randint(1, 7), rng.randint(0, 9), rng.randint(2, 12)
    start = rng.choice([0, 1, rng.randint(2, 5)])
    place = f"Finset.range {n}" if start == 0 else f"Finset.Icc {start} {n + start}"
    values = range(n) if start == 0 else range(start, n + start + 1)
    forms = [
        (total([(a, i), (b, "")]), [a * v + b for v in values]),
        (f"{i} ^ 2 + {b}", [v * v + b for v in values]),
        (f"{i} * ({i} + {a})", [v * (v + a) for v in values]),
        (f"{i} ^ 3", [v**3 for v in values]),
        (f"{i} % {m}", [v % m for v in values]),
    ]
    term, numbers = rng.choice(forms)
    binding = f"∑ {i} ∈ {place}, {term if ' ' not in term else f'({term})'}"
    if rng.random() < 0.3:
        return Draft((), (), f"({binding}) % {m} = {sum(numbers) % m}")
    if rng.random() < 0.2:
        top = n % 6 + 2
        product = math.prod(v + b for v in range(1, top + 1))
        return Draft((), (), f"∏ {i} ∈ Finset.Icc 1 {top}, ({i} + {b}) = {product}")
    return Draft((), (), f"{binding} = {sum(numbers)}")


def sum_rules(rng: random.Random) -> Draft:
    """Sums of unknown functions: splitting off, adding up, telescoping, comparing."""
    n, i = _counter(rng)
    f, g = rng.choice([("f", "g"), ("a", "b"), ("u", "v"), ("p", "q")])
    kind = rng.choice(["ℕ", "ℤ"])
    c = rng.randint(2, 9)
    below = f"Finset.range {n}"
    forms = [
        ((), f"∑ {i} ∈ {below}, ({f} {i} + {g} {i}) = ∑ {i} ∈ {below}, {f} {i} + ∑ {i} ∈ {below}, {g} {i}"),
        ((), f"∑ {i} ∈ {below}, {c} * {f} {i} = {c} * ∑ {i} ∈ {below}, {f} {i}"),
        ((), f"∑ {i} ∈ Finset.range ({n} + 1), {f} {i} = ∑ {i} ∈ {below}, {f} {i} + {f} {n}"),
        ((f"∀ {i}, {f} ({i} + 1) = {f} {i} + {g} {i}",), f"{f} {n} = {f} 0 + ∑ {i} ∈ {below}, {g} {i}"),
        ((f"∀ {i}, {f} {i} ≤ {g} {i}",), f"∑ {i} ∈ {below}, {f} {i} ≤ ∑ {i} ∈ {below}, {g} {i}"),
        ((f"∀ {i}, {f} {i} = {c}",), f"∑ {i} ∈ {below}, {f} {i} = {c} * {n}"),
        ((f"∀ {i}, {f} {i} = {g} {i}",), f"∑ {i} ∈ {below}, {f} {i} = ∑ {i} ∈ {below}, {g} {i}"),
        ((f"∀ {i}, {f} {i} = 0",), f"∑ {i} ∈ {below}, {f} {i} = 0"),
        ((), f"∑ {i} ∈ Finset.range ({n} + 2), {f} {i} = ∑ {i} ∈ {below}, {f} {i} + {f} {n} + {f} ({n} + 1)"),
        ((f"∀ {i}, 0 ≤ {f} {i}",), f"0 ≤ ∑ {i} ∈ {below}, {f} {i}"),
        ((f"∀ {i}, {c} ∣ {f} {i}",), f"{c} ∣ ∑ {i} ∈ {below}, {f} {i}"),
        ((), f"∑ {i} ∈ Finset.range ({n} + 1), {f} {i} = {f} 0 + ∑ {i} ∈ {below}, {f} ({i} + 1)"),
    ]
    hypotheses, goal = rng.choice(forms)
    used = " ".join(mentioned((f, g), *hypotheses, goal))
    coercion = f" ({n} : ℤ)" if kind == "ℤ" else f" {n}"
    goal = goal.replace(f"= {c} * {n}", f"= {c} *{coercion}") if goal.endswith(f"= {c} * {n}") else goal
    return Draft((f"{used} : ℕ → {kind}", typed([n], "ℕ")), hypotheses, goal)


def recursive_formulas(rng: random.Random) -> Draft:
    """A sequence given by a first value and a step, and its closed form."""
    u, n = rng.choice(SEQUENCES), rng.choice(["n", "m", "k"])
    a, d, r = rng.randint(0, 9), rng.randint(1, 9), rng.randint(2, 6)
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    c = rng.randint(1, 6)
    s = rng.randint(1, 5)
    nn = n if kind == "ℕ" else f"({n} : ℤ)"
    forms = [
        (a, f"{u} {n} + {d}", total([(d, nn), (a, "")])),
        (c, f"{r} * {u} {n}", f"{c} * {r} ^ {n}" if c > 1 else f"{r} ^ {n}"),
        (s - 1, f"{r} * {u} {n} + {(r - 1)}", f"{s} * {r} ^ {n} - 1"),
        (s + c, f"{r} * {u} {n} - {(r - 1) * c}", f"{s} * {r} ^ {n} + {c}"),
        (a, f"{u} {n} + 2 * {nn} + 1", f"{nn} ^ 2 + {a}" if a else f"{nn} ^ 2"),
        (1, f"({nn} + 1) * {u} {n}", f"{n} !"),
        (c, f"{u} {n}", f"{c}"),
        (a, f"{u} {n} + {2 * d} * {nn} + {d}", total([(d, f"{nn} ^ 2"), (a, "")])),
        (c, f"{u} {n} + {r - 1} * {c} * {r} ^ {n}", f"{c} * {r} ^ {n}"),
    ]
    first, step, form = rng.choice(forms)
    step = step.replace("1 * ", "") if step.startswith(f"{u} {n} + 1 * ") else step
    goal = f"{u} {n} = {form}"
    if form.endswith("- 1"):
        goal = f"{u} {n} + 1 = {form[:-4]}"
    if form.endswith("!") and kind == "ℤ":
        kind, step = "ℕ", f"({n} + 1) * {u} {n}"
    if " - " in step and kind == "ℕ":
        step, goal = step.replace(f" - {(r - 1) * c}", ""), f"{u} {n} = {s + c} * {r} ^ {n}"
    goal = rng.choice([goal, f"∀ {n}, {goal}"])
    binders = (f"{u} : ℕ → {kind}",) if goal.startswith("∀") else (f"{u} : ℕ → {kind}", typed([n], "ℕ"))
    return Draft(binders, (f"{u} 0 = {first}", f"∀ {n}, {u} ({n} + 1) = {step}"), goal)


def sequence_values(rng: random.Random) -> Draft:
    """One more value of a sequence given by one or two first values and a step."""
    u, n = rng.choice(SEQUENCES), rng.choice(["n", "m", "k"])
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    a, b, p, q, c = (
        rng.randint(0, 6),
        rng.randint(1, 6),
        rng.randint(1, 3),
        rng.randint(1, 3),
        rng.randint(0, 5),
    )
    steps = rng.randint(2, 7)
    if kind != "ℕ" and rng.random() < 0.4:
        q = -q
    shape = rng.randrange(4)
    values = [a, b]
    if shape == 3:
        values = [a]
        while len(values) <= steps:
            values.append(p * values[-1] + c)
        rule = f"∀ {n}, {u} ({n} + 1) = {total([(p, f'{u} {n}'), (c, '')])}"
        return Draft((f"{u} : ℕ → {kind}",), (f"{u} 0 = {a}", rule), f"{u} {steps} = {values[steps]}")
    while len(values) <= steps:
        values.append(p * values[-1] + q * values[-2])
    offset = 0 if shape else 1
    after = total([(p, f"{u} ({n} + 1)"), (q, f"{u} {n}")])
    rule = f"∀ {n}, {u} ({n} + 2) = {after}"
    if shape == 2:
        rule = f"∀ {n} ≥ {2 + offset}, {u} {n} = {total([(p, f'{u} ({n} - 1)'), (q, f'{u} ({n} - 2)')])}"
    hypotheses = (f"{u} {offset} = {a}", f"{u} {offset + 1} = {b}", rule)
    return Draft((f"{u} : ℕ → {kind}",), hypotheses, f"{u} {steps + offset} = {values[steps]}")


def sequence_bounds(rng: random.Random) -> Draft:
    """What all members of a recursive sequence have in common."""
    u, n = rng.choice(SEQUENCES), rng.choice(["n", "m", "k"])
    a, d, m, r = rng.randint(1, 9), rng.randint(1, 9), rng.randint(2, 9), rng.randint(2, 5)
    forms = [
        ((f"{u} 0 = {a}", f"∀ {n}, {u} ({n} + 1) = {u} {n} + {d}"), f"{a} ≤ {u} {n}"),
        ((f"{u} 0 = {a}", f"∀ {n}, {u} ({n} + 1) = {u} {n} + {m * d}"), f"{u} {n} % {m} = {a % m}"),
        ((f"{u} 0 = {m * a}", f"∀ {n}, {u} ({n} + 1) = {r} * {u} {n} + {m * d}"), f"{m} ∣ {u} {n}"),
        ((f"0 < {u} 0", f"∀ {n}, {u} ({n} + 1) = {r} * {u} {n}"), f"0 < {u} {n}"),
        ((f"∀ {n}, {u} {n} < {u} ({n} + 1)",), f"{n} ≤ {u} {n}"),
        ((f"∀ {n}, {u} {n} ≤ {u} ({n} + 1)",), f"{u} 0 ≤ {u} {n}"),
        ((f"{u} 0 = {a}", f"∀ {n}, {u} ({n} + 1) ≤ {u} {n} + {d}"), f"{u} {n} ≤ {a} + {d} * {n}"),
        ((f"∀ {n}, {u} ({n} + 1) ≤ {u} {n}",), f"{u} {n} ≤ {u} 0"),
        ((f"∀ {n}, {u} ({n} + 2) = {u} {n}",), f"{u} (2 * {n}) = {u} 0"),
        ((f"{u} 0 = {a}", f"{u} 1 = {a}", f"∀ {n}, {u} ({n} + 2) = {u} ({n} + 1)"), f"{u} {n} = {a}"),
        ((f"{u} 0 = {r}", f"∀ {n}, {u} ({n} + 1) = {u} {n} ^ 2"), f"2 ≤ {u} {n}"),
        (
            (f"{u} 0 = 1", f"∀ {n}, {u} ({n} + 1) = {r} * {u} {n} + {2 * d if r % 2 else 2 * d + 1}"),
            f"Odd ({u} {n})" if r % 2 else f"1 ≤ {u} {n}",
        ),
    ]
    hypotheses, goal = rng.choice(forms)
    if rng.random() < 0.5:
        return Draft((f"{u} : ℕ → ℕ",), hypotheses, f"∀ {n}, {goal}")
    return Draft((f"{u} : ℕ → ℕ", typed([n], "ℕ")), hypotheses, goal)


def powers_against_polynomials(rng: random.Random) -> Draft:
    """From some number on the power is larger; the least such number is found by trying."""
    n = rng.choice(_COUNTERS)
    base, degree = rng.randint(2, 5), rng.choice([1, 1, 2, 2, 3])
    a, c = rng.randint(1, 4), rng.randint(0, 6)

    def smaller(v: int) -> bool:
        return bool(a * v**degree + c < base**v)

    start = next(v for v in range(40) if all(smaller(w) for w in range(v, v + 40)))
    text = total([(a, f"{n} ^ {degree}" if degree > 1 else n), (c, "")])
    bound = [f"{start} ≤ {n}"] if start > 1 else [f"0 < {n}"] if start == 1 else []
    relation = rng.choice(["<", "≤"])
    return Draft((typed([n], "ℕ"),), tuple(bound), f"{text} {relation} {base} ^ {n}")


def divisible_powers(rng: random.Random) -> Draft:
    """`m ∣ a ^ n + b * n + c` and `m ∣ a ^ n - b ^ n`, proved by induction."""
    n = rng.choice(_COUNTERS)
    if rng.random() < 0.4:
        a, b = sorted(rng.sample(range(1, 15), 2), reverse=True)
        m = rng.choice([d for d in range(1, a - b + 1) if (a - b) % d == 0])
        if m > 1:
            exponent, low = rng.choice([(n, b), (f"(2 * {n})", b)])
            second = "1" if b == 1 else f"{low} ^ {exponent}"
            return Draft((typed([n], "ℕ"),), (), f"({m} : ℤ) ∣ {a} ^ {exponent} - {second}")
    while True:
        m, a = rng.randint(2, 16), rng.randint(2, 16)
        b, c = rng.choice([0, rng.randint(1, 15)]), rng.randint(1, 12)
        if all((a**v + b * v + c) % m == 0 for v in range(m * m + 2)) and a % m:
            text = total([(1, f"{a} ^ {n}"), (b, n), (c, "")])
            break
    goal = rng.choice([f"{m} ∣ {text}", f"({text}) % {m} = 0"])
    return Draft((typed([n], "ℕ"),), (), goal)


def periodic_powers(rng: random.Random) -> Draft:
    """Remainders of powers whose exponent is known up to the period, or of all powers."""
    n = rng.choice(_COUNTERS)
    while True:
        m, a = rng.randint(3, 13), rng.randint(2, 12)
        cycle = [pow(a, v, m) for v in range(13)]
        period = next((p for p in range(1, 7) if cycle[p] == 1), 0)
        if period:
            break
    r = rng.randrange(period)
    exponent = total([(period, n), (r, "")])
    forms: list[tuple[tuple[str, ...], str]] = [
        ((), f"{a} ^ ({exponent}) % {m} = {cycle[r]}"),
        ((), f"{a} ^ {n} % {m} ≠ 0"),
        ((), f"{a} ^ ({n} + {period}) % {m} = {a} ^ {n} % {m}"),
    ]
    if 1 < period <= 4:
        forms.append(((), " ∨ ".join(f"{a} ^ {n} % {m} = {v}" for v in cycle[:period])))
        forms.append(((f"{n} % {period} = {r}",), f"{a} ^ {n} % {m} = {cycle[r]}"))
    hypotheses, goal = rng.choice(forms)
    return Draft((typed([n], "ℕ"),), hypotheses, goal)


def factorials(rng: random.Random) -> Draft:
    n = rng.choice(["n", "m"])
    k, m = rng.randint(2, 8), rng.randint(2, 5)
    forms = [
        ((), (), f"{k} ! = {math.factorial(k)}"),
        ((), (), f"{k + m} ! / {k} ! = {math.factorial(k + m) // math.factorial(k)}"),
        ((), (), f"Nat.choose {k + m} {m} = {math.comb(k + m, m)}"),
        ((), (), f"{k + 2} ! % {k * m + 1} = {math.factorial(k + 2) % (k * m + 1)}"),
        ((n,), (), f"0 < {n} !"),
        ((n,), (), f"({n} + 2) ! = ({n} + 2) * (({n} + 1) * {n} !)"),
        ((n,), (f"{k} ≤ {n}",), f"{k} ∣ {n} !"),
        ((n,), (), f"{n} ! ∣ ({n} + {m}) !"),
        ((n,), (f"{max(m, 4)} ≤ {n}",), f"2 ^ {n} < {n} !"),
        ((n,), (f"0 < {n}",), f"{n} ! = {n} * ({n} - 1) !"),
        ((n,), (), f"Nat.choose ({n} + 1) 1 = {n} + 1"),
        ((), (), f"Nat.choose {k + 3} 2 + Nat.choose {k + 3} 3 = {math.comb(k + 4, 3)}"),
        ((n,), (), f"{n} ! ≤ {n} ! * {n} + {n} !"),
        ((), (), f"{k + 1} ! + {k} ! = {math.factorial(k + 1) + math.factorial(k)}"),
        ((n,), (), f"{n} ≤ {n} !"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft(tuple(typed([v], "ℕ") for v in variables), hypotheses, goal)


def alternating_signs(rng: random.Random) -> Draft:
    n = rng.choice(_COUNTERS)
    k, c = rng.randint(1, 20), nonzero(rng, -9, 9)
    odd = 2 * rng.randint(0, 8) + 1
    forms = [
        ((typed([n], "ℕ"),), (), f"(-1 : ℤ) ^ (2 * {n} + {odd}) = -1"),
        ((typed([n], "ℕ"),), (), f"(-1 : ℤ) ^ (2 * {n}) = 1"),
        ((typed([n], "ℕ"),), (f"Even {n}",), f"(-1 : ℤ) ^ {n} = 1"),
        ((typed([n], "ℕ"),), (f"Odd {n}",), f"(-1 : ℤ) ^ {n} = -1"),
        ((typed([n], "ℕ"),), (), f"((-1 : ℤ) ^ {n}) ^ 2 = 1"),
        ((typed([n], "ℕ"),), (), f"(-1 : ℤ) ^ {n} = 1 ∨ (-1 : ℤ) ^ {n} = -1"),
        (
            (),
            (),
            f"(-1 : ℤ) ^ {k} + {c} = {(-1) ** k + c}"
            if c > 0
            else f"(-1 : ℤ) ^ {k} - {-c} = {(-1) ** k + c}",
        ),
        ((typed([n], "ℕ"),), (), f"(-1 : ℤ) ^ ({n} + 1) + (-1) ^ {n} = 0"),
        ((typed([n], "ℕ"),), (f"{n} % 2 = {odd % 2}",), f"({-abs(c)} : ℤ) ^ {n} = -({abs(c)} ^ {n})"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft(variables, hypotheses, goal)


def two_step_sums(rng: random.Random) -> Draft:
    """Bounds and remainders of sums with a variable number of terms."""
    n, i = _counter(rng)
    below = f"Finset.range {n}"
    a, b, m = rng.randint(1, 6), rng.randint(1, 9), rng.randint(2, 7)
    forms = [
        f"{n} ≤ ∑ {i} ∈ {below}, ({i} + {b})",
        f"∑ {i} ∈ {below}, {i} ≤ {n} ^ 2",
        f"∑ {i} ∈ {below}, {a} * {i} ≤ {a} * {n} * {n}",
        f"{m} ∣ ∑ {i} ∈ {below}, ({m * a} * {i} + {m * b})",
        f"(∑ {i} ∈ {below}, {m} * {i} ^ 2) % {m} = 0",
        f"2 ∣ ∑ {i} ∈ {below}, {i} * ({i} + 1)",
        f"∑ {i} ∈ {below}, {i} ^ 2 ≤ {n} ^ 3",
        f"∏ {i} ∈ {below}, ({i} + 1) = {n} !",
        f"0 < ∏ {i} ∈ {below}, ({i} + {b})",
        f"∑ {i} ∈ {below}, {i} * {i} ! + 1 = {n} !",
    ]
    return Draft((typed([n], "ℕ"),), (), rng.choice(forms))


FAMILIES = (
    sum_formulas,
    geometric_sums,
    sums_of_numerals,
    sum_rules,
    recursive_formulas,
    sequence_values,
    sequence_bounds,
    powers_against_polynomials,
    divisible_powers,
    periodic_powers,
    factorials,
    alternating_signs,
    two_step_sums,
)
