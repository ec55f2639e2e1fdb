"""Draws how far a run is: a thin bar with its words above, so that rows stay of one height."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from storage.records import RunRecord
from widgets.runs.model import RECORD
from widgets.theme import colors, state_color

_MARGIN = 6
_BAR = 3


class ProgressDelegate(QStyledItemDelegate):
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        run: RunRecord = index.data(RECORD)
        shown = QStyleOptionViewItem(option)
        self.initStyleOption(shown, index)
        if run.state.active:
            shown.displayAlignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            shown.rect = option.rect.adjusted(0, 2, 0, 0)
        else:
            _dim(shown)
        style = shown.widget.style() if shown.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, shown, painter, shown.widget)
        if run.state.active:
            _draw_bar(painter, QRectF(option.rect), run)


def _dim(option: QStyleOptionViewItem) -> None:
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
        option.palette.setColor(role, QColor(colors().dim))


def _draw_bar(painter: QPainter, cell: QRectF, run: RunRecord) -> None:
    track = QRectF(
        cell.left() + _MARGIN, cell.bottom() - _BAR - 3, cell.width() - 2 * _MARGIN, _BAR
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors().track))
    painter.drawRoundedRect(track, 1.5, 1.5)
    track.setWidth(track.width() * run.progress.fraction)
    painter.setBrush(state_color(run.state))
    painter.drawRoundedRect(track, 1.5, 1.5)
    painter.restore()
