"""What is new of many series at once: all that a look at the history needs, in one state of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from storage import overviews
from storage.blocks import BLOCK_POINTS, NO_BLOCKS, Blocks
from storage.bulk import query_many
from storage.models import metrics
from storage.series import EMPTY, Series, read_range

CurveKey = tuple[int, str]
"""Run id and metric."""
Range = tuple[int, int]
"""The index of the first point, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class CurveRequest:
    """What is known of a series: how many points, and the step and the time of the last one.

    With ``blocks``, a series that is read from its beginning comes as blocks, and only what follows them as points.
    ``ranges`` are asked for besides.
    """

    length: int = 0
    step: int = 0
    time: float = 0.0
    blocks: bool = False
    ranges: tuple[Range, ...] = ()


class CurvePart(NamedTuple):
    """The points from index ``start`` on: where the series ended before, or 0 where its points are others now.

    Where there are ``blocks``, ``series`` follows them.
    """

    start: int
    series: Series = EMPTY
    blocks: Blocks = NO_BLOCKS
    ranges: Mapping[Range, Series] = {}


def read_curves(
    connection: Connection, requests: Mapping[CurveKey, CurveRequest]
) -> dict[CurveKey, CurvePart]:
    """What is to be added to each series. A series that has no points is left out.

    Whether a series was cut since, because its run went on from a checkpoint, shows at the last point that is known: it
    stands where it stood, logged at the same moment, or else the series became shorter, however far it grew again.
    """
    which = [{"run": run_id, "metric": metric} for run_id, metric in requests]
    found = zip(requests.items(), query_many(connection, _METRIC, which), strict=True)
    return {key: _part(connection, rows[0][0], request) for (key, request), rows in found if rows}


_METRIC = select(metrics.c.id).where(
    metrics.c.run_id == bindparam("run"), metrics.c.name == bindparam("metric")
)


def _part(connection: Connection, metric_id: int, request: CurveRequest) -> CurvePart:
    if request.length:
        series = read_range(connection, metric_id, request.length - 1)
        if len(series.steps) and (series.steps[0], series.times[0]) == (request.step, request.time):
            new = Series(series.steps[1:], series.times[1:], series.values[1:])
            ranges = {each: read_range(connection, metric_id, *each) for each in request.ranges}
            return CurvePart(request.length, new, ranges=ranges)
    blocks = overviews.read(connection, metric_id) if request.blocks else NO_BLOCKS
    return CurvePart(0, read_range(connection, metric_id, len(blocks) * BLOCK_POINTS), blocks)


def without_news(part: CurvePart) -> bool:
    """Whether there is nothing to add."""
    return part.start > 0 and not len(part.series.steps) and not part.ranges
