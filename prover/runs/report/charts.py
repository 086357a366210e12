"""The report's drawings, as inline SVG: numbers and fixed words only, coloured by the page's style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from prover.runs.report.data import Time
from prover.runs.report.depths import DepthScores
from prover.runs.scores import Estimate

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 12, 42

Scale = Callable[[float], float]
Point = tuple[float, float]


def solve_curve(points: Sequence[tuple[float, int]], budget: str) -> Markup:
    """Problems solved within a budget, as a staircase over a logarithmic axis."""
    if not points:
        return Markup("")
    smallest = min((cost for cost, _ in points if cost > 0), default=1.0)
    low, high = _decades(smallest, max(points[-1][0], smallest))
    top = _nice(points[-1][1])
    x, y = _log_scale(low, high), _scale(0, top, HEIGHT - BOTTOM, TOP)
    stairs: list[Point] = [(x(low), y(0))]
    for cost, count in points:
        across = x(max(cost, low))
        stairs += [(across, stairs[-1][1]), (across, y(count))]
    stairs.append((WIDTH - RIGHT, stairs[-1][1]))
    ticks = [(x(value), _short(value)) for value in _log_ticks(low, high)]
    levels = [(y(value), _short(value)) for value in _ticks(0, top) if value == int(value)]
    body = _area(stairs, y(0)) + _line(stairs, "line")
    label = f"{points[-1][1]} problems solved, the dearest at {_short(points[-1][0])} {budget}"
    return _chart(label, _axes(ticks, levels, budget) + body)


def depth_chart(depths: Sequence[DepthScores]) -> Markup:
    """Median score of states by depth: on the proofs that were found, and elsewhere."""
    on_proof = [(one.depth, one.median_on_proof) for one in depths if one.median_on_proof is not None]
    elsewhere = [(one.depth, one.median_elsewhere) for one in depths if one.median_elsewhere is not None]
    deepest = max((one.depth for one in depths), default=0)
    if deepest == 0:
        return Markup("")
    values = [value for _, value in on_proof + elsewhere]
    low, high = min(*values, 0.0), max(*values, 0.0)
    low, high = (low, high) if high > low else (low - 1, high)
    x = _scale(0, deepest, LEFT + 6, WIDTH - RIGHT - 6)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    ticks = [(x(value), _short(value)) for value in _ticks(0, deepest) if value == int(value)]
    levels = [(y(value), _short(value)) for value in _ticks(low, high)]
    body = "".join(
        _line([(x(depth), y(value)) for depth, value in points], style)
        + "".join(f'<circle class="{style}" cx="{x(d):.1f}" cy="{y(v):.1f}" r="2.6"/>' for d, v in points)
        for points, style in ((elsewhere, "other"), (on_proof, "line"))
    )
    return _chart("median score of states by depth", _axes(ticks, levels, "tactics from the start") + body)


def interval(estimate: Estimate) -> Markup:
    """A share as a dot, with its interval as a line, from 0 to 100 %."""
    x = _scale(0, 1, 4, 116)
    return Markup(
        '<svg class="interval" viewBox="0 0 120 14" aria-hidden="true">'
        '<line class="rail" x1="4" x2="116" y1="7" y2="7"/>'
        f'<line class="range" x1="{x(estimate.low):.1f}" x2="{x(estimate.high):.1f}" y1="7" y2="7"/>'
        f'<circle class="dot" cx="{x(estimate.value):.1f}" cy="7" r="4"/></svg>'
    )


def time_bar(time: Time) -> Markup:
    """The parts of the time, side by side."""
    parts, place = [], 0.0
    for name in ("lean", "model", "search", "judge", "queue"):
        width = 600 * getattr(time, name) / time.total if time.total else 0.0
        parts.append(f'<rect class="time-{name}" x="{place:.2f}" y="0" width="{width:.2f}" height="18"/>')
        place += width
    return Markup(
        '<svg class="bar" viewBox="0 0 600 18" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _chart(label: str, body: str) -> Markup:
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{body}</svg>'
    )


def _axes(ticks: Sequence[tuple[float, str]], levels: Sequence[tuple[float, str]], label: str) -> str:
    bottom = HEIGHT - BOTTOM
    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="level" x="{LEFT - 8}" y="{y + 4:.1f}">{text}</text>'
        for y, text in levels
    ]
    parts += [
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
        f'<text class="place" x="{x:.1f}" y="{bottom + 17}">{text}</text>'
        for x, text in ticks
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    parts.append(f'<text class="place axis-name" x="{middle:.1f}" y="{HEIGHT - 6}">{label}</text>')
    return "".join(parts)


def _line(points: Sequence[Point], style: str) -> str:
    return f'<polyline class="{style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _area(points: Sequence[Point], bottom: float) -> str:
    closed = [*points, (points[-1][0], bottom)]
    return f'<polygon class="area" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in closed)}"/>'


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _log_scale(low: float, high: float) -> Scale:
    inner = _scale(math.log10(low), math.log10(high), LEFT, WIDTH - RIGHT)
    return lambda value: inner(math.log10(value))


def _decades(low: float, high: float) -> tuple[float, float]:
    """The smallest range from a power of ten to 1, 2 or 5 times one that has both and is no point."""
    start = 10.0 ** math.floor(math.log10(low))
    power = 10.0 ** math.floor(math.log10(high))
    end = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= high * (1 - 1e-9))
    return start, end if end > start else start * 10


def _log_ticks(low: float, high: float) -> list[float]:
    factors = (1, 2, 5) if high / low <= 200 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**power for power in powers for factor in factors]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round values from low to high."""
    step = 10.0 ** math.floor(math.log10((high - low) / 3))
    step *= next((factor for factor in (1, 2, 5) if (high - low) / (factor * step) <= 5), 10)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _nice(count: int) -> int:
    power = int("1" + "0" * (len(str(count)) - 1))
    return next((factor * power for factor in (1, 2, 3, 4, 5, 6, 8) if factor * power >= count), 10 * power)


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "\u2212")
