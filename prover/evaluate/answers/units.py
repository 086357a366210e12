"""Units of answers: taken off a value, and told apart where both answers name one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SYNONYMS = {
    "mm": "millimeter millimetre mm",
    "cm": "centimeter centimetre cm",
    "m": "meter metre m",
    "km": "kilometer kilometre km",
    "in": "inch inches in",
    "ft": "foot feet ft",
    "yd": "yard yd",
    "mi": "mile mi",
    "s": "second sec s",
    "min": "minute min",
    "h": "hour hr h",
    "day": "day",
    "week": "week wk",
    "month": "month",
    "year": "year yr",
    "g": "gram g",
    "kg": "kilogram kg",
    "lb": "pound lb lbs",
    "oz": "ounce oz",
    "L": "liter litre l",
    "mL": "milliliter millilitre ml",
    "mph": "mph",
    "km/h": "kph km/h",
    "m/s": "m/s",
    "deg": "degree deg",
    "rad": "radian rad",
    "dollar": "dollar usd",
    "cent": "cent",
    "percent": "percent pct",
}
_KNOWN = {word: unit for unit, words in _SYNONYMS.items() for word in words.split()}
_KNOWN |= {f"{word}s": unit for word, unit in _KNOWN.items() if len(word) > 2 and not word.endswith("s")}

_MEASURE = re.compile(
    r"(?P<value>.*?(?:[\d)}.]|\\pi|\\infty|\\frac\s*\d\d|[a-z](?=\s*\\text)))\s*"
    r"(?:\\text\s*\{\s*(?P<text>[^{}]*?)\s*\}|(?P<gap>\s|(?<=\d))"
    r"(?P<plain>[a-zA-Z][a-zA-Z/ ]*[a-zA-Z]|[mgshL]))"
    r"\s*(?:\^\s*\{?\s*(?P<power>[23])\s*\}?)?\.?",
    re.DOTALL,
)

_DEGREES = re.compile(r"(.*?)\s*\^\s*\{?\s*\\circ\s*\}?(?:\\text\{\s*([CFK])\})?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and its power; `known` where it is a measure of the table, not a word for what is counted."""

    name: str
    power: int = 1
    known: bool = True

    def excludes(self, other: Unit) -> bool:
        """Whether a value in the one cannot be the same number in the other."""
        return self.known and other.known and (self.name, self.power) != (other.name, other.power)


PERCENT = Unit("percent")


def split_unit(text: str) -> tuple[str, Unit | None]:
    """The value's LaTeX, and its unit if it has one."""
    if (money := re.match(r"(-?)\s*\\?\$\s*(?=[\d.(\\])", text)) is not None:
        rest, _ = split_unit(text[money.end() :])
        return money[1] + rest, Unit("dollar")
    if (percent := re.fullmatch(r"(.*?)\s*(?:\\?%|\bpercent)", text, re.DOTALL)) is not None and percent[1]:
        return percent[1], PERCENT
    if (degrees := _DEGREES.fullmatch(text)) is not None:
        return (degrees[1], Unit("deg")) if not _has_angle(degrees[1]) else (text, None)
    found = _MEASURE.fullmatch(text)
    if found is None:
        return text, None
    unit = _unit(found["text"] if found["text"] is not None else found["plain"], int(found["power"] or 1))
    plain = found["plain"] or ""
    if unit is None or (plain and not unit.known and len(plain) < 4) or (plain and "\\" in plain):
        return text, None
    if plain and len(plain) == 1 and not found["gap"]:
        return text, None
    return found["value"].strip(), unit


def _has_angle(text: str) -> bool:
    """Whether the degrees are a function's argument, not the answer's unit."""
    return re.search(r"\\(?:sin|cos|tan|cot|sec|csc)", text) is not None


def _unit(words: str, power: int) -> Unit | None:
    words = " ".join(words.lower().split())
    for prefix, inner in (("square ", 2), ("sq ", 2), ("sq. ", 2), ("cubic ", 3)):
        if words.startswith(prefix):
            words, power = words.removeprefix(prefix), inner
    if not words or words in ("and", "or", "mod"):
        return None
    name = _KNOWN.get(words) or _KNOWN.get(words.rstrip("."))
    return Unit(name, power) if name else Unit(words, power, known=False)
