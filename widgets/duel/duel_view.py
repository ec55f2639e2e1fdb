"""Duel: PyTorch or TensorFlow, answered on this machine. The duels of the home, the form for one, and a page for each."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from widgets.choices import Choices
from widgets.duel import words
from widgets.duel.actions import FORMATS, DuelActions
from widgets.duel.beside_page import BesidePage
from widgets.duel.duel_list import DuelList
from widgets.duel.duel_page import DuelPage
from widgets.duel.new_duel import NewDuelPage
from widgets.duel.reading import Reading
from widgets.duel.source import DuelSource
from widgets.parts import EmptyState, button, column, label, line, row
from widgets.saving import ask_where
from workbench.duel.results import Results
from workbench.session import Session

HOME, FORM, PAGE, BESIDE = range(4)
_ADVICE = (
    "A duel trains one model in both frameworks on this machine, proves that they train the same, and tells which is "
    "better at what, by how much, and how sure that is."
)


class DuelView(QWidget):
    run_wanted = Signal(int)
    """A run that is to be watched."""
    compare_wanted = Signal(list)
    """list[int]: runs that are to be compared."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session = session
        self.source = DuelSource(session, self)
        self.source.while_seen(self.isVisible)
        self.actions_of = DuelActions(session, self)
        self.list = DuelList()
        self.form = NewDuelPage(session, choices)
        self.page = DuelPage(session, choices)
        self.beside = BesidePage(session)
        self.pages = QStackedWidget()
        for page in (self._make_home(), self.form, self.page, self.beside):
            self.pages.addWidget(page)
        self.setLayout(column(self.pages))
        self._connect()

    def _make_home(self) -> QWidget:
        self.new, self.open = button("New duel", "sword-cross", primary=True), button("Open a duel's file …", "folder-open-outline")  # fmt: skip
        first = button("New duel", "sword-cross", primary=True)
        first.clicked.connect(self.new_duel)
        self._empty = EmptyState("sword-cross", "No duel has been fought here yet", _ADVICE, first)
        self._home_pages = QStackedWidget()
        reading = label("Reading the duels …", "dim")
        reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for shown in (reading, self._empty, self.list):
            self._home_pages.addWidget(shown)
        head = row(label("PyTorch or TensorFlow?", "heading", scale=1.15), self.open, self.new)
        head.insertStretch(1, 1)
        head.setContentsMargins(12, 8, 10, 8)
        home = QWidget()
        layout = column(space=0)
        layout.addLayout(head)
        layout.addWidget(line())
        layout.addWidget(self._home_pages, 1)
        home.setLayout(layout)
        return home

    def _connect(self) -> None:
        source, actions, page = self.source, self.actions_of, self.page
        self.new.clicked.connect(self.new_duel)
        self.open.clicked.connect(self.open_file)
        self.list.opened.connect(self.show_duel)
        self.list.menu_wanted.connect(self._show_menu)
        self.form.started.connect(self.show_duel)
        for each in (self.form, page):
            each.back_wanted.connect(self.show_home)
        self.beside.back_wanted.connect(lambda: self.pages.setCurrentIndex(PAGE))
        source.listed.connect(self._show_states)
        source.read.connect(page.show_reading)
        source.refused.connect(page.show_refusal)
        actions.changed.connect(source.refresh)
        actions.opened.connect(self.show_file)
        actions.second.connect(self._lay_beside)
        actions.begun.connect(page.work.follow)
        page.action_wanted.connect(self._act)
        page.verdict.weights_changed.connect(lambda: source.weigh(page.verdict.weights))
        page.code.save_wanted.connect(self._save_code)
        page.runs.run_wanted.connect(self.run_wanted)
        page.runs.compare_wanted.connect(self.compare_wanted)
        page.beside_menu.aboutToShow.connect(self._fill_beside)

    # -- what others ask for --------------------------------------------------------------------------
    def new_duel(self) -> None:
        """Show the form."""
        self.pages.setCurrentIndex(FORM)
        self.form.focus_first()

    def start(self) -> None:
        """Start what the form says, or show the form if it is not in sight."""
        if self.pages.currentIndex() == FORM:
            self.form.start()
        else:
            self.new_duel()

    def open_file(self) -> None:
        """Ask for a duel's JSON file."""
        self.actions_of.ask_for_file()

    def show_home(self) -> None:
        """Show which duels there are."""
        self.pages.setCurrentIndex(HOME)
        self.list.setFocus()
        self.source.refresh()

    def show_duel(self, duel: str) -> None:
        """Go to a duel of the home."""
        self.pages.setCurrentIndex(PAGE)
        self.page.begin(self.source.state(duel))
        self.source.look_at(duel)

    def show_file(self, results: Results) -> None:
        """Go to a duel that was read from a file."""
        self.pages.setCurrentIndex(PAGE)
        self.page.begin(None)
        self.source.look_at_file(results)

    def remember(self) -> None:
        """Keep what stands in the form."""
        self.form.remember()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.source.refresh()

    # -- following ------------------------------------------------------------------------------------
    def _show_states(self) -> None:
        states = self.source.states
        self.list.show_duels(states)
        self._home_pages.setCurrentWidget(self.list if states else self._empty)
        state = self.source.state(self.source.looked_at)
        if state is not None:
            first = self.page.state is None
            self.page.show_state(state)
            if first and not state.done:
                self.page.tabs.setCurrentIndex(0)
        elif self.source.looked_at and self.pages.currentIndex() == PAGE:
            self.show_home()  # it was deleted

    # -- acting ---------------------------------------------------------------------------------------
    def _act(self, name: str) -> None:
        state, reading, actions = self.page.state, self.page.reading, self.actions_of
        if name in FORMATS and reading is not None:
            actions.export(name, reading, self.page.verdict.weights)
        elif name == "again" and (state is not None or reading is not None):
            self.form.load(state.match if state is not None else reading.results.match)  # type: ignore[union-attr]
            self.new_duel()
        elif state is not None:
            getattr(actions, name)(state)

    def _show_menu(self, duel: str, point: QPoint) -> None:
        state = self.source.state(duel)
        if state is None:
            return
        menu, actions = QMenu(self), self.actions_of
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("Open").triggered.connect(lambda: self.show_duel(duel))
        if words.can_stop(state):
            menu.addAction("Stop").triggered.connect(lambda: actions.stop(state))
        if words.can_resume(state):
            menu.addAction("Resume").triggered.connect(lambda: actions.resume(state))
        menu.addAction("More seeds …").triggered.connect(lambda: actions.extend(state))
        menu.addSeparator()
        menu.addAction("Rename …").triggered.connect(lambda: actions.rename(state))
        menu.addAction("Delete with its runs").triggered.connect(lambda: actions.delete(state))
        menu.popup(point)

    def _fill_beside(self) -> None:
        menu = self.page.beside_menu
        menu.clear()
        for each in self.source.states:
            if each.record.id != self.source.looked_at:
                menu.addAction(each.record.name.replace("&", "&&")).triggered.connect(lambda _=False, duel=each.record.id: self._read_beside(duel))  # fmt: skip
        menu.addSeparator()
        menu.addAction("A duel's file …").triggered.connect(lambda: self.actions_of.ask_for_file(beside=True))  # fmt: skip

    def _read_beside(self, duel: str) -> None:
        self._session.call(lambda workbench: workbench.duels.results(duel), self._lay_beside)

    def _lay_beside(self, other: Results) -> None:
        reading: Reading | None = self.page.reading
        if reading is not None:
            self.beside.show_duels(reading.results, other)
            self.pages.setCurrentIndex(BESIDE)

    def _save_code(self, name: str, text: str) -> None:
        ask_where(self, "Save as a script", Path(name), "Python (*.py)", lambda path: self.actions_of.save_text(path, text))  # fmt: skip
