"""What the rows are worth to somebody: profiles, weights of one's own, and what the frameworks then come to."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QSlider, QWidget

from runners.protocol import FRAMEWORKS, Framework
from widgets import theme
from widgets.flow_grid import FlowGrid
from widgets.new_run.segments import Segments
from widgets.parts import column, label
from widgets.text import capital
from workbench.duel.figures import Row
from workbench.duel.telling import percent
from workbench.duel.weights import DEFAULT, PROFILES, Total, Weights
from workbench.explain.words import listed

OWN = "own"
_MOST = 4
_COLORS = {Framework.PYTORCH: 1, Framework.TENSORFLOW: 0}
"""Of the palette of runs: orange and blue, as the frameworks' own."""
_NAMES, _ROW = 110, 26


class WeightsPanel(QWidget):
    changed = Signal()
    """Other weights are chosen than before."""

    def __init__(self) -> None:
        super().__init__()
        self.profiles = Segments({**{name: capital(name) for name in PROFILES}, OWN: "Your own"})
        self.profiles.setAccessibleName("What matters to you")
        self.sliders = {row: QSlider(Qt.Orientation.Horizontal) for row in Row}
        self._values = {row: label("", "dim") for row in Row}
        sliders = FlowGrid(200, maximum_columns=4)
        sliders.set_items([self._slider_cell(row) for row in Row])
        self.bars = TotalBars()
        self.sentence = label("", wrap=True)
        self.setLayout(column(self.profiles, sliders, self.bars, self.sentence))
        self._show_weights(PROFILES[DEFAULT])
        self.profiles.changed.connect(self._choose_profile)

    @property
    def weights(self) -> Weights:
        return {row: float(slider.value()) for row, slider in self.sliders.items()}

    def show_totals(self, totals: Sequence[Total]) -> None:
        """The first one is that of the weights which were asked for."""
        self.bars.show_totals(totals)
        if not totals:
            self.sentence.setText("Totals need both frameworks, and the proof that they trained the same model.")  # fmt: skip
            return
        self.sentence.setText(_tipping(totals[0]))

    def _slider_cell(self, row: Row) -> QWidget:
        slider = self.sliders[row]
        slider.setRange(0, _MOST)
        slider.setPageStep(1)
        slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        slider.setAccessibleName(f"What {row} is worth, from 0 to {_MOST}")
        slider.valueChanged.connect(lambda value: self._tell(row, value))
        name = label(capital(row.value))
        name.setBuddy(slider)
        cell = QWidget()
        grid = QGridLayout(cell)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self._values[row], 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(slider, 1, 0, 1, 2)
        return cell

    def _show_weights(self, weights: Weights) -> None:
        for row, slider in self.sliders.items():
            blocked = slider.blockSignals(True)
            slider.setValue(round(weights.get(row, 0)))
            slider.blockSignals(blocked)
            self._values[row].setText(f"{slider.value()}")

    def _choose_profile(self, name: str) -> None:
        if name in PROFILES:
            self._show_weights(PROFILES[name])
            self.changed.emit()

    def _tell(self, row: Row, value: int) -> None:
        if not any(slider.value() for slider in self.sliders.values()):
            self.sliders[row].setValue(1)  # something has to matter
            return
        self._values[row].setText(f"{value}")
        self.profiles.set_value(OWN)
        self.changed.emit()


class TotalBars(QWidget):
    """A bar for each profile: what each framework comes to, and between them what no measurement has decided."""

    def __init__(self) -> None:
        super().__init__()
        self.totals: list[Total] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the frameworks come to")
        theme.theme().changed.connect(self.update)

    def show_totals(self, totals: Sequence[Total]) -> None:
        self.totals = list(totals)
        self.setVisible(bool(totals))
        self.setAccessibleDescription("; ".join(map(_said, totals)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, _ROW * len(self.totals) + 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, total in enumerate(self.totals):
            self._paint_total(painter, total, at * _ROW, first=at == 0)
        self._paint_key(painter)
        painter.end()

    def _paint_total(self, painter: QPainter, total: Total, top: float, *, first: bool) -> None:
        colors, flag = theme.colors(), Qt.AlignmentFlag
        painter.setFont(theme.font(0.95, bold=first))
        painter.setPen(QColor(colors.text if first else colors.dim))
        name = "Your own" if total.profile == OWN else capital(total.profile)
        painter.drawText(QRectF(0, top, _NAMES, _ROW), flag.AlignVCenter, name)
        left, width = float(_NAMES), self.width() - _NAMES
        one, other = FRAMEWORKS
        parts = ((total.shares[one], theme.run_color(_COLORS[one])), (total.open, QColor(colors.track)), (total.shares[other], theme.run_color(_COLORS[other])))  # fmt: skip
        for part, color in parts:
            box = QRectF(left, top + 4, part * width, _ROW - 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mixed(color.name(), colors.base, 0.85 if first else 0.5))
            painter.drawRect(box)
            if part > 0.07:
                painter.setPen(QColor(colors.text if color == QColor(colors.track) or not first else colors.base))  # fmt: skip
                painter.drawText(box, flag.AlignCenter, percent(part))
            left += part * width

    def _paint_key(self, painter: QPainter) -> None:
        if not self.totals:
            return
        colors, flag = theme.colors(), Qt.AlignmentFlag
        painter.setFont(theme.font(0.88))
        painter.setPen(QColor(colors.dim))
        below = QRectF(_NAMES, _ROW * len(self.totals), self.width() - _NAMES, 18)
        one, other = FRAMEWORKS
        for where, text in ((flag.AlignLeft, one.display_name), (flag.AlignHCenter, "not decided"), (flag.AlignRight, other.display_name)):  # fmt: skip
            painter.drawText(below, where | flag.AlignVCenter, text)


def _said(total: Total) -> str:
    shares = ", ".join(
        f"{each.display_name} {percent(share)}" for each, share in total.shares.items()
    )
    return f"{total.profile}: {shares}, not decided {percent(total.open)}"


def _tipping(total: Total) -> str:
    if not total.tipping:
        return "No single row could change that."
    rows = listed([str(row) for row in total.tipping], 8)
    return f"It would tip if {rows} went to the other framework." if total.leader else f"It would tip by {rows}."  # fmt: skip
