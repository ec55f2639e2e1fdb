"""Bars of importance with their errors, and of correlation beside them, a row a column of the runs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from widgets import theme
from widgets.plain import line, tip
from workbench.explain.correlation import Correlation
from workbench.explain.importance import Importance
from workbench.explain.words import figure, probability

_ROW, _HEAD, _SIDE = 26, 28, 12
_NAME, _CORRELATION, _FIGURE = 0.24, 0.26, 64


class Bars(QWidget):
    column_wanted = Signal(str)
    """A row was clicked: its column is to be looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Importance, ...] = ()
        self._found: dict[str, Correlation] = {}
        self._current = -1
        self._doubtful = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Importance and correlation of each column")
        self.setAccessibleDescription("Up and down choose a column, Enter shows its scatter.")
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_rows(
        self, rows: Sequence[Importance], correlations: Sequence[Correlation], *, doubtful: bool
    ) -> None:
        """``doubtful`` where the importances mean little."""
        self.rows, self._doubtful = tuple(rows), doubtful
        self._found = {each.name: each for each in correlations}
        self._current = -1
        words = [f"{row.name}: {figure(row.mean)} ± {figure(row.deviation)}" for row in rows]
        self.setAccessibleDescription("; ".join(words))
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, _HEAD + _ROW * len(self.rows) + 8)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, region = theme.colors(), event.rect()
        painter.fillRect(region, QColor(colors.base))
        first, last = self._columns()
        painter.setPen(QColor(colors.dim))
        importance = "Importance (doubtful)" if self._doubtful else "Importance"
        for left, words in ((first, f"{importance}, with its deviation"), (last, "Rank correlation, −1 to 1")):  # fmt: skip
            painter.drawText(QRectF(left, 0, self.width(), _HEAD), Qt.AlignmentFlag.AlignVCenter, words)  # fmt: skip
        for at, row in enumerate(self.rows):
            top = _HEAD + at * _ROW
            if region.top() - _ROW <= top <= region.bottom():
                self._paint_row(painter, at, row, top, first, last)
        painter.end()

    def _columns(self) -> tuple[float, float]:
        """Where the bars of importance and those of correlation begin."""
        width = self.width() - 2 * _SIDE
        return _SIDE + width * _NAME, _SIDE + width * (1 - _CORRELATION)

    def _paint_row(
        self, painter: QPainter, at: int, row: Importance, top: float, first: float, last: float
    ) -> None:
        colors = theme.colors()
        if at == self._current:
            painter.fillRect(QRectF(0, top, self.width(), _ROW), QColor(colors.selection))
        metrics = QFontMetricsF(self.font())
        name = metrics.elidedText(line(row.name), Qt.TextElideMode.ElideMiddle, first - _SIDE - 10)
        painter.setPen(QColor(colors.text))
        painter.drawText(QRectF(_SIDE, top, first - _SIDE, _ROW), Qt.AlignmentFlag.AlignVCenter, name)  # fmt: skip
        most = max(max((each.mean + each.deviation for each in self.rows), default=0), 1e-9)
        room = last - first - _FIGURE - 24
        bar = QRectF(first, top + 7, max(1.0, room * max(0.0, row.mean) / most), _ROW - 14)
        color = QColor(colors.outline if self._doubtful else colors.accent)
        painter.fillRect(bar, color)
        self._paint_error(painter, bar.right(), room * row.deviation / most, first, top)
        painter.setPen(QColor(colors.text))
        end = max(bar.right() + room * row.deviation / most, bar.right())
        painter.drawText(QRectF(end + 8, top, 80, _ROW), Qt.AlignmentFlag.AlignVCenter, _even(row.mean, 3))  # fmt: skip
        self._paint_correlation(painter, row.name, top, last)

    def _paint_error(
        self, painter: QPainter, end: float, reach: float, first: float, top: float
    ) -> None:
        painter.setPen(QPen(QColor(theme.colors().text), 1.2))
        middle, low, high = top + _ROW / 2, max(first, end - reach), end + reach
        painter.drawLine(QPointF(low, middle), QPointF(high, middle))
        for x in (low, high):
            painter.drawLine(QPointF(x, middle - 4), QPointF(x, middle + 4))

    def _paint_correlation(self, painter: QPainter, name: str, top: float, last: float) -> None:
        colors, found = theme.colors(), self._found.get(name)
        right = self.width() - _SIDE - _FIGURE
        zero = (last + right) / 2
        painter.setPen(QColor(colors.border))
        painter.drawLine(QPointF(zero, top + 2), QPointF(zero, top + _ROW - 2))
        if found is None or found.spearman is None:
            painter.setPen(QColor(colors.dim))
            painter.drawText(QRectF(right + 8, top, _FIGURE, _ROW), Qt.AlignmentFlag.AlignVCenter, "–")  # fmt: skip
            return
        sure = found.adjusted is not None and found.adjusted < 0.05
        end = zero + found.spearman * (right - last) / 2
        bar = QRectF(QPointF(min(zero, end), top + 7), QPointF(max(zero, end), top + _ROW - 7))
        painter.fillRect(bar, QColor((colors.success if end > zero else colors.error) if sure else colors.outline))  # fmt: skip
        painter.setPen(QColor(colors.text if sure else colors.dim))
        text = _even(found.spearman, 2)
        painter.drawText(QRectF(right + 8, top, _FIGURE, _ROW), Qt.AlignmentFlag.AlignVCenter, text)

    # -- mouse and keyboard -----------------------------------------------------------------------
    def _row_at(self, y: float) -> int:
        at = int((y - _HEAD) // _ROW)
        return at if 0 <= at < len(self.rows) else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(self._row_at(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if (at := self._row_at(event.position().y())) >= 0:
            self.column_wanted.emit(self.rows[at].name)

    def _go_to(self, at: int) -> None:
        if at != self._current:
            self._current = at
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.rows:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._go_to(min(len(self.rows) - 1, max(0, self._current + step)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self.column_wanted.emit(self.rows[self._current].name)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), tip(self._figures(at)) if at >= 0 else "", self)
            return True
        return super().event(event)

    def _figures(self, at: int) -> str:
        row = self.rows[at]
        said = [f"{row.name}", f"importance {figure(row.mean)} ± {figure(row.deviation)}"]
        found = self._found.get(row.name)
        if found is not None and found.spearman is not None and found.pearson is not None:
            said.append(f"Spearman's rho {figure(found.spearman)}, {probability(found.adjusted or 0.0)} corrected for the number of columns")  # fmt: skip
            said.append(f"Pearson's r {figure(found.pearson)}, {probability(found.pearson_p or 0.0)}; {found.n:,} runs")  # fmt: skip
        elif found is not None:
            said.append(f"no correlation: {found.remark}")
        return "\n".join([*said, "Click to see its scatter."])


def _even(value: float, places: int) -> str:
    """Without a sign where it rounds to nothing."""
    text = f"{value:.{places}f}"
    return text.replace("-", "−" if float(text) else "")
