"""Both codes of a duel side by side, and how much there is to read in each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from runners.protocol import FRAMEWORKS, Framework
from widgets.duel.reading import Reading
from widgets.model_view.code_view import CodeView
from widgets.parts import EmptyState, column, label
from widgets.text import plural


class CodePage(QWidget):
    save_wanted = Signal(str, str)
    """The name of a file, and the script that goes into it."""

    def __init__(self) -> None:
        super().__init__()
        self._reading: Reading | None = None
        self.facts = label("", wrap=True)
        self.facts.setContentsMargins(10, 6, 10, 0)
        self.code = CodeView()
        self.pages = QStackedWidget()
        self.pages.addWidget(EmptyState("code-braces", "There are no two codes to show", "This training cannot be written as a script in both frameworks."))  # fmt: skip
        both = QWidget()
        layout = column(self.facts, self.code, space=4)
        layout.setStretch(1, 1)
        both.setLayout(layout)
        self.pages.addWidget(both)
        self.setLayout(column(self.pages))
        self.code.script_wanted.connect(self._ask_to_save)

    def show_reading(self, reading: Reading) -> None:
        self._reading = reading
        code = {each: reading.results.code.get(each.value, "") for each in FRAMEWORKS}
        self.pages.setCurrentIndex(int(all(code.values())))
        if all(code.values()):
            self.code.show_code(code)
            self.facts.setText("\n".join(map(self._said, FRAMEWORKS)))

    def _said(self, framework: Framework) -> str:
        """``PyTorch: 120 lines, 14 branches, 22 names of the framework``."""
        assert self._reading is not None
        facts = self._reading.code.get(framework)
        if facts is None:
            return f"{framework.display_name}: its text cannot be counted"
        branches = plural(facts.branches, "branch", "branches")
        names = plural(len(facts.api_names), "name")
        return f"{framework.display_name}: {plural(facts.lines, 'line')} of code, {branches}, {names} of the framework to know"  # fmt: skip

    def _ask_to_save(self, framework: Framework) -> None:
        if self._reading is not None:
            match = self._reading.results.match
            name = f"{match.template}_{match.dataset}_{framework}.py".replace("-", "_")
            self.save_wanted.emit(name, self._reading.results.code[framework.value])
