"""The look of the whole window: palette, style sheet, fonts and the colours of states and runs.

The one place that styles anything. A view that paints asks for colours when it paints, and repaints
on ``theme().changed``.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from runners.protocol import State
from widgets.theme.style_sheet import style_sheet
from workbench.colors import DARK, LIGHT, Colors

CHOICES = ("system", "light", "dark")
SPACE = 8
"""Pixels; distances between things are multiples of half of it."""


class Theme(QObject):
    """Which colours the window has now."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"
        self.colors: Colors = LIGHT

    def apply(self, choice: str) -> None:
        """Take ``system``, ``light`` or ``dark``; anything else counts as ``system``."""
        self.choice = choice if choice in CHOICES else "system"
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system, Qt.ConnectionType.UniqueConnection)
        self._use(self._wanted())

    def _wanted(self) -> Colors:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        wanted = {"light": LIGHT, "dark": DARK, "system": DARK if dark else LIGHT}
        return wanted[self.choice]

    def _follow_system(self) -> None:
        if self._wanted() is not self.colors:
            self._use(self._wanted())

    def _use(self, colors: Colors) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("a theme needs a QApplication")
        self.colors = colors
        if app.style().objectName() != "fusion":
            app.setStyle("Fusion")
        app.setPalette(_palette(colors))
        app.setStyleSheet(style_sheet(colors))
        self.changed.emit()


@cache
def theme() -> Theme:
    """The one theme of this process."""
    return Theme()


def colors() -> Colors:
    """The colours in use now."""
    return theme().colors


def run_color(index: int) -> QColor:
    """The colour of a run, the same wherever the run is shown; after ten they come again."""
    runs = colors().runs
    return QColor(runs[index % len(runs)])


def state_color(state: State) -> QColor:
    return QColor(colors().states[state])


def mixed(foreground: str, background: str, part: float) -> QColor:
    """``part`` (0 to 1) of the foreground over the background."""
    front, back = QColor(foreground), QColor(background)
    rest = 1.0 - part
    return QColor.fromRgbF(
        front.redF() * part + back.redF() * rest,
        front.greenF() * part + back.greenF() * rest,
        front.blueF() * part + back.blueF() * rest,
    )


def font(scale: float = 1.0, *, bold: bool = False) -> QFont:
    """The application's font, larger or smaller, with figures of one width."""
    result = QFont(QApplication.font())
    result.setPointSizeF(result.pointSizeF() * scale)
    if bold:
        result.setWeight(QFont.Weight.DemiBold)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def fixed_font() -> QFont:
    """For logs, paths and code."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)


def _palette(colors: Colors) -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    roles = {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.base,
        role.AlternateBase: colors.alternate,
        role.Text: colors.text,
        role.Button: colors.raised,
        role.ButtonText: colors.text,
        role.BrightText: colors.error,
        role.Highlight: colors.selection,
        role.HighlightedText: colors.text,
        role.Accent: colors.accent,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.ToolTipBase: colors.raised,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.dim,
        role.Light: colors.hover,
        role.Midlight: colors.border,
        role.Mid: colors.border,
        role.Dark: colors.outline,
    }
    for each, value in roles.items():
        palette.setColor(each, QColor(value))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colors.disabled))
    return palette
