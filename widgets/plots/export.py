"""Curves and plots as files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from widgets.plots.plot_curve import PlotCurve
from workbench.curve import Floats, Indices
from workbench.line import PointLine

Draw = Callable[[QPainter], None]
_PICTURE_SCALE = 2
_INCH = 0.0254
_ROWS_AT_ONCE = 100_000


class Table(NamedTuple):
    """One curve's points as they are now; other threads may read it while the curve grows."""

    run_id: int
    run_name: str
    metric: str
    steps: Indices
    times: Floats
    values: Floats


def tables(curves: Sequence[PlotCurve]) -> list[Table]:
    return [
        Table(
            each.run.id, each.run.name, each.metric,
            each.curve.steps, each.curve.times, each.curve.values,
        )
        for each in curves
        if isinstance(each.curve, PointLine)
    ]  # fmt: skip


def write_csv(path: Path, points: Sequence[Table]) -> int:
    """Write every point in full precision, one a row; time is UTC, seconds since 1970. Returns their number.

    Raises OSError if the file cannot be written.
    """
    count = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("run", "name", "metric", "step", "time", "value"))
        for table in points:
            head = (table.run_id, table.run_name, table.metric)
            for start in range(0, len(table.values), _ROWS_AT_ONCE):
                piece = slice(start, start + _ROWS_AT_ONCE)
                columns = (table.steps[piece], table.times[piece], table.values[piece])
                rows = zip(*(column.tolist() for column in columns), strict=True)
                writer.writerows(
                    (*head, step, repr(time), repr(value)) for step, time, value in rows
                )
            count += len(table.values)
    return count


def picture(size: QSize, draw: Draw) -> QImage:
    """At twice the resolution of the screen."""
    image = QImage(size * _PICTURE_SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_PICTURE_SCALE)
    image.setDotsPerMeterX(round(_dots_per_inch() / _INCH))
    image.setDotsPerMeterY(round(_dots_per_inch() / _INCH))
    painter = QPainter(image)
    draw(painter)
    painter.end()
    return image


def write_png(path: Path, size: QSize, draw: Draw) -> None:
    """Raises OSError if the file cannot be written."""
    with open(path, "wb") as file:
        file.write(_png(picture(size, draw)))


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _dots_per_inch() -> float:
    """Those of the screen: what was recorded for it is scaled for a device that has others."""
    return QGuiApplication.primaryScreen().logicalDotsPerInch()


def write_svg(path: Path, size: QSize, draw: Draw, title: str) -> None:
    """Lines and text, not pixels. Raises OSError if the file cannot be written."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(round(_dots_per_inch()))
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(), size))
    generator.setTitle(title)
    painter = QPainter(generator)
    draw(painter)
    painter.end()
    with open(path, "wb") as file:
        file.write(bytes(buffer.data().data()))
