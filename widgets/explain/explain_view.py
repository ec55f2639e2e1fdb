"""Explain: why runs differ, in six views of one selection."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from storage.records import RunQuery
from widgets.choices import Choices
from widgets.explain.differences import DifferencesPart
from widgets.explain.distribution import DistributionPart
from widgets.explain.importance import ImportancePart
from widgets.explain.parallel import ParallelPart
from widgets.explain.scatter import ScatterPart
from widgets.explain.significance import SignificancePart
from widgets.explain.source import LISTED, SELECTED, Source
from widgets.flow import Flow
from widgets.new_run.segments import Segments
from widgets.parts import column, line, row
from workbench.session import Session

DIFFERENCES = "differences"
_VIEWS = {
    DIFFERENCES: "Differences", "parallel": "Parallel", "scatter": "Scatter", "importance": "Importance",
    "distribution": "Distribution", "significance": "Significance",
}  # fmt: skip
_VIEW, _WHICH = "explain/view", "explain/which"


class ExplainView(QWidget):
    def __init__(
        self, session: Session, choices: Choices | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._choices = choices
        self.source = Source(session, self)
        self.differences = DifferencesPart(session, choices)
        self.parallel = ParallelPart(self.source)
        self.scatter = ScatterPart(self.source)
        self.importance = ImportancePart(self.source)
        self.distribution = DistributionPart(self.source)
        self.significance = SignificancePart(self.source)
        self.parts = QStackedWidget()
        for part in (
            self.differences, self.parallel, self.scatter, self.importance, self.distribution, self.significance,
        ):  # fmt: skip
            self.parts.addWidget(part)
        self.views = Segments(_VIEWS)
        self.views.setAccessibleName("View")
        self.which = Segments({LISTED: "Listed runs", SELECTED: "Selected runs"})
        self.which.setAccessibleName("Of which runs")
        self._lay_out()
        self.views.changed.connect(self._show)
        self.which.changed.connect(self._show_which)
        self.importance.column_wanted.connect(self._show_scatter)
        if choices is not None:
            self.which.set_value(choices.get(_WHICH, LISTED))
            self.views.set_value(choices.get(_VIEW, DIFFERENCES))

    def _lay_out(self) -> None:
        tools = Flow(12)
        tools.set_items([self.views, self.which])
        bar = row(tools)
        bar.setContentsMargins(10, 6, 10, 6)
        layout = column(space=0)
        layout.addLayout(bar)
        layout.addWidget(line())
        layout.addSpacing(6)
        layout.addWidget(self.parts, 1)
        self.setLayout(layout)
        self.which.hide()

    def list_query(self, query: RunQuery) -> None:
        """The table of runs lists the answer to this."""
        self.source.list_query(query)

    def show_part(self, name: str) -> None:
        self.views.set_value(name)

    def _show(self, name: str) -> None:
        self.parts.setCurrentIndex(list(_VIEWS).index(name))
        self.which.setVisible(name != DIFFERENCES)
        if self._choices is not None:
            self._choices.set(_VIEW, name)

    def _show_which(self, which: str) -> None:
        self.source.show(which)
        if self._choices is not None:
            self._choices.set(_WHICH, which)

    def _show_scatter(self, x: str, y: str) -> None:
        self.scatter.show_columns(x, y)
        self.show_part("scatter")
