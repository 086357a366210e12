"""Remainders, divisibility, parity, common divisors, primes and congruences; remainders are computed here."""

from __future__ import annotations

import math
import random

from training.generated.drafts import NATURALS, Draft, mentioned, names, typed
from training.generated.terms import equation, nonzero, polynomial, total, value


def numeral_remainders(rng: random.Random) -> Draft:
    m = rng.randint(3, 30)
    a, b, c = (rng.randint(2, rng.choice([12, 90, 999])) for _ in range(3))
    k = rng.randint(2, 12)
    forms = [
        (f"({a} * {b} + {c}) % {m}", (a * b + c) % m),
        (f"({a} + {b} + {c}) % {m}", (a + b + c) % m),
        (f"({a % 20} ^ {k} + {b}) % {m}", ((a % 20) ** k + b) % m),
        (f"{a} * {b} * {c} % {m}", a * b * c % m),
        (f"({a} ^ 2 + {b} ^ 2) % {m}", (a * a + b * b) % m),
        (f"{a * b + c} % {m}", (a * b + c) % m),
    ]
    left, right = rng.choice(forms)
    if rng.random() < 0.15:
        return Draft((), (), f"{left} ≠ {(right + 1) % m}")
    return Draft((), (), f"{left} = {right}")


def last_digits(rng: random.Random) -> Draft:
    base, m = rng.randint(2, 29), rng.choice([3, 4, 5, 7, 8, 9, 10, 10, 11, 13, 100])
    exponent = rng.choice([rng.randint(5, 40), rng.randint(40, 240), rng.randint(240, 3000)])
    if rng.random() < 0.25:
        other, small = rng.randint(2, 19), rng.randint(3, 60)
        result = (pow(base, small, m) + pow(other, exponent, m)) % m
        return Draft((), (), f"({base} ^ {small} + {other} ^ {exponent}) % {m} = {result}")
    return Draft((), (), f"{base} ^ {exponent} % {m} = {pow(base, exponent, m)}")


def linear_remainders(rng: random.Random) -> Draft:
    """From `n % m` the remainder of a linear expression, modulo a divisor of `m`."""
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    (n,) = names(rng, 1, NATURALS)
    m = rng.choice([2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20])
    d = rng.choice([d for d in range(2, m + 1) if m % d == 0])
    r, a, b = rng.randrange(m), rng.randint(1, 9), rng.randint(0, 12)
    forms = [
        (total([(a, n), (b, "")]), a * r + b),
        (f"{a} * ({n} + {b + 1})", a * (r + b + 1)),
        (f"({n} + {a}) * {b + 2}", (r + a) * (b + 2)),
        (f"{n} ^ 2 + {a}", r * r + a),
        (f"{a} * {n} ^ 2 + {n}", a * r * r + r),
    ]
    left, right = rng.choice(forms[:3] * 2 + forms)
    return Draft((typed([n], kind),), (equation(rng, f"{n} % {m}", str(r)),), f"({left}) % {d} = {right % d}")


def solved_congruence(rng: random.Random) -> Draft:
    """From the remainder of `a * n` that of `n`, or `n` itself where a bound is given."""
    (n,) = names(rng, 1, NATURALS)
    m = rng.randint(5, 40)
    a = rng.choice([a for a in range(2, m) if math.gcd(a, m) == 1])
    s = rng.randrange(m)
    hypothesis = f"{rng.choice([f'{a} * {n}', f'{n} * {a}'])} % {m} = {a * s % m}"
    if rng.random() < 0.5:
        return Draft((typed([n], "ℕ"),), (f"{n} < {m}", hypothesis), f"{n} = {s}")
    return Draft((typed([n], rng.choice(["ℕ", "ℤ"])),), (hypothesis,), f"{n} % {m} = {s}")


