"""Reads the curves of a plot at the pointer: what they are there, in words, and where."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from widgets.plain import line
from widgets.plots.crosshair import Crosshair, Readout, Row
from widgets.plots.plot_canvas import PlotCanvas
from widgets.plots.plot_curve import Reading
from widgets.plots.plot_data import PlotData
from widgets.text import number
from workbench.ticks import Scale, duration_text, moment_text, value_text
from workbench.x_axis import XAxis


class PlotPointer:
    def __init__(self, plot: QWidget, canvas: PlotCanvas, data: PlotData, numbers: Scale) -> None:
        self._canvas, self._data, self._numbers = canvas, data, numbers
        self._crosshair, self.readout = Crosshair(canvas.box), Readout(plot)
        self._at: QPointF | None = None

    def point(self, at: QPointF | None) -> None:
        """Read the curves at a place, in pixels of the box; None leaves the plot."""
        self._at = at
        self.renew()

    def leave(self) -> None:
        self.point(None)

    def renew(self) -> None:
        """Read what the curves are now."""
        readings = []
        if self._at is not None:
            x = self._canvas.box.mapToView(self._at).x()
            readings = self._data.readings(x)
        if self._at is None or not readings:
            self._at = None
            self._crosshair.hide()
            self.readout.leave()
            return
        place = self._data.place_of(x)
        nearest = min(readings, key=lambda reading: abs(reading.x - place))
        rows = [self._row(reading) for reading in self._next_to(readings, self._at)]
        self._crosshair.show_at(self._at, rows)
        hidden = len(readings) - len(rows)
        self.readout.show_at(
            self._canvas.on_screen(self._at), self._x_text(nearest.x), rows, hidden
        )

    def _next_to(self, readings: list[Reading], place: QPointF) -> list[Reading]:
        """Those next to the pointer if there is no room for all, from the largest value to the smallest."""
        most = self.readout.room
        if len(readings) > most:
            y = self._canvas.box.mapToView(place).y()

            def distance(reading: Reading) -> float:
                point = self._data.view_point(reading.x, reading.shown)
                return abs(point[1] - y) if point else math.inf

            readings = sorted(readings, key=distance)[:most]
        known = [each for each in readings if not math.isnan(each.shown)]
        rest = [each for each in readings if math.isnan(each.shown)]
        return [*sorted(known, key=lambda each: -each.shown), *rest]

    # -- in words -----------------------------------------------------------------------------------
    def _row(self, reading: Reading) -> Row:
        placed = self._data.view_point(reading.x, reading.shown)
        point = None if placed is None else self._canvas.box.mapFromView(QPointF(*placed))
        text = self._value_text(reading.value)
        if reading.smoothed is not None:
            text = f"{self._value_text(reading.smoothed)}  ({text})"
        if reading.band is not None:
            low, high = map(self._value_text, reading.band)
            text = f"{text}  {low} … {high}"
        if reading.n:
            text = f"{text}  n = {reading.n}"
        return Row(reading.curve.color(), reading.curve.label, text, point)

    def _value_text(self, value: float) -> str:
        return number(value) if self._numbers is Scale.NUMBER else value_text(self._numbers, value)

    def _x_text(self, x: float) -> str:
        axis = self._data.axis
        words = {
            XAxis.STEP: f"step {x:,.0f}",
            XAxis.EPOCH: f"epoch {x:,.3f}".rstrip("0").rstrip("."),
            XAxis.METRIC: f"{line(self._data.settings.x_metric)} {number(x)}",
            XAxis.RELATIVE: f"after {duration_text(x, 1.0)}",
        }
        return words[axis] if axis in words else moment_text(x)
