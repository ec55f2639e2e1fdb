"""A figure of several contestants below each other: each run as a dot, their mean with its interval as a bar. As SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.report.escape import attribute, content
from workbench.report.svg import FONT, color_variables, run_color
from workbench.ticks import Scale, log_ticks, ticks

_WIDTH, _ROW = 560, 40
_CHARACTER = 8
"""Pixels that one of a label takes, with some space."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 140, 126, 50, 34
_LONGEST = 22
_MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """``values`` are the runs'. The ends of the interval are NaN where there is none. ``text`` says the mean."""

    label: str
    color: int
    values: tuple[float, ...]
    mean: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class IntervalChart:
    """``log`` draws on a logarithmic axis; then every value must be above 0."""

    title: str
    note: str
    scale: Scale
    log: bool
    rows: tuple[IntervalRow, ...]


def interval_svg(chart: IntervalChart, *, alone: bool) -> str:
    """The picture. One that stands ``alone`` in a file brings its colours along."""
    height = _TOP + _ROW * len(chart.rows) + _BOTTOM
    axis = _Axis.of(chart)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{attribute(chart.title)}" font-family="{attribute(FONT)}" font-size="12">',
        f"<style>{color_variables()}</style>" if alone else "",
        f'<rect width="{_WIDTH}" height="{height}" fill="var(--base)"/>' if alone else "",
        f'<text x="10" y="20" font-size="14" font-weight="600" fill="var(--text)">{content(chart.title)}</text>',
        f'<text x="10" y="37" font-size="11" fill="var(--dim)">{content(chart.note)}</text>',
        *_grid(axis, height - _BOTTOM),
        *(part for at, row in enumerate(chart.rows) for part in _row(row, axis, _TOP + _ROW * at + _ROW / 2)),
        "</svg>",
    ]  # fmt: skip
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Axis:
    """From ``low`` to ``high``, exponents of ten where it is logarithmic."""

    scale: Scale
    log: bool
    low: float
    high: float

    @classmethod
    def of(cls, chart: IntervalChart) -> _Axis:
        shown = [x for row in chart.rows for x in (*row.values, row.mean, row.low, row.high)]
        places = [math.log10(x) if chart.log else x for x in shown if math.isfinite(x) and (x > 0 or not chart.log)]  # fmt: skip
        low, high = min(places, default=0.0), max(places, default=1.0)
        span = high - low
        if span <= abs(low) * 1e-9:
            span = 0.1 if chart.log else abs(low) or 1.0
        return cls(chart.scale, chart.log, low - _MARGIN * span, high + _MARGIN * span)

    def place(self, value: float) -> float:
        """In pixels; values that have no place stand at the left end."""
        if self.log:
            value = math.log10(value) if value > 0 else self.low
        part = (value - self.low) / (self.high - self.low)
        return _LEFT + min(1.0, max(0.0, part)) * (_WIDTH - _LEFT - _RIGHT)

    def ticks(self) -> list[tuple[float, str]]:
        """Places in pixels and labels."""
        if self.log:
            return [(self.place(10**at), text) for at, text in log_ticks(self.low, self.high, 5, self.scale)]  # fmt: skip
        return [(self.place(at), text) for at, text in ticks(self.scale, self.low, self.high, 5)]


def _grid(axis: _Axis, bottom: float) -> Iterator[str]:
    yield '<g stroke="var(--grid)" fill="var(--dim)" font-size="11">'
    taken = -math.inf
    for x, text in axis.ticks():
        yield f'<path d="M{x:.1f} {_TOP}V{bottom:.0f}"/>'
        half = len(text) * _CHARACTER / 2
        if x - half > taken:  # a label has no place in the one before
            taken = x + half
            yield f'<text x="{x:.1f}" y="{bottom + 16:.0f}" text-anchor="middle" stroke="none">{content(text)}</text>'
    yield "</g>"


def _row(row: IntervalRow, axis: _Axis, y: float) -> Iterator[str]:
    short = row.label if len(row.label) <= _LONGEST else f"{row.label[: _LONGEST - 1]}…"
    yield (
        f'<text x="{_LEFT - 12}" y="{y:.1f}" dy="4" text-anchor="end" fill="var(--text)">'
        f"{content(short)}<title>{content(row.label)}</title></text>"
    )
    color = run_color(row.color)
    yield f'<g stroke="{color}" fill="{color}">'
    if math.isfinite(row.low) and math.isfinite(row.high):
        yield f'<path d="M{axis.place(row.low):.1f} {y:.1f}H{axis.place(row.high):.1f}" stroke-width="7" stroke-opacity=".35"/>'
    for value in row.values:
        yield f'<circle cx="{axis.place(value):.1f}" cy="{y + 9:.1f}" r="2" stroke="none"/>'
    if math.isfinite(row.mean):
        x = axis.place(row.mean)
        yield f'<path d="M{x:.1f} {y - 7:.1f}V{y + 4:.1f}" stroke-width="2.5"/>'
    yield "</g>"
    yield f'<text x="{_WIDTH - _RIGHT + 10}" y="{y:.1f}" dy="4" fill="var(--text)" font-size="11">{content(row.text)}</text>'
