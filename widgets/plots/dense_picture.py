"""The picture of lines that are dense everywhere. Where they grow in a view that stays, only what is new is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from widgets.plots.frame import Frame
from widgets.plots.raster import Picture, rasterise
from widgets.plots.trace import Trace
from workbench.curve import Floats, Line
from workbench.line import PointLine

_BACK = 8
"""So many columns before the first new point are read again: `Line.spans` wants a few with points."""
_AROUND = 3
"""A column follows from the spans of so many before it: they are joined, and wide pens reach to the side."""


class Spans(NamedTuple):
    """The values of a line that is dense everywhere: from the first column on, the smallest and largest of each."""

    first: int
    low: Floats
    high: Floats


class DensePicture:
    """Of ``traces`` from the lowest to the topmost one, by their spans in the frame. ``pixels`` is the picture."""

    def __init__(self, traces: Sequence[Trace], spans: Sequence[Spans], frame: Frame) -> None:
        self._frame = frame
        self._keep(traces)
        shape = len(traces), frame.columns
        self._lows, self._highs = np.full(shape, np.inf), np.full(shape, -np.inf)
        for row, each in enumerate(spans):
            part = slice(each.first, each.first + len(each.low))
            self._lows[row, part], self._highs[row, part] = each.low, each.high
        self.pixels: Picture = self._drawn(0)

    def _keep(self, traces: Sequence[Trace]) -> None:
        self._traces = traces
        self._looks = [_look(trace) for trace in traces]
        self._lengths = [len(trace.line) for trace in traces]
        self._settled = [_settled(trace.line) for trace in traces]

    def _drawn(self, first: int) -> Picture:
        """The columns from ``first`` on, of which the first few may be wrong unless ``first`` is 0."""
        upper, lower = self._frame.spans(self._lows[:, first:], self._highs[:, first:])
        colors = [color for color, _width in self._looks]
        widths = [trace.width for trace in self._traces]
        return rasterise(upper, lower, colors, widths, self._frame.rows)

    def grow(self, traces: Sequence[Trace]) -> bool:
        """Draw what was appended to the lines since. False, and nothing done, where that is not all that is new."""
        if not self._follows(traces):
            return False
        grown = [row for row, trace in enumerate(traces) if len(trace.line) != self._lengths[row]]
        if not grown:
            return True
        first = min(self._column(traces[row], self._settled[row][1] - 1) for row in grown)
        first = max(0, first - _BACK)
        found = {row: self._spans(traces[row], first) for row in grown}
        for row, spans in found.items():
            if spans is None:
                return False
            self._renew(row, first, spans)
        self._keep(traces)
        begin = max(0, first - _AROUND)
        right = _AROUND - 1 if begin else 0
        self.pixels[:, begin + right :] = self._drawn(begin)[:, right:]
        return True

    def _follows(self, traces: Sequence[Trace]) -> bool:
        """Whether they are the same traces, of lines that at most grew."""
        return len(traces) == len(self._traces) and all(
            old.line is new.line
            and old.placing == new.placing
            and new.band is None
            and look == _look(new)
            and 0 < settled[1] <= len(new.line)
            and settled[0] == _settled(new.line)[0]
            for old, new, look, settled in zip(
                self._traces, traces, self._looks, self._settled, strict=True
            )
        )

    def _column(self, trace: Trace, place: int) -> int:
        edges = self._frame.edges(trace.placing)
        at = trace.line.x_at(trace.placing.source, place)
        return int(np.searchsorted(edges, at, side="right")) - 1

    def _spans(self, trace: Trace, first: int) -> Spans | None:
        edges = self._frame.edges(trace.placing)[first:]
        found = trace.line.spans(trace.placing.source, edges, positive=self._frame.log_y)
        return None if found is None else Spans(*found)

    def _renew(self, row: int, first: int, spans: Spans) -> None:
        """Take over spans from a column on; the first of them may lack values that an earlier border had moved there."""
        for kept, new, extreme in (
            (self._lows, spans.low, np.fmin),
            (self._highs, spans.high, np.fmax),
        ):
            start = first + spans.first
            before = kept[row, start]
            kept[row, start : start + len(new)] = new
            kept[row, start] = extreme(kept[row, start], before)


def _look(trace: Trace) -> tuple[int, int]:
    return trace.curve.color(faint=trace.faint).rgba(), trace.width


def _settled(line: Line) -> tuple[int, int]:
    """How often the line began anew, and how many of its first points stay as they are until it does."""
    return (line.generation, line.settled) if isinstance(line, PointLine) else (0, 0)
