"""The form for a template's parameters, made from their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from runners.parameters import Parameter
from runners.protocol import Scalar
from widgets import theme
from widgets.flow_grid import FlowGrid
from widgets.new_run.parameter_cell import ParameterCell
from widgets.parts import label

CELL_WIDTH = 212


class ParameterForm(QWidget):
    """A grid of cells per group. What was typed stays when a template with the same parameter is chosen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._cells: dict[str, ParameterCell] = {}
        self._sections: list[QWidget] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.SPACE)

    def show_parameters(self, parameters: Iterable[Parameter]) -> None:
        kept = {name: cell.text for name, cell in self._cells.items() if cell.is_changed}
        for section in self._sections:
            self._layout.removeWidget(section)
            section.deleteLater()
        self._sections, self._cells = [], {}
        groups: dict[str, list[Parameter]] = {}
        for parameter in parameters:
            groups.setdefault(parameter.group, []).append(parameter)
        for title, members in groups.items():
            self._add_group(title, members)
        self.set_texts(kept)

    def texts(self) -> dict[str, str]:
        """What stands in every field, as typed."""
        return {name: cell.text for name, cell in self._cells.items()}

    def changed_texts(self) -> dict[str, str]:
        """What stands in the fields that were changed from their default."""
        return {name: cell.text for name, cell in self._cells.items() if cell.is_changed}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            if name in self._cells:
                self._cells[name].set_text(text)

    def set_values(self, values: Mapping[str, Scalar]) -> None:
        """Show these values, and the default of every other parameter."""
        for name, cell in self._cells.items():
            cell.set_value(values.get(name, cell.default))

    def show_problems(self, problems: Mapping[str, str]) -> None:
        for name, cell in self._cells.items():
            cell.set_problem(problems.get(name, ""))

    def cell(self, name: str) -> ParameterCell:
        return self._cells[name]

    def order_tabs(self, before: QWidget, after: QWidget) -> None:
        """Let the Tab key go through the cells, which come and go, between these two."""
        stops = [stop for cell in self._cells.values() for stop in cell.stops]
        for one, next_one in pairwise((before, *stops, after)):
            QWidget.setTabOrder(one, next_one)

    def __contains__(self, name: str) -> bool:
        return name in self._cells

    def _add_group(self, title: str, members: list[Parameter]) -> None:
        heading = label(title, "heading")
        heading.setContentsMargins(0, theme.SPACE, 0, 0)
        grid = FlowGrid(CELL_WIDTH)
        cells = [ParameterCell(parameter) for parameter in members]
        for cell in cells:
            cell.changed.connect(self.changed)
            self._cells[cell.name] = cell
        grid.set_items(cells)
        for part in (heading, grid):
            self._layout.addWidget(part)
            self._sections.append(part)
