"""What the items of lists have in common when they are painted."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from widgets import theme
from widgets.plain import line


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Show what is selected, under the pointer, and where the keyboard is."""
    colors, rect = theme.colors(), QRect(option.rect)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, QColor(colors.selection))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, QColor(colors.hover))
    if option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QColor(colors.accent))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))


def paint_line(painter: QPainter, rect: QRect, text: str, color: str, where: Qt.AlignmentFlag, room: int) -> None:  # fmt: skip
    """A text of one line at the left of the rectangle, cut off where it is wider than ``room`` pixels."""
    painter.setPen(QColor(color))
    shown = painter.fontMetrics().elidedText(line(text), Qt.TextElideMode.ElideRight, room)
    painter.drawText(rect, where | Qt.AlignmentFlag.AlignLeft, shown)
