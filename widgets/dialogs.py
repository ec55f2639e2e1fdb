"""Small dialogs that ask for one thing. None of them holds up the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)

from storage.records import RunRecord
from widgets.new_run.editors import IntegerBox
from widgets.parts import ElidedLabel, button, column, label, row, say_shortly
from widgets.plain import line
from widgets.text import duration, plural

_MOST_EPOCHS = 1_000_000


class LineDialog(QDialog):
    """Asks for a line of text. ``problem`` tells why a text cannot be taken, or ""."""

    wanted = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        title: str,
        question: str,
        text: str,
        problem: Callable[[str], str] = lambda _text: "",
        known: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        self.edit = QLineEdit(text)
        self.edit.setAccessibleName(title)
        self.edit.selectAll()
        if known:
            complete_by(self.edit, known)
        self._problem = problem
        self._wrong = label("", "error", wrap=True)
        self.save = button("OK", primary=True)
        asked = label("", wrap=True)
        say_shortly(asked, question)
        self.setLayout(column(asked, self.edit, self._wrong, foot(self, self.save), margin=16))
        self._check(text)
        self._wrong.hide()
        self.edit.textChanged.connect(self._check)
        self.save.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.wanted.emit(self.edit.text()))

    def _check(self, text: str) -> None:
        wrong = self._problem(text)
        self._wrong.setText(wrong)
        self._wrong.setVisible(bool(wrong))
        self.save.setEnabled(not wrong)


def ask_line(
    parent: QWidget,
    title: str,
    question: str,
    text: str,
    then: Callable[[str], None],
    problem: Callable[[str], str] = lambda _text: "",
    known: Sequence[str] = (),
) -> None:
    """Ask for a line of text, and hand it on if the answer is OK. ``known`` completes what is typed."""
    dialog = LineDialog(parent, title, question, text, problem, known)
    dialog.wanted.connect(then)
    dialog.open()


def complete_by(edit: QLineEdit, known: Sequence[str]) -> None:
    """Complete what is typed by any part of the known texts, in small or capital letters."""
    made = QCompleter(known, edit)
    made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    made.setFilterMode(Qt.MatchFlag.MatchContains)
    shown = made.popup()
    if shown is not None:
        shown.setProperty("role", "popup")
    edit.setCompleter(made)


class ExtendDialog(QDialog):
    """Asks how many epochs an ended run is to have in all."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget, run: RunRecord) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Extend")
        self.setMinimumWidth(420)
        self._trained = run.progress.epoch
        self._planned = planned_epochs(run)
        self._epoch_s = epoch_seconds(run)
        self.epochs = IntegerBox(self._planned + 1, _MOST_EPOCHS)
        self.epochs.setAccessibleName("Epochs in all")
        self.epochs.setValue(self._planned + max(1, self._trained))
        self.estimate = label("", "dim", wrap=True)
        extend = button("Extend", "arrow-expand-right", primary=True)
        asked = row(label("Epochs in all"), self.epochs)
        asked.addStretch(1)
        self.setLayout(
            column(
                ElidedLabel(run.name, "heading"),
                label(self._so_far(), "dim", wrap=True),
                asked,
                self.estimate,
                foot(self, extend),
                margin=16,
                space=10,
            )
        )
        self.epochs.valueChanged.connect(self._estimate)
        extend.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.wanted.emit(self.epochs.value()))
        self._estimate(self.epochs.value())
        self.epochs.selectAll()

    def _so_far(self) -> str:
        each = f", {duration(self._epoch_s)} each" if self._epoch_s and self._epoch_s >= 1 else ""
        return (
            f"Trained {self._trained:,} of {plural(self._planned, 'epoch')}{each}. It goes on from its last "
            "checkpoint as the same run; the change is written into its history."
        )

    def _estimate(self, epochs: int) -> None:
        more = epochs - self._trained
        self.estimate.setText(f"{plural(more, 'more epoch')}{_about(more, self._epoch_s)}")


def _about(epochs: int, epoch_s: float | None) -> str:
    if epoch_s is None:
        return ""
    seconds = epochs * epoch_s
    return f", about {duration(seconds)}" if seconds >= 1 else ", less than a second"


def planned_epochs(run: RunRecord) -> int:
    epochs = run.spec.parameters.get("epochs", 0)
    return epochs if isinstance(epochs, int) else 0


def epoch_seconds(run: RunRecord) -> float | None:
    """How long an epoch took, by what the run logged; None if it did not."""
    measured = run.summary.get("epoch_s")
    return measured.last if measured is not None and measured.last > 0 else None


def foot(dialog: QDialog, primary: QPushButton) -> QHBoxLayout:
    """Cancel and the button that does it."""
    cancel = button("Cancel")
    cancel.clicked.connect(dialog.reject)
    cancel.setAutoDefault(False)
    primary.setDefault(True)
    layout = row()
    layout.addStretch(1)
    layout.addWidget(cancel)
    layout.addWidget(primary)
    return layout


def confirm(
    parent: QWidget, title: str, text: str, more: str, doing: str, then: Callable[[], object]
) -> QMessageBox:
    """Ask before something that cannot be taken back; ``doing`` is the button that does it."""
    box = message_box(parent, title, text, more)
    box.setIcon(QMessageBox.Icon.Warning)
    do = box.addButton(doing, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    do.clicked.connect(lambda _checked: then())
    box.open()
    return box


def message_box(parent: QWidget, title: str, text: str, more: str) -> QMessageBox:
    """A box whose texts are shown as they are. It is deleted when it is closed."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(line(title))
    box.setText(text)
    box.setInformativeText(more)
    for each in box.findChildren(QLabel):
        each.setTextFormat(Qt.TextFormat.PlainText)
    return box
