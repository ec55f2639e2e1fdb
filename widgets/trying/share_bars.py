"""How likely each class, or each token that may come next, is: bars with their shares."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets import theme
from widgets.plain import line
from workbench.trying.said import Share

_ROW, _FIGURE, _GAP = 22, 58, 8
_NAME_SHARE = 0.38


class ShareBars(QWidget):
    """The likeliest first; the true one, where it is known, has a mark."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: tuple[Share, ...] = ()
        self._truth: int | None = None
        self._wrong_is_bad = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probabilities")

    def show_shares(
        self, shares: Sequence[Share], truth: int | None = None, *, wrong_is_bad: bool = True
    ) -> None:
        """``truth`` is the place of the true one. Of texts, what comes next is one of many that might have: another is not bad."""
        self.shares, self._truth, self._wrong_is_bad = tuple(shares), truth, wrong_is_bad
        said = ", ".join(f"{one.name} {one.probability:.1%}" for one in shares)
        self.setAccessibleDescription(said)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, _ROW * len(self.shares))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _ROW * len(self.shares))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, share in enumerate(self.shares):
            self._paint(painter, share, at * _ROW, first=at == 0)
        painter.end()

    def _paint(self, painter: QPainter, share: Share, top: float, *, first: bool) -> None:
        colors, is_truth = theme.colors(), share.place == self._truth
        painter.setFont(theme.font(bold=first or is_truth))
        metrics = QFontMetricsF(painter.font())
        room = self._name_room(QFontMetricsF(theme.font(bold=True)))
        name = f"✓ {share.name}" if is_truth else share.name
        painter.setPen(QColor(colors.success if is_truth else colors.text))
        painter.drawText(QRectF(0, top, room, _ROW), Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(line(name), Qt.TextElideMode.ElideRight, room))  # fmt: skip
        left = room + _GAP
        track = QRectF(left, top + 6, max(8.0, self.width() - left - _FIGURE), _ROW - 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.track))
        painter.drawRoundedRect(track, 3, 3)
        known = share.probability if math.isfinite(share.probability) else 0.0
        bar = QRectF(track.left(), track.top(), max(2.0, track.width() * known), track.height())
        painter.setBrush(QColor(self._color(is_truth=is_truth, first=first)))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(colors.text if first else colors.dim))
        painter.drawText(QRectF(track.right(), top, _FIGURE, _ROW), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, figure(share.probability))  # fmt: skip

    def _name_room(self, metrics: QFontMetricsF) -> float:
        widest = max((metrics.horizontalAdvance(f"✓ {line(one.name)}") for one in self.shares), default=0)  # fmt: skip
        return min(widest + 2, self.width() * _NAME_SHARE)

    def _color(self, *, is_truth: bool, first: bool) -> str:
        colors = theme.colors()
        if is_truth:
            return colors.success
        if first:
            wrong = self._truth is not None and self._wrong_is_bad
            return colors.error if wrong else colors.accent
        return colors.outline


def figure(share: float) -> str:
    """``97.3 %``; small ones keep a digit."""
    if not math.isfinite(share):
        return "–"
    return f"{share:.2%}" if 0 < share < 0.001 else f"{share:.1%}"
