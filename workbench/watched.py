"""The curves that views watch: which are held whole, what to ask of the history for them, and what came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from storage.blocks import SEALED
from storage.points import CurveKey, CurvePart, CurveRequest, Range
from workbench.curve import Curve
from workbench.details import POINT_BYTES, Details
from workbench.long_curve import FINE, SAVING, LongCurve

WHOLE_POINTS = 1 << 18
"""A series of more points is drawn from its blocks."""
BUDGET_BYTES = 1 << 30
"""So much may be watched as whole curves. Beyond it all but the shortest ones are drawn from blocks, and less finely."""
_SHORT_POINTS = 2 * SEALED

AnyCurve = Curve | LongCurve


class WatchedCurves:
    """What a curve is, whole or long, is decided when it is first watched, and stays so for as long as it is.

    ``count_of`` knows how many points a curve has in the history.
    """

    def __init__(self, count_of: Callable[[CurveKey], int]) -> None:
        self._count_of = count_of
        self.owners: dict[object, tuple[frozenset[CurveKey], bool]] = {}
        self._curves: dict[CurveKey, AnyCurve] = {}
        self._details = Details()
        self._all_bytes = 0

    def watch(self, owner: object, keys: Iterable[CurveKey], *, whole: bool) -> None:
        """Instead of what the owner watched before."""
        wanted = frozenset(keys)
        if self.owners.get(owner) != (wanted, whole):
            self.owners[owner] = wanted, whole
            self._settle()

    def forget(self, owner: object) -> None:
        if self.owners.pop(owner, None) is not None:
            self._settle()

    def curve(self, key: CurveKey) -> AnyCurve:
        known = self._curves.get(key)
        return Curve() if known is None else known

    def whole(self, key: CurveKey) -> Curve:
        curve = self.curve(key)
        return curve.whole if isinstance(curve, LongCurve) else curve

    def _settle(self) -> None:
        """Make the curves that are watched now, and drop the others."""
        wanted = dict.fromkeys(key for keys, _ in self.owners.values() for key in keys)
        for key in self._curves.keys() - wanted.keys():
            del self._curves[key]
            self._details.drop(key)
        counts = {key: self._count_of(key) for key in wanted}
        self._all_bytes = POINT_BYTES * sum(counts.values())
        held = POINT_BYTES * sum(
            max(counts[key], len(curve))
            for key, curve in self._curves.items()
            if isinstance(curve, Curve)
        )
        for key in wanted.keys() - self._curves.keys():
            size = POINT_BYTES * counts[key]
            too_much = held + size > BUDGET_BYTES and counts[key] > _SHORT_POINTS
            if counts[key] > WHOLE_POINTS or too_much:
                self._curves[key] = LongCurve(key, self._details, self._fineness)
            else:
                self._curves[key] = Curve()
                held += size
        self._ask_whole()

    def _fineness(self) -> float:
        return SAVING if self._all_bytes > BUDGET_BYTES else FINE

    def _ask_whole(self) -> None:
        """Ask for all points of long curves where an owner wants them, and let go of them where none does any more."""
        asked = {key for keys, whole in self.owners.values() if whole for key in keys}
        for key, curve in self._curves.items():
            if isinstance(curve, LongCurve):
                in_order = curve.rises("steps") and curve.rises("times")
                if key in asked:
                    curve.wanted_whole = True
                elif curve.wanted_whole and in_order:
                    curve.wanted_whole = False
                    curve.whole = Curve()

    # -- the history --------------------------------------------------------------------------------
    def requests(self) -> dict[CurveKey, CurveRequest]:
        """How far each curve is known, and what is wanted of it besides what is new."""
        parts = self._details.take_wanted()
        return {key: _request(curve, parts.get(key, ())) for key, curve in self._curves.items()}

    def take(self, parts: Mapping[CurveKey, CurvePart]) -> list[CurveKey]:
        """Let curves grow, or begin anew; returns those that did. One that is watched anew meanwhile waits for the next look."""
        return [key for key, part in parts.items() if self._take(key, part)]

    def _take(self, key: CurveKey, part: CurvePart) -> bool:
        curve = self._curves.get(key)
        if curve is None or part.start not in (0, len(curve)):
            return False
        if isinstance(curve, Curve):
            if part.start < len(curve):
                curve.restart()
            curve.extend(part.series)
            return True
        if part.start == 0:
            curve.begin(part.blocks, part.series)
            return True
        every = 0, len(curve)
        if every in part.ranges and not len(curve.whole):
            curve.whole.extend(part.ranges[every])
        self._details.put(key, {each: new for each, new in part.ranges.items() if each != every})
        curve.extend(part.series)
        return True


def _request(curve: AnyCurve, parts: tuple[Range, ...]) -> CurveRequest:
    count, blocks = len(curve), isinstance(curve, LongCurve)
    if not count:
        return CurveRequest(blocks=blocks)
    if isinstance(curve, LongCurve) and curve.wanted_whole and not len(curve.whole):
        parts = (*parts, (0, count))
    step, time = curve.last
    return CurveRequest(count, step, time, blocks, parts)
