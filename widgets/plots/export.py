"""Plots as pictures in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

Draw = Callable[[QPainter], None]
_PICTURE_SCALE = 2
_INCH = 0.0254


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
