"""Lines that are made from curves and kept as long as the curves and the choices are the same."""

from __future__ import annotations

from widgets.plots.plot_curve import PlotCurve
from workbench.along import CurveAlong
from workbench.curve import Curve
from workbench.line import Line, PointLine
from workbench.plot_settings import Smoothing
from workbench.smoothing import SmoothedCurve

Key = tuple[int, str]


class MadeLines:
    def __init__(self) -> None:
        self._smoothing = Smoothing()
        self._smooth: dict[Key, tuple[Line, SmoothedCurve]] = {}
        self._along: dict[tuple[Key, bool], CurveAlong] = {}

    def begin(self, smoothing: Smoothing) -> None:
        """Take another smoothing, if it is another."""
        if smoothing != self._smoothing:
            self._smooth, self._smoothing = {}, smoothing

    def smoothed(self, each: PlotCurve) -> SmoothedCurve | None:
        """None where nothing is to be smoothed, or not all points are in memory yet."""
        if not self._smoothing.active or not isinstance(each.curve, Curve):
            return None
        known = self._smooth.get(each.key)
        if known is None or known[0] is not each.curve:
            known = (each.curve, SmoothedCurve(each.curve, self._smoothing.smoother()))
            self._smooth[each.key] = known
        known[1].catch_up()
        return known[1]

    def along(self, each: PlotCurve, line: Line) -> CurveAlong | None:
        """The line along the metric on the x axis; None while one of them is not in memory."""
        if not isinstance(line, PointLine) or not isinstance(each.along, PointLine):
            return None
        key = (each.key, line is each.curve)
        known = self._along.get(key)
        if known is None or not known.is_of(line, each.along):
            known = self._along[key] = CurveAlong(line, each.along)
        return known
