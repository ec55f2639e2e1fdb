"""A plot as SVG. Colours are variables of CSS, so that one picture serves light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from workbench.colors import DARK, LIGHT, Colors
from workbench.report.content import Floats, ReportBand, ReportLine, ReportPlot
from workbench.report.escape import attribute, content
from workbench.ticks import Ticks, log_ticks, ticks

WIDTH, HEIGHT = 560, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 50, 44
_ROW = 17
_ROOMS = ((3, 22), (2, 36), (1, 76))
"""How many labels of a legend stand beside each other, and how many characters each then has room for."""
_FARTHEST = 50.0
"""So many plots outside, no program that shows SVG fails at the number."""
MOST_IN_LEGEND = 24
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


def svg(plot: ReportPlot, *, alone: bool) -> str:
    """The picture with its legend. One that stands ``alone`` in a file brings its colours along."""
    entries = _legend(plot)
    rows = -(-len(entries) // _room(entries)[0])
    height = HEIGHT + rows * _ROW + (8 if rows else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{attribute(plot.title)}" font-family="{attribute(FONT)}" font-size="12">',
        f"<style>{color_variables()}</style>" if alone else "",
        f'<rect width="{WIDTH}" height="{height}" fill="var(--base)"/>' if alone else "",
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600" fill="var(--text)">{content(plot.title)}</text>',
        f'<text x="{_LEFT}" y="37" font-size="11" fill="var(--dim)">{content(plot.note)}</text>',
        *_axes(plot),
        *_data(plot),
        *_legend_rows(entries),
        "</svg>",
    ]
    return "".join(parts)


def color_variables() -> str:
    """CSS that gives each colour its value, for light and for dark."""
    dark = _variables(DARK)
    return f":root{{{_variables(LIGHT)}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _variables(colors: Colors) -> str:
    names = ("window", "base", "alternate", "border", "text", "dim", "accent", "grid", "success", "warning", "error", "selection")  # fmt: skip
    values = {name: getattr(colors, name) for name in names}
    values |= {f"r{at}": color for at, color in enumerate(colors.runs)}
    return f"color-scheme:{colors.scheme};" + "".join(
        f"--{name}:{value};" for name, value in values.items()
    )


def run_color(index: int) -> str:
    """The variable with a run's colour."""
    return f"var(--r{index % len(LIGHT.runs)})"


# -- places -----------------------------------------------------------------------------------------
def _right(x: Floats, plot: ReportPlot) -> Floats:
    return _LEFT + _part(x, plot.x_range) * (WIDTH - _LEFT - _RIGHT)


def _down(y: Floats, plot: ReportPlot) -> Floats:
    return HEIGHT - _BOTTOM - _part(y, plot.y_range) * (HEIGHT - _TOP - _BOTTOM)


def _part(values: Floats, span: tuple[float, float]) -> Floats:
    """How far along the axis, from 0 to 1."""
    low, high = span
    with np.errstate(over="ignore"):
        return np.clip((values - low) / (high - low), -_FARTHEST, 1 + _FARTHEST)


