"""The tags of the selected runs in a small window, for the keyboard and for many runs at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from storage.records import RunRecord
from widgets.parts import button, column, label, row, say_shortly
from widgets.tags import TagChips
from widgets.text import plural
from workbench.session import Session


class TagsDialog(QDialog):
    """Each change is made at once and can be undone. It stays with the runs that were selected when it was opened."""

    def __init__(self, parent: QWidget, session: Session, runs: list[RunRecord]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Tags")
        self.setMinimumWidth(440)
        self._session = session
        self._ids = [run.id for run in runs]
        self.tags = TagChips(lambda: {tag for run in session.runs.values() for tag in run.tags})
        whose = label("", wrap=True)
        say_shortly(
            whose, f"Tags of {runs[0].name if len(runs) == 1 else plural(len(runs), 'run')}"
        )
        self._hint = label(
            "A dashed tag is on some of the runs only; click it to give it to all.",
            "dim",
            wrap=True,
        )
        done = button("Done")
        done.setAutoDefault(False)
        done.clicked.connect(self.accept)
        foot = row()
        foot.addStretch(1)
        foot.addWidget(done)
        self.setLayout(column(whose, self.tags, self._hint, foot, margin=16, space=10))
        self.tags.added.connect(lambda tags: session.edits.tag_runs(self._ids, tags, []))
        self.tags.removed.connect(lambda tag: session.edits.tag_runs(self._ids, [], [tag]))
        session.runs_changed.connect(self._show)
        self._show()
        self.tags.ask()

    def _show(self) -> None:
        there = self._session.runs
        runs = [there[run_id] for run_id in self._ids if run_id in there]
        self.tags.show_runs(runs)
        self._hint.setVisible(self.tags.any_mixed)
