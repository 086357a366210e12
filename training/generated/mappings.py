"""Injective, surjective and monotone functions, from their definitions and from each other."""

from __future__ import annotations

import random

from training.generated.drafts import Draft, mentioned, typed
from training.generated.terms import nonzero, total


def injections(rng: random.Random) -> Draft:
    f, g = rng.choice([("f", "g"), ("g", "h"), ("p", "q"), ("φ", "ψ")])
    a, b = rng.choice([("a", "b"), ("x", "y"), ("u", "v")])
    kind = rng.choice(["α", "α", "ℕ", "ℤ"])
    spelled = f"∀ x y, {f} x = {f} y → x = y"
    injective = rng.choice([f"Function.Injective {f}", spelled])
    forms = [
        ((injective, f"{f} {a} = {f} {b}"), f"{a} = {b}"),
        ((injective, f"{a} ≠ {b}"), f"{f} {a} ≠ {f} {b}"),
        ((injective, f"Function.Injective {g}"), f"Function.Injective (fun x => {f} ({g} x))"),
        ((f"Function.Injective (fun x => {f} ({g} x))",), f"Function.Injective {g}"),
        ((f"∀ x, {g} ({f} x) = x",), f"Function.Injective {f}"),
        ((f"∀ x, {f} ({g} x) = x",), f"Function.Surjective {f}"),
        ((f"Function.Surjective {f}", f"Function.Surjective {g}"), f"Function.Surjective ({f} ∘ {g})"),
        ((f"Function.Surjective (fun x => {f} ({g} x))",), f"Function.Surjective {f}"),
        ((injective,), f"{f} {a} = {f} {b} ↔ {a} = {b}"),
        ((f"∀ x, {f} ({f} x) = x",), f"Function.Injective {f} ∧ Function.Surjective {f}"),
        ((injective, f"∀ x, {f} ({f} x) = {f} x"), f"∀ x, {f} x = x"),
        ((f"Function.Surjective {f}",), f"∃ x, {f} x = {a}"),
        ((injective, f"{f} ({g} {a}) = {f} ({g} {b})"), f"{g} {a} = {g} {b}"),
    ]
    hypotheses, goal = rng.choice(forms)
    functions = mentioned((f, g), *hypotheses, goal)
    elements = [] if "fun" in goal or goal.startswith("∀") else mentioned((a, b), goal)
    binders = ["α : Type"] if kind == "α" else []
    binders.append(typed(functions, f"{kind} → {kind}"))
    if elements:
        binders.append(typed(elements, kind))
    return Draft(tuple(binders), hypotheses, goal)


def injective_formulas(rng: random.Random) -> Draft:
    """Whether a given linear or odd function is injective, surjective, monotone."""
    kind = rng.choice(["ℕ", "ℤ", "ℚ", "ℝ"])
    f, x = rng.choice("fghpq"), rng.choice("xyt")
    k, c = rng.randint(1, 9), rng.randint(0, 12)
    rule = f"∀ {x}, {f} {x} = {total([(k, x), (c, '')])}"
    forms = [
        (rule, f"Function.Injective {f}"),
        (rule, f"StrictMono {f}"),
        (rule, f"Monotone {f}"),
        (rule, f"∀ {x}, ∀ z, {x} < z → {f} {x} < {f} z"),
        (rule, f"∀ a b, {f} a = {f} b → a = b"),
    ]
    if kind != "ℕ":
        falling = f"∀ {x}, {f} {x} = {c} - {total([(k, x)])}"
        forms += [(falling, f"StrictAnti {f}"), (falling, f"Function.Injective {f}")]
        forms += [(f"∀ {x}, {f} {x} = {x} + {c}", f"Function.Surjective {f}")]
        square = f"∀ {x}, {f} {x} = {x} ^ 2 + {c}"
        forms += [(square, f"¬ Function.Injective {f}"), (square, f"∀ a, {f} (-a) = {f} a")]
    if kind in "ℚℝ":
        forms += [(rule, f"Function.Surjective {f}"), (rule, f"∀ b, ∃ a, {f} a = b")]
    hypothesis, goal = rng.choice(forms)
    return Draft((f"{f} : {kind} → {kind}",), (hypothesis,), goal)


