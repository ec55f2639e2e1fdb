"""Icons by name, drawn in the colours of the theme at the time of drawing.

The font is one of qtawesome's, read from its files: importing qtawesome takes a fifth of a second, for all of its fonts and for parts of Qt that
nobody here needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from runners.protocol import State
from storage.records import RunRecord
from widgets.theme import colors, run_color, state_color

_FONT = "materialdesignicons6-webfont"
GLYPHS = {
    State.QUEUED: "clock-outline",
    State.STARTING: "rocket-launch-outline",
    State.RUNNING: "play-circle",
    State.PAUSED: "pause-circle",
    State.STOPPING: "progress-clock",
    State.FINISHED: "check-circle",
    State.STOPPED: "stop-circle",
    State.FAILED: "alert-circle",
    State.KILLED: "close-octagon",
    State.LOST: "help-circle",
}


STALLED_GLYPH, HELD_GLYPH = "timer-alert-outline", "pause-circle-outline"


def application_icon() -> QIcon:
    """The program's own, for the window and the task bar."""
    return QIcon(str(Path(__file__).with_name("twinbench.svg")))


@dataclass(frozen=True)
class _Font:
    """``glyphs`` are the characters by their names."""

    family: str
    glyphs: Mapping[str, str]

    @classmethod
    def read(cls) -> _Font:
        """Material Design Icons 6. Raises OSError or ValueError where qtawesome has no such files."""
        spec = find_spec("qtawesome")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("qtawesome is not installed")
        folder = Path(spec.origin).with_name("fonts")
        (file,) = folder.glob(f"{_FONT}-[0-9]*.ttf")
        (names,) = folder.glob(f"{_FONT}-charmap-*.json")
        family, *_ = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))  # fmt: skip
        codes = json.loads(names.read_text("utf-8"))
        return cls(family, {name: chr(int(code, 16)) for name, code in codes.items()})


@cache
def _font() -> _Font:
    return _Font.read()


class _Engine(QIconEngine):
    """Draws one glyph. ``tint`` names a colour of the theme, or is a state; "" is that of text."""

    def __init__(self, glyph: str, tint: str | State) -> None:
        super().__init__()
        self._glyph = glyph
        self._tint = tint

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        found = _font()
        painter.save()
        painter.setPen(self._color(mode))
        font = QFont(found.family)
        font.setPixelSize(max(8, round(rect.height() * 0.94)))
        painter.setFont(font)
        text = found.glyphs[self._glyph]
        painter.drawText(QRectF(rect), Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def _color(self, mode: QIcon.Mode) -> QColor:
        if mode == QIcon.Mode.Disabled:
            return QColor(colors().disabled)
        if isinstance(self._tint, State):
            return state_color(self._tint)
        return QColor(getattr(colors(), self._tint or "text"))


def icon(glyph: str, tint: str | State = "") -> QIcon:
    """A Material Design icon, such as ``plus``."""
    return QIcon(_Engine(glyph, tint))


@cache
def state_icon(state: State) -> QIcon:
    """A shape and a colour of its own for every state."""
    return icon(GLYPHS[state], state)


def icon_of_run(run: RunRecord) -> QIcon:
    """That of its state; a run that is held or stalled has another one."""
    if run.stalled is not None and run.state.active:
        return _stalled_icon()
    return _held_icon() if run.state is State.QUEUED and run.options.held else state_icon(run.state)


@cache
def _stalled_icon() -> QIcon:
    return icon(STALLED_GLYPH, "warning")


@cache
def _held_icon() -> QIcon:
    return icon(HELD_GLYPH, State.QUEUED)


def run_swatch(index: int, size: int = 12) -> QPixmap:
    """A square of the run's colour."""
    return _swatch(run_color(index).name(), size)


def run_icon(index: int) -> QIcon:
    """The same square for a list, where a selected row would tint a plain picture."""
    return _swatch_icon(run_color(index).name())


@cache
def _swatch_icon(color: str) -> QIcon:
    result = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        result.addPixmap(_swatch(color, 16, 2), mode)
    return result


@cache
def _swatch(color: str, size: int, margin: int = 0) -> QPixmap:
    scale = 2  # sharp on screens of double density too
    pixmap = QPixmap(size * scale, size * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(QRectF(margin, margin, size - 2 * margin, size - 2 * margin), 3, 3)
    painter.end()
    return pixmap
