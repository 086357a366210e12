"""Whether two answers say the same: their forms are compared here, values and relations by SymPy.

What is compared is mathematical equality, with the customs of MATH's reference answers: a unit that only one
of the two names is no difference, several answers have no order, 50 % is 50 where a percentage is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prover.evaluate.answers import values
from prover.evaluate.answers.forms import Form, Matrix, Relation, Row, Several, Union, Value, Words, read
from prover.evaluate.answers.text import compact
from prover.evaluate.answers.units import PERCENT


def equal(reference: str, answer: str) -> bool:
    """Whether `answer` is as good as `reference`. Never raises; may take long: see `checker`."""
    if not compact(answer):
        return False
    if compact(reference) == compact(answer):
        return True
    one, other = read(reference), read(answer)
    return one is not None and other is not None and same(one, other)


def same(one: Form, other: Form) -> bool:
    """Whether two forms say the same; `one` is the reference's."""
    one, other = _alone(one), _alone(other)
    if isinstance(one, Relation) or isinstance(other, Relation):
        return _relations(one, other)
    match one, other:
        case Words(), Words():
            return one.text == other.text
        case Words(), Value():
            return one.text == other.latex.lower()
        case Value(), Value():
            return _values(one, other)
        case Row(), Row():
            brackets = (one.opening, one.closing) == (other.opening, other.closing)
            return brackets and _in_order(one.parts, other.parts)
        case Matrix(), Matrix():
            return one.determinant == other.determinant and _same_rows(one, other)
        case Several(), Several():
            return _in_any_order(one.parts, other.parts)
        case Union(), Union():
            return _in_any_order(one.parts, other.parts)
    return False


def _alone(form: Form) -> Form:
    """A set of one is that one; a symbol that is a word of one letter is compared as such."""
    while isinstance(form, Several | Union) and len(form.parts) == 1:
        form = form.parts[0]
    return form


def _values(one: Value, other: Value) -> bool:
    if one.name and other.name and one.name != other.name:
        return False
    if one.unit == other.unit or one.unit is None or other.unit is None:
        return _percent(one, other) if PERCENT in (one.unit, other.unit) else _latex(one, other)
    return not one.unit.excludes(other.unit) and _latex(one, other)


def _latex(one: Value, other: Value) -> bool:
    return one.latex == other.latex or values.same_value(one.latex, other.latex)


def _percent(one: Value, other: Value) -> bool:
    """50 % is 50 %, 0.5, and 50 where the question speaks of percent; a reference below 1 is a share."""
    if one.unit == other.unit:
        return _latex(one, other)
    hundredth = values.same_value(
        f"\\frac{{{one.latex}}}{{100}}" if one.unit == PERCENT else one.latex,
        f"\\frac{{{other.latex}}}{{100}}" if other.unit == PERCENT else other.latex,
    )
    return hundredth or (not (one.unit is None and values.below_one(one.latex)) and _latex(one, other))


def _in_order(one: Sequence[Form], other: Sequence[Form]) -> bool:
    return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))


def _same_rows(one: Matrix, other: Matrix) -> bool:
    return len(one.rows) == len(other.rows) and all(map(_in_order, one.rows, other.rows))


def _in_any_order(one: Sequence[Form], other: Sequence[Form]) -> bool:
    """Each has its like on the other side: repetitions do not count."""
    return _covered(one, other, same) and _covered(other, one, lambda a, b: same(b, a))


def _covered(parts: Sequence[Form], others: Sequence[Form], alike: Callable[[Form, Form], bool]) -> bool:
    return all(any(alike(part, other) for other in others) for part in parts)


def _relations(one: Form, other: Form) -> bool:
    """Two relations, or one and the set of the numbers for which it holds, or the value of its right side."""
    if isinstance(one, Relation) and isinstance(other, Relation):
        return values.same_relation(one.latex, other.latex)
    relation, form = (one, other) if isinstance(one, Relation) else (other, one)
    assert isinstance(relation, Relation)
    if isinstance(form, Row | Union):
        return values.same_set(relation.latex, intervals(form))
    if isinstance(form, Value) and form.name:
        return values.same_relation(relation.latex, f"{form.name} = {form.latex}")
    return False


def intervals(form: Row | Union) -> list[tuple[str, str, str, str]] | None:
    """Opening, two ends, closing of each interval; None where it is none."""
    found = []
    for part in form.parts if isinstance(form, Union) else (form,):
        if not isinstance(part, Row) or part.opening == ":" or len(part.parts) != 2:
            return None
        low, high = part.parts
        if not isinstance(low, Value) or not isinstance(high, Value):
            return None
        found.append((part.opening, low.latex, high.latex, part.closing))
    return found
