"""A series: from the test part, or the last steps of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runners.export.facts import Facts
from widgets.parts import button, column, label, row
from widgets.trying.series_plot import SeriesPlot
from widgets.trying.source import Source
from workbench.session import Session


class SeriesSource(Source):
    kinds = "Tables (*.csv *.txt)"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.plot = SeriesPlot()
        self._words = label("", "dim", wrap=True)
        self.open = button("Open a CSV …", "folder-open-outline")
        self.open.clicked.connect(self.ask_for_file)
        tools = row(self.open)
        tools.addStretch(1)
        layout = column(self.plot, self._words, tools)
        layout.addStretch(1)
        self.setLayout(layout)

    def suit(self, facts: Facts) -> None:
        super().suit(facts)
        channels = ", ".join(one.name for one in facts.features[:6])
        self._words.setText(f"The model looks at {facts.shape[0]:,} steps of {channels}. Choose some of the test part below, or open a table with a line for each step.")  # fmt: skip

    def show_sample(self, x: NDArray[Any]) -> None:
        self.plot.show_past(own_steps(self.facts, x))


def own_steps(facts: Facts | None, x: NDArray[Any]) -> NDArray[np.float64]:
    """The steps (steps, channels) in the channels' own units."""
    values = np.asarray(x, np.float64)
    if facts is None or not facts.features:
        return values
    mean, std = np.array([(one.mean, one.std) for one in facts.features]).T
    result: NDArray[np.float64] = values * std + mean
    return result
