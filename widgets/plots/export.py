"""Curves and plots as files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from widgets.plots.plot_curve import PlotCurve
from workbench.curve import Floats, Indices

_PICTURE_SCALE = 2
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


def picture(widget: QWidget, scale: float = _PICTURE_SCALE) -> QImage:
    """The widget as it is shown, at twice its resolution."""
    image = QImage(widget.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(widget.palette().base().color())
    painter = QPainter(image)
    widget.render(painter, QPoint())
    painter.end()
    return image


def write_png(path: Path, widget: QWidget) -> None:
    """Raises OSError if the file cannot be written."""
    if not picture(widget).save(str(path), "PNG"):  # type: ignore[call-overload]
        raise OSError(f"the picture cannot be written to {path}")


def write_svg(path: Path, widget: QWidget, title: str) -> None:
    """Lines and text, not pixels. Raises OSError if the file cannot be written."""
    with open(path, "wb"):
        pass  # the generator itself keeps quiet about a file it cannot open
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(title)
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.palette().base())
    widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