def remainders_of_two(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    a, b = names(rng, 2, NATURALS)
    m = rng.randint(3, 13)
    r, s, k = rng.randrange(m), rng.randrange(m), rng.randint(2, 6)
    forms = [
        (f"({a} + {b}) % {m}", (r + s) % m),
        (f"({k} * {a} + {b}) % {m}", (k * r + s) % m),
        (f"({a} * {b}) % {m}", r * s % m),
        (f"({a} * {b} + {k}) % {m}", (r * s + k) % m),
        (f"({a} + {b}) ^ 2 % {m}", (r + s) ** 2 % m),
        (f"({a} ^ 2 + {b} ^ 2) % {m}", (r * r + s * s) % m),
    ]
    left, right = rng.choice(forms)
    return Draft((typed([a, b], kind),), (f"{a} % {m} = {r}", f"{b} % {m} = {s}"), f"{left} = {right}")


def chinese_remainders(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    (n,) = names(rng, 1, NATURALS)
    while True:
        p, q = rng.sample(range(2, 14), 2)
        if math.gcd(p, q) == 1:
            break
    s = rng.randrange(p * q)
    hypotheses = [equation(rng, f"{n} % {m}", str(s % m), 0.1) for m in (p, q)]
    if kind == "ℕ" and rng.random() < 0.4:
        turns = rng.randint(0, 4) * p * q
        bounds = [f"{n} < {turns + p * q}"] + ([f"{turns} ≤ {n}"] if turns else [])
        return Draft((typed([n], kind),), (*bounds, *hypotheses), f"{n} = {s + turns}")
    return Draft((typed([n], kind),), tuple(hypotheses), f"{n} % {p * q} = {s}")


def divisibility_chains(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    a, b, c = names(rng, 3, NATURALS)
    d, k, m = rng.randint(2, 9), rng.randint(2, 6), rng.randint(2, 6)
    x, y = rng.randint(2, 9), rng.randint(2, 9)
    forms = [
        ([a, b], [f"{d * k} ∣ {a}", f"{d * m} ∣ {b}"], f"{d} ∣ {x} * {a} + {y} * {b}"),
        ([a, b], [f"{d} ∣ {a}", f"{d} ∣ {a} + {b}"], f"{d} ∣ {b}"),
        ([a], [f"{d * k} ∣ {a}"], f"{k} ∣ {a} + {k * m}"),
        ([a, b, c], [f"{a} ∣ {b}", f"{b} ∣ {c}"], f"{a} ∣ {x} * {c}"),
        ([a, b, c], [f"{a} ∣ {b}", f"{a} ∣ {c}"], f"{a} ∣ {x} * {b} + {y} * {c}"),
        ([a, b, c], [f"{a} ∣ {b}"], f"{a} * {c} ∣ {b} * {c}"),
        ([a, b], [f"{d} ∣ {a}", f"{k} ∣ {b}"], f"{d * k} ∣ {a} * {b}"),
        ([a, b], [f"{a} ∣ {b}"], f"{a} ^ 2 ∣ {b} ^ 2"),
        ([a], [f"{d} ∣ {a} + {d * m}"], f"{d} ∣ {a}"),
        ([a, b], [f"{b} = {d * k} * {a}"], f"{d} ∣ {b}"),
        ([a], [f"{a} % {d * k} = {d}"], f"{d} ∣ {a}"),
        ([a, b], [f"{a} ∣ {b}", f"{b} ∣ {a} + {x}"], f"{a} ∣ {x}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def numeral_divisibility(rng: random.Random) -> Draft:
    d, k = rng.randint(3, 60), rng.randint(3, 90)
    choice = rng.random()
    if choice < 0.4:
        r = rng.randint(1, d - 1)
        return Draft((), (), f"¬ ({d} : {rng.choice(['ℕ', 'ℤ'])}) ∣ {d * k + r}")
    if choice < 0.7:
        return Draft((), (), f"({d} : {rng.choice(['ℕ', 'ℤ'])}) ∣ {d * k}")
    n = rng.randint(2, 12)
    base = rng.randint(2, 9)
    if choice < 0.85:
        return Draft((), (), f"(({d} : ℕ) ∣ {base} ^ {n} - {base**n % d})")
    return Draft((), (), f"{d * k} / {d} = {k} ∧ {d} ∣ {d * k}")


def parity_facts(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℤ"])
    a, b = names(rng, 2, NATURALS)
    p, q = rng.randint(0, 1), rng.randint(0, 1)
    word = ("Even", "Odd")
    k, c = rng.randint(1, 9), rng.randint(1, 9)
    forms = [
        (f"{a} + {b}", p + q),
        (f"{a} * {b}", p * q),
        (f"{k} * {a} + {c}", k * p + c),
        (f"{a} ^ 2 + {b}", p + q),
        (f"{a} * {b} + {a}", p * q + p),
        (f"{k} * {a} + {c} * {b}", k * p + c * q),
        (f"({a} + {k}) * ({b} + {c})", (p + k) * (q + c)),
        (f"{a} ^ 3 + {k}", p + k),
    ]
    expression, residue = rng.choice(forms)
    goal = f"{word[residue % 2]} ({expression})"
    if rng.random() < 0.2:
        goal = f"¬ {word[1 - residue % 2]} ({expression})"
    variables = mentioned((a, b), expression)
    return Draft(
        (typed(variables, kind),),
        tuple(f"{word[r]} {x}" for x, r in zip(variables, (p, q), strict=False)),
        goal,
    )


def parity_always(rng: random.Random) -> Draft:
    """What is even or odd whatever the variable is."""
    (n,) = names(rng, 1, NATURALS)
    kind = rng.choice(["ℕ", "ℤ"])
    k = 2 * rng.randint(0, 6) + rng.randint(0, 1)
    odd = 2 * rng.randint(0, 5) + 1
    forms = [
        (f"{n} ^ 2 + {total([(odd, n), (k, '')])}", k),
        (f"{n} * ({n} + {odd})" + (f" + {k}" if k else ""), k),
        (f"{2 * odd} * {n} + {k + 1}", k + 1),
        (f"{n} ^ 3 + {total([(odd, n), (k, '')])}", k),
        (f"({n} + {k}) * ({n} + {k + odd})", 0),
    ]
    expression, residue = rng.choice(forms)
    wanted = residue % 2
    goal = rng.choice(
        [
            f"{('Even', 'Odd')[wanted]} ({expression})",
            f"({expression}) % 2 = {wanted}",
            f"¬ {('Odd', 'Even')[wanted]} ({expression})",
        ]
    )
    return Draft((typed([n], kind),), (), goal)


def common_divisors(rng: random.Random) -> Draft:
    a, b = rng.randint(4, 600), rng.randint(4, 600)
    g = rng.choice([1, 2, 3, 4, 5, 6, 8, 12])
    a, b = a * g, b * g
    forms = [
        f"Nat.gcd {a} {b} = {math.gcd(a, b)}",
        f"Nat.lcm {a} {b} = {math.lcm(a, b)}",
        f"Nat.gcd {a} {b} * Nat.lcm {a} {b} = {a * b}",
        f"Nat.gcd (Nat.gcd {a} {b}) {a + b} = {math.gcd(a, b)}",
        f"Nat.lcm {a} {b} / Nat.gcd {a} {b} = {math.lcm(a, b) // math.gcd(a, b)}",
    ]
    if math.gcd(a, b) == 1:
        forms.append(f"Nat.Coprime {a} {b}")
    else:
        forms.append(f"¬ Nat.Coprime {a} {b}")
    return Draft((), (), rng.choice(forms))


def common_divisors_of_variables(rng: random.Random) -> Draft:
    a, b, c = names(rng, 3, NATURALS)
    k, d = rng.randint(2, 9), rng.randint(2, 12)
    forms = [
        ([a], [], f"Nat.gcd {a} ({a} + 1) = 1"),
        ([a], [], f"Nat.gcd ({k} * {a} + 1) {a} = 1"),
        ([a, b], [], f"Nat.gcd {a} {b} ∣ {k} * {a} + {d} * {b}"),
        ([a, b], [], f"Nat.gcd ({a} + {k} * {b}) {b} = Nat.gcd {a} {b}"),
        ([a, b, c], [f"{c} ∣ {a}", f"{c} ∣ {b}"], f"{c} ∣ Nat.gcd {a} {b}"),
        ([a, b], [], f"{a} ∣ Nat.lcm {a} {b} * {k}"),
        ([a, b], [], f"Nat.gcd ({k} * {a}) ({k} * {b}) = {k} * Nat.gcd {a} {b}"),
        ([a, b], [f"{a} ∣ {b}"], f"Nat.gcd {a} {b} = {a}"),
        ([a, b], [f"Nat.gcd {a} {b} = {d}"], f"{d} ∣ {a} ∧ {d} ∣ {b}"),
        ([a, b], [f"Nat.gcd {a} {b} = {d}", f"Nat.lcm {a} {b} = {d * k}"], f"{a} * {b} = {d * d * k}"),
        ([a], [], f"Nat.gcd ({a} + {k}) {a} ∣ {k}"),
        ([a], [f"0 < {a}"], f"Nat.gcd ({a} + {k}) {a} ≤ {k}"),
        ([a, b], [f"0 < {a}"], f"0 < Nat.gcd {a} {b} ∧ Nat.gcd {a} {b} ≤ {a}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℕ"),), tuple(hypotheses), goal)


def prime_numerals(rng: random.Random) -> Draft:
    n = rng.randint(2, rng.choice([100, 1000, 4000]))
    prime = n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))
    while not prime and rng.random() < 0.6:
        n += 1
        prime = all(n % d for d in range(2, math.isqrt(n) + 1))
    goal = f"Nat.Prime {n}" if prime else f"¬ Nat.Prime {n}"
    if rng.random() < 0.25:
        (p,) = names(rng, 1, NATURALS)
        return Draft((typed([p], "ℕ"),), (f"{p} = {n}",), goal.replace(str(n), p))
    return Draft((), (), goal)


def prime_facts(rng: random.Random) -> Draft:
    p, q, n = rng.choice([("p", "q", "n"), ("p", "q", "m"), ("a", "b", "c"), ("r", "s", "t")])
    k = rng.randint(1, 9)
    forms = [
        ([p], [f"Nat.Prime {p}"], f"1 < {p} + {k}"),
        ([p], [f"Nat.Prime {p}", f"2 < {p}"], f"{p} % 2 = 1"),
        ([p], [f"Nat.Prime {p}", f"{p} ≠ 2"], f"Odd {p}"),
        ([p, n], [f"Nat.Prime {p}", f"{n} ∣ {p}", f"{n} ≠ 1"], f"{n} = {p}"),
        ([p, q], [f"Nat.Prime {p}", f"Nat.Prime {q}", f"{p} ∣ {q}"], f"{p} = {q}"),
        ([p], [f"Nat.Prime {p}", f"Even {p}"], f"{p} = 2"),
        ([p, n], [f"Nat.Prime {p}", f"{p} ∣ {n} ^ {k % 4 + 2}"], f"{p} ∣ {n}"),
        ([p], [f"Nat.Prime {p}"], f"¬ {p} ∣ 1 ∧ {p} ≠ 0"),
        ([p, q, n], [f"Nat.Prime {p}", f"{p} ∣ {q} * {n}", f"¬ {p} ∣ {q}"], f"{p} ∣ {n}"),
        (
            [p],
            [f"Nat.Prime {p}", f"{p} < {k % 3 + 4}"],
            f"{p} = 2 ∨ {p} = 3" + (f" ∨ {p} = 5" if k % 3 == 2 else ""),
        ),
        ([p, q], [f"Nat.Prime {p}", f"Nat.Prime {q}"], f"4 ≤ {p} * {q}"),
        ([p, q], [f"Nat.Prime {p}", f"Nat.Prime {q}", f"{p} + {q} = {2 * k + 5}"], f"{p} = 2 ∨ {q} = 2"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℕ"),), tuple(hypotheses), goal)


def power_residues(rng: random.Random) -> Draft:
    """Which remainders a polynomial can leave."""
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    (n,) = names(rng, 1, NATURALS)
    m = rng.randint(3, 9)
    coefficients = rng.choice(
        [[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0, 0], [1, 0, rng.randint(1, 3)], [2, 0, 1], [1, 0, 0, 0, 0]]
    )
    expression = polynomial(coefficients, n)
    left = (
        f"{expression} % {m}"
        if expression.startswith(f"{n} ^") and "+" not in expression
        else f"({expression}) % {m}"
    )
    residues = sorted({int(value(coefficients, r)) % m for r in range(m)})
    missing = [r for r in range(m) if r not in residues]
    if missing and (len(residues) > 3 or rng.random() < 0.5):
        return Draft((typed([n], kind),), (), f"{left} ≠ {rng.choice(missing)}")
    if len(residues) > 4:
        return power_residues(rng)
    return Draft((typed([n], kind),), (), " ∨ ".join(f"{left} = {r}" for r in residues))


def polynomial_divisibility(rng: random.Random) -> Draft:
    """A polynomial whose every value a numeral divides; found by trying all remainders."""
    (n,) = names(rng, 1, NATURALS)
    while True:
        m = rng.choice([2, 3, 3, 4, 5, 6, 6, 7, 8])
        degree = rng.choice([2, 3, 3, 4, 5])
        coefficients = [
            rng.randint(1, 3),
            *(rng.choice([0, 0, 1, 2, 3, -1, 5]) for _ in range(degree - 1)),
            0,
        ]
        if all(int(value(coefficients, r)) % m == 0 for r in range(m)) and any(c % m for c in coefficients):
            break
    kind = "ℤ" if min(coefficients) < 0 else rng.choice(["ℕ", "ℕ", "ℤ"])
    expression = polynomial(coefficients, n)
    goal = rng.choice([f"{m} ∣ {expression}", f"({expression}) % {m} = 0"])
    return Draft((typed([n], kind),), (), goal)


def consecutive_products(rng: random.Random) -> Draft:
    (n,) = names(rng, 1, NATURALS)
    kind = rng.choice(["ℕ", "ℤ"])
    k = rng.randint(0, 6)
    factors = [total([(1, n), (k + i, "")]) for i in range(rng.choice([2, 3, 3]))]
    product = " * ".join(factor if factor == n else f"({factor})" for factor in factors)
    divisor = 2 if len(factors) == 2 else rng.choice([2, 3, 6])
    goal = rng.choice([f"{divisor} ∣ {product}", f"({product}) % {divisor} = 0"])
    return Draft((typed([n], kind),), (), goal)


def congruence_notation(rng: random.Random) -> Draft:
    a, b = names(rng, 2, NATURALS)
    m = rng.randint(3, 20)
    r, s, k = rng.randrange(m), rng.randrange(m), rng.randint(2, 7)
    forms = [
        ([a, b], [f"{a} ≡ {r} [MOD {m}]", f"{b} ≡ {s} [MOD {m}]"], f"{a} + {b} ≡ {(r + s) % m} [MOD {m}]"),
        ([a, b], [f"{a} ≡ {r} [MOD {m}]", f"{b} ≡ {s} [MOD {m}]"], f"{a} * {b} ≡ {r * s % m} [MOD {m}]"),
        ([a], [f"{a} ≡ {r} [MOD {m}]"], f"{k} * {a} ≡ {k * r % m} [MOD {m}]"),
        ([a], [f"{a} ≡ {r} [MOD {m}]"], f"{a} + {m * k} ≡ {r} [MOD {m}]"),
        ([a], [f"{a} % {m} = {r}"], f"{a} ≡ {r + m} [MOD {m}]"),
        ([a], [f"{a} ≡ {r} [MOD {m * k}]"], f"{a} ≡ {r} [MOD {m}]"),
        ([a, b], [f"{a} ≡ {b} [MOD {m}]"], f"{b} + {k} ≡ {a} + {k} [MOD {m}]"),
        ([], [], f"{m * k + r} ≡ {r} [MOD {m}]"),
        ([], [], f"({k} ^ {s + 2} : ℕ) ≡ {pow(k, s + 2, m)} [MOD {m}]"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, "ℕ"),) if variables else (), tuple(hypotheses), goal)


def least_solutions(rng: random.Random) -> Draft:
    """The least natural number with a property, as `IsLeast`."""
    (x,) = names(rng, 1, NATURALS)
    p, q = rng.sample(range(2, 14), 2)
    s = rng.randrange(math.lcm(p, q))
    a = rng.randint(2, 12)
    m = rng.choice([m for m in range(5, 30) if math.gcd(a, m) == 1])
    v = rng.randrange(1, m)
    c = rng.randint(10, 200)
    forms = [
        (f"{x} % {p} = {s % p} ∧ {x} % {q} = {s % q}", s),
        (f"{a} * {x} % {m} = {a * v % m}", v),
        (f"{c} < {x} ∧ {p} ∣ {x}", (c // p + 1) * p),
        (f"{c} ≤ {x} ^ 2", math.isqrt(c - 1) + 1),
        (f"0 < {x} ∧ {p} ∣ {x} ∧ {q} ∣ {x}", math.lcm(p, q)),
        (f"{a} * {x} ≡ {a * v % m} [MOD {m}]", v),
    ]
    condition, least = rng.choice(forms)
    return Draft((), (), f"IsLeast {{{x} : ℕ | {condition}}} {least}")


def listed_divisors(rng: random.Random) -> Draft:
    (n,) = names(rng, 1, NATURALS)
    m = rng.choice([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 20, 21, 25])
    divisors = [d for d in range(1, m + 1) if m % d == 0]
    bound = rng.randint(0, 3)
    kept = [d for d in divisors if d > bound]
    if bound:
        goal = " ∨ ".join(f"{n} = {d}" for d in kept)
        return Draft((typed([n], "ℕ"),), (f"{n} ∣ {m}", f"{bound} < {n}"), goal)
    return Draft((typed([n], "ℕ"),), (f"{n} ∣ {m}",), " ∨ ".join(f"{n} = {d}" for d in kept))


def digit_sums(rng: random.Random) -> Draft:
    n, base = rng.randint(20, 99999), rng.choice([2, 3, 5, 8, 10, 10, 10])
    digits, rest = [], n
    while rest:
        digits.append(rest % base)
        rest //= base
    forms = [
        f"(Nat.digits {base} {n}).sum = {sum(digits)}",
        f"(Nat.digits {base} {n}).length = {len(digits)}",
        f"Nat.digits {base} {n} = [{', '.join(map(str, digits))}]",
        f"Nat.ofDigits {base} [{', '.join(map(str, digits))}] = {n}",
        f"{n} / 10 % 10 = {n // 10 % 10}",
    ]
    return Draft((), (), rng.choice(forms))


def numbers_as_multiples(rng: random.Random) -> Draft:
    """From a remainder or a divisor to the quotient, as an existence statement, and back."""
    kind = rng.choice(["ℕ", "ℤ"])
    n, k = names(rng, 2, NATURALS)
    m = rng.randint(2, 9)
    r, j = rng.randrange(m), rng.randint(1, 5)
    form = total([(m, k), (r, "")])
    forms = [
        ([n], [f"{n} % {m} = {r}"], f"∃ {k}, {n} = {form}"),
        ([n], [f"∃ {k}, {n} = {form}"], f"{n} % {m} = {r}"),
        ([n, k], [f"{n} = {form}"], f"({n} + {j}) % {m} = {(r + j) % m}"),
        ([n], [f"{m * j} ∣ {n}"], f"∃ {k}, {n} = {m} * {k}"),
        ([n, k], [f"{n} = {m} * {k}", f"{m * j} ∣ {n}"], f"{j} ∣ {k}"),
        ([n], [], " ∨ ".join(f"(∃ {k}, {n} = {total([(min(m, 4), k), (i, '')])})" for i in range(min(m, 4)))),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


def integer_division(rng: random.Random) -> Draft:
    kind = rng.choice(["ℕ", "ℕ", "ℤ"])
    n, m = names(rng, 2, NATURALS)
    d, k, c = rng.randint(2, 12), rng.randint(1, 12), nonzero(rng, 1, 20)
    forms = [
        ([n], [f"{n} / {d} = {k}", f"{n} % {d} = {c % d}"], f"{n} = {d * k + c % d}"),
        ([n], [f"{d} * {n} = {d * k}"], f"{n} = {k}"),
        ([n], [], f"({d} * {n} + {c % d}) / {d} = {n}"),
        ([n], [], f"{d} * ({n} / {d}) + {n} % {d} = {n}"),
        ([n, m], [f"{n} ≤ {m}"], f"{n} / {d} ≤ {m} / {d}"),
        ([n], [f"{d * k} ≤ {n}"], f"{k} ≤ {n} / {d}"),
        ([n], [f"{n} < {d * k}"], f"{n} / {d} < {k}"),
        ([n], [f"{n} / {d} = {k}"], f"{d * k} ≤ {n} ∧ {n} < {d * (k + 1)}"),
        ([n, m], [f"{n} % {d} = {m} % {d}", f"{n} / {d} = {m} / {d}"], f"{n} = {m}"),
        ([n], [], f"{n} % {d} < {d + k}"),
        ([n], [], f"({n} + {d * k}) / {d} = {n} / {d} + {k}"),
    ]
    variables, hypotheses, goal = rng.choice(forms)
    return Draft((typed(variables, kind),), tuple(hypotheses), goal)


FAMILIES = (
    numeral_remainders,
    last_digits,
    linear_remainders,
    solved_congruence,
    remainders_of_two,
    chinese_remainders,
    divisibility_chains,
    numeral_divisibility,
    parity_facts,
    parity_always,
    common_divisors,
    common_divisors_of_variables,
    prime_numerals,
    prime_facts,
    power_residues,
    polynomial_divisibility,
    consecutive_products,
    congruence_notation,
    least_solutions,
    listed_divisors,
    digit_sums,
    numbers_as_multiples,
    integer_division,
)
