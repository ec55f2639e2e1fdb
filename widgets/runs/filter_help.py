"""The filter language on one page, with examples that can be taken."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QWidget

from storage.records import Fields
from widgets import theme
from widgets.parts import button, column, label, row

_EXAMPLES = (
    ("mlp adam", "both words, in name, tags, experiment, template, dataset …"),
    ("state in (failed, lost)", "one of several values"),
    ("lr < 1e-3 and epochs >= 10", "parameters by their names"),
    ("best(val/accuracy) > 0.9", "a metric's last, best, min, max or count"),
    ("tag in (baseline, final) and not starred", "any of the tags; and, or, not, ( )"),
    ("note ~ overfits", "contains, in small or capital letters"),
    ("created in last 7 days", "also today, yesterday, > 2026-01-31"),
    ("duration > 2h30m", "also 90s, 15m, 1d"),
    ("best(val/loss) is missing", "has no such value; exists is the opposite"),
    ('param("odd name") = 3', "names with spaces or brackets in quotes"),
)


class FilterHelp(QDialog):
    taken = Signal(str)
    """An example to filter by."""

    def __init__(self, parent: QWidget, fields: Fields) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Filter")
        self.examples: list[QPushButton] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for place, (example, meaning) in enumerate(_EXAMPLES):
            made = self._example(example)
            grid.addWidget(made, place, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(meaning, "dim"), place, 1)
        names = ", ".join(each.name for each in fields.fields)
        close = button("Close")
        close.clicked.connect(self.accept)
        foot = row()
        foot.addStretch(1)
        foot.addWidget(close)
        known = label(f"Fields: {names}.", "dim", wrap=True)
        self.setLayout(
            column(
                label("Filter the runs", "heading", scale=1.2),
                grid,
                known,
                label(_KEYS, "dim", wrap=True),
                foot,
                margin=18,
                space=12,
            )
        )
        known.setVisible(bool(names))
        self.setMinimumWidth(620)

    def _example(self, text: str) -> QPushButton:
        made = button(text, flat=True)
        made.setFont(theme.fixed_font())
        made.setToolTip("Filter by this")
        made.setAutoDefault(False)
        made.clicked.connect(lambda: self._take(text))
        self.examples.append(made)
        return made

    def _take(self, text: str) -> None:
        self.taken.emit(text)
        self.accept()


_KEYS = (
    "While typing: Tab takes a completion, Ctrl+Space opens them, Up offers earlier filters, Enter goes to the "
    "list, Esc clears. The same language works in the command line: twinbench runs --filter …"
)