# -- axes -------------------------------------------------------------------------------------------
def _axes(plot: ReportPlot) -> Iterator[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    yield '<g stroke="var(--grid)" fill="var(--dim)" font-size="11">'
    labels = _ticks(plot, "y")
    for at, label in zip(_down(_places(labels), plot), labels, strict=True):
        yield f'<path d="M{_LEFT} {at:.1f}H{right}"/><text x="{_LEFT - 8}" y="{at:.1f}" dy="4" text-anchor="end" stroke="none">{content(label[1])}</text>'
    labels = _ticks(plot, "x")
    for at, label in zip(_right(_places(labels), plot), labels, strict=True):
        yield f'<path d="M{at:.1f} {_TOP}V{bottom}"/><text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle" stroke="none">{content(label[1])}</text>'
    yield "</g>"
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="var(--border)"/>'
    middle = (_LEFT + right) / 2
    yield f'<text x="{middle}" y="{bottom + 34}" text-anchor="middle" fill="var(--dim)" font-size="11">{content(plot.x_title)}</text>'


def _ticks(plot: ReportPlot, axis: str) -> Ticks:
    (low, high), scale, logarithmic, most = (
        (plot.x_range, plot.x_scale, plot.log_x, 8)
        if axis == "x"
        else (plot.y_range, plot.y_scale, plot.log_y, 6)
    )
    return log_ticks(low, high, most, scale) if logarithmic else ticks(scale, low, high, most)


def _places(labels: Ticks) -> Floats:
    return np.array([place for place, _ in labels], np.float64)


# -- lines ------------------------------------------------------------------------------------------
def _data(plot: ReportPlot) -> Iterator[str]:
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    yield f'<svg x="{_LEFT}" y="{_TOP}" width="{width}" height="{height}" viewBox="{_LEFT} {_TOP} {width} {height}">'
    for band in plot.bands:
        yield _band(band, plot)
    for line in sorted(plot.lines, key=lambda each: not each.faint):
        yield _line(line, plot)
    yield "</svg>"


def _line(line: ReportLine, plot: ReportPlot) -> str:
    x, y = _right(line.x, plot), _down(line.y, plot)
    look = ' stroke-opacity=".35"' if line.faint else ""
    look += ' stroke-dasharray="6 5"' if line.dashed else ""
    dots = "".join(_dot(x[at], y[at]) for at in _alone(y))
    color = run_color(line.color)
    return (
        f'<g stroke="{color}" fill="{color}"{look}>'
        f'<path d="{_path(x, y)}" fill="none" stroke-width="1.3" stroke-linejoin="round"/>{dots}</g>'
    )


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" stroke="none"/>'


def _alone(y: Floats) -> list[int]:
    """Places without a neighbour, of which no line shows anything."""
    there = np.isfinite(y)
    beside = np.concatenate(([False], there[:-1])) | np.concatenate((there[1:], [False]))
    return [int(at) for at in np.flatnonzero(there & ~beside)]


def _path(x: Floats, y: Floats) -> str:
    words, pen_down = [], False
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(down):
            pen_down = False
            continue
        words.append(f"{'L' if pen_down else 'M'}{across:.1f} {down:.1f}")
        pen_down = True
    return "".join(words)


def _band(band: ReportBand, plot: ReportPlot) -> str:
    if not len(band.x):
        return ""
    x = _right(band.x, plot).tolist()
    low, high = _down(band.low, plot).tolist(), _down(band.high, plot).tolist()
    there = list(zip(x, low, strict=True))
    back = list(zip(reversed(x), reversed(high), strict=True))
    corners = " ".join(f"{across:.1f},{down:.1f}" for across, down in (*there, *back))
    return f'<polygon points="{corners}" fill="{run_color(band.color)}" fill-opacity=".18"/>'


# -- legend -----------------------------------------------------------------------------------------
Entry = tuple[str, ReportLine | None]
"""What a legend says, and the line that it says it of."""


def _legend(plot: ReportPlot) -> Sequence[Entry]:
    entries: list[Entry] = [(line.label, line) for line in plot.lines if not line.faint]
    if len(entries) > MOST_IN_LEGEND:
        more = len(entries) - MOST_IN_LEGEND + 1
        entries = [*entries[: MOST_IN_LEGEND - 1], (f"and {more:,} more", None)]
    return entries


def _room(entries: Sequence[Entry]) -> tuple[int, int]:
    longest = max((len(label) for label, _ in entries), default=0)
    return next((room for room in _ROOMS if longest <= room[1]), _ROOMS[-1])


def _legend_rows(entries: Sequence[Entry]) -> Iterator[str]:
    across, most = _room(entries)
    width = (WIDTH - _LEFT) / across
    for at, (label, line) in enumerate(entries):
        x, y = _LEFT + at % across * width, HEIGHT + at // across * _ROW + 8
        if line is not None:
            gap = ' stroke-dasharray="6 2"' if line.dashed else ""
            yield f'<path d="M{x:.0f} {y - 4}h14" stroke="{run_color(line.color)}" stroke-width="3"{gap}/>'
        short = label if len(label) <= most else f"{label[: most // 2]}…{label[-most // 2 + 1 :]}"
        yield f'<text x="{x + 20:.0f}" y="{y}" fill="var(--text)" font-size="11">{content(short)}<title>{content(label)}</title></text>'
