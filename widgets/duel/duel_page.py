"""One duel: how far it is, and in pages what it found."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QProgressBar, QSizePolicy, QStackedWidget, QTabBar, QWidget

from widgets import theme
from widgets.choices import Choices
from widgets.duel import words
from widgets.duel.actions import FORMATS
from widgets.duel.code_page import CodePage
from widgets.duel.fairness_page import FairnessPage
from widgets.duel.figures_page import FiguresPage
from widgets.duel.reading import Reading
from widgets.duel.runs_page import RunsPage
from widgets.duel.verdict_page import VerdictPage
from widgets.flow import Flow
from widgets.models.work_bar import WorkBar
from widgets.parts import ElidedLabel, EmptyState, button, column, line, row
from workbench.duel.match import Match
from workbench.duel.queueing import DuelState
from workbench.session import Session

RUNS, VERDICT, FAIRNESS, FIGURES, CODE = range(5)
_TITLES = ("Runs", "Verdict", "Fairness", "Figures", "Code")
_BAR = 1000


class DuelPage(QWidget):
    back_wanted = Signal()
    action_wanted = Signal(str)
    """``stop``, ``resume``, ``extend``, ``again``, ``rename``, ``delete``, ``export_runs``, ``beside``, ``beside_file`` or the name of a format."""

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session = session
        self.runs = RunsPage(session, choices)
        self.verdict, self.fairness = VerdictPage(), FairnessPage()
        self.figures, self.code = FiguresPage(), CodePage()
        self.reading: Reading | None = None
        self.state: DuelState | None = None
        self._make_head()
        self.tabs, self._pages = QTabBar(), QStackedWidget()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Pages of the duel")
        for title, page in zip(_TITLES, (self.runs, self.verdict, self.fairness, self.figures, self.code), strict=True):  # fmt: skip
            self.tabs.addTab(title)
            self._pages.addWidget(page)
        self._waiting = EmptyState("timer-sand", "Reading the duel …", "")
        self._pages.addWidget(self._waiting)
        self.work = WorkBar()
        layout = column(self._head, self.work, self.tabs, line(), self._pages, space=0)
        layout.setStretch(4, 1)
        self.setLayout(layout)
        self.tabs.currentChanged.connect(self._turn)
        self.figures.export_wanted.connect(lambda: self.action_wanted.emit("export_runs"))

    def _make_head(self) -> None:
        self.back = button("Duels", "arrow-left", flat=True)
        self.name = ElidedLabel("", "heading")
        self.name.setFont(theme.font(1.1, bold=True))
        self.name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.said = ElidedLabel("", "dim")
        self.about = ElidedLabel("", "dim")
        self.bar = QProgressBar(textVisible=False, maximum=_BAR)
        self.bar.setAccessibleName("Progress of the duel")
        self.problems = ElidedLabel("", "warning")
        self.stop, self.resume = button("Stop", "stop"), button("Resume", "play")
        self.extend, self.again = button("More seeds …", "arrow-expand-right"), button("Run again", "replay")  # fmt: skip
        self.export, self.beside, self.more = button("Export", "file-export-outline"), button("Lay beside", "compare"), button("More", "dots-horizontal")  # fmt: skip
        self.stop.setToolTip("Stop its runs; what has finished stays, and it can be resumed")
        self.resume.setToolTip("Queue again what did not finish")
        self.extend.setToolTip("Measure more seeds: the more, the smaller the differences that can be told from chance")  # fmt: skip
        self.again.setToolTip("Fill the form with this duel, to run it again, here or changed")
        self.beside.setToolTip("Lay another duel beside this one: another machine's, another version's")  # fmt: skip
        for name in ("stop", "resume", "extend", "again"):
            getattr(self, name).clicked.connect(lambda _=False, name=name: self.action_wanted.emit(name))  # fmt: skip
        self._add_menu(self.export, {kind: title for kind, (title, _) in FORMATS.items()})
        self._add_menu(
            self.more,
            {
                "export_runs": "Export its trainings",
                "rename": "Rename …",
                "delete": "Delete with its runs",
            },
        )
        self.beside_menu = QMenu(self.beside)
        self.beside.setMenu(self.beside_menu)
        tools = Flow(6)
        tools.set_items([self.stop, self.resume, self.extend, self.again, self.beside, self.export, self.more])  # fmt: skip
        first = row(self.back, self.name, self.said)
        first.setStretch(2, 1)
        inside = column(first, self.about, tools, self.bar, self.problems, space=5)
        inside.setContentsMargins(10, 6, 10, 6)
        self._head = QWidget()
        self._head.setLayout(inside)
        self.back.clicked.connect(self.back_wanted)

    def _add_menu(self, to: QWidget, entries: dict[str, str]) -> None:
        menu = QMenu(to)
        for name, title in entries.items():
            menu.addAction(title).triggered.connect(lambda _=False, name=name: self.action_wanted.emit(name))  # fmt: skip
        to.setMenu(menu)  # type: ignore[attr-defined]

    # -- showing ------------------------------------------------------------------------------------
    def begin(self, state: DuelState | None) -> None:
        """Show another duel than before; its reading follows. None is for one from a file."""
        self.reading = None
        self.state = None
        nothing = state is None or not state.done
        self.tabs.setTabVisible(RUNS, state is not None)
        self.tabs.setCurrentIndex(RUNS if state is not None and nothing else VERDICT)
        if state is not None:
            self.show_state(state)
        self._turn()

    def show_state(self, state: DuelState) -> None:
        """How far it is; called whenever that is another one."""
        self.state = state
        self.name.set_full(state.record.name)
        self.said.set_full(words.state(state))
        self.about.set_full(self._now(state) if words.goes_on(state) else words.about(state.match))
        self.tabs.setTabVisible(RUNS, True)
        going = words.goes_on(state)
        self.stop.setVisible(words.can_stop(state))
        self.resume.setVisible(words.can_resume(state))
        self.extend.setVisible(True)
        self.more.setVisible(True)
        self.bar.setVisible(going)
        self.bar.setValue(round(_BAR * state.done / state.total) if state.total else 0)
        self.problems.set_full(";\n".join(state.problems))
        self.problems.setVisible(bool(state.problems))
        self.runs.show_duel(state.record.id, state.match)
        self.figures.allow_export(True)

    def _now(self, state: DuelState) -> str:
        """``Now: PyTorch, seed 2 · cnn on digits …``."""
        known = self._session.runs
        names = [known[run].name.removeprefix(f"{state.record.name}: ") for run in state.running if run in known]  # fmt: skip
        which = f"Now: {', '.join(names)}" if names else "Waits for its turn in the queue"
        return f"{which} · {words.about(state.match)}"

    def show_reading(self, reading: Reading) -> None:
        """What was found so far."""
        self.reading = reading
        if self.state is None:
            self._show_file(reading)
        for page in (self.verdict, self.fairness, self.figures, self.code):
            page.show_reading(reading)
        self.export.setEnabled(True)
        self.beside.setEnabled(True)
        self._turn()

    def _show_file(self, reading: Reading) -> None:
        match: Match = reading.results.match
        self.name.set_full(reading.results.name)
        self.said.set_full("from a file")
        self.about.set_full(words.about(match))
        self.figures.allow_export(False)
        for widget in (self.stop, self.resume, self.extend, self.more, self.bar, self.problems):  # fmt: skip
            widget.setVisible(False)

    def show_refusal(self, why: str) -> None:
        """Say why there is nothing to read."""
        self._waiting.say("This duel cannot be read", why)
        self._turn()

    def _turn(self) -> None:
        place = self.tabs.currentIndex()
        known = self.reading is not None or place == RUNS
        self._pages.setCurrentIndex(place if known else len(_TITLES))
        if self.reading is None:
            self._waiting.say("Reading the duel …", "")
            self.export.setEnabled(False)
            self.beside.setEnabled(False)