def monotone_maps(rng: random.Random) -> Draft:
    f, g = rng.choice([("f", "g"), ("g", "h"), ("u", "v")])
    a, b = rng.choice([("a", "b"), ("x", "y"), ("m", "n")])
    kind = rng.choice(["ℕ", "ℤ", "ℝ"])
    k, c = rng.randint(1, 9), rng.randint(1, 9)
    forms = [
        ((f"Monotone {f}", f"{a} ≤ {b}"), f"{f} {a} ≤ {f} {b}"),
        ((f"Monotone {f}",), f"{f} {k} ≤ {f} {k + c}"),
        ((f"StrictMono {f}", f"{a} < {b}"), f"{f} {a} < {f} {b}"),
        ((f"Monotone {f}", f"Monotone {g}"), f"Monotone (fun x => {f} ({g} x))"),
        ((f"Monotone {f}", f"Monotone {g}"), f"Monotone (fun x => {f} x + {g} x)"),
        ((f"Antitone {f}", f"Antitone {g}"), f"Monotone (fun x => {f} ({g} x))"),
        ((f"StrictMono {f}", f"StrictMono {g}"), f"StrictMono (fun x => {f} ({g} x))"),
        ((f"Monotone {f}", f"{f} {b} < {f} {a}"), f"{b} < {a}"),
        ((f"StrictMono {f}", f"{f} {a} = {f} {b}"), f"{a} = {b}"),
        ((f"Monotone {f}",), f"Monotone (fun x => {f} x + {c})"),
        ((f"∀ {a} {b}, {a} ≤ {b} → {f} {a} ≤ {f} {b}",), f"{f} {k} ≤ {f} {k + c}"),
        ((f"Monotone {f}", f"{f} {k} = {c}", f"{f} {k + 2} = {c}"), f"{f} {k + 1} = {c}"),
        ((f"StrictMono {f}",), f"{f} {a} < {f} ({a} + {c})"),
        ((f"Monotone {f}", f"{a} ≤ {b}", f"{f} {b} ≤ {k}"), f"{f} {a} ≤ {k}"),
    ]
    hypotheses, goal = rng.choice(forms)
    functions = mentioned((f, g), *hypotheses, goal)
    bound = "∀" in hypotheses[0]
    elements = [] if bound or "fun" in goal else mentioned((a, b), *hypotheses, goal)
    binders = [typed(functions, f"{kind} → {kind}")] + ([typed(elements, kind)] if elements else [])
    return Draft(tuple(binders), hypotheses, goal)


def natural_functions(rng: random.Random) -> Draft:
    """Functions on ℕ known by a rule, by induction."""
    f, n = rng.choice("fguv"), rng.choice("nmk")
    c, k = rng.randint(1, 9), rng.randint(2, 6)
    forms = [
        ((f"∀ {n}, {f} ({n} + 1) = {f} {n}",), f"∀ {n}, {f} {n} = {f} 0"),
        ((f"∀ {n}, {f} {n} < {f} ({n} + 1)",), f"∀ {n}, {f} 0 + {n} ≤ {f} {n}"),
        ((f"∀ {n}, {f} ({n} + {k}) = {f} {n}",), f"{f} {3 * k + 1} = {f} 1"),
        ((f"∀ {n}, {f} ({n} + 1) = {f} {n} + {c}",), f"∀ {n}, {f} {n} = {f} 0 + {c} * {n}"),
        ((f"∀ {n}, {f} ({n} + 1) = {f} {n} + {c}",), f"StrictMono {f} ∨ {f} 1 = {f} 0 + {c}"),
        ((f"∀ {n}, {f} {n} ≤ {f} ({n} + 1)", f"{f} 0 = {c}"), f"∀ {n}, {c} ≤ {f} {n}"),
        ((f"∀ {n}, {f} ({n} + 1) = {k} * {f} {n}", f"{f} 0 = {c}"), f"{f} 3 = {c * k**3}"),
        ((f"∀ {n}, {f} {n} ≤ {f} ({n} + 1)",), f"∀ {n}, {f} {n} ≤ {f} ({n} + {k})"),
        ((f"∀ {n}, {f} ({f} {n}) = {n} + {c}",), f"∀ a b, {f} a = {f} b → a = b"),
        ((f"∀ a b, {f} (a + b) = {f} a + {f} b",), f"∀ {n}, {f} {n} = {n} * {f} 1"),
    ]
    hypotheses, goal = rng.choice(forms)
    return Draft((f"{f} : ℕ → ℕ",), hypotheses, goal)


def equivalences(rng: random.Random) -> Draft:
    """Values of a bijection and its inverse, as `Equiv`."""
    s, x = rng.choice(["σ", "e", "f", "τ"]), rng.choice("xyt")
    kind = rng.choice(["ℤ", "ℚ", "ℝ", "ℝ"])
    k, c, v = 1 if kind == "ℤ" else rng.randint(2, 7), nonzero(rng, -9, 9), rng.randint(0, 9)
    image = k * v + c
    shown = str(image) if image >= 0 else f"({image})"
    forms = [
        (f"{s}.2 {shown} = {v}",),
        (f"{s}.1 {v} = {image}",),
        (f"{s}.2 ({s}.1 {v}) = {v}",),
        (f"{s}.1 ({s}.2 {v}) + {s}.1 {v} = {v + image}",),
    ]
    return Draft(
        (f"{s} : Equiv {kind} {kind}",),
        (f"∀ {x}, {s}.1 {x} = {total([(k, x), (c, '')])}",),
        rng.choice(forms)[0],
    )


FAMILIES = (injections, injective_formulas, monotone_maps, natural_functions, equivalences)
