"""Small parts that several views are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import Shiboken

from widgets import theme
from widgets.icons import icon
from widgets.plain import breakable, caption, shown, tip
from widgets.plain import line as one_line

A = TypeVar("A")
L = TypeVar("L", QVBoxLayout, QHBoxLayout)
_WIDEST = 480
"""What a line that can be elided asks for at most, in pixels."""


class Label(QLabel):
    """A label that shows the text that it is given, whatever is in it."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(breakable(text) if self.wordWrap() else shown(text))


def label(text: str = "", role: str = "", *, wrap: bool = False, scale: float = 1.0) -> QLabel:
    """A label; ``role`` is ``dim``, ``heading``, ``error``, ``warning`` or nothing."""
    result = Label()
    result.setWordWrap(wrap)
    result.setText(text)
    if role:
        result.setProperty("role", role)
    if scale != 1.0:
        result.setFont(theme.font(scale, bold=role == "heading"))
    return result


def button(text: str, glyph: str = "", *, primary: bool = False, flat: bool = False) -> QPushButton:
    result = QPushButton(caption(text))
    if glyph:
        result.setIcon(icon(glyph, "on_primary" if primary else ""))
    result.setProperty("primary", primary)
    result.setProperty("flat", flat)
    return result


def tool_button(glyph: str, name: str, tint: str = "") -> QToolButton:
    """A small button with an icon only; the name is read out and shown as its tip."""
    result = QToolButton()
    result.setIcon(icon(glyph, tint))
    result.setIconSize(QSize(16, 16))
    result.setToolTip(tip(name))
    result.setAccessibleName(name)
    result.setProperty("compact", True)
    return result


def set_role(widget: QLabel, role: str) -> None:
    """Give a label another role, and with it another colour."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Make the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def column(*items: QWidget | QLayout, margin: int = 0, space: int = theme.SPACE) -> QVBoxLayout:
    return _filled(QVBoxLayout(), items, margin, space)


def row(*items: QWidget | QLayout, margin: int = 0, space: int = theme.SPACE) -> QHBoxLayout:
    return _filled(QHBoxLayout(), items, margin, space)


def _filled(layout: L, items: Sequence[QWidget | QLayout], margin: int, space: int) -> L:
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(space)
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def while_alive(widget: QObject, action: Callable[[A], None]) -> Callable[[A], None]:
    """The action as long as the widget is there, and nothing after it was deleted."""

    def act(argument: A) -> None:
        if Shiboken.isValid(widget):
            action(argument)

    return act


def show_tab(tabs: QTabBar, place: int, visible: bool) -> None:
    """Qt forgets that its tabs are to be laid out when one is set to what it is."""
    if tabs.isTabVisible(place) != visible:
        tabs.setTabVisible(place, visible)


def say_shortly(widget: QLabel, text: str, most: int = 240) -> None:
    """Show the beginning of a text that may be long; the tip then holds all of it."""
    short = text if len(text) <= most else f"{text[:most].rstrip()} …"
    widget.setText(short)
    widget.setToolTip(tip(text) if short != text else "")


def line() -> QFrame:
    result = QFrame()
    result.setProperty("role", "line")
    return result


class ElidedLabel(Label):
    """One line that ends in an ellipsis where there is no room; the tip then holds all of it."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self._full = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self.set_full(text)

    def set_full(self, text: str) -> None:
        self._full = text
        if self.sizePolicy().horizontalPolicy() is not QSizePolicy.Policy.Ignored:
            self.updateGeometry()
        self._elide()

    @property
    def full(self) -> str:
        return self._full

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        whole = one_line(self._full)
        fitting = _fitting(self, whole, self.width())
        if fitting != self.text():
            super().setText(fitting)
        self.setToolTip(tip(self._full) if fitting != self._full else "")

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(one_line(self._full))
        return QSize(min(width + 1, _WIDEST), self.fontMetrics().height())


class ElidedButton(QPushButton):
    """Its words end in an ellipsis where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._full = ""

    def set_full(self, text: str) -> None:
        self._full = one_line(text)
        self.setAccessibleName(self._full)
        self._elide()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(caption(_fitting(self, self._full, self.width() - self._around)))

    @property
    def _around(self) -> int:
        """The width of all but the words."""
        return super().sizeHint().width() - self._width_of(self.text())

    def _width_of(self, words: str) -> int:
        return self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, words).width()

    def sizeHint(self) -> QSize:
        return QSize(
            self._around + self._width_of(caption(self._full)), super().sizeHint().height()
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(self._around, super().sizeHint().height())


def _fitting(widget: QWidget, words: str, room: int) -> str:
    """The words as they fit into so many pixels."""
    return widget.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, room))


class Picture(QWidget):
    """An icon that stands by itself."""

    def __init__(self, glyph: str = "", tint: str = "", size: int = 16) -> None:
        super().__init__()
        self._icon = icon(glyph, tint) if glyph else QIcon()
        self.setFixedSize(size, size)

    def show_icon(self, shown: QIcon) -> None:
        self._icon = shown
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class EmptyState(QWidget):
    """What stands where there is nothing yet: what is missing and what to do next."""

    def __init__(self, glyph: str, title: str, advice: str, *buttons: QPushButton) -> None:
        super().__init__()
        self._title = label(title, "heading", wrap=True, scale=1.1)
        self._advice = label(advice, "dim", wrap=True)
        layout = column(self._title, self._advice, margin=8, space=4)
        for each in (self._title, self._advice):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for offer in buttons:
            layout.addWidget(offer, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.insertWidget(0, Picture(glyph, "dim", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.insertStretch(0, 2)
        layout.addStretch(3)
        self.setLayout(layout)

    def say(self, title: str, advice: str) -> None:
        self._title.setText(title)
        self._advice.setText(advice)


def scrolled(widget: QWidget, name: str = "") -> QScrollArea:
    """The widget in an area that scrolls up and down where it is too tall.

    With an accessible name the area itself takes the keyboard; without, its fields do.
    """
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    if not name:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
