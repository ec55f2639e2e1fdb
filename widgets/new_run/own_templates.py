"""Templates of one's own from the form: begin one, check the chosen one, open the folder where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMenu, QProgressBar, QPushButton, QVBoxLayout, QWidget

from runners.protocol import State
from runners.templates.template import Template
from widgets.dialogs import LineDialog
from widgets.icons import icon, state_icon
from widgets.parts import Picture, button, column, label, row, scrolled, set_role, while_alive
from workbench.own_templates import begin_template, check_own, name_problem
from workbench.session import Session
from workbench.template_check import Finding

_HOW = (
    "Its PyTorch and its TensorFlow file are built with the parameters of the form, given the same weights and the same "
    "numbers, and trained for some steps in float64. That takes half a minute or so."
)


class OwnTemplates(QPushButton):
    """A button with the menu. ``chosen`` returns the template and the texts of its parameters as they are in the form."""

    begun = Signal(str)
    """The name of a template that was just made."""

    def __init__(
        self, session: Session, chosen: Callable[[], tuple[Template, Mapping[str, str]]]
    ) -> None:
        super().__init__("Your own")
        self._session = session
        self._chosen = chosen
        self.setIcon(icon("pencil-outline"))
        self.setToolTip("Templates of your own")
        menu = QMenu(self)
        self.begin = menu.addAction("New template from this one …", self._ask_for_name)
        self.check = menu.addAction("Check this one in both frameworks …", self._check)
        self.folder = menu.addAction("Open the folder of your templates", self._open_folder)
        self.setMenu(menu)

    def _ask_for_name(self) -> None:
        template, _ = self._chosen()
        folder = self._session.templates_folder
        dialog = LineDialog(
            self.window(),
            "New template",
            f"A copy of “{template.title}” becomes a template of your own, which you edit in the folder {folder}. "
            "Its name is written with small letters, digits and underscores.",
            self._free_name(template.name, folder),
            lambda name: name_problem(name, folder),
        )
        dialog.wanted.connect(lambda name: self._begin(name, template.name))
        dialog.open()

    def _free_name(self, after: str, folder: Path) -> str:
        names = (f"my_{after}", *(f"my_{after}_{number}" for number in range(2, 100)))
        return next((name for name in names if not name_problem(name, folder)), "")

    def _begin(self, name: str, after: str) -> None:
        folder = self._session.templates_folder

        def made(place: Path) -> None:
            self._session.notice.emit(f"Made the template {name} in {place}", None)
            self.begun.emit(name)

        self._session.call(
            lambda _: begin_template(name, after, folder),
            while_alive(self, made),
            lambda error: self._session.failed.emit(f"The template was not made: {error}"),
        )

    def _check(self) -> None:
        template, texts = self._chosen()
        CheckDialog(self.window(), self._session, template, texts).open()

    def _open_folder(self) -> None:
        folder = self._session.templates_folder

        def made(_: None) -> None:
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self._session.notice.emit(f"Your templates lie in {folder}", None)

        self._session.call(lambda _: folder.mkdir(parents=True, exist_ok=True), made)


class CheckDialog(QDialog):
    """Compares a template's two models as soon as it is opened, and tells what was found. Closing it cancels."""

    def __init__(
        self, parent: QWidget, session: Session, template: Template, texts: Mapping[str, str]
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._name, self._texts = template.name, texts
        self._cancelled = Event()
        self.setWindowTitle(f"Check {template.title}")
        self.setMinimumSize(520, 300)
        self.verdict = label("Building and training both models …", "heading", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("The check goes on")
        self._rows = QVBoxLayout()
        inner = QWidget()
        inner.setProperty("page", True)
        inside = column(self._rows, margin=2)
        inside.addStretch(1)
        inner.setLayout(inside)
        self.close_button = button("Cancel")
        self.close_button.clicked.connect(self.close)
        self.again = button("Check again", "refresh")
        self.again.clicked.connect(self._start)
        foot = row(self.again, self.close_button)
        foot.insertStretch(0, 1)
        layout = column(
            self.verdict, self.bar, label(_HOW, "dim", wrap=True), scrolled(inner), foot,
            margin=16, space=10,
        )  # fmt: skip
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.finished.connect(self._end)
        self._start()

    def _start(self) -> None:
        self._say("Building and training both models …", "heading")
        self._clear()
        self.bar.show()
        self.again.hide()
        self.close_button.setText("Cancel")
        session, cancelled = self._session, self._cancelled
        self._session.call(
            lambda workbench: check_own(
                workbench, self._name, self._texts, lambda: cancelled.is_set() or session.closing
            ),
            while_alive(self, self._show),
            while_alive(self, self._fail),
        )

    def _end(self) -> None:
        self._cancelled.set()
        self.deleteLater()

    def _show(self, findings: list[Finding]) -> None:
        good = all(each.good for each in findings)
        self._over("Both are one model" if good else "The two models differ", good)
        for each in findings:
            mark = Picture("", size=18)
            mark.show_icon(state_icon(State.FINISHED if each.good else State.FAILED))
            words = column(label(each.what, "heading"), label(each.detail, "dim", wrap=True), space=0)  # fmt: skip
            line = row(mark, words, space=10)
            line.setStretch(1, 1)
            holder = QWidget()
            holder.setLayout(line)
            self._rows.addWidget(holder)

    def _fail(self, error: Exception) -> None:
        self._over("It could not be checked", False)
        told = label(str(error), wrap=True)
        self._rows.addWidget(told)

    def _over(self, verdict: str, good: bool) -> None:
        self._say(verdict, "heading" if good else "error")
        self.bar.hide()
        self.again.show()
        self.close_button.setText("Close")

    def _say(self, text: str, role: str) -> None:
        self.verdict.setText(text)
        set_role(self.verdict, role)

    def _clear(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
