"""What is new of many series at once: all that a look at the history needs, in one state of it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from storage import overviews
from storage.blocks import BLOCK_POINTS, NO_BLOCKS
from storage.bulk import query_many
from storage.models import metrics
from storage.points import CurveKey, CurvePart, CurveRequest, Series
from storage.series import read_range


def read_curves(
    connection: Connection, requests: Mapping[CurveKey, CurveRequest]
) -> dict[CurveKey, CurvePart]:
    """What is to be added to each series.

    Whether a series was cut since, because its run went on from a checkpoint, shows at the last point that is known: it
    stands where it stood, logged at the same moment, or else the series became shorter, however far it grew again.
    """
    which = [{"run": run_id, "metric": metric} for run_id, metric in requests]
    found = zip(requests.items(), query_many(connection, _METRIC, which), strict=True)
    return {
        key: _part(connection, rows[0][0], request) if rows else CurvePart(0)
        for (key, request), rows in found
    }


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
