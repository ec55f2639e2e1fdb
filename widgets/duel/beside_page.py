"""Two duels laid beside each other: two machines, or two versions."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from widgets.duel.figure_chart import FigureChart, paired_bars
from widgets.duel.figures_page import ColorKey
from widgets.flow_grid import FlowGrid
from widgets.markdown import MarkdownView
from widgets.parts import button, column, label, line, row, scrolled, while_alive
from workbench.duel.figures import FIGURES, Figure, leading
from workbench.duel.results import Results
from workbench.duel.rows import names
from workbench.session import Session

_WIDEST = 1100
_CARD = 320


class BesidePage(QWidget):
    back_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.back = button("Back to the duel", "arrow-left", flat=True)
        self.key = ColorKey()
        self.charts = FlowGrid(_CARD, maximum_columns=3)
        self.text = MarkdownView()
        head = row(label("Two duels beside each other", "heading", scale=1.1), self.back)
        head.insertStretch(1, 1)
        head.setContentsMargins(12, 8, 10, 8)
        holder = QWidget()
        holder.setMaximumWidth(_WIDEST)
        inside = column(self.key, self.charts, self.text, space=10)
        inside.setContentsMargins(16, 12, 16, 16)
        inside.addStretch(1)
        holder.setLayout(inside)
        page = QWidget()
        page.setProperty("page", True)
        page.setLayout(row(holder))
        layout = column(space=0)
        layout.addLayout(head)
        layout.addWidget(line())
        layout.addWidget(scrolled(page, "Two duels"), 1)
        self.setLayout(layout)
        self.back.clicked.connect(self.back_wanted)

    def show_duels(self, one: Results, other: Results) -> None:
        """Compare the second with the first."""
        self._show_charts(one, other)
        self.text.show_markdown("Reading …")
        self._session.call(
            lambda _: _compared(one, other),
            while_alive(self, self.text.show_markdown),
            while_alive(self, lambda error: self.text.show_markdown(f"They cannot be compared: {error}")),
        )  # fmt: skip

    def _show_charts(self, one: Results, other: Results) -> None:
        shown = [(figure, paired_bars(figure, one, other)) for figure in _deciding(one, other)]
        self.charts.set_items([FigureChart(figure, pairs) for figure, pairs in shown if pairs])
        titles = zip(("1st", "2nd"), (one, other), strict=True)
        self.key.show_names([f"{which}: {each.name or each.duel[:8]}" for which, each in titles])


def _deciding(one: Results, other: Results) -> list[Figure]:
    """The figures that both duels have and that decide a row."""
    both = [name for name in names(one) if name in names(other)]
    learned = leading(both)
    rest = [figure for figure in FIGURES if figure.lead and figure.name in both]
    return [*([learned] if learned else []), *rest]


def _compared(one: Results, other: Results) -> str:
    from workbench.duel.beside import document
    from workbench.report.markdown import to_markdown

    return to_markdown(document(one, other))
