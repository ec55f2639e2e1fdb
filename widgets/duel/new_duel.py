"""The page that a duel is asked for on: the form, what it will cost, and Start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QWidget

from runners.datasets import all_datasets
from runners.datasets.dataset import DatasetInfo
from runners.protocol import FRAMEWORKS, Framework
from runners.templates import all_templates
from widgets.choices import Choices
from widgets.duel.match_form import MatchForm
from widgets.new_run.footer import Footer
from widgets.parts import button, column, label, line, row, scrolled, while_alive
from widgets.text import duration, plural
from workbench.duel.checking import check_match
from workbench.duel.forecast import forecast, scaled_count
from workbench.duel.match import FEWEST_SEEDS, Match
from workbench.requests import InvalidRequest
from workbench.session import Session

if TYPE_CHECKING:
    from storage.records import DuelRecord
    from workbench.bench import Workbench

_PAGE_WIDTH = 1180
_FORM = "duel/form"
_WHAT = (
    "The same training by each of them, from the same weights, on the same batches, alone on this machine: "
    "which learns as well, which is faster, which needs less memory, and how sure that is."
)


class NewDuelPage(QWidget):
    started = Signal(str)
    """The id of the duel that was queued."""
    back_wanted = Signal()
    _told = Signal(str, float)

    def __init__(self, session: Session, choices: Choices | None = None) -> None:
        super().__init__()
        self._session = session
        self._choices = choices
        self.form = MatchForm()
        self.footer = Footer()
        self.footer.another_button.hide()
        keys = QKeySequence("Ctrl+Return").toString(QKeySequence.SequenceFormat.NativeText)
        self.footer.start_button.setToolTip(f"Queue all its runs and follow it ({keys})")
        self.back = button("Duels", "arrow-left", flat=True)
        self._lay_out()
        self._check_soon = QTimer(self, singleShot=True, interval=0)
        self._check_soon.timeout.connect(self.check)
        self.form.changed.connect(self._check_soon.start)
        self.footer.start.connect(self.start)
        self.back.clicked.connect(self.back_wanted)
        self._told.connect(self.footer.show_progress)
        session.devices_changed.connect(self.form.setup.show_devices)
        session.ready.connect(self._look_for_what_there_is)
        if choices is not None:
            self.form.restore(choices.get(_FORM, ""))

    def _lay_out(self) -> None:
        page = QWidget()
        page.setProperty("page", True)
        page.setMaximumWidth(_PAGE_WIDTH)
        head = row(label("A new duel", "heading", scale=1.15), self.back)
        head.insertStretch(1, 1)
        inside = column(head, label(_WHAT, "dim", wrap=True), self.form)
        inside.setContentsMargins(20, 12, 20, 16)
        inside.addStretch(1)
        page.setLayout(inside)
        layout = column(scrolled(page), line(), self.footer, space=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    # -- what others ask for --------------------------------------------------------------------------
    def load(self, match: Match) -> None:
        """Fill the form with a match, to run it again or to change it."""
        self.form.load(match)
        self.check()

    def focus_first(self) -> None:
        """Put the keyboard where a person begins."""
        self.form.gallery.focus_chosen()

    def start(self) -> None:
        """Queue what the form asks for."""
        self.check()
        match = self.form.asked().match
        if match is None or not self.footer.start_button.isEnabled():
            return
        self.footer.show_progress("Queueing …", 0.0)
        told = self._told
        self._session.call(
            lambda workbench: workbench.duels.start(match, told.emit),
            while_alive(self, self._started),
            while_alive(self, self._failed),
        )

    def remember(self) -> None:
        """Keep what stands in the form, if it can be trained."""
        state = self.form.state()
        if self._choices is not None and state:
            self._choices.set(_FORM, state)

    # -- checking and queueing ------------------------------------------------------------------------
    def check(self) -> None:
        """Say what is wrong, or how long the duel will take."""
        self._check_soon.stop()
        asked = self.form.asked()
        problems = dict(asked.problems)
        if asked.match is not None:
            problems = self._unfit(asked.match)
            self.form.show_problems(problems)
        if asked.match is None or problems:
            self.footer.show_problem(f"{plural(len(problems), 'field')} to mend: {self.form.titles(problems)}")  # fmt: skip
            return
        self.footer.show_ready(self._cost(asked.match))
        self.footer.start_button.setText("Start the duel")

    def _unfit(self, match: Match) -> dict[str, str]:
        """The problems of a match that can be read and not be trained."""
        session = self._session
        try:
            check_match(match, session.datasets_folder, session.templates_folder)
        except InvalidRequest as error:
            return dict(error.problems)
        return {}

    def _cost(self, match: Match) -> str:
        """``6 trainings and 2 proofs, one after the other · about 12:30, by earlier runs``."""
        trainings = len(match.contestants) * len(match.seeds)
        proofs = plural(len(match.contestants), "proof")
        short = scaled_count(match) * len(match.contestants)
        more = f" and {plural(short, 'short run')}" if short else ""
        parts = [f"{plural(trainings, 'training')} and {proofs}{more}, one after the other"]
        seconds = forecast(match, self.form.template, self._session.runs.values())
        parts.append("how long is not known before they trained once" if seconds is None else f"about {duration(seconds)}, by earlier runs")  # fmt: skip
        if len(match.seeds) < FEWEST_SEEDS:
            parts.append(f"fewer than {FEWEST_SEEDS} seeds decide nothing")
        return " · ".join(parts)

    def _started(self, duel: DuelRecord) -> None:
        self.footer.show_done()
        self.check()
        self.remember()
        self._session.notice.emit(f"Queued the duel {duel.name}", None)
        self.started.emit(duel.id)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, InvalidRequest):
            self.form.show_problems(error.problems)
        self.footer.show_failure(f"Not started: {error}")
        self._session.failed.emit(f"The duel was not started: {error}")

    # -- what there is to choose from ------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look_for_what_there_is()
        self._check_soon.start()

    def _look_for_what_there_is(self) -> None:
        if not self.isVisible():
            return
        self.form.gallery.show_templates(all_templates(self._session.templates_folder))
        self._session.call(_what_there_is, while_alive(self, self._offer), lambda _error: None)

    def _offer(self, found: _Found) -> None:
        self.form.setup.show_datasets(found[0])
        self.form.contestants.show_missing(found[1])


_Found = tuple[Sequence[DatasetInfo], Mapping[Framework, str]]


def _what_there_is(workbench: Workbench) -> _Found:
    """The datasets of the home, and why a framework is not there."""
    missing = {each: workbench.installation(each).problem for each in FRAMEWORKS}
    return all_datasets(workbench.home.datasets), missing
