"""Draws the cells of the table of runs straight from the records: asking Qt for each role of each cell costs several times as much."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from storage.query.terms import value_of
from storage.records import RunRecord
from widgets.icons import icon_of_run, run_icon
from widgets.plain import line
from widgets.runs.color_scale import tint
from widgets.runs.columns import (
    NAME,
    PROGRESS,
    RESULT,
    STARRED,
    STATE,
    TAGS,
    Column,
    cell_text,
    is_provisional,
)
from widgets.runs.model import LEFT, RIGHT, RunsModel
from widgets.runs.rows import Heading
from widgets.states import is_stalled
from widgets.theme import colors, font, mixed, state_color

Index = QModelIndex | QPersistentModelIndex
MARGIN = 6
_ICON = 16
_BAR = 3
_INDENT = 14
_STAR = "★"
_LOADING = "loading …"


class Cells(QStyledItemDelegate):
    """One delegate for every column of a model."""

    def __init__(self, model: RunsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._bold = font(bold=True)
        self._painters: dict[str, Callable[[QPainter, QRect, RunRecord], None]] = {
            NAME: self._paint_name,
            STATE: self._paint_state,
            PROGRESS: self._paint_progress,
            TAGS: self._paint_tags,
            RESULT: self._paint_result,
        }

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, place, rect = index.row(), index.column(), option.rect
        heading = self._model.heading_at(row)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colors().selection))
        elif heading is not None:
            painter.fillRect(rect, QColor(colors().window))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colors().accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        if heading is not None:
            self._paint_heading(painter, rect, heading, place)
            return
        run = self._model.run_at(row)
        if run is None:
            self._model.text_at(row, place)  # asks for it
            if place == 0:
                write(painter, inner(rect), _LOADING, colors().dim)
            return
        self._paint_run(painter, rect, run, place)

    def _paint_run(self, painter: QPainter, rect: QRect, run: RunRecord, place: int) -> None:
        shown = self._model.columns[place]
        special = self._painters.get(shown.term)
        self._paint_scale(painter, rect, run, place)
        if special:
            special(painter, rect, run)
            return
        align = RIGHT if self._model.is_number(place) else LEFT
        color = colors().warning if shown.term == STARRED else colors().text
        write(painter, inner(rect), cell_text(run, shown), color, align)

    def _paint_scale(self, painter: QPainter, rect: QRect, run: RunRecord, place: int) -> None:
        scale = self._model.scale_of(place)
        if scale is None:
            return
        value = value_of(run, self._model.columns[place].term)
        at = scale.place(value) if isinstance(value, int | float) else None
        if at is not None:
            painter.fillRect(rect.adjusted(1, 1, -1, -1), tint(at))

    def _paint_name(self, painter: QPainter, rect: QRect, run: RunRecord) -> None:
        left = rect.left() + MARGIN - 2 + self._indent()
        room = QRect(left, rect.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        run_icon(run.color).paint(painter, room)
        words = QRect(QPoint(left + _ICON + 4, rect.top()), rect.bottomRight())
        words.setRight(rect.right() - MARGIN)
        if run.starred:
            write(painter, words, _STAR, colors().warning)
            words.setLeft(words.left() + painter.fontMetrics().horizontalAdvance(_STAR) + 4)
        color = colors().dim if run.archived is not None else colors().text
        # Names of one duel or experiment begin alike, and differ at their ends.
        write(painter, words, line(run.name), color, elide=Qt.TextElideMode.ElideMiddle)

    def _paint_state(self, painter: QPainter, rect: QRect, run: RunRecord) -> None:
        shown = self._model.columns[self._model.column_of(STATE)]
        color = colors().warning if is_stalled(run) else state_color(run.state).name()
        place = QRect(rect.left() + MARGIN - 2, rect.center().y() - _ICON // 2 + 1, _ICON, _ICON)
        icon_of_run(run).paint(painter, place)
        words = rect.adjusted(MARGIN + _ICON + 4, 0, -MARGIN, 0)
        write(painter, words, cell_text(run, shown), color)

    def _paint_progress(self, painter: QPainter, rect: QRect, run: RunRecord) -> None:
        words = _text_of(run, PROGRESS, self._model)
        if not run.state.active:
            write(painter, inner(rect), words, colors().dim)
            return
        write(painter, inner(rect).adjusted(0, 0, 0, -_BAR - 2), words, colors().text)
        draw_bar(painter, QRectF(rect), run)

    def _paint_result(self, painter: QPainter, rect: QRect, run: RunRecord) -> None:
        """One that is not the test's is not yet the last word."""
        color = colors().dim if is_provisional(run) else colors().text
        write(painter, inner(rect), _text_of(run, RESULT, self._model), color, RIGHT)

    def _paint_tags(self, painter: QPainter, rect: QRect, run: RunRecord) -> None:
        room = inner(rect)
        for place, tag in enumerate(run.tags):
            left = len(run.tags) - place
            used = draw_chip(painter, room, line(tag), left)
            if not used:
                write(painter, room, f"+{left}", colors().dim)
                return
            room.setLeft(room.left() + used)

    def _paint_heading(self, painter: QPainter, rect: QRect, heading: Heading, place: int) -> None:
        words = self._model.heading_text(heading, place)
        if place:
            write(painter, inner(rect), words, colors().dim, RIGHT)
            return
        left = rect.left() + 2 + _INDENT * (len(heading.values) - 1)
        self._paint_arrow(painter, QRect(left, rect.top(), _INDENT, rect.height()), heading)
        painter.save()
        painter.setFont(self._bold)
        room = QRect(QPoint(left + _INDENT + 2, rect.top()), rect.bottomRight())
        write(painter, room, words, colors().text, bold=True)
        painter.restore()

    @staticmethod
    def _paint_arrow(painter: QPainter, rect: QRect, heading: Heading) -> None:
        painter.setPen(QColor(colors().dim))
        mark = "▸" if heading.collapsed else "▾"
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, mark)

    def _indent(self) -> int:
        return _INDENT * len(self._model.view.group) if self._model.grouped else 0

    def wanted_width(self, row: int, place: int, used: QFont) -> int:
        """Pixels that the text of a cell needs, with what stands beside it."""
        metrics, term = QFontMetrics(used), self._model.columns[place].term
        run = self._model.run_at(row)
        beside = 2 * MARGIN + 4
        if run is not None and term == TAGS:
            return beside + sum(metrics.horizontalAdvance(line(tag)) + 16 for tag in run.tags)
        if run is not None and term in (NAME, STATE):
            beside += _ICON + 4
            beside += metrics.horizontalAdvance(_STAR) + 4 if term == NAME and run.starred else 0
        return beside + metrics.horizontalAdvance(self._model.text_at(row, place))

    # -- editing ----------------------------------------------------------------------------------
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Once: a change of the run meanwhile must not take away what a person is typing."""
        if isinstance(editor, QLineEdit) and not editor.isModified():
            run = self._model.run_at(index.row())
            editor.setText(run.name if run else "")


def _text_of(run: RunRecord, term: str, model: RunsModel) -> str:
    shown: Column = model.columns[model.column_of(term)]
    return cell_text(run, shown)


def inner(rect: QRect) -> QRect:
    """A cell without its margins."""
    return rect.adjusted(MARGIN, 0, -MARGIN, 0)


def write(
    painter: QPainter,
    rect: QRect,
    words: str,
    color: str,
    align: Qt.AlignmentFlag = LEFT,
    *,
    bold: bool = False,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """A text in one line, with an ellipsis where there is no room."""
    if words:
        painter.setPen(_color(color))
        painter.drawText(rect, align, _elided(words, rect.width(), bold, elide))


@lru_cache(maxsize=1 << 14)
def _elided(words: str, width: int, bold: bool, elide: Qt.TextElideMode) -> str:
    """Kept, since every call of Qt may have to wait for threads that compute."""
    return _metrics(bold).elidedText(words, elide, width)


@lru_cache(maxsize=2)
def _metrics(bold: bool) -> QFontMetrics:
    return QFontMetrics(font(bold=bold))


@lru_cache(maxsize=64)
def _color(name: str) -> QColor:
    return QColor(name)


def draw_bar(painter: QPainter, cell: QRectF, run: RunRecord) -> None:
    """How far the run is, as a thin bar at the foot of its cell."""
    track = QRectF(cell.left() + MARGIN, cell.bottom() - _BAR - 3, cell.width() - 2 * MARGIN, _BAR)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors().track))
    painter.drawRoundedRect(track, 1.5, 1.5)
    track.setWidth(track.width() * run.progress.fraction)
    painter.setBrush(state_color(run.state))
    painter.drawRoundedRect(track, 1.5, 1.5)
    painter.restore()


def draw_chip(painter: QPainter, room: QRect, words: str, left: int) -> int:
    """A tag in a rounded frame at the left of the room. Returns the pixels it took, 0 if it does not fit.

    ``left`` is how many tags are left with this one: the last may be cut, others need room for a count behind them.
    """
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(words) + 12
    needed = width if left == 1 else width + metrics.horizontalAdvance("+00") + 4
    if (needed > room.width() and left > 1) or room.width() < 24:
        return 0
    width = min(width, room.width())
    height = metrics.height() + 2
    frame = QRectF(room.left(), room.center().y() - height / 2 + 1, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mixed(colors().dim, colors().base, 0.22))
    painter.drawRoundedRect(frame, height / 2, height / 2)
    painter.restore()
    write(painter, frame.toRect().adjusted(6, 0, -5, 0), words, colors().text)
    return width + 4
