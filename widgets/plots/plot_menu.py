"""What can be done with one plot, as a menu."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from widgets.icons import icon
from widgets.plain import caption

if TYPE_CHECKING:
    from widgets.plots.plot_view import PlotView

_SIZES = {"Normal": (1, 1), "Wide": (2, 1), "Tall": (1, 2), "Large": (2, 2)}


def plot_menu(plot: PlotView) -> QMenu:
    """It ends when it is closed."""
    menu = QMenu(plot)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction(icon("magnify-minus-outline"), "Show all", plot.reset)
    menu.addAction(icon("arrow-expand-all"), "Maximise, or back", plot.maximise_wanted.emit)
    menu.addAction(icon("arrow-expand-horizontal"), "Ranges …", plot.edit_ranges)
    logarithmic = menu.addAction("Logarithmic y axis")
    logarithmic.setCheckable(True)
    logarithmic.setChecked(plot.settings.log_y)
    logarithmic.toggled.connect(lambda on: plot.choose(replace(plot.options, log_y=on)))
    _add_sizes(menu.addMenu("Size"), plot)
    _add_extras(menu, plot)
    menu.addAction(icon("close"), "Take this plot away", plot.close_wanted.emit)
    menu.addSeparator()
    menu.addAction(icon("content-copy"), "Copy as picture", plot.files.copy_picture)
    menu.addAction(icon("image-outline"), "Save as PNG …", lambda: plot.files.ask("png"))
    menu.addAction(icon("vector-curve"), "Save as SVG …", lambda: plot.files.ask("svg"))
    if plot.files.can_read:
        menu.addAction(icon("table"), "Save every point as CSV …", lambda: plot.files.ask("csv"))
    return menu


def _add_sizes(menu: QMenu, plot: PlotView) -> None:
    for words, (columns, rows) in _SIZES.items():
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked((plot.options.columns, plot.options.rows) == (columns, rows))
        action.triggered.connect(
            lambda _, columns=columns, rows=rows: plot.choose(
                replace(plot.options, columns=columns, rows=rows)
            )
        )


def _add_extras(menu: QMenu, plot: PlotView) -> None:
    """What was dragged onto the plot can be taken off again."""
    options = plot.options
    for metric in options.metrics:
        rest = tuple(each for each in options.metrics if each != metric)
        menu.addAction(
            icon("minus"), caption(f"Take {metric} out"),
            lambda rest=rest: plot.choose(replace(plot.options, metrics=rest)),
        )  # fmt: skip
    if options.runs:
        count = f"{len(options.runs)} added run{'' if len(options.runs) == 1 else 's'}"
        menu.addAction(
            icon("minus"), f"Take {count} out", lambda: plot.choose(replace(plot.options, runs=()))
        )
